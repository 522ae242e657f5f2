"""Figures of settings beside results: the scatter and the parallel axes, from the same numbers that the window draws."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

from .figures import Look, draw_legend, dress, legend_name, type_size, written
from .palette import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MARKERS = ("o", "s", "v", "D", "p", "h", "*", "^")


@dataclass(frozen=True)
class Dot:
    """x: a number, or a place among the words of the axis; low, high: ends of a bar (NaN: none); index: in the palette."""

    name: str
    x: float
    y: float
    low: float
    high: float
    index: int


@dataclass(frozen=True)
class Rail:
    """One upright axis. heights [lines]: 0 at the foot, 1 at the head, NaN for none; ticks: (height, words)."""

    title: str
    heights: Any
    ticks: Sequence[tuple[float, str]]


def scatter_figure(
    path: Path, dots: Sequence[Dot], look: Look, words: Sequence[str] = (), *, log_x: bool = False
) -> Path:
    """look.x and look.y are the axes' own words; words: of the places on x, where it has no numbers."""

    def draw(axes: "Axes") -> None:
        for dot in dots:
            _dot(axes, dot)
        dress(axes, legend_name(look.x), legend_name(look.y))
        if words:
            axes.set_xticks(range(len(words)), [legend_name(word, 24) for word in words])
            axes.set_xlim(-0.5, len(words) - 0.5)
        elif log_x:
            axes.set_xscale("log", nonpositive="mask")
        if look.log:
            axes.set_yscale("log", nonpositive="mask")
        if dots:
            draw_legend(axes, look)

    return written(path, look, lambda figure: draw(figure.add_subplot()))


def _dot(axes: "Axes", dot: Dot) -> None:
    colour = style(dot.index).colour
    if np.isfinite([dot.low, dot.high]).all():
        axes.plot([dot.x, dot.x], [dot.low, dot.high], color=colour, linewidth=1.2)
    marker = MARKERS[dot.index % len(MARKERS)]
    axes.plot(
        [dot.x], [dot.y], linestyle="none", marker=marker, color=colour, markersize=6, label=legend_name(dot.name)
    )


def parallel_figure(path: Path, rails: Sequence[Rail], lines: Sequence[tuple[str, int]], look: Look) -> Path:
    """lines: (name, index in the palette) of each line across."""

    def draw(axes: "Axes") -> None:
        matrix = np.array([rail.heights for rail in rails], dtype=float).reshape(len(rails), len(lines))
        for place, (name, index) in enumerate(lines):
            drawn = style(index)
            stroke = (0, drawn.dash) if drawn.dash else "solid"
            axes.plot(
                range(len(rails)), matrix[:, place], color=drawn.colour, linestyle=stroke, linewidth=1.4, marker="o",
                markersize=3.0, label=legend_name(name),
            )  # fmt: skip
        for place, rail in enumerate(rails):
            _rail(axes, place, rail)
        room = max(8, int(axes.get_figure(root=True).get_size_inches()[0] * 13 / max(1, len(rails))))  # type: ignore[union-attr]
        axes.set_xticks(range(len(rails)), [fill(legend_name(rail.title, 40), room) for rail in rails])
        axes.set_yticks([])
        axes.set_ylim(-0.06, 1.06)
        axes.spines[["top", "right", "left", "bottom"]].set_visible(False)
        axes.tick_params(length=0, labelsize=type_size(axes) - 1)
        if lines:
            draw_legend(axes, look)

    return written(path, look, lambda figure: draw(figure.add_subplot()))


def _rail(axes: "Axes", place: int, rail: Rail) -> None:
    axes.axvline(place, color="#555555", linewidth=0.8, zorder=0)
    ground = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
    for height, words in rail.ticks:
        axes.annotate(
            legend_name(words, 24), (place, height), (-3, 0), textcoords="offset points", ha="right", va="center",
            fontsize=7, color="#555555", bbox=ground,
        )  # fmt: skip
