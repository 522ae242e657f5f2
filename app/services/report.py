"""Bugs: caught at the very top, kept as a report that can be copied, told once in the window."""

import platform
import sys
import threading
import traceback
from collections import deque
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from types import TracebackType

from PySide6.QtCore import QObject, Qt, Signal, Slot

from core.errors import CoreError

_PACKAGES = ("headstart", "torch", "PySide6-Essentials", "pyqtgraph", "numpy", "SQLAlchemy", "pydantic")
_MOST = 50


class Reports(QObject):
    """`reported` comes on the GUI thread; the report itself waits in `last`."""

    reported = Signal()
    known = Signal(str)
    """A known error that nobody has caught: its sentence, for the person; no bug."""
    _arrived = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._texts: deque[str] = deque(maxlen=_MOST)
        self._arrived.connect(self._tell, Qt.ConnectionType.QueuedConnection)

    @property
    def last(self) -> str:
        return self._texts[-1] if self._texts else ""

    def add(self, trace: str) -> None:
        """Called on any thread."""
        print(trace, file=sys.stderr, flush=True)
        self._texts.append(compose(trace))
        self._arrived.emit()

    def install(self) -> None:
        """Take over what Python does with an exception that nobody caught."""
        sys.excepthook = self._uncaught
        threading.excepthook = self._uncaught_in_thread

    def uninstall(self) -> None:
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__

    @Slot()
    def _tell(self) -> None:
        self.reported.emit()

    def _uncaught(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        if isinstance(error, CoreError):
            self.known.emit(str(error))
            return
        self.add("".join(traceback.format_exception(kind, error, trace)))

    def _uncaught_in_thread(self, arguments: threading.ExceptHookArgs) -> None:
        error = arguments.exc_value or arguments.exc_type()
        self.add("".join(traceback.format_exception(arguments.exc_type, error, arguments.exc_traceback)))


def compose(trace: str) -> str:
    """The traceback with what is needed to look into it: versions and platform, nothing personal."""
    lines = [
        f"Headstart report, {datetime.now():%Y-%m-%d %H:%M}",
        platform.platform(),
        f"Python {sys.version.split()[0]}",
    ]
    return "\n".join([*lines, ", ".join(_versions()), "", trace])


def _versions() -> list[str]:
    found = []
    for name in _PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return found
