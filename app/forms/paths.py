"""A field for a folder or a file."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QWidget

from .lines import PageUndoLine
from .spec import FieldSpec
from .words import from_text, to_text


class PathField(QWidget):
    """A path as text, with a button that looks for it; where a folder or a file will do, with one for each."""

    edited = Signal(object)
    sealed = Signal()

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._spec = spec
        self.line = PageUndoLine(self)
        self.line.setPlaceholderText(spec.empty if spec.optional else "Folder or file")
        self.browse = QPushButton("Folder…" if spec.holds == "pictures" else "Browse…", self)
        self.file_button = QPushButton("File…", self) if spec.holds == "pictures" else None
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.line, 1)
        layout.addWidget(self.browse)
        if self.file_button is not None:
            layout.addWidget(self.file_button)
            self.file_button.clicked.connect(self._look_for_file)
        self.setFocusProxy(self.line)
        self.line.textEdited.connect(self._edited)
        self.line.editingFinished.connect(self.sealed)
        self.browse.clicked.connect(self._look_for_file if spec.holds == "file" else self._look)

    def set_value(self, value: Any) -> None:
        text = to_text(self._spec, value)
        if self.line.text() != text:
            self.line.setText(text)
        self.line.setToolTip(text)

    def name_parts(self) -> None:
        """Names for the parts, once the whole has its own."""
        name = self.objectName()
        self.setObjectName(f"{name}.field")
        self.line.setObjectName(name)
        self.line.setAccessibleName(self.accessibleName())
        self.line.setAccessibleDescription(self.accessibleDescription())
        self.browse.setObjectName(f"{name}.browse")
        self.browse.setAccessibleName(f"Browse: {self.accessibleName()}")
        self.browse.setAccessibleDescription("Chooses it on the disk.")
        if self.file_button is not None:
            self.file_button.setObjectName(f"{name}.file")
            self.file_button.setAccessibleName(f"Choose a file: {self.accessibleName()}")
            self.file_button.setAccessibleDescription("Chooses an archive on the disk.")

    def _edited(self, text: str) -> None:
        self.edited.emit(from_text(self._spec, text))

    def _look(self) -> None:
        self._take(QFileDialog.getExistingDirectory(self, self._spec.title, self._start()))

    def _look_for_file(self) -> None:
        self._take(QFileDialog.getOpenFileName(self, self._spec.title, self._start())[0])

    def _start(self) -> str:
        return self.line.text() or str(Path.home())

    def _take(self, chosen: str) -> None:
        if chosen:
            self.line.setText(chosen)
            self.edited.emit(chosen)
            self.sealed.emit()
