"""Export: says what will be written, writes it in the background, and tells what was read back."""

import threading
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QButtonGroup,
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QRadioButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.models import words
from app.pages.asking import ask_path, file_name
from app.pages.help.aside import explain
from app.services.background import Handle, run_in_background
from app.widgets import Button, label
from app.workspace import Workspace
from core.export.words import PROGRAMS, Wanted
from core.storage.records import InitializationRecord

from .code import loading_code
from .progress import ExportStrip

_FORMATS = {
    ".safetensors": (
        "Safetensors with a card",
        "{contents}, and a JSON card with network, recipe, scaling, origin and results. "
        "Three lines of Python load it and adapt it to new data.",
    ),
    ".pt": (
        "PyTorch state_dict",
        "The network's tensors alone, under the names of a plain torch.nn module; read it with weights_only=True. "
        "Recipe and meta-parameters beyond the network stay behind.",
    ),
    ".onnx": (
        "ONNX program",
        "Adapts and predicts by itself, with onnxruntime alone: takes a few examples and the inputs to predict, in the units of "
        "the data, and does the inner steps inside.",
    ),
    ".pt2": (
        "PyTorch program",
        "The same as a torch.export program: needs PyTorch, nothing of Headstart.",
    ),
}


class ExportDialog(QDialog):
    """Which format, and what each is for. contents: "6 tensors, 1,761 numbers"; steps: of the recipe, which a program does."""

    def __init__(self, name: str, contents: str, parent: QWidget, steps: int = 10) -> None:
        super().__init__(parent)
        self.setObjectName("initialization.export.dialog")
        self.setWindowTitle("Export")
        self.setMinimumWidth(520)
        self._group = QButtonGroup(self)
        self._told: list[QLabel] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(8)
        column.addWidget(label(f"Export “{words.shortened(name, 48)}”", "heading", wrap=True))
        for suffix, (title, text) in _FORMATS.items():
            made = QRadioButton(f"{title} ({suffix})")
            made.setObjectName(f"initialization.export.{suffix[1:]}")
            made.setProperty("suffix", suffix)
            made.setAccessibleName(made.text())
            made.setChecked(suffix == ".safetensors")
            self._group.addButton(made)
            told = label(text.format(contents=contents), "muted", wrap=True)
            told.setContentsMargins(26, 0, 0, 8)
            self._told.append(told)
            column.addWidget(made)
            column.addWidget(told)
        column.addLayout(self._step_row(steps))
        self.readme = QCheckBox("Write a README beside it, with example code that was run")
        self.readme.setObjectName("initialization.export.readme")
        self.readme.setAccessibleName(self.readme.text())
        column.addWidget(self.readme)
        column.addWidget(
            label(
                "The file is read back and checked before it counts as written. A program is run on made-up and real tasks and "
                "compared with Headstart; that takes from seconds to minutes and can be cancelled.", "caption", wrap=True,
            )
        )  # fmt: skip
        column.addLayout(self._buttons())
        self._group.buttonToggled.connect(self._program_chosen)
        self._program_chosen()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        """A dialog's first size knows nothing of how lines wrap."""
        for told in self._told:
            told.setMinimumHeight(told.heightForWidth(self.minimumWidth() - 48))
        super().showEvent(event)
        self.adjustSize()

    def _step_row(self, steps: int) -> QHBoxLayout:
        self.steps = QSpinBox()
        self.steps.setObjectName("initialization.export.steps")
        self.steps.setAccessibleName("Inner steps of the program")
        self.steps.setRange(0, 1000)
        self.steps.setValue(steps)
        row = QHBoxLayout()
        row.addWidget(label("Inner steps of the program", "muted"))
        row.addWidget(self.steps)
        row.addStretch(1)
        return row

    @Slot()
    def _program_chosen(self, *_: Any) -> None:
        self.steps.setEnabled(self.suffix in PROGRAMS)

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addStretch(1)
        cancel = Button("Cancel", "initialization.export.cancel")
        cancel.clicked.connect(self.reject)
        write = Button("Choose a file…", "initialization.export.write", role="primary")
        write.clicked.connect(self.accept)
        row.addWidget(cancel)
        row.addWidget(write)
        return row

    @property
    def suffix(self) -> str:
        return str(self._group.checkedButton().property("suffix"))


