"""Runs as rows of a table."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from PySide6.QtCore import QObject, Qt
from typing_extensions import override

from app.models import words
from app.models.table import Column, RecordTable
from core.config.words import in_words
from core.storage.records import RunRecord, Status

SparkRole = Qt.ItemDataRole.UserRole + 2
"""The points of a small line: tuple of floats."""
StatusRole = Qt.ItemDataRole.UserRole + 3

_ORDER = {status: place for place, status in enumerate(Status)}


def _when(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()


def _spark_words(run: RunRecord) -> str:
    finite = [value for value in run.spark if value == value]
    if not finite:
        return "no losses yet"
    return f"outer loss from {words.number(finite[0])} to {words.number(finite[-1])}"


def _spark_end(run: RunRecord) -> float | None:
    finite = [value for value in run.spark if value == value]
    return finite[-1] if finite else None


def _setting(path: str) -> Callable[[RunRecord], Any]:
    """The value of a dotted key in the run's experiment; None where it has no such key."""

    def value(run: RunRecord) -> Any:
        at: Any = run.experiment
        for part in path.split("."):
            at = getattr(at, part, None)
        return at

    return value


def _setting_text(path: str) -> Callable[[RunRecord], str]:
    read = _setting(path)

    def text(run: RunRecord) -> str:
        value = read(run)
        return words.NOTHING if value is None else in_words(path, value)

    return text


RUN_COLUMNS: tuple[Column[RunRecord], ...] = (
    Column(
        "star", "★", lambda r: "★" if r.starred else "", lambda r: not r.starred, width=30,
        spoken=lambda r: "starred" if r.starred else "not starred", explanation="Starred; S or a click changes it.",
    ),
    Column(
        "name", "Name", lambda r: r.name, lambda r: r.name.casefold(), lambda r: r.name, width=210, editable=True,
        explanation="F2 renames.",
    ),
    Column(
        "status", "Status", lambda r: words.status(r.status), lambda r: _ORDER[r.status], lambda r: r.message, width=112
    ),
    Column(
        "spark", "Outer loss", lambda r: "", _spark_end, _spark_words, _spark_words, width=92,
        explanation="The training's outer loss as a small line; sorts by its last value.", gives_way=5,
    ),
    Column(
        "loss", "Loss", lambda r: words.number(r.loss), lambda r: r.loss, numeric=True, pointed=True, width=70,
        explanation="Mean query loss on the fixed test tasks after the last step; before that the best validation.",
    ),
    Column(
        "accuracy", "Accuracy", lambda r: words.accuracy(r.accuracy), lambda r: r.accuracy, numeric=True, width=80,
        explanation="Mean query accuracy on the fixed test tasks; regression has none.", gives_way=1,
    ),
    Column(
        "method", "Method", lambda r: words.method(r.method), lambda r: r.method, lambda r: words.method(r.method), width=112,
        gives_way=2,
    ),
    Column("tasks", "Tasks", lambda r: words.tasks(r.tasks), lambda r: r.tasks, width=110, gives_way=3),
    Column(
        "steps", "Outer steps", lambda r: words.steps(r.step, r.total_steps), lambda r: r.step, numeric=True,
        gives_way=6,
    ),
    Column("seconds", "Time", lambda r: words.duration(r.seconds), lambda r: r.seconds, numeric=True, width=96, gives_way=7),
    Column(
        "created", "Created", lambda r: words.when(r.created), lambda r: _when(r.created),
        lambda r: words.date(r.created), gives_way=4,
    ),
    Column("bytes", "Size", lambda r: words.size(r.bytes), lambda r: r.bytes, numeric=True, width=72, gives_way=8),
    Column(
        "compare", "Compare", lambda r: "", explanation="Whether the run is in Compare; Space changes it.", width=78,
        gives_way=10,
    ),
    Column("tags", "Tags", lambda r: ", ".join(r.tags), lambda r: r.tags or None, width=100, gives_way=9),
    Column("note", "Note", lambda r: words.shortened(r.note), lambda r: r.note or None, lambda r: r.note, shown=False),
    Column("seed", "Seed", _setting_text("seed"), _setting("seed"), numeric=True, shown=False, width=60),
    Column("network", "Network", _setting_text("network.kind"), _setting("network.kind"), shown=False),
    Column(
        "inner_steps", "Inner steps", _setting_text("inner.steps"), _setting("inner.steps"), numeric=True, shown=False
    ),
    Column(
        "inner_rate", "Inner step size", _setting_text("inner.learning_rate"), _setting("inner.learning_rate"),
        numeric=True, pointed=True, shown=False,
    ),
    Column(
        "outer_rate", "Outer rate", _setting_text("outer.learning_rate"), _setting("outer.learning_rate"),
        numeric=True, pointed=True, shown=False,
    ),
    Column(
        "meta_batch", "Meta-batch", _setting_text("outer.meta_batch"), _setting("outer.meta_batch"),
        numeric=True, shown=False,
    ),
    Column("device", "Device", lambda r: r.device or words.NOTHING, lambda r: r.device or None, shown=False),
    Column("group", "Seed group", lambda r: r.group or words.NOTHING, lambda r: r.group, shown=False),
    Column("id", "Id", lambda r: r.id, lambda r: r.id, shown=False),
)  # fmt: skip


class RunsModel(RecordTable[RunRecord]):
    """The catalog's runs; SparkRole and StatusRole are for the delegates. `mark`: which are in Compare."""

    def __init__(self, parent: QObject | None = None, rename: Callable[[RunRecord, str], bool] | None = None) -> None:
        super().__init__(RUN_COLUMNS, lambda run: run.id, parent, rename)
        self._marked: frozenset[str] = frozenset()

    def mark(self, ids: Iterable[str]) -> None:
        self._marked = frozenset(ids)
        if self.rowCount():
            place = self.column_of("compare")
            self.dataChanged.emit(self.index(0, place), self.index(self.rowCount() - 1, place))

    @override
    def cell(self, record: RunRecord, column: Column[RunRecord], role: int) -> Any:
        if column.key == "compare" and role == Qt.ItemDataRole.DisplayRole:
            return "✓" if record.id in self._marked else ""
        if column.key == "compare" and role == Qt.ItemDataRole.AccessibleTextRole:
            return "in Compare" if record.id in self._marked else "not in Compare"
        if role == SparkRole:
            return record.spark if column.key == "spark" else None
        if role == StatusRole:
            return str(record.status) if column.key == "status" else None
        return super().cell(record, column, role)
