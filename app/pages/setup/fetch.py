"""Fetching Omniglot in the background, its progress looked at ten times a second."""

import threading
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.services.background import run_in_background
from app.widgets import words

from . import facts

_ASKING = "asking for the archives"


class OmniglotFetch(QObject):
    """progressed(what, share from 0 to 1); ended(good, sentence)."""

    progressed = Signal(str, float)
    ended = Signal(bool, str)

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self._lock = threading.Lock()
        self._seen = (_ASKING, 0.0)
        self._timer = QTimer(self)
        self._timer.setInterval(100)
        self._timer.timeout.connect(self._look)

    @Slot()
    def start(self) -> None:
        if not self._timer.isActive():
            self._seen = (_ASKING, 0.0)
            self._look()
            self._timer.start()
            run_in_background(partial(facts.fetch_omniglot, self._folder, self._heard), self._done, self._failed)

    def _heard(self, what: str, share: float) -> None:
        """Called on the thread that fetches."""
        with self._lock:
            self._seen = (what, share)

    @Slot()
    def _look(self) -> None:
        with self._lock:
            what, share = self._seen
        self.progressed.emit(what, share)

    def _done(self, result: object) -> None:
        self._timer.stop()
        self.ended.emit(True, "Omniglot is here.")

    def _failed(self, sentence: str) -> None:
        self._timer.stop()
        self.ended.emit(False, words.sentence(sentence))
