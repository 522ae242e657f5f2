"""The frame that all pages share: margins, a title line with tools at its right, and a body."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from .text import ElidedLabel, label

MARGIN = 24
_HEAD = 32  # as high as a button: a title stands at the same place with and without tools


class Page(QWidget):
    """`body` takes the content. Subclasses set `title` and override `open`."""

    title = ""

    def __init__(self, title: str = "", text: str = "", parent: QWidget | None = None, *, scroll: bool = False) -> None:
        super().__init__(parent)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(MARGIN, 20, MARGIN, 16)
        outer.setSpacing(16)
        self.head = QHBoxLayout()
        self.head.setSpacing(8)
        self.title_label = ElidedLabel(title, "title", least=9)
        self.title_label.setSizePolicy(
            self.title_label.sizePolicy().Policy.Ignored, self.title_label.sizePolicy().Policy.Fixed
        )
        self.head.addWidget(self.title_label, 1)
        self.head.addStrut(_HEAD)
        if title:
            outer.addLayout(self.head)
        self.text_label = label(text, "muted", wrap=True)
        outer.addWidget(self.text_label)
        self.text_label.setVisible(bool(text))
        self.body = QVBoxLayout()
        self.body.setSpacing(16)
        if scroll:
            outer.setContentsMargins(0, 20, 0, 0)
            self.head.setContentsMargins(MARGIN, 0, MARGIN, 0)
            self.text_label.setContentsMargins(MARGIN, 0, MARGIN, 0)
            self.body.setContentsMargins(MARGIN, 0, MARGIN, MARGIN)
            outer.addWidget(scrolled(self.body), 1)
        else:
            outer.addLayout(self.body, 1)

    def open(self, argument: str) -> None:
        """Called at every navigation to the page."""

    def add_tool(self, widget: QWidget) -> None:
        """At the right of the title."""
        self.head.addWidget(widget)


def scrolled(layout: QVBoxLayout) -> QScrollArea:
    """A vertical scroll area around a layout, without a frame or a ground of its own."""
    inner = QWidget()
    inner.setObjectName("scroll.body")
    inner.setLayout(layout)
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(inner)
    return area
