"""What network is a plain state_dict of? Asked once, before such a file is imported."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from app.models import words
from app.widgets import Button, chooser, label
from core.config import Experiment, find, presets
from core.storage.records import RunRecord

MOST_RUNS = 30


class NetworkQuestion(QDialog):
    """Choices: the newest runs, the presets, or an experiment file. `experiment` is the answer."""

    def __init__(self, file: str, runs: Sequence[RunRecord], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("catalog.network")
        self.setWindowTitle("Import a state_dict")
        self.setMinimumWidth(480)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(label("What network is it of?", "heading"))
        told = (
            f"{words.shortened(file, 60)} holds tensors alone. With a run, a preset or an experiment file that has the same "
            "network, names and shapes are checked, and the file becomes a starting point."
        )
        text = label(told, "muted", wrap=True)
        text.setMinimumHeight(text.heightForWidth(432))
        column.addWidget(text)
        column.addLayout(self._choice_row(runs))
        column.addLayout(self._buttons())

    @property
    def experiment(self) -> Experiment | Path:
        """Of a file its path: it is read where the import can tell what is wrong with it."""
        found: Experiment | Path = self._choices[self.choice.currentIndex()]
        return found

    def _choice_row(self, runs: Sequence[RunRecord]) -> QHBoxLayout:
        self.choice = chooser("catalog.network.choice", "Run, preset or experiment file with the same network")
        self.choice.setMinimumContentsLength(30)
        self._choices: list[Experiment | Path] = []
        for run in runs[:MOST_RUNS]:
            self._offer(f"Run {words.shortened(run.name, 48)}", run.experiment)
        for name, preset in presets().items():
            self._offer(f"Preset {name}", preset.experiment)
        browse = Button("A file…", "catalog.network.file")
        browse.setAccessibleName("Choose an experiment file")
        browse.clicked.connect(self._browse)
        row = QHBoxLayout()
        row.addWidget(self.choice, 1)
        row.addWidget(browse)
        return row

    def _offer(self, title: str, experiment: Experiment | Path) -> None:
        self._choices.append(experiment)
        self.choice.addItem(title)

    @Slot()
    def _browse(self) -> None:
        text, _ = QFileDialog.getOpenFileName(
            self, "An experiment file", str(Path.home()), "Experiments (*.toml);;All files (*)"
        )
        if text:
            self._offer(text, Path(text))
            self.choice.setCurrentIndex(self.choice.count() - 1)

    def _buttons(self) -> QHBoxLayout:
        cancel = Button("Cancel", "catalog.network.cancel")
        cancel.clicked.connect(self.reject)
        take = Button("Check and import", "catalog.network.take", role="primary")
        take.clicked.connect(self.accept)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(cancel)
        row.addWidget(take)
        return row


def read(answer: Experiment | Path) -> Experiment:
    """Raises BadExperiment."""
    return find(str(answer)) if isinstance(answer, Path) else answer
