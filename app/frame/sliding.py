"""A panel that slides over the pages at the right, above the strip; Escape closes it."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget
from typing_extensions import override

from app.widgets.buttons import IconButton
from app.widgets.text import label

STRIP, EDGE = 34, 12  # pixels: the strip's height, the room around a panel


class SlidingPanel(QFrame):
    """`column` takes what it holds. Subclasses say in `opened` what is to be done, and where it lies in `place`."""

    def __init__(self, name: str, title: str, spoken: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setProperty("role", "palette")
        self.setAccessibleName(spoken)
        shut = IconButton("cross", f"Close the {title.lower()}", f"{name}.close", size=14)
        shut.clicked.connect(self.hide)
        head = QHBoxLayout()
        head.addWidget(label(title, "heading"), 1)
        head.addWidget(shut)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(16, 12, 12, 12)
        self.column.addLayout(head)
        self.hide()

    @Slot()
    def toggle(self) -> None:
        self.setVisible(not self.isVisible())
        if self.isVisible():
            self.opened()
            self.place()
            self.raise_()

    def opened(self) -> None:
        """Called when it is shown: fill it, and give the focus."""

    def place(self) -> None:
        """Lay it over the parent; called again when that changes its size."""

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)
