"""Messages that appear at the lower right and go by themselves; the list keeps them all."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget
from typing_extensions import override

from .buttons import Button, IconButton
from .text import label

_STAY_MS = {"info": 6000, "done": 6000, "error": 15000}
_STAY_WITH_ACTION_MS = 12_000  # to be reached by the Tab key
_MOST = 4
_SIGNS = {"done": ("✓", "good"), "error": ("✕", "bad")}
"""(sign, role) beside the coloured edge: never colour alone."""


class Toast(QFrame):
    def __init__(self, text: str, kind: str, action: tuple[str, Callable[[], None]] | None, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "toast")
        self.setProperty("state", kind)
        self.setAccessibleName(text)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 8, 8)
        row.setSpacing(8)
        if kind in _SIGNS:
            row.addWidget(label(*_SIGNS[kind]), 0, Qt.AlignmentFlag.AlignTop)
        self.text_label = label(text if len(text) <= 400 else text[:399] + "…", wrap=True)
        row.addWidget(self.text_label, 1)
        if action is not None:
            self._run = action[1]
            do = Button(action[0], "toast.action", role="link")
            do.clicked.connect(self._act)
            row.addWidget(do)
        shut = IconButton("cross", "Close message", "toast.close", size=14)
        shut.clicked.connect(self.dismiss)
        row.addWidget(shut, 0, Qt.AlignmentFlag.AlignTop)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.dismiss)
        self._timer.start(max(_STAY_MS.get(kind, 6000), _STAY_WITH_ACTION_MS if action else 0))

    def dismiss(self) -> None:
        self._timer.stop()
        self.hide()
        self.deleteLater()

    def _act(self) -> None:
        self._run()
        self.dismiss()


class Toasts(QWidget):
    """Lies over its parent's lower right corner; takes no mouse where it shows nothing."""

    def __init__(self, parent: QWidget, bottom: int = 16) -> None:
        super().__init__(parent)
        self._bottom = bottom
        self.setObjectName("toasts")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self._shown: list[Toast] = []
        parent.installEventFilter(self)
        self.hide()

    def add(self, text: str, kind: str = "info", action: tuple[str, Callable[[], None]] | None = None) -> Toast:
        toast = Toast(text, kind, action, self)
        toast.destroyed.connect(self._place_later)
        self._column.addWidget(toast)
        toast.show()  # a layout gives no room to what is hidden, and shows a late member only with the next event
        self._shown = [*self._there(), toast]
        for old in self._shown[:-_MOST]:
            old.dismiss()
        self.show()
        self.raise_()
        self._place()
        return toast

    def texts(self) -> list[str]:
        return [toast.text_label.text() for toast in self._there()]

    def clear(self) -> None:
        """Dismiss all that are shown."""
        for toast in self._there():
            toast.dismiss()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched is self.parent():
            self._place()
        return False

    @override
    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self._place()
        return super().event(event)

    def _there(self) -> list[Toast]:
        from shiboken6 import isValid

        return [toast for toast in self._shown if isValid(toast) and not toast.isHidden()]

    def _place_later(self) -> None:
        from shiboken6 import isValid

        if isValid(self):
            self._place()

    def _place(self) -> None:
        there = self._there()
        self.setVisible(bool(there))
        if not there:
            return
        home = self.parentWidget().rect()
        width = min(420, home.width() - 32)
        self.setFixedWidth(width)
        self._column.invalidate()
        height = self._column.totalHeightForWidth(width)
        self.setGeometry(home.right() - width - 16, home.bottom() - height - self._bottom, width, height)
