"""Help over a dialog: the same pages, beside what one is about to fill in."""

from functools import partial

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QDialog, QHBoxLayout, QVBoxLayout

from app.services.theme import Theme
from app.widgets import Button
from app.widgets.explained import topic_of

from .reader import Reader
from .topics import find, topics


def explain(dialog: QDialog, topic: str, theme: Theme) -> None:
    """Let F1 explain a dialog. topic: as `topics.find` takes it; a `help` property on the way to the focus says more."""
    QShortcut(QKeySequence(Qt.Key.Key_F1), dialog, partial(_show, dialog, topic, theme))


def _show(dialog: QDialog, topic: str, theme: Theme) -> None:
    Aside(dialog, topic_of(QApplication.focusWidget(), topic, within=dialog), theme).open()


class Aside(QDialog):
    """One page of the help; links turn it, Escape closes it."""

    def __init__(self, dialog: QDialog, topic: str, theme: Theme) -> None:
        super().__init__(dialog)
        self.setObjectName("help.aside")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(720, 560)
        self._topics = {one.name: one for one in topics()}
        self.reader = Reader(theme, self)
        self.reader.setObjectName("help.aside.text")
        self.reader.link.connect(self._follow)
        shut = Button("Close", "help.aside.close", role="primary")
        shut.clicked.connect(self.accept)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(shut)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 12)
        column.addWidget(self.reader, 1)
        column.addLayout(foot)
        self._turn_to(topic)

    def _turn_to(self, topic: str) -> None:
        name, key = find(topic)
        self.setWindowTitle(f"Help: {self._topics[name].title}")
        self.reader.show_text(self._topics[name].text)
        if key:
            self.reader.show_key(key)

    @Slot(str, str)
    def _follow(self, scheme: str, target: str) -> None:
        """A page of the window cannot be opened from under a dialog."""
        if scheme == "help":
            self._turn_to(target)
