"""Tasks: the family, its settings, where the data lies, and six sampled tasks as they are."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget
from typing_extensions import override

from app.forms.look import space
from app.widgets.buttons import Button, IconButton
from app.widgets.text import ElidedLabel, label
from app.widgets.words import percent
from core.training.events import TaskViews

from . import offers
from .cards import ChoiceCards
from .kind_step import KindStep
from .samples import SampleStrip
from .step import sign
from .view import View


class TasksStep(KindStep):
    """again: other sampled tasks are wanted; download: the data set is to be fetched; own: a person's own data are to be added."""

    again = Signal()
    download = Signal()
    own = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            "tasks",
            "Tasks",
            "What a task is: a curve to fit or classes to tell apart, from a few examples.",
            ChoiceCards(offers.tasks(), "setup.tasks.kind", narrowest=94, most=4, picture_height=40, short=True),
            parent,
        )
        self.own_button = Button("Add your own…", "setup.tasks.own", icon="plus")
        self.own_button.setToolTip("Pictures or a table of your own (Ctrl+I)")
        self.own_button.clicked.connect(self.own)
        self.head.addWidget(self.own_button)
        self.fetch = FetchRow(self)
        self.fetch.button.clicked.connect(self.download)
        self.strip = SampleStrip("setup.tasks.sample")
        self.seed = ElidedLabel("", "caption")
        self.seed.setObjectName("setup.tasks.sample.seed")
        self.state = sign("", "muted", "setup.tasks.sample.state")
        self.again_button = Button("Sample again", "setup.tasks.again", icon="refresh")
        self.again_button.setToolTip("Draw six other tasks (R)")
        self.again_button.clicked.connect(self.again)
        self.table_button = IconButton("table", "View the sampled tasks as table", "setup.tasks.sample.table", size=16)
        self.table_button.clicked.connect(self.strip.open_table)
        for part in (self.cards, self.kind, self.fetch):
            self.body.addWidget(part)
        self.body.addLayout(self._sample_head())
        self.body.addWidget(self.state)
        self.body.addWidget(self.strip)
        self.body.addWidget(
            label(
                "Discs are support points, rings are query points; of pictures the support set.", "caption", wrap=True
            )
        )

    @override
    def show_view(self, view: View) -> None:
        self.cards.set_chosen(view.draft.kind("tasks"))
        self.kind.show_kind(view.shown_values())
        super().show_view(view)
        self.fetch.setVisible(view.draft.kind("tasks") == "omniglot")

    def show_samples(self, views: TaskViews | None, seed: int) -> None:
        self.state.setVisible(False)
        self.strip.setVisible(True)
        self.table_button.setEnabled(views is not None)
        self.strip.show_views(views)
        self.seed.setText(f"Drawn with seed {seed}")

    def show_sampling(self) -> None:
        """Others are being drawn; the old ones stay until then."""
        self.seed.setText("Drawing…")
        if self.strip.isHidden():
            self.state.setText("Drawing six tasks…")

    def show_state(self, text: str) -> None:
        """Why there are no samples (yet); the old ones are taken away."""
        self.state.setText(text)
        self.state.setVisible(True)
        self.strip.setVisible(False)
        self.table_button.setEnabled(False)
        self.seed.setText("")

    def _sample_head(self) -> QHBoxLayout:
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(ElidedLabel("Six sampled tasks", "strong"))
        words.addWidget(self.seed)
        row = QHBoxLayout()
        row.addLayout(words, 1)
        row.addWidget(self.again_button)
        row.addWidget(self.table_button)
        return row


class FetchRow(QWidget):
    """A data set that can be fetched: the button, how far it is, and how it went."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.button = Button("Download Omniglot", "setup.tasks.download", icon="import")
        self.button.setToolTip("Fetch the official archives, with a checksum, into the data folder")
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Download of Omniglot")
        self.text = label("The official archives, checked, go into the data folder.", "caption", wrap=True)
        self.text.setObjectName("setup.tasks.download.state")
        row = QHBoxLayout()
        row.setSpacing(space(3))
        row.addWidget(self.button)
        row.addWidget(self.bar)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(space(1))
        column.addLayout(row)
        column.addWidget(self.text)
        self.bar.setFixedWidth(120)
        self.bar.setRange(0, 1000)
        self.bar.hide()

    def show_progress(self, what: str, share: float) -> None:
        self.button.setEnabled(False)
        self.bar.setVisible(True)
        self.bar.setValue(round(1000 * share))
        self.text.setText(f"{what.capitalize()}: {percent(share)}" if share else f"{what.capitalize()}…")

    def show_end(self, text: str, *, good: bool) -> None:
        self.button.setEnabled(True)
        self.bar.hide()
        self.text.setText(("✓ " if good else "✕ ") + text)
