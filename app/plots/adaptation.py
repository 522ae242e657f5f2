"""Loss (or accuracy) of fixed tasks by inner step: a thin line a task, median, quartile band, random start."""

import numpy as np
import pyqtgraph as pg
from typing_extensions import override

from app.plots.chart import NOTHING_FINITE, NOTHING_YET, Chart, Table, joined
from app.plots.crosshair import Track
from app.plots.labels import EndLabel
from app.services.theme import Theme, dashed, faded

_MOST_LINES = 200
_DOT = 4.0  # pixels of half a dot


class AdaptationPlot(Chart):
    def __init__(self, theme: Theme, *, name: str = "adaptation", about: str = "Per-task adaptation") -> None:
        super().__init__(theme, x_label="inner step", y_label="loss", name=name, about=about, x_kind="whole")
        self._values = np.empty((0, 0))
        self._random = np.empty((0, 0))
        self._span: tuple[float, float] | None = None
        self._selected: int | None = None
        self._at: int | None = None
        self.beginning = _DOT
        self.restyle()

    def set_values(self, values: np.ndarray, random: np.ndarray | None = None, y_label: str = "loss") -> None:
        """values, random: [tasks, inner steps + 1]; a method without a step 0 has NaN there."""
        self._values = np.asarray(values, dtype=np.float64)
        self._random = np.empty((0, 0)) if random is None else np.asarray(random, dtype=np.float64)
        if y_label != self.y_label:
            self.set_labels(self.x_label, y_label, "whole")
        self.redraw()

    def set_span(self, low: float, high: float) -> None:
        """Hold the y axis, so that scrubbing through the training shows what changes."""
        self._span = (low, high) if np.isfinite([low, high]).all() and high > low else None

    def select(self, task: int | None) -> None:
        """Bring out one task's line."""
        if task != self._selected:
            self._selected = task
            self.redraw()

    def set_step(self, step: int | None) -> None:
        """Mark the inner step that the task view shows."""
        if step != self._at:
            self._at = step
            self.redraw()

    def as_table(self) -> Table:
        if not self._values.size:
            return [("inner step", "median", "lower quartile", "upper quartile", "random start")]
        low, middle, high = _quartiles(self._values)
        start = _quartiles(self._random)[1] if self._random.size else np.full(len(middle), np.nan)
        tasks = [f"task {i + 1}" for i in range(len(self._values))]
        rows: Table = [("inner step", "median", "lower quartile", "upper quartile", "random start", *tasks)]
        for step in range(len(middle)):
            reference = float(start[step]) if step < len(start) else float("nan")
            own = [float(value) for value in self._values[:, step]]
            rows.append((step, float(middle[step]), float(low[step]), float(high[step]), reference, *own))
        return rows

    @override
    def tracks(self) -> list[Track]:
        """Median and random start, and the selected task."""
        found = []
        if self._values.size:
            steps = np.arange(self._values.shape[1], dtype=np.float64)
            found.append(Track("median", steps, _quartiles(self._values)[1]))
            if self._selected is not None and self._selected < len(self._values):
                found.append(Track(f"task {self._selected + 1}", steps, self._values[self._selected]))
        if self._random.size:
            found.append(
                Track("random start", np.arange(self._random.shape[1], dtype=np.float64), _quartiles(self._random)[1])
            )
        return found

    def redraw(self) -> None:
        self.begin()
        if not np.isfinite(self.scaled(self._values)).any():
            self.end()
            self.set_ends([])
            dead = self._values.size and not np.isfinite(self._values).any()
            self.say(NOTHING_FINITE if dead else NOTHING_YET, nothing=True)
            return
        steps = np.arange(self._values.shape[1], dtype=np.float64)
        low, middle, high = (self.scaled(part) for part in _quartiles(self._values))
        self._draw_tasks(steps)
        self._draw_band(steps, low, high)
        self._draw_random()
        self.line("median", steps, middle, self.theme.series_pen(0, 2), soft=True)
        self._draw_selected(steps)
        self.end()
        self.set_ends(self._names(steps, middle))
        self._fit(steps, low, high)
        self._tell(middle)

    def _fit(self, steps: np.ndarray, low: np.ndarray, high: np.ndarray) -> None:
        if self._span is not None:
            ys = [self.scaled(np.array(self._span))]
        else:
            drawn = self.scaled(self._values)
            ys = [np.quantile(drawn[np.isfinite(drawn)], [0.02, 0.98]), low, high, self._start()]
        self.fit([steps], ys)

    def _start(self) -> np.ndarray:
        """Median of the random start, as drawn."""
        return self.scaled(_quartiles(self._random)[1]) if self._random.size else np.empty(0)

    def _draw_tasks(self, steps: np.ndarray) -> None:
        """All thin lines as ONE item: 400 items took 120 ms, one with a connect mask 4 ms."""
        lines = self.scaled(self._values[:_MOST_LINES])
        shade = 110 if len(lines) <= 30 else 60
        pen = pg.mkPen(faded(self.theme.muted, shade), width=1)
        self.line("tasks", np.tile(steps, len(lines)), np.nan_to_num(lines).ravel(), pen, connect=joined(lines))

    def _draw_band(self, steps: np.ndarray, low: np.ndarray, high: np.ndarray) -> None:
        self.band("quartiles", (steps, low), (steps, high), faded(self.theme.series[0], 50))

    def _draw_random(self) -> None:
        start = self._start()
        if np.isfinite(start).any():
            steps = np.arange(len(start), dtype=np.float64)
            self.line("random", steps, start, dashed(self.theme.series[1], (5, 4), 2), soft=True)

    def _draw_selected(self, steps: np.ndarray) -> None:
        if self._selected is not None and self._selected < len(self._values):
            line = self.scaled(self._values[self._selected])
            self.line("selected", steps, line, dashed(self.theme.text, (), 2), soft=True)
            self.dots("selected dots", steps, line, size=5, pen=None, brush=self.theme.text)
        if self._at is not None:
            self.put("step", pg.InfiniteLine(self._at, angle=90, pen=dashed(self.theme.muted, (2, 3))))

    def _names(self, steps: np.ndarray, middle: np.ndarray) -> list[EndLabel]:
        font = self.theme.font("small")
        ends = []
        if np.isfinite(middle[-1]):
            color = self.theme.series_text(0)
            ends.append(EndLabel("median", float(steps[-1]), float(middle[-1]), color, font))
        start = self._start()
        if len(start) and np.isfinite(start[-1]):
            color = self.theme.series_text(1)
            ends.append(EndLabel("random start", float(len(start) - 1), float(start[-1]), color, font))
        if self._selected is not None and self._selected < len(self._values):
            end = self.scaled(self._values[self._selected])[-1]
            if np.isfinite(end):
                ends.append(EndLabel(f"task {self._selected + 1}", float(steps[-1]), float(end), self.theme.text, font))
        return ends

    def _tell(self, middle: np.ndarray) -> None:
        shown = 10**middle if self.log else middle
        text = f"median of {len(self._values)} tasks from {shown[0]:.3g} to {shown[-1]:.3g}"
        start = self._start()
        if len(start):
            text += f"; random start ends at {(10 ** start[-1] if self.log else start[-1]):.3g}"
        self.describe(text)
        hidden = len(self._values) - _MOST_LINES
        self.say(
            f"{_MOST_LINES} of {len(self._values)} task lines are drawn; band and median are of all."
            if hidden > 0
            else ""
        )


def _quartiles(values: np.ndarray) -> np.ndarray:
    """[3, steps]: lower quartile, median, upper quartile over the tasks; NaN where no task has a value."""
    found = np.full((3, values.shape[1]), np.nan)
    there = np.isfinite(values).any(axis=0)
    if there.any():
        found[:, there] = np.nanquantile(
            np.where(np.isfinite(values), values, np.nan)[:, there], [0.25, 0.5, 0.75], axis=0
        )
    return found
