"""Per-task adaptation, and the slider that scrubs through the training."""

import numpy as np
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QSlider

from app.pages.live.panel import Panel
from app.pages.live.shown import Shown
from app.plots.adaptation import AdaptationPlot
from app.services.theme import Theme
from app.widgets.buttons import Chip, IconButton
from app.widgets.text import keep_room, label
from core.training.events import Curves


class AdaptationPanel(Panel):
    """`scrubbed`: index of the validation that is looked at."""

    scrubbed = Signal(int)

    def __init__(self, theme: Theme) -> None:
        self.plot = AdaptationPlot(theme, name="live.adaptation")
        super().__init__("Per-task adaptation", self.plot, "live.adaptation.panel")
        self._shown: Shown | None = None
        self._accuracy = Chip("Accuracy", "live.adaptation.accuracy", hint="Accuracy instead of loss")
        self._accuracy.toggled.connect(self._redraw)
        self._accuracy.hide()
        self._log = Chip("Log", "live.adaptation.log", hint="Logarithmic scale")
        self._log.toggled.connect(self.plot.set_log)
        table = IconButton("table", "View as table", "live.adaptation.table", size=16)
        table.clicked.connect(self.plot.open_table)
        for tool in (self._accuracy, self._log, table):
            self.add_tool(tool)
        self._make_slider()

    def _make_slider(self) -> None:
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName("live.scrub")
        self.slider.setAccessibleName("Validation during the training")
        self.slider.setRange(0, 0)
        self.slider.setPageStep(1)
        self.slider.valueChanged.connect(self._scrub)
        self._words = label("", "caption", name="live.scrub.text")
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(label("Training", "caption"))
        row.addWidget(self.slider, 1)
        row.addWidget(self._words)
        self.column.addLayout(row)

    @property
    def index(self) -> int:
        return self.slider.value()

    def show_run(self, shown: Shown) -> None:
        """A new validation is followed while the slider stands at its end."""
        fresh = self._shown is None or self._shown.run_id != shown.run_id
        self._shown = shown
        self.wait("" if shown.validations else "Validation comes soon" if shown.live else "No validation yet")
        self.slider.setEnabled(len(shown.validations) > 1)
        self._accuracy.setVisible(shown.has_accuracy)
        if fresh:
            self._accuracy.setChecked(shown.has_accuracy)
            self.plot.reset()
        self._stretch(len(shown.validations), to_end=fresh)
        self._redraw()

    def _stretch(self, count: int, *, to_end: bool) -> None:
        at_end = self.slider.value() == self.slider.maximum()
        self.slider.blockSignals(True)
        self.slider.setRange(0, max(0, count - 1))
        if at_end or to_end:
            self.slider.setValue(self.slider.maximum())
        self.slider.blockSignals(False)

    @Slot(int)
    def _scrub(self, index: int) -> None:
        self._redraw()
        self.scrubbed.emit(index)

    @Slot()
    def _redraw(self) -> None:
        shown = self._shown
        if shown is None or not shown.validations:
            self._words.setText("")
            return
        seen = shown.validations[min(self.index, len(shown.validations) - 1)]
        keep_room(self._words, f"after step {shown.total_steps:,}")
        self._words.setText(f"after step {seen.step:,}")
        values = self._pick(seen.curves)
        start = None if shown.random_start is None else self._pick(shown.random_start)
        self.plot.set_span(*self._span(shown))
        self.plot.set_values(values, start, "accuracy (%)" if self._shows_accuracy(seen.curves) else "loss")

    def _shows_accuracy(self, curves: Curves) -> bool:
        return self._accuracy.isChecked() and curves.accuracy is not None

    def _pick(self, curves: Curves) -> np.ndarray:
        """Losses, or accuracies in per cent."""
        if self._shows_accuracy(curves):
            return 100 * np.asarray(curves.accuracy, dtype=np.float64)
        return np.asarray(curves.loss, dtype=np.float64)

    def _span(self, shown: Shown) -> tuple[float, float]:
        """One y range for the whole training: most of the task lines at its beginning and at its end, and the random start's
        median. While losses fall it stays that of the beginning, so that nothing moves with a new validation."""
        if self._shows_accuracy(shown.validations[-1].curves):
            return 0.0, 100.0
        parts = [(self._pick(seen.curves), [0.01, 0.85]) for seen in (shown.validations[0], shown.validations[-1])]
        if shown.random_start is not None:
            parts.append((np.median(self._pick(shown.random_start), axis=0), [0.0, 1.0]))
        drawn = [(part[np.isfinite(part) & ((part > 0) | (not self.plot.log))], shares) for part, shares in parts]
        limits = np.array([np.quantile(part, shares) for part, shares in drawn if len(part)])
        if not len(limits):
            return 0.0, 0.0
        return (float(limits[:, 0].min()) if self.plot.log else 0.0), float(limits[:, 1].max())
