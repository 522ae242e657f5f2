"""Adaptation at the best checkpoint on the fixed test tasks, beside a random start."""

from collections.abc import Sequence

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from app.models import words
from app.plots.curve import Curve
from app.plots.reference import ReferencePlot
from app.services.theme import Theme
from app.widgets import Chip, IconButton, chooser, label
from core.analysis.gather import tasks_note
from core.analysis.grouping import BANDS

from .data import Choice, RunData, adaptation_curves, evaluated, random_curve, rated
from .layout import lay_out

_METRICS = {"query_loss": ("Loss", "query loss"), "accuracy": ("Accuracy", "query accuracy (%)")}


class AdaptationView(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("compare.adaptation")
        self._runs: Sequence[RunData] = ()
        self._spread: str | None = None
        self.plot = ReferencePlot(
            theme, "inner step", "query loss", name="compare.adaptation.plot", x_kind="whole",
            about="Adaptation of the compared runs on the fixed test tasks",
        )  # fmt: skip
        titles = {key: title for key, (title, _) in _METRICS.items()}
        self.measure = chooser("compare.adaptation.metric", "Measured as", titles)
        self.measure.currentIndexChanged.connect(self._chosen)
        self.log = Chip("Log", "compare.adaptation.log", hint="Logarithmic scale")
        self.log.toggled.connect(self.plot.set_log)
        self.table = IconButton("table", "View as table", "compare.adaptation.table", size=16)
        self.table.clicked.connect(self.plot.open_table)
        self.note = label("", "caption", wrap=True, name="compare.adaptation.note")
        self._lay_out()

    def _lay_out(self) -> None:
        lay_out(self, (self.measure,), (self.log, self.table), self.plot, self.note)

    def choice(self) -> Choice:
        return Choice(metric=self.measure.currentData() or "query_loss", spread=self._spread)

    def show_runs(self, runs: Sequence[RunData], spread: str | None) -> None:
        had = rated(self._runs)
        self._runs, self._spread = runs, spread
        self.measure.setVisible(rated(runs))
        if rated(runs) != had:
            self.measure.setCurrentIndex(self.measure.findData("accuracy" if rated(runs) else "query_loss"))
        self.redraw()

    def curves(self) -> list[Curve]:
        """What is drawn, the random start last."""
        choice = self.choice()
        reference = random_curve(self._runs, choice.metric)
        return [*adaptation_curves(self._runs, choice), *([reference] if reference else [])]

    def redraw(self) -> None:
        self.plot.set_labels("inner step", _METRICS[self.choice().metric][1], "whole")
        self.plot.set_curves(self.curves())
        self.note.setText(self._sentence())

    def _sentence(self) -> str:
        there = evaluated(self._runs)
        results = [run.evaluation for run in there if run.evaluation is not None]
        parts = [tasks_note(results)] if results else ["None of these runs has been evaluated yet"]
        if self._spread is not None:
            parts.append(f"seed groups: {BANDS[self._spread]} over seeds")
        missing = [words.shortened(run.name, 40) for run in self._runs if run.evaluation is None]
        if results and missing:
            parts.append(f"not evaluated: {', '.join(missing[:4])}")
        text = "; ".join(part for part in parts if part)
        return f"{text[:1].upper()}{text[1:]}."

    @Slot()
    def _chosen(self) -> None:
        self.redraw()
        self.plot.reset()
