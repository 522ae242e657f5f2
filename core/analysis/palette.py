"""Okabe and Ito's colours, each with a dash of its own, so that no curve is told by colour alone."""

from dataclasses import dataclass

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#3A3F45", "#A89A00")
"""The eight in the order of the window's light theme; yellow is deepened for thin lines on white."""

DASHES: tuple[tuple[float, ...], ...] = (
    (), (7, 3), (2, 2), (9, 3, 2, 3), (5, 2, 1, 2, 1, 2), (12, 4), (4, 4), (1, 3),
)  # fmt: skip
"""On and off lengths in line widths, as in the window; empty: solid."""

RANDOM_START = "#888888"


@dataclass(frozen=True)
class Style:
    colour: str
    dash: tuple[float, ...]


def style(index: int) -> Style:
    """The style of the index-th curve; after eight the dashes move on, so that 64 differ."""
    turn = index // len(COLOURS)
    return Style(COLOURS[index % len(COLOURS)], DASHES[(index + turn) % len(DASHES)])
