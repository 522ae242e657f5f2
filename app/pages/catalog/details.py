"""The panel at the right: one run or initialization with its results, settings, log, tags and note."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.models import words
from app.services.background import Handle, run_in_background
from app.widgets import ElidedLabel, IconButton, KeyValueTable, StatusPill, label, scrolled
from app.workspace import Workspace
from core.storage.records import EvaluationRecord, InitializationRecord, RunRecord

from . import facts

Record = RunRecord | InitializationRecord
_PAUSE_MS = 800
"""A note is stored so long after the last key."""


class Details(QFrame):
    """Shows what is selected. `tags_edited`, `note_edited`, `star_edited`: (id, value), to be stored by the page."""

    tags_edited = Signal(str, str)
    note_edited = Signal(str, str)
    star_edited = Signal(str, bool)

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("catalog.details")
        self.setProperty("role", "panel")
        self._workspace = workspace
        self._record: Record | None = None
        self._loading: Handle | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self.store_note)
        self._make_parts()
        self._lay_out()
        self.show_records([])

    def _make_parts(self) -> None:
        self.name = ElidedLabel("", "heading")
        self.name.setObjectName("catalog.details.name")
        self.pill = StatusPill(self._workspace.theme, name="catalog.details.status")
        self.star = IconButton("star", "Star", "catalog.details.star")
        self.star.setCheckable(True)
        self.star.clicked.connect(self._star_clicked)
        self.message = label("", "bad", wrap=True, name="catalog.details.message", selectable=True)
        self.results = KeyValueTable(name="catalog.details.results")
        self.settings = Sections("catalog.details.settings")
        self.log = QPlainTextEdit()
        self.log.setObjectName("catalog.details.log")
        self.log.setAccessibleName("Log of the run")
        self.log.setReadOnly(True)
        self.log.setPlaceholderText("Nothing was logged.")
        self.tags = QLineEdit()
        self.tags.setObjectName("catalog.details.tags")
        self.tags.setAccessibleName("Tags, separated by commas")
        self.tags.setPlaceholderText("Tags, separated by commas")
        self.tags.editingFinished.connect(self._tags_finished)
        self.note = QPlainTextEdit()
        self.note.setObjectName("catalog.details.note")
        self.note.setAccessibleName("Note")
        self.note.setPlaceholderText("A note, for the day when you have forgotten why")
        self.note.setMaximumHeight(96)
        self.note.setTabChangesFocus(True)
        self.note.textChanged.connect(self._note_typed)
        self.note.installEventFilter(self)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.name, 1)
        head.addWidget(self.star)
        line = QHBoxLayout()
        line.addWidget(self.pill)
        self.kind = ElidedLabel("", "caption")
        self.kind.setObjectName("catalog.details.kind")
        line.addWidget(self.kind, 1)
        self.tabs = QTabWidget()
        self.tabs.setObjectName("catalog.details.tabs")
        self.tabs.setAccessibleName("Details")
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setDrawBase(False)
        self.tabs.addTab(self._overview(), "Results")
        self.tabs.addTab(_padded(self.settings), "Settings")
        self.tabs.addTab(self.log, "Log")
        single = QWidget()
        column = QVBoxLayout(single)
        column.setContentsMargins(16, 12, 12, 12)
        column.setSpacing(8)
        for part in (head, line):
            column.addLayout(part)
        column.addWidget(self.message)
        column.addWidget(self.tabs, 1)
        self.several = label("", "muted", wrap=True, name="catalog.details.several")
        self.several.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.several.setMargin(24)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.several)
        self.stack.addWidget(single)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.stack)

    def _overview(self) -> QWidget:
        body = QVBoxLayout()
        body.setContentsMargins(0, 8, 8, 0)
        body.setSpacing(8)
        body.addWidget(self.results)
        body.addSpacing(4)
        body.addWidget(label("Tags", "caption"))
        body.addWidget(self.tags)
        body.addWidget(label("Note", "caption"))
        body.addWidget(self.note)
        body.addStretch(1)
        return scrolled(body)

    @property
    def record(self) -> Record | None:
        return self._record

    def show_records(self, records: Sequence[Record]) -> None:
        """One: its details; none or several: a sentence."""
        if len(records) == 1 and records[0] == self._record:
            return
        self.store_note()
        if self._loading is not None:
            self._loading.cancel()
        if len(records) != 1:
            self._record = None
            self.several.setText(_several(records))
            self.stack.setCurrentIndex(0)
            return
        other = self._record is None or self._record.id != records[0].id
        self._record = records[0]
        self._show(records[0], other)
        self.stack.setCurrentIndex(1)

    def _show(self, record: Record, other: bool) -> None:
        run = record if isinstance(record, RunRecord) else None
        self.name.setText(record.name)
        self.name.setAccessibleName(record.name)
        self.star.setChecked(record.starred)
        self.star.set_icon("starred" if record.starred else "star", "Remove star" if record.starred else "Add star")
        self.pill.set_status(str(run.status) if run else "")
        self.pill.setVisible(run is not None)
        self.kind.setText(f"{words.method(record.method)} · {words.tasks(record.tasks)}")
        self.message.setText(run.message if run else _absence(record))
        self.message.setVisible(bool(self.message.text()))
        self.tabs.setTabVisible(1, run is not None)
        self.tabs.setTabVisible(2, run is not None)
        self.tabs.tabBar().setVisible(run is not None)  # one tab alone is no choice
        if not self.tags.hasFocus() or other:
            self.tags.setText(", ".join(record.tags))
        if not self.note.hasFocus() or other:
            self._set_note(record.note)
        if isinstance(record, RunRecord):
            self.settings.set_sections(facts.settings(record))
            self._load(record, other)
        else:
            self.results.set_rows(facts.initialization(record))

    def _load(self, run: RunRecord, other: bool) -> None:
        if other:
            self.results.set_rows(facts.results(run))
            self.log.setPlainText("")
        catalog = self._workspace.catalog
        self._loading = run_in_background(
            lambda: (run, catalog.evaluation(run.id), catalog.log(run.id)), self._loaded, self._not_loaded
        )

    @Slot(tuple)
    def _loaded(self, found: tuple[RunRecord, EvaluationRecord | None, list[Any]]) -> None:
        run, evaluation, lines = found
        if self._record is not None and self._record.id == run.id:
            self.results.set_rows(facts.results(run, evaluation))
            text = facts.log(lines)
            if text != self.log.toPlainText():
                self.log.setPlainText(text)

    @Slot(str)
    def _not_loaded(self, sentence: str) -> None:
        self.message.setText(sentence)
        self.message.show()

    def _set_note(self, text: str) -> None:
        if text != self.note.toPlainText():
            self.note.blockSignals(True)
            self.note.setPlainText(text)
            self.note.blockSignals(False)

    @Slot()
    def _note_typed(self) -> None:
        self._timer.start()

    @Slot()
    def store_note(self) -> None:
        """Store what was typed, if anything was."""
        waiting = self._timer.isActive() or self.sender() is self._timer
        self._timer.stop()
        if waiting and self._record is not None and self.note.toPlainText() != self._record.note:
            self.note_edited.emit(self._record.id, self.note.toPlainText())

    @Slot()
    def _tags_finished(self) -> None:
        if self._record is not None and self.tags.text() != ", ".join(self._record.tags):
            self.tags_edited.emit(self._record.id, self.tags.text())

    @Slot()
    def _star_clicked(self) -> None:
        if self._record is not None:
            self.star_edited.emit(self._record.id, self.star.isChecked())

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.note and event.type() == QEvent.Type.FocusOut:
            self.store_note()
        return super().eventFilter(watched, event)


class Sections(QWidget):
    """Pairs of words under small headings; widgets that are there are used again."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self._shown: list[tuple[QLabel, KeyValueTable]] = []

    def set_sections(self, sections: Sequence[tuple[str, list[tuple[str, str]]]]) -> None:
        while len(self._shown) < len(sections):
            self._add()
        for place, (heading, table) in enumerate(self._shown):
            there = place < len(sections)
            heading.setVisible(there)
            table.setVisible(there)
            if there:
                heading.setText(sections[place][0])
                table.set_rows(sections[place][1])

    def _add(self) -> None:
        heading, table = label("", "strong"), KeyValueTable()
        self._shown.append((heading, table))
        self._column.addWidget(heading)
        self._column.addWidget(table)
        self._column.addSpacing(8)


def _padded(widget: QWidget) -> QWidget:
    body = QVBoxLayout()
    body.setContentsMargins(0, 8, 8, 0)
    body.addWidget(widget)
    body.addStretch(1)
    return scrolled(body)


def _absence(record: Record) -> str:
    gone = isinstance(record, InitializationRecord) and not record.present
    return "Its file is missing. Put it back, or move the row to the trash." if gone else ""


def _several(records: Sequence[Record]) -> str:
    if not records:
        return "Select a row to see its results, settings and note."
    total = sum(record.bytes for record in records)
    together = f", {words.size(total)} together" if total else ""
    return f"{len(records)} rows selected{together}."
