"""A known trouble as a calm page: what happened, what was kept, what to do."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.widgets.buttons import button
from app.widgets.card import Card
from app.widgets.text import label
from app.widgets.words import sentence as finished
from core.errors import CoreError, DamagedCatalog, FolderInUse


@dataclass(frozen=True)
class Trouble:
    """report: what can be copied; "" where the sentence says it all. damaged: a catalog that can be rescued."""

    title: str
    sentence: str
    todo: str
    report: str = ""
    damaged: bool = False


def opening(error: Exception, folder: Path | None) -> Trouble:
    """Why the data folder could not be opened."""
    place = str(folder) if folder else "The data folder"
    if isinstance(error, FolderInUse):
        todo = "Close the other Headstart, or work in another folder. Nothing was changed here."
        return Trouble("This data folder is in use", str(error), todo)
    if isinstance(error, DamagedCatalog):
        todo = (
            "Rescue saves every run and initialization that can still be read, takes in what lies in the folder as files, and "
            "keeps the damaged catalog beside. Nothing was changed so far."
        )
        sentence = f"{str(error).partition(';')[0].replace('the', 'The', 1)}."
        return Trouble("The catalog is damaged", sentence, todo, damaged=True)
    if isinstance(error, CoreError):
        todo = "Nothing was changed. Mend what the sentence names and try again, or work in another folder."
        return Trouble("The catalog cannot be opened", str(error), todo)
    sentence = f"{place}: {error.strerror if isinstance(error, OSError) and error.strerror else error}."
    todo = "Choose a folder that you may write to, or change the permissions and try again."
    return Trouble("The data folder cannot be used", sentence, todo)


def lost(folder: Path) -> Trouble:
    """The data folder has gone while it was open."""
    return Trouble(
        "The data folder is gone",
        f"{folder} is not where it was: a drive that was taken out, or a folder that was moved or deleted.",
        "Put it back, and everything goes on by itself. Nothing in it was changed, but what a run learns now cannot be kept there. "
        "Another folder ends the run in progress.",
    )


class TroublePage(QWidget):
    def __init__(
        self,
        trouble: Trouble,
        again: Callable[[], object] | None,
        choose: Callable[[], object] | None,
        parent: QWidget | None = None,
        *,
        rescue: Callable[[], object] | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("trouble")
        self._trouble = trouble
        self._rescue = rescue
        card = Card(trouble.title, name="trouble.card")
        card.set_state("warn")
        card.body.setContentsMargins(24, 24, 24, 24)
        card.body.setSpacing(12)
        card.add(label(finished(trouble.sentence, capitals=False), wrap=True, name="trouble.sentence", selectable=True))
        card.add(label(trouble.todo, "muted", wrap=True))
        row = card.add_row()
        self.first: QPushButton | None = None
        """What to do first: it has the focus."""
        if choose is not None:
            row.insertWidget(0, button("Choose another folder", "trouble.choose", choose, icon="folder"))
        if again is not None:
            self.first = button("Try again", "trouble.again", again, role="" if rescue else "primary")
            row.insertWidget(0, self.first)
        if rescue is not None:
            self.first = self.rescue_button = button(
                "Rescue what can be read", "trouble.rescue", self._begin_rescue, role="primary"
            )
            row.insertWidget(0, self.rescue_button)
        if trouble.report:
            row.insertWidget(row.count() - 1, button("Copy report", "trouble.copy", self.copy_report, icon="copy"))
        card.setMinimumWidth(480)
        card.setMaximumWidth(640)
        across = QHBoxLayout()
        across.addStretch(1)
        across.addWidget(card, 4)
        across.addStretch(1)
        column = QVBoxLayout(self)
        column.addStretch(2)
        column.addLayout(across)
        column.addStretch(3)
        column.setAlignment(Qt.AlignmentFlag.AlignVCenter)

    def _begin_rescue(self) -> None:
        self.rescue_button.setEnabled(False)
        self.rescue_button.setText("Rescuing …")
        if self._rescue is not None:
            self._rescue()

    def copy_report(self) -> None:
        QGuiApplication.clipboard().setText(self._trouble.report)
