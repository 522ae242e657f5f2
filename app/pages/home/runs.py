"""Cards of runs: recent ones with a small line, and the one that was interrupted."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.models import words
from app.plots.spark import Sparkline
from app.services.theme import Theme
from app.widgets.buttons import Button
from app.widgets.card import Card
from app.widgets.described import describe
from app.widgets.status import StatusPill, word
from app.widgets.text import ElidedLabel, label
from app.widgets.words import duration, when
from core.storage.records import RunRecord, Status


class RecentRun(Card):
    """One row: name, when, line, result. A click opens the run; what it has learned can be tried at once."""

    opened = Signal(str)
    tried = Signal(str)

    def __init__(self, theme: Theme, record: RunRecord) -> None:
        super().__init__(name=f"home.run.{record.id}", clickable=True)
        self._id = record.id
        self.body.setContentsMargins(16, 10, 16, 10)
        self.setAccessibleName(f"{record.name}, {word(str(record.status))}")
        names = QVBoxLayout()
        names.setSpacing(2)
        names.addWidget(ElidedLabel(record.name, "strong"))
        names.addWidget(ElidedLabel(_about(record), "caption"))
        line = Sparkline(theme, record.spark)
        line.setFixedWidth(140)
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addLayout(names, 1)
        row.addWidget(line)
        row.addWidget(_result(record))
        pill = StatusPill(theme, str(record.status))
        holder = QWidget()
        holder.setFixedWidth(112)
        inner = QHBoxLayout(holder)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.addStretch(1)
        inner.addWidget(pill)
        row.addWidget(holder)
        self.try_button = Button("Try it", f"home.try.{record.id}", role="link")
        self.try_button.setAccessibleName(f"Try {record.name}")
        self.try_button.clicked.connect(self._try)
        row.addWidget(self.try_button)
        describe(self)
        policy = self.try_button.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # so that the columns of all rows stand below one another
        self.try_button.setSizePolicy(policy)
        if record.status not in (Status.FINISHED, Status.STOPPED):
            self.try_button.hide()
        self.body.addLayout(row)
        self.clicked.connect(self._open)

    def _open(self) -> None:
        self.opened.emit(self._id)

    def _try(self) -> None:
        self.tried.emit(self._id)


def _about(record: RunRecord) -> str:
    """Method, tasks, time; of several seeds also which one, since they share the name."""
    seed = [f"seed {record.experiment.seed}"] if record.group else []
    parts = [words.method(record.method), words.tasks(record.tasks), *seed, when(record.started or record.created)]
    return " · ".join(parts)


def _result(record: RunRecord) -> QWidget:
    holder = QWidget()
    holder.setFixedWidth(104)
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(2)
    column.addWidget(label(words.result(record.loss, record.accuracy), "strong"))
    column.addWidget(label("loss" if record.accuracy is None else "accuracy", "caption"))
    return holder


class InterruptedRun(Card):
    """A run whose process died, or one that waits since the last time."""

    resumed = Signal(str)
    opened = Signal(str)
    dismissed = Signal(str)

    def __init__(self, record: RunRecord) -> None:
        super().__init__(*_words(record), name=f"home.interrupted.{record.id}")
        self._id = record.id
        self.set_state("warn")
        first = "Start" if str(record.status) == "queued" else "Resume"
        resume = Button(first, "home.resume", role="primary", icon="play")
        look = Button("Look at it", "home.look")
        away = Button("Not now", "home.dismiss")
        resume.clicked.connect(lambda: self.resumed.emit(self._id))
        look.clicked.connect(lambda: self.opened.emit(self._id))
        away.clicked.connect(lambda: self.dismissed.emit(self._id))
        self.add_row(resume, look, away)
        describe(self)


def _words(record: RunRecord) -> tuple[str, str]:
    name = f"“{record.name if len(record.name) <= 80 else record.name[:79] + '…'}”"
    if str(record.status) == "queued":
        return f"{name} is waiting", "It was queued when Headstart was closed and has not begun."
    text = (
        f"Headstart ended while it was training: {record.step:,} of {record.total_steps:,} steps were done in "
        f"{duration(record.seconds)}. It goes on from its last checkpoint as if nothing had happened."
    )
    return f"{name} was interrupted", text
