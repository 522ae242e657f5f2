"""Half-made set-ups survive a restart: one small file in the data folder, written beside and replaced."""

from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from core.errors import CoreError
from core.storage.files import atomic_write

from .draft import Draft, from_json

FILE = "draft.json"
_PAUSE_MS = 700


class Keeper(QObject):
    """A draft that cannot be written is no reason to stop a person from working; the next edit tries again."""

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = folder / FILE
        self._draft: Draft | None = None
        self._written = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self._write)

    def read(self) -> Draft | None:
        """The draft that was kept; None where there is none or it cannot be read."""
        try:
            self._written = self._path.read_text(encoding="utf-8")
            return from_json(self._written)
        except (OSError, ValueError):
            return None

    def keep_soon(self, draft: Draft) -> None:
        self._draft = draft
        self._timer.start()

    def keep(self, draft: Draft) -> None:
        self._draft = draft
        self._timer.stop()
        self._write()

    def _write(self) -> None:
        text = self._draft.to_json() if self._draft else ""
        if not text or text == self._written:
            return
        try:
            atomic_write(self._path, text.encode())
            self._written = text
        except CoreError:
            return
