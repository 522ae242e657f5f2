"""Parallel coordinates: one upright axis for each setting or result, one line across for each run."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from typing_extensions import override

from app.plots.axes import shortened
from app.plots.chart import Chart, Table
from app.plots.labels import EndLabel
from app.services.theme import Theme
from app.widgets import words

_SOFT = 60
"""Lines that are antialiased; more of them are drawn plain."""

_WIDE = 4
"""Axes beside each other whose titles have room for a line of sixteen signs."""


@dataclass(frozen=True, eq=False)
class Upright:
    """One axis. values [lines]: places on it (NaN: none); names: of the places 0, 1, ... where they are words; measured: a
    result, told in three digits as everywhere (1.30), where a setting is what was typed (0.1)."""

    title: str
    values: np.ndarray
    names: tuple[str, ...] = ()
    measured: bool = False

    @property
    def span(self) -> tuple[float, float]:
        finite = self.values[np.isfinite(self.values)]
        if self.names:
            return 0.0, float(max(1, len(self.names) - 1))
        low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
        return (low, high) if high > low else (low - 0.5, high + 0.5)

    def scaled(self) -> np.ndarray:
        """[lines] 0 at the foot, 1 at the head; a lone word or number in the middle."""
        if len(self.names) == 1:
            return np.where(np.isfinite(self.values), 0.5, np.nan)
        low, high = self.span
        return (np.asarray(self.values, dtype=np.float64) - low) / (high - low)

    def ticks(self) -> list[tuple[float, str]]:
        """(height, words): every word, or the lowest, the middle and the highest number."""
        if self.names:
            heights = [0.5] if len(self.names) == 1 else np.linspace(0, 1, len(self.names))
            return [(float(at), shortened(name)) for at, name in zip(heights, self.names, strict=True)]
        finite = np.unique(self.values[np.isfinite(self.values)])
        if len(finite) < 2:
            return [(0.5, self._told(float(finite[0])))] if len(finite) else []
        low, high = self.span
        values = finite if len(finite) <= 4 else np.array([low, (low + high) / 2, high])
        return [((float(value) - low) / (high - low), self._told(float(value))) for value in values]

    def _told(self, value: float) -> str:
        return words.number(value) if self.measured else number(value)

    def text(self, line: int) -> str:
        value = float(self.values[line])
        if not np.isfinite(value):
            return "–"
        return self.names[round(value)] if self.names else f"{value:.6g}"


@dataclass(frozen=True, eq=False)
class Strand:
    """One line. series: index of its colour and dash."""

    name: str
    series: int = 0
    key: str = ""


class ParallelPlot(Chart):
    def __init__(self, theme: Theme, *, name: str = "parallel", about: str = "Parallel coordinates") -> None:
        super().__init__(theme, x_label="", y_label="", name=name, about=about, x_kind="names")
        self._uprights: list[Upright] = []
        self._strands: list[Strand] = []
        self._bright = ""
        self.canvas.left.setStyle(showValues=False)
        self.canvas.left.setTicks([])
        self.canvas.left.setWidth(8)
        self.restyle()

    def set_data(self, uprights: Sequence[Upright], strands: Sequence[Strand]) -> None:
        self._uprights, self._strands = list(uprights), list(strands)
        most = 16 if len(uprights) <= _WIDE else 11
        self.canvas.bottom.names = tuple(wrapped(upright.title, most) for upright in uprights)
        self.canvas.bottom.picture = None
        self.redraw()

    def bring_out(self, key: str) -> None:
        """Draw one strand thick; "" none."""
        if key != self._bright:
            self._bright = key
            self.redraw()

    @override
    def as_table(self) -> Table:
        header: tuple[object, ...] = ("run", *(upright.title for upright in self._uprights))
        rows = ((s.name, *(u.text(place) for u in self._uprights)) for place, s in enumerate(self._strands))
        return [header, *rows]

    @override
    def redraw(self) -> None:
        self.begin()
        self.canvas.left.setGrid(False)
        lines = max((name.count("\n") + 1 for name in self.canvas.bottom.names), default=1)
        self.canvas.bottom.setHeight(round(1.35 * lines * self.theme.size("small")) + 14)
        matrix = np.array([upright.scaled() for upright in self._uprights]).reshape(
            len(self._uprights), len(self._strands)
        )
        for place in range(len(self._uprights)):
            self.line(
                f"axis {place}", np.array([place, place]), np.array([0.0, 1.0]), pg.mkPen(self.theme.muted, width=1)
            )
        ends = [end for end in (self._draw(place, matrix) for place in range(len(self._strands))) if end is not None]
        self._write_ticks()
        for place in range(len(self._strands)):  # over the grounds of the words
            self._dot(place, matrix)
        self.end()
        self.set_ends(ends if len(ends) <= 24 else [])
        if self._uprights:
            self.fit([np.array([-self._left_room(), len(self._uprights) - 1 + 0.25])], [np.array([-0.02, 1.02])])
        self.say("" if self._uprights else "Nothing differs between these runs yet.")
        rows = self.as_table()
        self.describe("; ".join(", ".join(map(str, row)) for row in rows[1:]))

    def _draw(self, place: int, matrix: np.ndarray) -> EndLabel | None:
        strand, y = self._strands[place], matrix[:, place] if len(matrix) else np.empty(0)
        there = np.flatnonzero(np.isfinite(y))
        if not len(there):
            return None
        x = np.arange(len(y), dtype=np.float64)
        bright = strand.key == self._bright and bool(strand.key)
        soft = len(self._strands) <= _SOFT
        self.line(
            f"{place} line",
            x[there],
            y[there],
            self.theme.series_pen(strand.series, 3 if bright else 2 if soft else 1),
            soft=soft,
        )
        last = there[-1]
        if last != len(y) - 1:
            return None
        told = self.theme.series_text(strand.series)
        return EndLabel(strand.name, float(x[last]), float(y[last]), told, self.theme.font("small"))

    def _dot(self, place: int, matrix: np.ndarray) -> None:
        y = matrix[:, place] if len(matrix) else np.empty(0)
        there = np.flatnonzero(np.isfinite(y))
        if len(there):
            color = self.theme.series[self._strands[place].series % len(self.theme.series)]
            self.dots(f"{place} dots", there.astype(np.float64), y[there], size=6, pen=None, brush=color)

    def _left_room(self) -> float:
        """What the words left of the first axis take, in distances between axes."""
        longest = max((len(said) for _, said in self._uprights[0].ticks()), default=1)
        apart = max(60.0, self.canvas.width() / (len(self._uprights) + 0.8))
        return min(1.2, 0.12 + longest * 0.72 * self.theme.size("small") / apart)

    def _write_ticks(self) -> None:
        """Numbers and words beside each axis, on a ground of their own so that lines do not cross them out."""
        for place, upright in enumerate(self._uprights):
            for index, (at, said) in enumerate(upright.ticks()):
                made = pg.TextItem(said, color=self.theme.muted, anchor=(1, 0.5), fill=pg.mkBrush(self.theme.surface))
                made.setFont(self.theme.font("small"))
                made.setPos(place - 0.015, at)
                self.put(f"tick {place} {index}", made)


def wrapped(title: str, most: int = 16) -> str:
    """A dotted key or a few words in lines of at most so many signs, as far as it can be parted."""
    lines = [""]
    for part in re.findall(r"[^._ ]+[._ ]?", title):
        if lines[-1] and len(lines[-1]) + len(part) > most:
            lines.append("")
        lines[-1] += part
    return "\n".join(line.strip() for line in lines)


def number(value: float) -> str:
    """Three significant digits at most."""
    return f"{value:,.0f}" if value == round(value) and abs(value) < 1e6 else f"{value:.3g}"
