"""A framed part of the page: heading, tools at its right, content below."""

from PySide6.QtWidgets import QFrame, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from app.widgets.empty import EmptyState
from app.widgets.text import ElidedLabel
from app.widgets.wrapped import HeadRow


class Panel(QFrame):
    """`wait` puts a sentence in place of the content until there is something to see."""

    def __init__(self, title: str, content: QWidget, name: str) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        self.setObjectName(name)
        self.heading = ElidedLabel(title, "heading", least=10)
        self.heading.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._tools = HeadRow()
        self._tools.addWidget(self.heading)
        self._waiting = EmptyState("", "", name=f"{name}.waiting")
        self._stack = QStackedWidget()
        self._stack.addWidget(content)
        self._stack.addWidget(self._waiting)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(14, 10, 12, 10)
        self.column.setSpacing(6)
        self.column.addLayout(self._tools)
        self.column.addWidget(self._stack, 1)

    def add_tool(self, widget: QWidget) -> None:
        self._tools.addWidget(widget)

    def wait(self, title: str, text: str = "") -> None:
        """title "": show the content."""
        if title:
            self._waiting.set_text(title, text)
        self._stack.setCurrentIndex(1 if title else 0)
