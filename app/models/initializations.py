"""Saved initializations as rows of a table."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject
from typing_extensions import override

from app.models import words
from app.models.runs import StatusRole
from app.models.table import Column, RecordTable
from core.storage.records import InitializationRecord

Record = InitializationRecord

INITIALIZATION_COLUMNS: tuple[Column[Record], ...] = (
    Column(
        "star", "★", lambda r: "★" if r.starred else "", lambda r: not r.starred, width=30,
        spoken=lambda r: "starred" if r.starred else "not starred", explanation="Starred; S or a click changes it.",
    ),
    Column(
        "name", "Name", lambda r: r.name, lambda r: r.name.casefold(), lambda r: r.name, width=220, editable=True,
        explanation="F2 renames.",
    ),
    Column(
        "present", "File", lambda r: "In place" if r.present else "Missing", lambda r: r.present,
        lambda r: str(r.path), width=96, gives_way=2,
    ),
    Column("method", "Method", lambda r: words.method(r.method), lambda r: r.method, width=112, gives_way=3),
    Column("tasks", "Tasks", lambda r: words.tasks(r.tasks), lambda r: r.tasks, width=126, gives_way=4),
    Column("network", "Network", lambda r: words.network(r.network), lambda r: r.network, width=110, gives_way=7),
    Column("step", "Outer step", lambda r: words.count(r.step), lambda r: r.step, numeric=True, width=84, gives_way=6),
    Column(
        "loss", "Loss", lambda r: words.number(r.loss), lambda r: r.loss, numeric=True, pointed=True, width=74,
        explanation="Mean query loss on the fixed test tasks after the evaluation steps.",
    ),
    Column(
        "accuracy", "Accuracy", lambda r: words.accuracy(r.accuracy), lambda r: r.accuracy, numeric=True, width=80,
        gives_way=1,
    ),
    Column("bytes", "Size", lambda r: words.size(r.bytes), lambda r: r.bytes, numeric=True, width=72, gives_way=8),
    Column(
        "created", "Saved", lambda r: words.when(r.created), lambda r: r.created.timestamp(),
        lambda r: words.date(r.created), gives_way=5,
    ),
    Column("tags", "Tags", lambda r: ", ".join(r.tags), lambda r: r.tags or None, width=100, gives_way=9),
    Column("note", "Note", lambda r: words.shortened(r.note), lambda r: r.note or None, lambda r: r.note, shown=False),
    Column("run", "Run", lambda r: r.run or "imported", lambda r: r.run, shown=False),
    Column("id", "Id", lambda r: r.id, lambda r: r.id, shown=False),
)  # fmt: skip


class InitializationsModel(RecordTable[Record]):
    """StatusRole says "missing" where the file is gone."""

    def __init__(self, parent: QObject | None = None, rename: Callable[[Record, str], bool] | None = None) -> None:
        super().__init__(INITIALIZATION_COLUMNS, lambda record: record.id, parent, rename)
        self.what = "initialization"

    @override
    def cell(self, record: Record, column: Column[Record], role: int) -> Any:
        if role == StatusRole:
            return ("finished" if record.present else "missing") if column.key == "present" else None
        return super().cell(record, column, role)
