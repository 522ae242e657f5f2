"""The one question that is asked before a run could be lost."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from app.widgets.buttons import Button
from app.widgets.described import describe
from app.widgets.text import label


class ClosingQuestion(QDialog):
    """answered: "stop", "discard", "background" or "stay" (also for Escape). waiting: runs that come after it."""

    answered = Signal(str)

    def __init__(self, name: str, parent: QWidget, waiting: int = 0) -> None:
        super().__init__(parent)
        self.setObjectName("closing")
        self.setWindowTitle("A run is in progress")
        self.setModal(True)
        self._choice = "stay"
        shown = name if len(name) <= 80 else name[:79] + "…"
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(label(f"{shown} is still training", "heading", wrap=True))
        column.addWidget(label(_ways(waiting), "muted", wrap=True))
        row = QHBoxLayout()
        row.addStretch(1)
        for title, choice, role in (
            ("Discard", "discard", ""),
            ("Stay", "stay", ""),
            ("Keep training", "background", ""),
            ("Stop and keep", "stop", "primary"),
        ):
            row.addWidget(self._button(title, choice, role))
        column.addLayout(row)
        self.setMinimumWidth(560)
        describe(self)
        self.finished.connect(self._finish)

    def _button(self, title: str, choice: str, role: str) -> Button:
        made = Button(title, f"closing.{choice}", role=role)
        made.setDefault(role == "primary")
        made.clicked.connect(lambda: self._take(choice))
        return made

    def _take(self, choice: str) -> None:
        self._choice = choice
        self.accept()

    def _finish(self) -> None:
        self.answered.emit(self._choice)
        self.deleteLater()


def _ways(waiting: int) -> str:
    after = {0: "the run", 1: "it and the run that waits"}.get(waiting, f"it and the {waiting} runs that wait")
    queue = "" if not waiting else " What waits in the queue can be started later."
    return (
        f"Stop and keep saves what is learned so far; the run can be resumed later.{queue} Keep training minimises the "
        f"window, which closes by itself after {after}. Discard moves the run to the trash."
    )
