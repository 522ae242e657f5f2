"""Export: says what will be written, writes it in the background, and tells what was read back."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QApplication, QButtonGroup, QDialog, QHBoxLayout, QRadioButton, QVBoxLayout, QWidget

from app.models import words
from app.pages.asking import ask_path, file_name
from app.services.background import Handle, run_in_background
from app.widgets import Button, label
from app.workspace import Workspace
from core.storage.records import InitializationRecord

from .code import loading_code

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
}


class ExportDialog(QDialog):
    """Which format, and what each holds. contents: "6 tensors, 1,761 numbers"."""

    def __init__(self, name: str, contents: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("initialization.export.dialog")
        self.setWindowTitle("Export")
        self.setMinimumWidth(480)
        self._group = QButtonGroup(self)
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
            column.addWidget(made)
            column.addWidget(told)
        column.addWidget(label("The file is read back and checked before it counts as written.", "caption", wrap=True))
        column.addLayout(self._buttons())

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
    """`busy`: whether one is being written; `written`: (path) after it was read back."""

    busy = Signal(bool)
    written = Signal(str)

    def __init__(self, workspace: Workspace, parent: QWidget) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._page = parent
        self._handle: Handle | None = None
        self._card: dict[str, Any] = {}

    def ask(self, record: InitializationRecord, card: dict[str, Any], contents: str) -> None:
        """Format, then place, then write."""
        dialog = ExportDialog(record.name, contents, self._page)
        if dialog.exec() != QDialog.DialogCode.Accepted:
            return
        suffix = dialog.suffix
        kind = f"{_FORMATS[suffix][0]} (*{suffix})"
        path = ask_path(self._page, "Export", file_name(record.name) + suffix, kind)
        if path is not None:
            self._card = card
            self._write(record.path, path)

    def _write(self, source: Path, target: Path) -> None:
        def export() -> dict[str, Any]:
            from core.deploy import export as deploy  # imports torch

            return deploy(source, target)

        self.busy.emit(True)
        self._handle = run_in_background(export, self._done, self._failed)

    @Slot(dict)
    def _done(self, told: dict[str, Any]) -> None:
        self.busy.emit(False)
        path = str(told["file"])
        size = f"{words.size(int(told['bytes']))}, {words.counted(int(told['tensors']), 'tensor')}"
        copy = ("Copy loading code", lambda: QApplication.clipboard().setText(loading_code(path, self._card)))
        self._workspace.notify(f"Written and read back: {path} ({size})", "done", copy)
        self.written.emit(path)

    @Slot(str)
    def _failed(self, sentence: str) -> None:
        self.busy.emit(False)
        self._workspace.notify(sentence, "error")
