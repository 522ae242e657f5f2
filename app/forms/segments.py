"""A few options side by side, one of them chosen: radio buttons in the shape of a bar."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QSizePolicy, QWidget
from typing_extensions import override

from .look import SEGMENT_STYLE


class SegmentButton(QPushButton):
    """Arrows move the choice as in a group of radio buttons."""

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}.get(
            Qt.Key(event.key())
        )
        buttons = self.group().buttons() if self.group() else []
        at = buttons.index(self) + step if step and self in buttons else -1
        if step and 0 <= at < len(buttons):
            buttons[at].setFocus(Qt.FocusReason.TabFocusReason)
            buttons[at].click()
        elif step is None:
            super().keyPressEvent(event)


class Segments(QWidget):
    """Options as (value, label). A value that is none of them leaves all unchecked."""

    edited = Signal(object)
    sealed = Signal()

    def __init__(self, options: Sequence[tuple[Any, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values = [value for value, _ in options]
        self._group = QButtonGroup(self)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self.setStyleSheet(SEGMENT_STYLE)
        for at, (_, label) in enumerate(options):
            button = SegmentButton(label, self)
            button.setCheckable(True)
            button.setAutoDefault(False)
            button.setProperty("segment", _place(at, len(options)))
            self._group.addButton(button, at)
            layout.addWidget(button)
        self._group.idClicked.connect(self._clicked)

    def buttons(self) -> list[QPushButton]:
        return [button for button in self._group.buttons() if isinstance(button, QPushButton)]

    def name_parts(self) -> None:
        """Names for the buttons, once the whole has its own."""
        for value, button in zip(self._values, self.buttons(), strict=True):
            button.setObjectName(f"{self.objectName()}.{value}")
            button.setAccessibleName(f"{self.accessibleName()}: {button.text()}")
            button.setAccessibleDescription(self.accessibleDescription())

    def set_value(self, value: Any) -> None:
        known = value in self._values
        self._group.setExclusive(known)
        chosen = self._values.index(value) if known else -1
        for at, button in enumerate(self.buttons()):
            button.setChecked(at == chosen)
        self._set_tab_stops(max(chosen, 0))

    def _set_tab_stops(self, chosen: int) -> None:
        """Tab reaches the chosen one, arrows the others."""
        for at, button in enumerate(self.buttons()):
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus if at == chosen else Qt.FocusPolicy.ClickFocus)
        self.setFocusProxy(self.buttons()[chosen])

    def _clicked(self, at: int) -> None:
        self.set_value(self._values[at])
        self.edited.emit(self._values[at])
        self.sealed.emit()


def _place(at: int, count: int) -> str:
    return "only" if count == 1 else "first" if at == 0 else "last" if at == count - 1 else "middle"
