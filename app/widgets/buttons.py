"""Buttons with our icons, coloured by the palette, and buttons made from actions."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QColor, QHideEvent, QMouseEvent, QPalette
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton, QWidget
from typing_extensions import override

from app.actions import Action
from app.widgets import icons


def _colors(palette: QPalette, role: str) -> tuple[QColor, QColor]:
    """(normal, disabled) of an icon on a button of that role."""
    normal = {
        "primary": QPalette.ColorRole.HighlightedText,
        "link": QPalette.ColorRole.Link,
        "accent": QPalette.ColorRole.Link,
    }.get(role, QPalette.ColorRole.ButtonText)
    return palette.color(normal), palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.ButtonText)


class Button(QPushButton):
    """role: "" is plain, primary, link."""

    def __init__(
        self, text: str, name: str = "", *, role: str = "", icon: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(text, parent)
        self._icon = icon
        self._role = role
        self._was_pressed = False
        if name:
            self.setObjectName(name)
        if role:
            self.setProperty("role", role)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAutoDefault(False)
        self._recolour()

    def set_icon(self, name: str) -> None:
        self._icon = name
        self._recolour()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._was_pressed = True
        super().mousePressEvent(event)

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """The second half of a double click counts only where the first did: a button that took another one's place (Pause
        that of Resume) was not meant."""
        if self._was_pressed:
            super().mouseDoubleClickEvent(event)
        else:
            event.accept()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        self._was_pressed = False
        super().hideEvent(event)

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._recolour()

    def _recolour(self) -> None:
        if self._icon:
            normal, disabled = _colors(QApplication.palette(), self._role)
            gap = 6 if self.text() else 0  # a style sheet leaves none between icon and text
            self.setIcon(icons.icon(self._icon, normal, 16, disabled, gap))
            self.setIconSize(QSize(16 + gap, 16))


class IconButton(QToolButton):
    """An icon alone; `text` is what a screen reader and the tooltip say."""

    def __init__(self, icon: str, text: str, name: str = "", *, size: int = 18, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = icon
        self._size = size
        self.setAccessibleName(text)
        self.setToolTip(text)
        if name:
            self.setObjectName(name)
        self.setIconSize(QSize(size, size))
        self._recolour()

    def set_icon(self, name: str, text: str = "") -> None:
        self._icon = name
        if text:
            self.setAccessibleName(text)
            self.setToolTip(text)
        self._recolour()

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._recolour()

    def _recolour(self) -> None:
        normal, disabled = _colors(QApplication.palette(), "")
        self.setIcon(icons.icon(self._icon, normal, self._size, disabled))


class Chip(QToolButton):
    """A small checkable choice."""

    def __init__(self, text: str, name: str = "", *, checked: bool = False, hint: str = "") -> None:
        super().__init__()
        self.setText(text)
        self.setCheckable(True)
        self.setChecked(checked)
        self.setProperty("role", "chip")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.setToolTip(hint)
        self.setAccessibleName(text or hint)
        if name:
            self.setObjectName(name)


def button(
    text: str, name: str, run: Callable[[], object], *, role: str = "", icon: str = "", hint: str = ""
) -> Button:
    """A button that calls a bound method."""
    made = Button(text, name, role=role, icon=icon)
    made.setToolTip(hint)
    made.clicked.connect(lambda: run())
    return made


class ActionButton(Button):
    """A button that is an action: text, tooltip, enabled and what it does."""

    def __init__(self, action: Action, *, role: str = "", parent: QWidget | None = None) -> None:
        super().__init__(action.title, action.id, role=role, icon=action.icon, parent=parent)
        self._action = action
        self.clicked.connect(action.trigger)
        action.qaction.changed.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        self.setEnabled(self._action.qaction.isEnabled())
        self.setToolTip(self._action.qaction.toolTip())
