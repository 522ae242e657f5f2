"""One regression task: its points, and the network's curve before and after each inner step."""

import numpy as np
import pyqtgraph as pg

from app.plots.chart import NOTHING_YET, Chart, Table, joined
from app.plots.labels import EndLabel
from app.services.theme import Theme, dashed, faded, mixed
from core.training.events import TaskViews


class FitPlot(Chart):
    """Several inputs or outputs: the first of each is shown, and said; predictions are then crosses at the query rows, as
    are predicted classes."""

    def __init__(self, theme: Theme, *, name: str = "fit") -> None:
        super().__init__(theme, x_label="x", y_label="y", name=name, about="Prediction for one task", x_kind="bare")
        self._views: TaskViews | None = None
        self._task = 0
        self._step = 0
        self.restyle()

    def show_task(self, views: TaskViews | None, task: int, step: int) -> None:
        """step: inner step whose prediction is drawn bold; the others are faint."""
        fresh = views is not self._views or task != self._task
        self._views, self._task, self._step = views, task, step
        if fresh:
            self._auto = True
        if views is not None and views.axes != (self.x_label, self.y_label):
            self.set_labels(*views.axes, "bare")
        self.redraw()

    def as_table(self) -> Table:
        rows: Table = [("what", self.x_label, self.y_label)]
        if self._views is None:
            return rows
        for kind in ("support", "query"):
            x, y = self._points(kind)
            rows += [(kind, float(a), float(b)) for a, b in zip(x, y, strict=True)]
        x, curves = self._curves()
        if len(curves):
            rows += [
                (f"after {self._step} steps", float(a), float(b)) for a, b in zip(x, curves[self._at], strict=True)
            ]
        x, marks = self._marks()
        if len(marks):
            rows += [
                (f"after {self._step} steps", float(a), float(b))
                for a, b in zip(x, marks[self._of(marks)], strict=True)
                if np.isfinite(a)
            ]
        return rows

    @property
    def _at(self) -> int:
        return self._of(self._curves()[1])

    def _of(self, steps: np.ndarray) -> int:
        """The inner step that is looked at, among those that there are."""
        return min(self._step, len(steps) - 1)

    def redraw(self) -> None:
        self.begin()
        if self._views is None or self._task >= len(self._views.support_x):
            self.end()
            self.set_ends([])
            self.say(self.note.text() if self.canvas.isHidden() else NOTHING_YET, nothing=True)
            return
        x, curves = self._curves()
        if len(curves):
            self._draw_curves(x, curves)
        self._draw_points()
        self._draw_marks()
        self.end()
        self._fit_view(x, curves)
        self.say(self._words())
        self.describe(f"support points, query points and the prediction after {self._step} inner steps")

    def _words(self) -> str:
        views = self._views
        assert views is not None
        if views.task_type == "classification":
            names = views.class_names[self._task] if self._task < len(views.class_names) else ()
            listed = f": {', '.join(f'{at} {name}' for at, name in enumerate(names))}" if names else ""
            return f"Across the first input, up the class{listed}. Crosses are predictions."
        if views.support_x.shape[-1] > 1:
            return "Only the first input and the first output are shown. Crosses are predictions."
        first = " Only the first output is shown." if views.support_y.shape[-1] > 1 else ""
        return f"◆ support  ○ query{'  ┄ before any step' if self._at > 0 else ''}{'.' + first if first else ''}"

    def _points(self, kind: str) -> tuple[np.ndarray, np.ndarray]:
        assert self._views is not None
        x = getattr(self._views, f"{kind}_x")[self._task]
        y = np.asarray(getattr(self._views, f"{kind}_y")[self._task], dtype=np.float64)
        first = y if self._views.task_type == "classification" else y[..., 0]
        return np.asarray(x, dtype=np.float64)[..., 0].ravel(), first.ravel()

    def _curves(self) -> tuple[np.ndarray, np.ndarray]:
        """x [points] and predictions [inner steps + 1, points]; empty where the views hold none."""
        if self._views is None or self._views.grid_x is None or self._views.grid_y is None or self._by_row:
            return np.empty(0), np.empty((0, 0))
        x = np.asarray(self._views.grid_x[self._task], dtype=np.float64)[..., 0]
        return x, np.asarray(self._views.grid_y[self._task], dtype=np.float64)[..., 0]

    @property
    def _by_row(self) -> bool:
        """Predictions are of the query rows, where no line goes along the only input."""
        return self._views is not None and (
            self._views.task_type == "classification" or self._views.support_x.shape[-1] > 1
        )

    def _marks(self) -> tuple[np.ndarray, np.ndarray]:
        """The first input of the query rows (NaN: an empty slot) and what is predicted there [inner steps + 1, rows]."""
        views = self._views
        if views is None or not self._by_row:
            return np.empty(0), np.empty((0, 0))
        x = np.asarray(views.query_x[self._task], dtype=np.float64)[..., 0]
        if views.task_type == "classification":
            chances = views.query_probability
            found = np.empty((0, 0)) if chances is None else np.asarray(chances[self._task]).argmax(-1)
        else:
            found = np.empty((0, 0)) if views.grid_y is None else np.asarray(views.grid_y[self._task])[..., 0]
        return x, found.astype(np.float64)

    def _draw_marks(self) -> None:
        x, marks = self._marks()
        if len(marks):
            y = np.where(np.isfinite(x), marks[self._of(marks)], np.nan)
            self.dots("predicted", x, y, size=9, symbol="x", pen=None, brush=self.theme.series[0])

    def _draw_curves(self, x: np.ndarray, curves: np.ndarray) -> None:
        pen = pg.mkPen(faded(self.theme.muted, 90), width=1)
        self.line("all", np.tile(x, len(curves)), np.nan_to_num(curves).ravel(), pen, connect=joined(curves))
        self.line("start", x, curves[0], dashed(self.theme.muted, (4, 4), 1.5), soft=True)
        self.line("now", x, curves[self._at], self.theme.series_pen(0, 2), soft=True)

    def _draw_points(self) -> None:
        ground = pg.mkPen(self.theme.surface, width=1.2)
        ring = pg.mkPen(mixed(self.theme.series[2], self.theme.text, 0.85), width=1.5)
        x, y = self._points("query")
        self.dots("query", x, y, size=8, symbol="o", pen=ring, brush=self.theme.surface)
        x, y = self._points("support")
        self.dots("support", x, y, size=11, symbol="d", pen=ground, brush=self.theme.series[1])

    def _fit_view(self, x: np.ndarray, curves: np.ndarray) -> None:
        (sx, sy), (qx, qy) = self._points("support"), self._points("query")
        ys, ends = [sy, qy], []
        if len(curves):
            near = curves[np.isfinite(curves)]
            ys.append(np.clip(near, *room(np.concatenate([sy, qy]))) if len(near) else near)
            now = curves[self._at]
            if np.isfinite(now[-1]):
                color = self.theme.series_text(0)
                plural = "step" if self._at == 1 else "steps"
                text = f"{self._at} {plural}" if self._at else "start"
                ends.append(EndLabel(text, float(x[-1]), float(now[-1]), color, self.theme.font("small")))
        _, marks = self._marks()
        if len(marks):
            now = marks[self._of(marks)]
            ys.append(np.clip(now[np.isfinite(now)], *room(np.concatenate([sy, qy]))))
        self.set_ends(ends)
        self.fit([sx, qx, x], ys)


def room(points: np.ndarray) -> tuple[float, float]:
    """Half again the range of the points: a prediction that runs away must not flatten everything else."""
    finite = points[np.isfinite(points)]
    if not len(finite):
        return -1.0, 1.0
    span = float(finite.max() - finite.min()) or 1.0
    return float(finite.min()) - 0.5 * span, float(finite.max()) + 0.5 * span
