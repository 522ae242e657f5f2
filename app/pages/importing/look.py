"""Looking at a person's data behind the dialog: one look at a time, its progress watched, the newest question counts."""

import threading
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.services.background import Handle, run_in_background
from core.data.inspection import Inspection
from core.errors import Interrupted


def inspect(path: Path, folder: Path, heard: Any, options: dict[str, Any]) -> Inspection:
    """Called off the GUI thread."""
    from core.data.inspect import inspect as look

    return look(path, data_folder=folder, progress=heard, **options)


class _Hearing:
    """What one look says of its progress; `drop` ends it at its next word."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._said = ("looking", 0.0)
        self._dropped = False

    def __call__(self, what: str, share: float) -> None:
        """On the thread that looks."""
        with self._lock:
            self._said = (what, share)
            dropped = self._dropped
        if dropped:
            raise Interrupted("no longer wanted")

    def said(self) -> tuple[str, float]:
        with self._lock:
            return self._said

    def drop(self) -> None:
        with self._lock:
            self._dropped = True


class Look(QObject):
    """began; progressed(what, share from 0 to 1); found(Inspection) or refused(sentence) at the end."""

    began = Signal()
    progressed = Signal(str, float)
    found = Signal(object)
    refused = Signal(str)

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self._hearing = _Hearing()
        self._handle: Handle | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(100)
        self._timer.timeout.connect(self._tell)

    @property
    def busy(self) -> bool:
        return self._handle is not None

    def start(self, path: Path, options: dict[str, Any]) -> None:
        """The last question is no longer wanted."""
        self.cancel()
        self._hearing = _Hearing()
        self.began.emit()
        self._timer.start()
        self._handle = run_in_background(
            partial(inspect, path, self._folder, self._hearing, options), self._done, self._failed
        )

    def cancel(self) -> None:
        self._timer.stop()
        self._hearing.drop()
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    @Slot()
    def _tell(self) -> None:
        self.progressed.emit(*self._hearing.said())

    def _done(self, result: Inspection) -> None:
        self._end()
        self.found.emit(result)

    def _failed(self, sentence: str) -> None:
        self._end()
        self.refused.emit(sentence)

    def _end(self) -> None:
        self._timer.stop()
        self._handle = None
