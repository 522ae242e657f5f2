"""The one question that is asked before a run could be lost."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from app.widgets.buttons import Button
from app.widgets.text import label


class ClosingQuestion(QDialog):
    """answered: "stop", "discard" or "stay" (also for Escape)."""

    answered = Signal(str)

    def __init__(self, name: str, parent: QWidget) -> None:
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
        text = (
            "Stop and keep saves what is learned so far; the run can be resumed later. Discard moves it to the trash."
        )
        column.addWidget(label(text, "muted", wrap=True))
        row = QHBoxLayout()
        row.addStretch(1)
        for title, choice, role in (
            ("Discard", "discard", ""),
            ("Stay", "stay", ""),
            ("Stop and keep", "stop", "primary"),
        ):
            row.addWidget(self._button(title, choice, role))
        column.addLayout(row)
        self.setMinimumWidth(460)
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
