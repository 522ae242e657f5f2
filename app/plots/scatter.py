"""Points with names: any number or word against any other, with bars where a point stands for several runs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from typing_extensions import override

from app.plots.chart import Chart, Table
from app.plots.crosshair import Track
from app.plots.labels import EndLabel
from app.services.theme import Theme

SYMBOLS = ("o", "s", "t", "d", "p", "h", "star", "t1")
"""Second cue beside the colour, one for each of the eight."""
_MOST_NAMES = 24
_SIZE = 10
_SIZES = {"star": 15, "d": 13, "t": 11, "t1": 11}
"""Of those that would look smaller than a disc of the same width."""
_WHOLE = 1000
"""Whole numbers that span less have ticks at whole numbers alone."""


@dataclass(frozen=True, eq=False)
class Point:
    """series: index of colour and symbol; low, high: ends of the bar (NaN: none); x_text: the category where x is none."""

    name: str
    x: float
    y: float
    series: int = 0
    low: float = float("nan")
    high: float = float("nan")
    x_text: str = ""
    key: str = ""


class ScatterPlot(Chart):
    def __init__(self, theme: Theme, *, name: str = "scatter", about: str = "Results by setting") -> None:
        super().__init__(theme, x_label="", y_label="", name=name, about=about)
        self._points: list[Point] = []
        self._log_x = False
        self.restyle()

    def set_points(self, points: Sequence[Point], categories: Sequence[str] = ()) -> None:
        """categories: names of the places 0, 1, ... on the x axis, where x is not a number."""
        self._points = list(points)
        self.canvas.bottom.names = tuple(categories)
        x = np.array([point.x for point in self._points])
        whole = bool(len(x)) and bool((x == np.round(x)).all()) and float(np.ptp(x)) < _WHOLE
        self.canvas.bottom.kind = "names" if categories else "whole" if whole else "number"
        self.canvas.bottom.picture = None  # pyqtgraph draws ticks anew only where the view changed
        self.redraw()

    def set_log_x(self, log: bool) -> None:
        if log != self._log_x:
            self._log_x = log
            self.redraw()
            self.reset()

    @property
    def log_x(self) -> bool:
        return self._log_x and not self.canvas.bottom.names

    @override
    def as_table(self) -> Table:
        header: tuple[object, ...] = ("run", self.x_label, self.y_label, "low", "high")
        return [
            header,
            *((p.name, p.x_text or float(p.x), float(p.y), float(p.low), float(p.high)) for p in self._points),
        ]

    @override
    def redraw(self) -> None:
        self.begin()
        self.canvas.bottom.log = self.log_x
        x, y = self._across(), self.scaled(np.array([point.y for point in self._points], dtype=np.float64))
        there = np.isfinite(x) & np.isfinite(y)
        for place in np.flatnonzero(there):
            self._draw(int(place), float(x[place]), float(y[place]))
        self.end()
        self.set_ends(self._names(x, y, there))
        edges = [self.scaled(np.array([edge for p in self._points for edge in (p.low, p.high)], dtype=np.float64))]
        span = [np.array([-0.5, len(self.canvas.bottom.names) - 0.5])] if self.canvas.bottom.names else []
        self.fit([x[there], *_room(x[there]), *span], [y[there], *edges])
        missing = len(self._points) - int(there.sum())
        self.say(f"{missing} of {len(self._points)} have no such value and are not shown." if missing else "")
        told = "; ".join(f"{p.name}: {p.x_text or f'{p.x:.3g}'}, {p.y:.3g}" for p in self._points)
        self.describe(told)

    @override
    def tracks(self) -> list[Track]:
        """Each point by itself, so that Left and Right go from point to point."""
        return [
            Track(point.name, np.array([x]), np.array([point.y]))
            for point, x in zip(self._points, self._across(), strict=True)
            if np.isfinite(x) and np.isfinite(point.y)
        ]

    @override
    def say_x(self, x: float) -> str:
        names = self.canvas.bottom.names
        if names:
            return f"{self.x_label} {names[round(x)]}"
        return super().say_x(10.0**x if self.log_x else x)

    def _across(self) -> np.ndarray:
        x = np.array([point.x for point in self._points], dtype=np.float64)
        return np.log10(np.where(x > 0, x, np.nan)) if self.log_x else x

    def _draw(self, place: int, x: float, y: float) -> None:
        point = self._points[place]
        color = self.theme.series[point.series % len(self.theme.series)]
        bar = self.scaled(np.array([point.low, point.high]))
        if np.isfinite(bar).all():
            self.line(f"{place} bar", np.array([x, x]), bar, pg.mkPen(color, width=2))
        symbol = SYMBOLS[point.series % len(SYMBOLS)]
        edge = pg.mkPen(self.theme.surface, width=1)
        self.dots(
            f"{place} dot", [x], np.array([y]), symbol=symbol, size=_SIZES.get(symbol, _SIZE), pen=edge, brush=color
        )

    def _names(self, x: np.ndarray, y: np.ndarray, there: np.ndarray) -> list[EndLabel]:
        """Beside the points, as long as there are few; many are told by the list at the left and the table."""
        places = np.flatnonzero(there)
        if len(places) > _MOST_NAMES:
            return []
        font = self.theme.font("small")
        return [
            EndLabel(
                self._points[i].name, float(x[i]), float(y[i]),
                self.theme.series_text(self._points[i].series), font, gap=True,
            )
            for i in places
        ]  # fmt: skip

    @override
    def spread_names(self, shown: tuple[float, float, float, float], width: float, height: float) -> None:
        """Each name stays beside its point and gives way only to one that would lie on it."""
        left, right, low, high = shown
        across, up = width / (right - left), height / (high - low)
        taken: list[tuple[float, float, float]] = []
        for end in sorted(self._ends, key=lambda end: end.y):
            x, y = end.x * across, end.y * up
            for start, stop, level in sorted(taken, key=lambda name: name[2]):
                if x < stop and start < x + end.width and abs(y - level) < end.height:
                    y = level + end.height
            taken.append((x, x + end.width, y))
            end.place(y / up)


def _room(x: np.ndarray) -> list[np.ndarray]:
    """A little of the axis left of the first point."""
    if not len(x):
        return []
    left, right = float(x.min()), float(x.max())
    return [np.array([left - 0.05 * (right - left)])]
