"""All toasts so far, to be read again."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget
from typing_extensions import override

from app.widgets.buttons import IconButton, button
from app.widgets.page import scrolled
from app.widgets.text import label
from app.workspace import Message, Workspace

WIDTH = 380
_MOST = 200


class MessagesPanel(QFrame):
    """Slides over the pages at the right; newest first."""

    def __init__(self, workspace: Workspace, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("messages")
        self.setProperty("role", "palette")
        self.setAccessibleName("Messages")
        self._workspace = workspace
        shut = IconButton("cross", "Close messages", "messages.close", size=14)
        shut.clicked.connect(self.hide)
        head = QHBoxLayout()
        head.addWidget(label("Messages", "heading"), 1)
        head.addWidget(shut)
        self._column = QVBoxLayout()
        self._column.setSpacing(12)
        self._column.addWidget(label("Nothing was said yet.", "muted", name="messages.none"))
        self._column.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(16, 12, 12, 12)
        outer.addLayout(head)
        outer.addWidget(scrolled(self._column), 1)
        workspace.notified.connect(self._add)
        self.hide()

    @Slot()
    def toggle(self) -> None:
        self.setVisible(not self.isVisible())
        if self.isVisible():
            self.place()
            self.raise_()
            self.setFocus()

    def place(self) -> None:
        home = self.parentWidget().rect()
        self.setGeometry(home.width() - WIDTH - 12, 12, WIDTH, home.height() - 34 - 24)

    def texts(self) -> list[str]:
        return [message.text for message in reversed(self._workspace.messages)]

    @Slot(Message)
    def _add(self, message: Message) -> None:
        if (none := self.findChild(QWidget, "messages.none")) is not None:
            none.hide()
        entry = QWidget()
        column = QVBoxLayout(entry)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(2)
        role = {"error": "bad", "done": "good"}.get(message.kind, "caption")
        kind = {"error": "Error", "done": "Done"}.get(message.kind, "Note")
        column.addWidget(label(f"{message.at:%H:%M}  {kind}", role))
        column.addWidget(label(message.text, wrap=True, selectable=True))
        if message.action is not None:
            act = button(message.action_title, "messages.action", message.action, role="link")
            act.clicked.connect(act.hide)
            column.addWidget(act, 0, Qt.AlignmentFlag.AlignLeft)
        self._column.insertWidget(0, entry)
        while self._column.count() > _MOST + 2:
            item = self._column.takeAt(_MOST)
            if (old := item.widget()) is not None:
                old.deleteLater()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)
