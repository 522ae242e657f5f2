"""Outer loss and validation over the training."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QSlider, QWidget

from app.models import words
from app.plots.curve import Curve
from app.plots.reference import ReferencePlot
from app.services.settings import Settings
from app.services.theme import Theme
from app.widgets import Chip, IconButton, chooser, label

from .data import Choice, RunData, training_curves
from .layout import lay_out

_CURVE = "compare.curves.what"
_STRENGTHS = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998)
_AXES = {
    "step": ("Step", "outer step", "number"),
    "time": ("Time", "training time", "time"),
    "tasks": ("Tasks seen", "tasks seen", "number"),
    "gradients": ("Gradient evaluations", "gradient evaluations", "number"),
}
_WHAT = {"loss": ("Outer loss", "outer loss"), "validation": ("Validation", "validation loss")}


class CurvesView(QWidget):
    """`changed`: the person chose another curve, axis or smoothing."""

    changed = Signal()

    def __init__(self, theme: Theme, settings: Settings) -> None:
        super().__init__()
        self.setObjectName("compare.curves")
        self._settings = settings
        self._runs: Sequence[RunData] = ()
        self._spread: str | None = None
        self.plot = ReferencePlot(theme, name="compare.curves.plot", about="Outer loss of the compared runs")
        self._make_tools()
        self._lay_out()
        self.plot.set_smoothing(float(settings.get("smoothing")))
        self.plot.set_log(bool(settings.get("log_loss")))
        self._name_axes()
        theme.changed.connect(self._fit)
        self._fit()

    @Slot()
    def _fit(self) -> None:
        """In large text the tools fit beside one another without the word, which the slider says too."""
        self._smooth_label.setVisible(not self.plot.theme.is_large)

    def _make_tools(self) -> None:
        self.what = chooser("compare.curves.what", "Curve", {key: title for key, (title, _) in _WHAT.items()})
        self.what.setCurrentIndex(max(0, self.what.findData(self._settings.get(_CURVE))))
        self.what.currentIndexChanged.connect(self._chosen)
        self.what.setMinimumContentsLength(10)
        self.axis = chooser("compare.curves.axis", "Horizontal axis", {key: names[0] for key, names in _AXES.items()})
        self.axis.setCurrentIndex(max(0, self.axis.findData(self._settings.get("curve_x"))))
        self.axis.currentIndexChanged.connect(self._chosen)
        self.smoothing = QSlider(Qt.Orientation.Horizontal)
        self.smoothing.setObjectName("compare.curves.smoothing")
        self.smoothing.setAccessibleName("Smoothing")
        self.smoothing.setRange(0, len(_STRENGTHS) - 1)
        self.smoothing.setFixedWidth(84)
        self.smoothing.setValue(_nearest(float(self._settings.get("smoothing"))))
        self.smoothing.valueChanged.connect(self._smooth)
        self.log = Chip(
            "Log", "compare.curves.log", checked=bool(self._settings.get("log_loss")), hint="Logarithmic scale"
        )
        self.log.toggled.connect(self._set_log)
        self.robust = Chip("Robust", "compare.curves.robust", hint="Leave the most extreme 2 % out of the view")
        self.robust.toggled.connect(self.plot.set_ignore_outliers)
        self.table = IconButton("table", "View as table", "compare.curves.table", size=16)
        self.table.clicked.connect(self.plot.open_table)

    def _lay_out(self) -> None:
        self.note = label("", "caption", wrap=True, name="compare.curves.note")
        self._smooth_label = label("Smooth", "caption")
        tools = (self._smooth_label, self.smoothing, self.log, self.robust, self.table)
        lay_out(self, (self.what, self.axis), tools, self.plot, self.note)

    def state(self) -> dict[str, object]:
        """What was chosen here, for a saved view."""
        chosen = {_CURVE: self.what.currentData(), "curve_x": self.axis.currentData(), "log_loss": self.log.isChecked()}
        return {**chosen, "smoothing": _STRENGTHS[self.smoothing.value()]}

    def recall(self) -> None:
        """Put the controls where the settings say."""
        self.what.setCurrentIndex(max(0, self.what.findData(self._settings.get(_CURVE))))
        self.axis.setCurrentIndex(max(0, self.axis.findData(self._settings.get("curve_x"))))
        self.smoothing.setValue(_nearest(float(self._settings.get("smoothing"))))
        self.log.setChecked(bool(self._settings.get("log_loss")))

    def choice(self) -> Choice:
        return Choice(
            what=self.what.currentData(),
            axis=self.axis.currentData(),
            smoothing=_STRENGTHS[self.smoothing.value()],
            spread=self._spread,
        )

    def show_runs(self, runs: Sequence[RunData], spread: str | None) -> None:
        self._runs, self._spread = runs, spread
        curves = self.curves()
        self.plot.set_curves(curves)
        missing = [
            words.shortened(run.name, 40) for run in runs if not any(run.record.id == curve.key for curve in curves)
        ]
        grouped = spread is not None
        self.note.setText("" if grouped or not missing else f"Nothing to draw yet: {', '.join(missing[:4])}")
        self.note.setVisible(bool(self.note.text()))

    def curves(self) -> list[Curve]:
        """What is drawn."""
        return training_curves(self._runs, self.choice())

    @Slot()
    def _chosen(self) -> None:
        self._settings.set("curve_x", self.axis.currentData())
        self._settings.set(_CURVE, self.what.currentData())
        self._name_axes()
        self.show_runs(self._runs, self._spread)
        self.plot.reset()
        self.changed.emit()

    def _name_axes(self) -> None:
        _, x_label, kind = _AXES[self.axis.currentData()]
        self.plot.set_labels(x_label, _WHAT[self.what.currentData()][1], kind)
        self.smoothing.setEnabled(self.what.currentData() == "loss")

    @Slot(int)
    def _smooth(self, place: int) -> None:
        self._settings.set("smoothing", _STRENGTHS[place])
        self.plot.set_smoothing(_STRENGTHS[place])
        if self._spread is not None:
            self.show_runs(self._runs, self._spread)

    @Slot(bool)
    def _set_log(self, log: bool) -> None:
        self._settings.set("log_loss", log)
        self.plot.set_log(log)


def _nearest(weight: float) -> int:
    """Place of the strength that is nearest."""
    return int(np.argmin(np.abs(np.array(_STRENGTHS) - weight)))