class Exporter(QObject):
    """`busy`: whether one is being written; `written`: (path) after it was read back; `strip`: its progress, for the page."""

    busy = Signal(bool)
    written = Signal(str)

    def __init__(self, workspace: Workspace, parent: QWidget) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._page = parent
        self._handle: Handle | None = None
        self._card: dict[str, Any] = {}
        self._stop = threading.Event()
        self._told: tuple[str, float] | None = None
        self.strip = ExportStrip()
        self.strip.cancelled.connect(self.cancel)
        self._clock = QTimer(self, interval=100)
        self._clock.timeout.connect(self._show_progress)
        stop = self._stop_it = _Stopper()
        parent.destroyed.connect(stop)  # a child process must not outlive the window

    def ask(self, record: InitializationRecord, card: dict[str, Any], contents: str) -> None:
        """Format, then place, then write."""
        steps = int(card.get("adaptation", {}).get("steps", 10))
        dialog = ExportDialog(record.name, contents, self._page, steps)
        explain(dialog, "exported-files", self._workspace.theme)
        if dialog.exec() != QDialog.DialogCode.Accepted:
            return
        suffix = dialog.suffix
        program = suffix in PROGRAMS
        wanted = Wanted(steps=dialog.steps.value() if program else None, readme=dialog.readme.isChecked())
        kind = f"{_FORMATS[suffix][0]} (*{suffix})"
        path = ask_path(self._page, "Export", file_name(record.name) + suffix, kind)
        if path is not None:
            self._card = card
            self._write(record.path, path, wanted)

    def _write(self, source: Path, target: Path, wanted: Wanted) -> None:
        stop = self._stop = self._stop_it.event = threading.Event()
        folder = self._workspace.catalog.folder

        def export() -> dict[str, Any]:
            from core.export.leaving import leave  # imports torch

            return leave(source, target, folder, wanted, report=self._hear, stop=stop)

        self.busy.emit(True)
        self._told = None
        self.strip.begin(target.name)
        self._clock.start()
        self._handle = run_in_background(export, self._done, self._failed)

    def _hear(self, words: str, share: float) -> None:
        """On the worker's thread; the clock shows it."""
        self._told = (words, share)

    @Slot()
    def _show_progress(self) -> None:
        if self._told is not None and not self._stop.is_set():
            self.strip.show_progress(*self._told)

    @Slot()
    def cancel(self) -> None:
        self._stop.set()

    def _end(self) -> None:
        self._clock.stop()
        self.strip.hide()
        self.busy.emit(False)

    @Slot(dict)
    def _done(self, told: dict[str, Any]) -> None:
        self._end()
        path = str(told["file"])
        size = f"{words.size(int(told['bytes']))}, {words.counted(int(told['tensors']), 'tensor')}"
        copy = ("Copy loading code", lambda: QApplication.clipboard().setText(loading_code(path, self._card)))
        self._workspace.notify(f"Written and read back: {path} ({size}){_checked(told)}", "done", copy)
        self.written.emit(path)

    @Slot(str)
    def _failed(self, sentence: str) -> None:
        self._end()
        self._workspace.notify(sentence, "info" if self._stop.is_set() else "error")


class _Stopper:
    """Ends the export under way; holds nothing of Qt, so that it may be called while the page goes."""

    event: threading.Event | None = None

    def __call__(self, *_: Any) -> None:
        if self.event is not None:
            self.event.set()


def _checked(told: dict[str, Any]) -> str:
    """What the comparison of a program found."""
    found = told.get("check")
    if not found:
        return ""
    return f", agrees with Headstart to {found['difference']:.0e} on {found['made_up']} made-up and {found['real']} real tasks"
