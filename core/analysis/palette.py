"""Okabe and Ito's colours, each with a dash of its own, so that no curve is told by colour alone."""

from dataclasses import dataclass

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#B8A800", "#555555")
"""Okabe-Ito, neighbours far apart; its yellow is darkened and its black lightened for thin lines on white."""

DASHES: tuple[tuple[float, ...], ...] = (
    (), (6, 2), (2, 2), (8, 2, 2, 2), (10, 3), (8, 2, 2, 2, 2, 2), (4, 2), (1, 2),
)  # fmt: skip
"""On and off lengths in line widths; empty: solid."""

RANDOM_START = "#888888"


@dataclass(frozen=True)
class Style:
    colour: str
    dash: tuple[float, ...]


def style(index: int) -> Style:
    """The style of the index-th curve; after eight the dashes move on, so that 64 differ."""
    turn = index // len(COLOURS)
    return Style(COLOURS[index % len(COLOURS)], DASHES[(index + turn) % len(DASHES)])
