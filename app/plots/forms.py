"""One chart for the five forms in which a method shows something of itself: bars, heat, points, curves, lines."""

import math
import re
from itertools import groupby

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Slot
from PySide6.QtGui import QColor, QFontMetrics
from PySide6.QtWidgets import QSizePolicy
from typing_extensions import override

from app.plots.chart import NOTHING_YET, Chart, Table, joined
from app.plots.labels import EndLabel
from app.services.theme import Theme, faded, mixed
from app.widgets.words import minus, number
from core.training.events import PanelData

_SYMBOLS = {"o": "●", "s": "■", "t": "▼", "d": "◆", "t1": "▲", "star": "★", "p": "⬟", "h": "⬢"}
"""Marks as pyqtgraph names them, and as text."""
_MOST_NAMED = 12
_CELL = 44, 16  # pixels that a number in a cell of a heat map needs
_WRITTEN = 9  # bars at most that are high enough for a number beside each
_NUMBERED = 6  # columns and rows of a heat map at most whose cells may have room for their numbers
_FEWEST = 4  # bars that a chart has room for: two alone would be beams


class FormChart(Chart):
    """Knows no method: `show_panel` takes data and draws it by its form. task: which of the tasks that "curves" hold."""

    def __init__(self, theme: Theme, *, name: str = "panel") -> None:
        super().__init__(theme, x_label="", y_label="", name=name, about="", x_kind="bare", y_kind="number")
        self._panel: PanelData | None = None
        self._task = 0
        self.canvas.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self.canvas.resized.connect(self._resized)
        self.restyle()

    def show_panel(self, panel: PanelData | None, task: int = 0) -> None:
        self._panel, self._task = panel, task
        self._about = panel.title if panel is not None else ""
        named = panel is not None and panel.form in ("bars", "heat")
        self.canvas.left.kind = "names" if named else "number"
        self.edge = 0.0 if panel is not None and panel.form == "heat" else 8.0  # the axis ends where the cells do
        self.canvas.bottom.kind = self._bottom_kind()
        self.x_label = _told_apart(panel.columns)[0] if panel is not None and panel.form == "heat" else ""
        self.canvas.plotItem.invertY(named)
        self._dress_axes()
        self.redraw()

    def _bottom_kind(self) -> str:
        form = "" if self._panel is None else self._panel.form
        if form == "heat":
            return "names"
        return (
            "whole" if form == "lines" and np.array_equal(x := self._x(self.values.shape[-1], 0), x.round()) else "bare"
        )

    @Slot()
    def _resized(self) -> None:
        """Whether numbers fit into cells depends on the size."""
        if self._panel is not None and self._panel.form == "heat":
            self.redraw()

    @override
    def _dress_axes(self) -> None:
        """Between names there is nothing to read off, so they have no grid."""
        super()._dress_axes()
        if self.canvas.left.kind == "names":
            self.canvas.left.setGrid(False)
            self.canvas.left.setTickPen(self.theme.surface)  # a tick without length would be a dot
        bars = self._panel is not None and self._panel.form == "bars"
        self.canvas.bottom.setStyle(showValues=not (bars and self._is_written))
        if bars and self._is_written:  # no numbers, no axis
            self.canvas.bottom.setPen(self.theme.surface)

    @property
    def _is_written(self) -> bool:
        """Whether each bar has its number beside it."""
        return self.values.size <= _WRITTEN

    @property
    def values(self) -> np.ndarray:
        """As floats, an infinity as NaN: neither can be drawn."""
        held = np.empty(0) if self._panel is None else np.asarray(self._panel.values, dtype=np.float64)
        return np.where(np.isfinite(held), held, np.nan)

    def as_table(self) -> Table:
        panel = self._panel
        if panel is None:
            return [("value",)]
        return {
            "bars": self._bars_table, "heat": self._heat_table, "points": self._points_table,
            "curves": self._curves_table, "lines": self._lines_table,
        }[panel.form]()  # fmt: skip

    def redraw(self) -> None:
        self.begin()
        self.set_ends([])
        panel, missing = self._panel, 0
        if panel is not None and self.values.size:
            missing = int(np.isnan(self.values).sum())
            if missing < self.values.size:
                {
                    "bars": self._draw_bars, "heat": self._draw_heat, "points": self._draw_points,
                    "curves": self._draw_curves, "lines": self._draw_lines,
                }[panel.form]()  # fmt: skip
        self.end()
        self._tell(missing)

    def _tell(self, missing: int) -> None:
        if self._panel is None:
            self.say("")
            self.describe("")
            return
        values = self.values
        if not values.size or missing == values.size:
            self.say(NOTHING_YET, nothing=True)
            self.describe(f"{self._panel.note} Nothing to draw yet.")
            return
        self.say(f"{missing:,} of {values.size:,} values are not finite and left out." if missing else "")
        span = f"{values.size:,} values from {number(float(np.nanmin(values)))} to {number(float(np.nanmax(values)))}"
        self.describe(f"{self._panel.note} {span}.")

    # bars

    def _draw_bars(self) -> None:
        values = self.values.ravel()
        places = np.arange(len(values), dtype=np.float64)
        self.canvas.left.names = self._names(len(values))
        color = self.theme.series[0]
        bars = pg.BarGraphItem(x0=0, y=places, width=np.nan_to_num(values), height=0.62, brush=color, pen=None)
        self.put("bars", bars)
        self.line("zero", np.zeros(2), np.array([-0.6, len(values) - 0.4]), pg.mkPen(self.theme.border, width=1))
        if self._is_written:
            for at, (value, words) in enumerate(zip(values, alike(values), strict=True)):
                self._write(f"{at} value", max(float(np.nan_to_num(value)), 0.0), at, words, (0, 0.5))
        reach = max(0.0, float(np.nanmax(values)))
        if self._is_written:  # in pixels, since a number takes as much room in a narrow chart
            metrics = QFontMetrics(self.theme.font("small"))
            self.edge = max(metrics.horizontalAdvance(words) for words in alike(values)) + 14.0
        spare = max(0, _FEWEST - len(values)) / 2
        self.fit([np.array([0.0, reach]), values], [np.array([-0.6 - spare, len(values) - 0.4 + spare])])

    def _bars_table(self) -> Table:
        values = self.values.ravel()
        return [("name", "value"), *zip(self._names(len(values)), map(float, values), strict=True)]

    # heat

    def _draw_heat(self) -> None:
        values = np.atleast_2d(self.values)
        rows, columns = values.shape
        self.canvas.left.names = _middle_of_each(self._names(rows))
        self.canvas.bottom.names = _told_apart(self._columns(columns))[1]
        image = pg.ImageItem(self._colours(values), axisOrder="row-major", levels=(0, 255))
        image.setRect(QRectF(-0.5, -0.5, columns, rows))
        self.put("heat", image)
        view = self.canvas.plotItem.vb
        if view.width() >= _CELL[0] * columns and view.height() >= _CELL[1] * rows:
            for row, column in np.ndindex(rows, columns):
                self._write_cell(row, column, values[row, column])
        self.fit([np.array([-0.5, columns - 0.5])], [np.array([-0.5, rows - 0.5])])

    def _colours(self, values: np.ndarray) -> np.ndarray:
        """[rows, columns, 4] uint8: the ground is 0, the first series' colour 1; what is missing is neither."""
        low, high = (np.array(color.getRgb(), dtype=np.float64) for color in (self.theme.grid, self.theme.series[0]))
        share = np.clip(np.nan_to_num(values), 0, 1)[..., None]
        colours = low + share * (high - low)
        colours[np.isnan(values)] = self.theme.surface.getRgb()
        return colours.round().astype(np.uint8)

    def _write_cell(self, row: int, column: int, value: float) -> None:
        if not np.isfinite(value):
            self._write(f"{row} {column}", column, row, "–", (0.5, 0.5))
            return
        ground = mixed(self.theme.series[0], self.theme.grid, float(np.clip(value, 0, 1)))
        light = 0.2126 * ground.redF() ** 2.2 + 0.7152 * ground.greenF() ** 2.2 + 0.0722 * ground.blueF() ** 2.2
        bright = light > 0.18  # there black and white are told from the ground equally well
        self._write(f"{row} {column}", column, row, f"{value:.2f}", (0.5, 0.5), "#000000" if bright else "#FFFFFF")

    def _heat_table(self) -> Table:
        values = np.atleast_2d(self.values)
        names = self._names(len(values))
        rows = [(names[row], *map(float, values[row])) for row in range(len(values))]
        return [("name", *self._columns(values.shape[1])), *rows]

    # points

    def _draw_points(self) -> None:
        """All as ONE item, a colour and a mark a group."""
        values = self.values.reshape(-1, 2)
        held = np.isfinite(values).all(-1)
        groups = self._groups()
        names = np.array(self._names(len(values)), dtype=object)
        place = np.array([groups.index(name) if name in groups else 0 for name in names], dtype=int)[held]
        marks = [self._mark(at) for at in range(max(1, len(groups)))]
        symbols, brushes = [marks[at][0] for at in place], [pg.mkBrush(marks[at][1]) for at in place]
        seen, ring = values[held], pg.mkPen(self.theme.surface, width=0.8)
        self.dots("points", seen[:, 0], seen[:, 1], size=10, symbol=symbols, pen=ring, brush=brushes)
        margin = 0.04 * float(np.ptp(seen[:, 0])) if len(seen) else 0.0
        self.fit([seen[:, 0] - margin, seen[:, 0] + margin], [seen[:, 1]])

    def _groups(self) -> list[str]:
        """Names that several points share or that are few; where every point has a name of its own there are no groups."""
        names = self._names(len(self.values.reshape(-1, 2)))
        groups = sorted(dict.fromkeys(names), key=_count_in)
        return groups if len(groups) < len(names) or len(groups) <= 2 else []

    def _mark(self, place: int) -> tuple[str, QColor]:
        """Symbol and colour of a group: another symbol with every round of the colours."""
        symbols, colors = list(_SYMBOLS), self.theme.series
        return symbols[(place + place // len(colors)) % len(symbols)], colors[place % len(colors)]

    def legend(self) -> list[tuple[str, QColor, str]]:
        """(mark as text, colour, name) of the groups of "points", where there are some and they can be told apart; of "heat"
        what its colours mean, where the cells have no room for numbers."""
        if self._panel is None or not self.values.size:
            return []
        if self._panel.form == "heat":
            rows, columns = np.atleast_2d(self.values).shape
            return self._shades() if columns > _NUMBERED or rows > _NUMBERED else []
        if self._panel.form != "points":
            return []
        groups = self._groups()
        if not 1 < len(groups) <= _MOST_NAMED:
            return []
        marks = (self._mark(at) for at in range(len(groups)))
        return [(_SYMBOLS[symbol], color, _cut(name)) for (symbol, color), name in zip(marks, groups, strict=True)]

    def _shades(self) -> list[tuple[str, QColor, str]]:
        low, high = self.theme.grid, self.theme.series[0]
        return [("■", mixed(high, low, share), f"{share:g}") for share in (0.0, 0.25, 0.5, 0.75, 1.0)]

    def _points_table(self) -> Table:
        values = self.values.reshape(-1, 2)
        names = self._names(len(values))
        return [("name", "x", "y"), *((n, float(x), float(y)) for n, (x, y) in zip(names, values, strict=True))]

    # curves

    def _draw_curves(self) -> None:
        lines, x = self._of_task()
        shade = 200 if len(lines) <= 12 else 90
        pen = pg.mkPen(faded(self.theme.series[0], shade), width=1.4)
        flat = np.tile(x, len(lines)), np.nan_to_num(lines).ravel()
        self.line("samples", *flat, pen, connect=joined(lines), soft=lines.size <= 4000)
        ys = [lines]
        marks = self._marks()
        if len(marks):
            ground = pg.mkPen(self.theme.surface, width=1.2)
            self.dots("marks", marks[:, 0], marks[:, 1], size=11, symbol="d", pen=ground, brush=self.theme.series[1])
            ys.append(marks[:, 1])
        seen = lines[np.isfinite(lines)]
        ys[0] = np.quantile(seen, [0.01, 0.99]) if len(lines) > 1 and len(seen) else seen
        self.fit([x], ys)

    def _of_task(self) -> tuple[np.ndarray, np.ndarray]:
        """Lines [samples, points] of the task looked at, and their x [points]."""
        values = self.values
        if not values.size:
            return np.empty((0, 0)), np.empty(0)
        at = min(self._task, len(values) - 1)
        return values[at], self._x(values.shape[-1], at)

    def _marks(self) -> np.ndarray:
        """Points [n, 2] that the task gave."""
        held = None if self._panel is None else self._panel.marks
        if held is None or not len(held):
            return np.empty((0, 2))
        marks = np.asarray(held, dtype=np.float64)[min(self._task, len(held) - 1)]
        return marks[np.isfinite(marks).all(-1)]

    def _curves_table(self) -> Table:
        lines, x = self._of_task()
        head = ("x", *(f"sample {i + 1}" for i in range(len(lines))))
        rows: Table = [head, *((float(at), *map(float, lines[:, i])) for i, at in enumerate(x))]
        blank = [""] * (len(lines) - 1)
        return [*rows, *((float(a), f"{b:.6g} (given)", *blank) for a, b in self._marks())] if rows[1:] else rows

    # lines

    def _draw_lines(self) -> None:
        values = np.atleast_2d(self.values)
        x, names, ends = self._x(values.shape[1], 0), self._names(len(values)), []
        for place, line in enumerate(values):
            held = np.isfinite(line) & np.isfinite(x)
            if not held.any():
                continue
            self.line(f"{place} line", x[held], line[held], self.theme.series_pen(place, 2), soft=len(x) <= 400)
            if len(x) <= 30 and place == 0:
                self.dots(f"{place} dots", x[held], line[held], size=5, pen=None, brush=self.theme.series[0])
            color = self.theme.series_text(place)
            last = np.flatnonzero(held)[-1]
            ends.append(EndLabel(names[place], float(x[last]), float(line[last]), color, self.theme.font("small")))
        self.set_ends(ends if 1 < len(ends) <= _MOST_NAMED else [])
        margin = 0.02 * float(np.ptp(x)) if len(x) <= 30 else 0.0  # a mark at the edge is seen whole
        self.fit([x - margin, x], [values])

    def _lines_table(self) -> Table:
        values = np.atleast_2d(self.values)
        x = self._x(values.shape[1], 0)
        rows = [(float(at), *map(float, values[:, i])) for i, at in enumerate(x)]
        return [("x", *self._names(len(values))), *rows]

    # parts

    def _names(self, count: int) -> tuple[str, ...]:
        held = () if self._panel is None else self._panel.rows
        return tuple(held[i] if i < len(held) else f"{i + 1}" for i in range(count))

    def _columns(self, count: int) -> tuple[str, ...]:
        held = () if self._panel is None else self._panel.columns
        return tuple(held[i] if i < len(held) else f"{i + 1}" for i in range(count))

    def _x(self, count: int, row: int) -> np.ndarray:
        """[count], of one task where every task has its own; 1, 2, ... where the panel holds none."""
        held = None if self._panel is None else self._panel.x
        if held is None:
            return np.arange(1.0, count + 1)
        x = np.asarray(held, dtype=np.float64)
        return x[min(row, len(x) - 1)] if x.ndim > 1 else x

    def _write(
        self, key: str, x: float, y: float, text: str, anchor: tuple[float, float], color: object = None
    ) -> None:
        item = pg.TextItem(text, color=color or self.theme.text, anchor=anchor)
        item.setFont(self.theme.font("small"))
        item.setPos(x, y)
        self.put(key, item)


def alike(values: np.ndarray) -> list[str]:
    """Numbers that stand below one another: as many decimals each as the largest needs for three digits."""
    largest = float(np.nanmax(np.abs(values), initial=0.0))
    if not 1e-4 <= largest < 1e5:
        return [number(float(value)) if np.isfinite(value) else "–" for value in values]
    decimals = max(0, 2 - math.floor(math.log10(largest)))
    return [_of_decimals(float(value), decimals) for value in values]


def _of_decimals(value: float, decimals: int) -> str:
    """What is not 0 is not told as 0."""
    if not np.isfinite(value):
        return "–"
    lost = value and abs(value) < 0.5 * 10.0**-decimals
    return number(value, 1) if lost else minus(f"{value:,.{decimals}f}")


def _middle_of_each(names: tuple[str, ...]) -> tuple[str, ...]:
    """Of equal names in a row the one in the middle alone."""
    kept = [""] * len(names)
    for name, run in groupby(enumerate(names), key=lambda one: one[1]):
        places = [at for at, _ in run]
        kept[places[(len(places) - 1) // 2]] = name
    return tuple(kept)


def _count_in(name: str) -> int:
    """The first number in a name, 0 where there is none."""
    found = re.search(r"\d+", name)
    return int(found[0]) if found else 0


def _told_apart(names: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Names that begin with the same word -> (the word, what is left): narrow columns have room for a number only."""
    words = {name.partition(" ")[0] for name in names}
    rests = tuple(name.partition(" ")[2] for name in names)
    return (words.pop(), rests) if len(words) == 1 and len(names) > 1 and all(rests) else ("", names)


def _cut(name: str) -> str:
    return name if len(name) <= 24 else f"{name[:11]}…{name[-11:]}"
