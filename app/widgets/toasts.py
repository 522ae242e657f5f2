"""Messages that appear at the lower right and go by themselves; the list keeps them all."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget
from typing_extensions import override

from .buttons import Button, IconButton
from .text import label

_STAY_MS = {"info": 6000, "done": 6000, "error": 15000}
_STAY_WITH_ACTION_MS = 12_000  # to be reached by the Tab key
_MOST = 4
_EDGE = 12  # pixels between messages and the window's edge
_CLEAR = "keepClear"
_SIGNS = {"done": ("✓", "good"), "error": ("✕", "bad")}
"""(sign, role) beside the coloured edge: never colour alone."""


def keep_clear(widget: QWidget) -> None:
    """Messages go beside it, never over it: it holds what the page is for."""
    widget.setProperty(_CLEAR, True)


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
    """Lies over its parent's lower right corner, beside what must not be covered (`keep_clear`); takes no mouse where it shows
    nothing."""

    def __init__(self, parent: QWidget, bottom: int = _EDGE) -> None:
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
        self.place()
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
            self.place()
        return False

    @override
    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self.place()
        return super().event(event)

    def _there(self) -> list[Toast]:
        from shiboken6 import isValid

        return [toast for toast in self._shown if isValid(toast) and not toast.isHidden()]

    def _place_later(self) -> None:
        from shiboken6 import isValid

        if isValid(self):
            self.place()

    def place(self) -> None:
        """Also to be called when another page is shown."""
        there = self._there()
        self.setVisible(bool(there))
        if not there:
            return
        home = self.parentWidget().rect()
        width = min(420, home.width() - 2 * _EDGE)
        self.setFixedWidth(width)
        self._column.invalidate()
        height = self._column.totalHeightForWidth(width)
        right, bottom = home.width() - _EDGE, home.height() - self._bottom
        for kept in self._kept_clear():
            if QRect(right - width, bottom - height, width, height).intersects(kept):
                right = kept.left() - _EDGE if kept.left() - 2 * _EDGE >= width else right
        self.setGeometry(right - width, bottom - height, width, height)

    def _kept_clear(self) -> list[QRect]:
        """Where those lie that are shown now, in the parent's coordinates."""
        home = self.parentWidget()
        found = [one for one in home.findChildren(QWidget) if one.property(_CLEAR) and one.isVisible()]
        return [QRect(one.mapTo(home, QPoint(0, 0)), one.size()) for one in found]
