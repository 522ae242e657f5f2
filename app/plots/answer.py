"""One regression task that can be edited: its points, and what several starts predict after an inner step.

A click into the plot is told with its place; with Shift it means a query point; on a point it means that point.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal

from app.plots.chart import Chart, Table, joined
from app.plots.fit import room
from app.plots.labels import EndLabel
from app.services.theme import Theme, dashed, faded, mixed

_NEAR = 9
"""Pixels around a point within which a click means it."""


@dataclass(frozen=True, eq=False)
class Line:
    """y: [steps + 1, points] along the plot's grid; reference: drawn dashed and grey, without a colour of its own."""

    name: str
    y: np.ndarray
    series: int = 0
    reference: bool = False


class AnswerPlot(Chart):
    """`clicked`: (x, y, whether a query point is meant); `point_clicked`: ("support" or "query", index)."""

    clicked = Signal(float, float, bool)
    point_clicked = Signal(str, int)

    def __init__(self, theme: Theme, *, name: str = "answer") -> None:
        super().__init__(
            theme, x_label="x", y_label="y", name=name, about="Prediction of each start for one task", x_kind="bare"
        )
        self._support, self._query = np.empty((0, 2)), np.empty((0, 2))
        self._grid, self._lines, self._step = np.empty(0), (), 0
        self._asked: tuple[np.ndarray, np.ndarray] = (np.empty(0), np.empty((1, 0)))
        self.editable = False
        self.canvas.scene().sigMouseClicked.connect(self._scene_clicked)
        self.restyle()

    def show_task(
        self,
        support: np.ndarray,
        query: np.ndarray,
        grid: np.ndarray,
        lines: Sequence[Line],
        step: int,
        asked: tuple[np.ndarray, np.ndarray] | None = None,
    ) -> None:
        """support, query: [points, 2]; lines: of each start, the first in front and with its other steps faint; asked: (x [points],
        answers [steps + 1, points] of the first start) of queries whose target is not known."""
        self._support, self._query = support, query
        self._asked = (np.empty(0), np.empty((1, 0))) if asked is None else asked
        self._grid, self._lines, self._step = grid, tuple(lines), step
        self.redraw()

    def set_step(self, step: int) -> None:
        if step != self._step:
            self._step = step
            self.redraw()

    def as_table(self) -> Table:
        rows: Table = [("what", self.x_label, self.y_label)]
        for kind, points in (("support", self._support), ("query", self._query)):
            rows += [(kind, float(x), float(y)) for x, y in points]
        x, answers = self._asked
        rows += [
            ("answer", float(a), float(b)) for a, b in zip(x, answers[min(self._step, len(answers) - 1)], strict=True)
        ]
        for line in self._lines:
            after = f"{line.name}, {_after(self._at(line))}"
            rows += [(after, float(x), float(y)) for x, y in zip(self._grid, line.y[self._at(line)], strict=True)]
        return rows

    def redraw(self) -> None:
        self.begin()
        for place, line in reversed(list(enumerate(self._lines))):
            self._draw_line(place, line)
        self._draw_points()
        self.end()
        self._fit_view()
        self.describe(
            f"{len(self._support)} support points, {len(self._query)} query points; "
            + "; ".join(map(self._told, self._lines))
        )

    def _at(self, line: Line) -> int:
        return min(self._step, len(line.y) - 1)

    def _told(self, line: Line) -> str:
        y = line.y[self._at(line)]
        finite = y[np.isfinite(y)]
        span = f"from {finite.min():.3g} to {finite.max():.3g}" if len(finite) else "not finite"
        return f"{line.name} {_after(self._at(line))}: {span}"

    def _draw_line(self, place: int, line: Line) -> None:
        now = line.y[self._at(line)]
        if line.reference:
            self.line(f"{place} now", self._grid, now, dashed(self.theme.muted, (5, 4), 2), soft=True)
            return
        if place == 0 and len(line.y) > 1:
            pen = pg.mkPen(faded(self.theme.muted, 70), width=1)
            every = np.nan_to_num(line.y)
            self.line("steps", np.tile(self._grid, len(every)), every.ravel(), pen, connect=joined(line.y))
        self.line(f"{place} now", self._grid, now, self.theme.series_pen(line.series, 2), soft=True)

    def _draw_points(self) -> None:
        ground = pg.mkPen(self.theme.surface, width=1.2)
        ring = pg.mkPen(mixed(self.theme.series[2], self.theme.text, 0.85), width=1.5)
        if len(self._query):
            x, y = self._query.T
            self.dots("query", x, y, size=8, symbol="o", pen=ring, brush=self.theme.surface)
        x, answers = self._asked
        if len(x):
            now = answers[min(self._step, len(answers) - 1)]
            self.dots("asked", x, now, size=8, symbol="s", pen=ground, brush=self.theme.series[0])
        if len(self._support):
            x, y = self._support.T
            self.dots("support", x, y, size=12, symbol="d", pen=ground, brush=self.theme.series[1])

    def _fit_view(self) -> None:
        """All points, and the lines as far as they stay near; without points the view stays where it is."""
        last = np.column_stack(
            [self._asked[0], self._asked[1][-1]]
        )  # of the last step: the view must not move with each
        known = np.concatenate([self._support, self._query, last[np.isfinite(last).all(axis=1)]])
        ys, ends = [known[:, 1]], []
        for line in self._lines:
            now = line.y[self._at(line)]
            finite = line.y[np.isfinite(line.y)]
            ys.append(np.clip(finite, *room(known[:, 1])) if len(known) else finite)
            if np.isfinite(now[-1]):
                color = self.theme.muted if line.reference else self.theme.series_text(line.series)
                low, high = room(known[:, 1]) if len(known) else (-np.inf, np.inf)
                at = float(np.clip(now[-1], low, high))
                ends.append(EndLabel(line.name, float(self._grid[-1]), at, color, self.theme.font("small")))
        self.set_ends(ends)
        if len(known) or self._lines:
            x = np.concatenate([known[:, 0], self._grid])
            x = x[np.isfinite(x)]
            edge = 0.02 * float(x.max() - x.min())  # room for a point at the left end
            self.fit([x, x[:1] * 0 + x.min() - edge], ys)

    def _scene_clicked(self, event: Any) -> None:
        if not self.editable or event.button() != Qt.MouseButton.LeftButton:
            return
        place = event.scenePos()
        view = self.canvas.plotItem.vb
        if not view.sceneBoundingRect().contains(place):
            return
        event.accept()
        near = self._near(place)
        if near is not None:
            self.point_clicked.emit(*near)
            return
        at = view.mapSceneToView(place)
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        self.clicked.emit(float(at.x()), float(at.y()), shift)

    def _near(self, place: QPointF) -> tuple[str, int] | None:
        """The point under the mouse; support before query."""
        view = self.canvas.plotItem.vb
        for kind, points in (("support", self._support), ("query", self._query)):
            seen = [view.mapViewToScene(QPointF(x, y)) for x, y in points]
            away = [(one.x() - place.x()) ** 2 + (one.y() - place.y()) ** 2 for one in seen]
            if away and min(away) <= _NEAR**2:
                return kind, int(np.argmin(away))
        return None

    def place_of(self, x: float, y: float) -> QPointF:
        """Where a point of the data lies in the canvas, in pixels (a test clicks there)."""
        return QPointF(self.canvas.mapFromScene(self.canvas.plotItem.vb.mapViewToScene(QPointF(x, y))))


def _after(step: int) -> str:
    return "before any step" if step == 0 else "after 1 step" if step == 1 else f"after {step} steps"
