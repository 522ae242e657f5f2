"""Cards and sections: the two ways in which a page groups things."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLayout, QVBoxLayout, QWidget
from typing_extensions import override

from .text import label, restyle


class Card(QFrame):
    """A framed group. With `clickable` it is one big button: `clicked` by mouse, Enter or Space."""

    clicked = Signal()

    def __init__(
        self, title: str = "", text: str = "", *, name: str = "", clickable: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self._clickable = clickable
        self._pressed = False
        if name:
            self.setObjectName(name)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(16, 16, 16, 16)
        self.body.setSpacing(8)
        self.title_label = label(title, "heading", wrap=True)
        self.text_label = label(text, "muted", wrap=True)
        self.body.addWidget(self.title_label)
        self.body.addWidget(self.text_label)
        self.title_label.setVisible(bool(title))
        self.text_label.setVisible(bool(text))
        if clickable:
            self.setProperty("clickable", "true")
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.setCursor(Qt.CursorShape.PointingHandCursor)
            self.setAccessibleName(title)
            self.setAccessibleDescription(text)

    def set_title(self, text: str) -> None:
        self.title_label.setText(text)
        self.title_label.setVisible(bool(text))

    def set_text(self, text: str) -> None:
        self.text_label.setText(text)
        self.text_label.setVisible(bool(text))

    def set_state(self, state: str) -> None:
        """ "" or good, warn, bad: a coloured edge beside words that say the same."""
        restyle(self, state=state)

    def set_selected(self, selected: bool) -> None:
        restyle(self, selected="true" if selected else "false")

    def add(self, widget: QWidget) -> None:
        self.body.addWidget(widget)

    def add_row(self, *widgets: QWidget, stretch: bool = True) -> QHBoxLayout:
        """Widgets side by side at the left."""
        row = QHBoxLayout()
        row.setSpacing(8)
        for widget in widgets:
            row.addWidget(widget)
        if stretch:
            row.addStretch(1)
        self.body.addLayout(row)
        return row

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        inside = self.rect().contains(event.position().toPoint())
        pressed, self._pressed = self._pressed, False
        if self._clickable and pressed and inside and event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = True
        if self._clickable:
            event.accept()
        else:
            super().mousePressEvent(event)

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """A double click is one click: its second half does nothing, also where the first was on what lay here before."""
        event.setAccepted(self._clickable)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._clickable and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.clicked.emit()
        else:
            super().keyPressEvent(event)


def framed(widget: QWidget) -> QFrame:
    """A ground and an edge around a plot that fills its page."""
    made = QFrame()
    made.setProperty("role", "panel")
    column = QVBoxLayout(made)
    column.setContentsMargins(12, 8, 8, 8)
    column.addWidget(widget)
    return made


class Section(QWidget):
    """A heading with an optional sentence and tools at the right, and a body below."""

    def __init__(self, title: str, text: str = "", *, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        if name:
            self.setObjectName(name)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(8)
        self._head = QHBoxLayout()
        self._head.setSpacing(8)
        self.title_label = label(title, "heading")
        self._head.addWidget(self.title_label)
        self._head.addStretch(1)
        outer.addLayout(self._head)
        self.text_label = label(text, "muted", wrap=True)
        outer.addWidget(self.text_label)
        self.text_label.setVisible(bool(text))
        self.body = QVBoxLayout()
        self.body.setSpacing(8)
        outer.addLayout(self.body)

    def set_title(self, text: str) -> None:
        self.title_label.setText(text)

    def set_text(self, text: str) -> None:
        self.text_label.setText(text)
        self.text_label.setVisible(bool(text))

    def add_tool(self, widget: QWidget) -> None:
        """At the right of the heading."""
        self._head.addWidget(widget)

    def add(self, part: QWidget | QLayout, stretch: int = 0) -> None:
        if isinstance(part, QLayout):
            self.body.addLayout(part, stretch)
        else:
            self.body.addWidget(part, stretch)
