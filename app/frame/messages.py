"""All toasts so far, to be read again."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

from app.frame.sliding import EDGE, STRIP, SlidingPanel
from app.widgets.buttons import button
from app.widgets.page import scrolled
from app.widgets.text import label
from app.workspace import Message, Workspace

WIDTH = 380
_MOST = 200


class MessagesPanel(SlidingPanel):
    """Newest first."""

    def __init__(self, workspace: Workspace, parent: QWidget) -> None:
        super().__init__("messages", "Messages", "Messages", parent)
        self._workspace = workspace
        self._column = QVBoxLayout()
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(12)
        self._column.addWidget(label("Nothing was said yet.", "muted", name="messages.none"))
        self._column.addStretch(1)
        self.column.addWidget(scrolled(self._column), 1)
        workspace.notified.connect(self._add)

    @override
    def opened(self) -> None:
        self.setFocus()

    @override
    def place(self) -> None:
        home = self.parentWidget().rect()
        self.setGeometry(home.width() - WIDTH - EDGE, EDGE, WIDTH, home.height() - STRIP - 2 * EDGE)

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
        head = label(f"{message.at:%H:%M}  {kind}", role)
        head.setFont(self._workspace.theme.font("small"))
        column.addWidget(head)
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
