"""The outer loss: training and validation, smoothing, scale, and what x is."""

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QSlider

from app.pages.live.panel import Panel
from app.pages.live.shown import Shown
from app.plots.curve import Curve, CurvePlot
from app.services.settings import Settings
from app.services.theme import Theme
from app.widgets.buttons import Chip, IconButton
from app.widgets.combo import chooser
from app.widgets.text import label
from app.widgets.words import capital

_AXES = {
    "step": ("Step", "outer step", "number"),
    "time": ("Time", "training time", "time"),
    "tasks": ("Tasks", "tasks seen", "number"),
}
_STRENGTHS = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998)


class LossPanel(Panel):
    def __init__(self, theme: Theme, settings: Settings) -> None:
        self.plot = CurvePlot(theme, name="live.loss", about="Outer loss")
        super().__init__("Outer loss", self.plot, "live.loss.panel")
        self._settings = settings
        self._shown: Shown | None = None
        self._make_tools()
        self.plot.set_smoothing(_STRENGTHS[self._smoothing.value()])
        self.plot.set_log(bool(settings.get("log_loss")))

    def _make_tools(self) -> None:
        self._smoothing = QSlider(Qt.Orientation.Horizontal)
        self._smoothing.setObjectName("live.loss.smoothing")
        self._smoothing.setAccessibleName("Smoothing")
        self._smoothing.setToolTip("Smoothing of the training loss")
        self._smoothing.setRange(0, len(_STRENGTHS) - 1)
        self._smoothing.setFixedWidth(60)
        chosen = float(self._settings.get("smoothing"))
        self._smoothing.setValue(int(np.argmin(np.abs(np.array(_STRENGTHS) - chosen))))
        self._smoothing.valueChanged.connect(self._smooth)
        self._log = Chip("Log", "live.loss.log", checked=bool(self._settings.get("log_loss")), hint="Logarithmic scale")
        self._log.toggled.connect(self._set_log)
        self._outliers = Chip(
            "Robust", "live.loss.robust", hint="Leave the most extreme 2 % of the values out of the view"
        )
        self._outliers.toggled.connect(self.plot.set_ignore_outliers)
        self._axis = chooser("live.loss.axis", "Horizontal axis", {key: names[0] for key, names in _AXES.items()})
        self._axis.setCurrentIndex(max(0, self._axis.findData(self._settings.get("curve_x"))))
        self._name_axis()
        self._axis.currentIndexChanged.connect(self._set_axis)
        table = IconButton("table", "View as table", "live.loss.table", size=16)
        table.clicked.connect(self.plot.open_table)
        self._smooth_label = label("Smooth", "caption")
        self.add_tool(self._smooth_label)
        self.plot.theme.changed.connect(self._fit)
        self._fit()
        for tool in (self._smoothing, self._log, self._outliers, self._axis, table):
            self.add_tool(tool)

    def show_run(self, shown: Shown) -> None:
        fresh = self._shown is None or self._shown.run_id != shown.run_id
        self._shown = shown
        if not _has_points(shown):
            self.wait(_waiting(shown))
            return
        self.wait("")
        if fresh:
            self.plot.reset()
        self._draw(shown)

    def _draw(self, shown: Shown) -> None:
        numbers = shown.numbers
        seen = shown.validations
        steps = np.array([entry.step for entry in seen], dtype=np.float64)
        seconds = np.array([entry.seconds for entry in seen], dtype=np.float64)
        losses = np.array([shown.validation_loss(entry) for entry in seen], dtype=np.float64)
        training = Curve("training", self._x(numbers["steps"], numbers["seconds"]), numbers["loss"])
        validation = Curve(
            "validation", self._x(steps, seconds), losses, series=1, smoothed=False, points=True, solid=True
        )
        best = shown.best
        self.plot.set_best(
            None if best is None else (float(self._x(np.array([best[0]]), np.array([best[1]]))[0]), best[2])
        )
        self.plot.set_ticks(self._checkpoints(shown))
        self.plot.set_curves([training, validation])

    def _checkpoints(self, shown: Shown) -> list[float]:
        steps = np.array(shown.checkpoints, dtype=np.float64)
        if not len(steps) or not len(shown.numbers["steps"]):
            return []
        seconds = np.interp(steps, shown.numbers["steps"], shown.numbers["seconds"])
        return [float(x) for x in self._x(steps, seconds)]

    def _x(self, steps: np.ndarray, seconds: np.ndarray) -> np.ndarray:
        axis = self._axis.currentData()
        if axis == "time":
            return seconds
        batch = self._shown.experiment.outer.meta_batch if self._shown is not None else 1
        return steps * batch if axis == "tasks" else steps

    @Slot()
    def _fit(self) -> None:
        """In large text the heading stays whole without the word, which the slider says too."""
        self._smooth_label.setVisible(not self.plot.theme.is_large)

    @Slot(int)
    def _smooth(self, place: int) -> None:
        self._settings.set("smoothing", _STRENGTHS[place])
        self.plot.set_smoothing(_STRENGTHS[place])

    @Slot(bool)
    def _set_log(self, log: bool) -> None:
        self._settings.set("log_loss", log)
        self.plot.set_log(log)

    @Slot(int)
    def _set_axis(self, _place: int) -> None:
        self._settings.set("curve_x", self._axis.currentData())
        self._name_axis()
        if self._shown is not None and _has_points(self._shown):
            self._draw(self._shown)
            self.plot.reset()

    def _name_axis(self) -> None:
        _, words, kind = _AXES[self._axis.currentData()]
        self.plot.set_labels(words, "loss", kind)


def _has_points(shown: Shown) -> bool:
    return bool(len(shown.numbers["steps"]) or shown.validations)


def _waiting(shown: Shown) -> str:
    if shown.live:
        return f"{capital(shown.phase or 'the first steps')} …"
    return "Waits for its turn" if shown.status == "queued" else "This run made no step"
