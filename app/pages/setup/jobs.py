"""Background work of which only the newest question counts."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.services.background import Handle, run_in_background


class LatestJob(QObject):
    """Waits until the questions stop for a moment, then works on the newest, one at a time.

    answered(key, result) and failed(key, sentence) for the newest key alone; a key that was answered is not asked again
    until `forget`.
    """

    answered = Signal(str, object)
    failed = Signal(str, str)

    def __init__(self, pause_ms: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(pause_ms)
        self._timer.timeout.connect(self._begin)
        self._wanted: tuple[str, Callable[[], Any]] | None = None
        self._running: str | None = None
        self._handle: Handle | None = None
        self._known: str | None = None

    @property
    def busy(self) -> bool:
        return self._wanted is not None or self._running is not None

    def ask(self, key: str, work: Callable[[], Any]) -> None:
        """The newest question. The answer that is there, or under way, is not asked for again."""
        if key == self._known and self._running is None:
            self._wanted = None
            return
        if key == self._running:
            self._wanted = None
            return
        if self._wanted is None or self._wanted[0] != key:
            self._wanted = (key, work)
            self._timer.start()

    def forget(self) -> None:
        """The last answer no longer holds."""
        self._known = None

    def cancel(self) -> None:
        """No answer is wanted any more."""
        self._timer.stop()
        self._wanted = None
        if self._handle is not None:
            self._handle.cancel()
        self._handle, self._running = None, None

    @Slot()
    def _begin(self) -> None:
        if self._wanted is None or self._running is not None:
            return
        (self._running, work), self._wanted = self._wanted, None
        self._handle = run_in_background(work, self._done, self._failed)

    def _done(self, result: Any) -> None:
        key = self._end()
        if self._wanted is None:
            self._known = key
            self.answered.emit(key, result)
        self._go_on()

    def _failed(self, sentence: str) -> None:
        key = self._end()
        if self._wanted is None:
            self._known = key
            self.failed.emit(key, sentence)
        self._go_on()

    def _end(self) -> str:
        key, self._running, self._handle = self._running or "", None, None
        return key

    def _go_on(self) -> None:
        if self._wanted is not None and not self._timer.isActive():
            self._timer.start()
