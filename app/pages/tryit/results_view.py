"""The result by inner step for every start: query loss, right queries, or, where no target is known, how far each step moved
the predictions; and what stands beside the start."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from app.models import words
from app.pages.tryit.desk import Beside
from app.pages.tryit.work import LEARNED, OTHER, RANDOM, Asked, Loaded
from app.plots.by_step import ByStepPlot
from app.plots.curve import Curve
from app.services.theme import Theme
from app.widgets import chooser, label
from core.storage.records import InitializationRecord


class ResultsView(QWidget):
    """`beside_chosen`: what is to stand beside the start."""

    beside_chosen = Signal(Beside)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("tryit.results")
        self.plot = ByStepPlot(theme, name="tryit.results.plot", about="Result after each inner step")
        self.random = QCheckBox("Random start")
        self.random.setObjectName("tryit.random")
        self.random.setChecked(True)
        self.random.setToolTip("The same network freshly initialized, plain gradient descent by the same recipe")
        self.random.toggled.connect(self._chosen)
        self.other = chooser("tryit.other", "Another initialization beside this one")
        self.other.setToolTip("Another initialization beside this one")
        self.other.currentIndexChanged.connect(self._chosen)
        self.problem = label("", "warn", wrap=True, name="tryit.other.problem")
        self.problem.hide()
        self.mark = label("", "caption", name="tryit.results.mark")
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(label("Beside", "muted"))
        row.addWidget(self.random)
        row.addWidget(self.other, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.plot, 1)
        column.addWidget(self.mark)
        column.addLayout(row)
        column.addWidget(self.problem)
        self.set_others([], Beside())

    def set_others(self, records: Sequence[InitializationRecord], beside: Beside) -> None:
        """records: what there is to choose from."""
        self.random.blockSignals(True)
        self.other.blockSignals(True)
        self.random.setChecked(beside.random_start)
        self.other.clear()
        self.other.addItem("no other start", "")
        for record in records:
            self.other.addItem(words.shortened(record.name, 60), record.id)
            self.other.setItemData(self.other.count() - 1, f"{record.name} · {record.id}", 3)  # Qt.ToolTipRole
        self.other.setCurrentIndex(max(0, self.other.findData(beside.other)))
        self.other.setEnabled(bool(records))
        self.random.blockSignals(False)
        self.other.blockSignals(False)

    def show_answer(self, loaded: Loaded, asked: Asked, names: dict[str, str], step: int) -> None:
        label_, values = measured(asked)
        curves = [_curve(names[key], key, values[key]) for key in asked.traces if key in values]
        self.plot.set_labels("inner step", label_, "whole")
        marked = 0 < loaded.trained_steps < len(values[LEARNED])
        self.plot.set_ticks([float(loaded.trained_steps)] if marked else [])
        self.plot.set_step(step)
        self.plot.set_curves(curves)
        self.plot.reset()
        self.mark.setText(
            f"The mark on the axis: {words.counted(loaded.trained_steps, 'step')} of training." if marked else ""
        )
        self.problem.setText(asked.problem and f"The other start is left out: {asked.problem}")
        self.problem.setVisible(bool(asked.problem))

    def show_nothing(self) -> None:
        self.plot.set_step(None)
        self.plot.set_ticks([])
        self.mark.setText("")
        self.plot.set_curves([])
        self.problem.hide()

    @Slot()
    def _chosen(self, *_: object) -> None:
        self.beside_chosen.emit(Beside(self.random.isChecked(), str(self.other.currentData() or "")))


def measured(asked: Asked) -> tuple[str, dict[str, np.ndarray]]:
    """(label of the axis, result by step of each start); of movement the step 0 has none (NaN)."""
    traces = asked.traces
    if traces[LEARNED].right is not None:
        share = 100.0 / max(1, int(asked.question.known.sum()))
        return "right queries (%)", {
            key: share * np.asarray(one.right, dtype=np.float64) for key, one in traces.items()
        }
    if traces[LEARNED].loss is not None:
        return "query loss", {key: np.asarray(one.loss, dtype=np.float64) for key, one in traces.items()}
    moved = {key: np.concatenate([[np.nan], one.moved]) for key, one in traces.items()}
    if np.isnan(moved[LEARNED]).all():  # no query at all
        return "support loss", {key: one.support_loss for key, one in traces.items()}
    return "prediction moved by", moved


def _curve(name: str, key: str, values: np.ndarray) -> Curve:
    steps = np.arange(len(values), dtype=np.float64)
    there = ~np.isnan(values) if key in (LEARNED, RANDOM, OTHER) else slice(None)
    series = 1 if key == OTHER else 0
    return Curve(name, steps[there], values[there], series, smoothed=False, points=True, key=key)
