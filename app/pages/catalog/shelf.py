"""One of the two tables with its filter line: loads in the background, keeps selection and scroll."""

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QItemSelection, QItemSelectionModel, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.models.groups import INITIALIZATIONS, RUNS
from app.models.suggestions import suggestions
from app.models.table import RecordTable
from app.pages.record_view import RecordView
from app.services.background import Handle, run_in_background
from app.widgets import EmptyState, chooser, label, restyle
from app.widgets.filter_line import FilterLine
from app.workspace import Workspace

_PAUSE_MS = 150
Load = Callable[[str, bool], Sequence[Any]]


class Shelf(QWidget):
    """name: "catalog.runs"; load(filter, trashed) -> records, called on a background thread.

    counted: how many are shown; selection_changed: other rows, or the same with news; activated: Enter on a record.
    """

    counted = Signal(int)
    selection_changed = Signal()
    activated = Signal(str)

    def __init__(
        self, workspace: Workspace, name: str, model: RecordTable[Any], load: Load, empty: EmptyState, example: str
    ) -> None:
        super().__init__()
        self.setObjectName(name)
        self._load = load
        self._handle: Handle | None = None
        self._stale = True
        self._trashed = False
        self._wanted: set[str] = set()
        self._untouched = True
        self.model = model
        self.view = RecordView(model, workspace.settings, workspace.theme, f"{name}.table")
        self.view.setAccessibleName("Runs" if name.endswith("runs") else "Initializations")
        self.view.activated_record.connect(self._activated)
        self.view.selectionModel().selectionChanged.connect(self._selected)
        self.empty = empty
        self._all: Sequence[Any] = ()
        self._make_filter(name, example)
        self._make_groups(workspace, name)
        self._lay_out(name)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self.refresh)
        self.filter.textChanged.connect(self._pause.start)

    def _make_filter(self, name: str, example: str) -> None:
        self.filter = FilterLine(
            f"{name}.filter", "Filter", f"Filter, for example {example}", lambda word: suggestions(word, self._all)
        )
        self.filter.setProperty("help", "catalog")
        self.error = label("", "bad", wrap=True, name=f"{name}.error")
        self.error.hide()

    def _make_groups(self, workspace: Workspace, name: str) -> None:
        self._settings, self._group_key = workspace.settings, f"{name}.group"
        self._groupings = RUNS if self.model.what == "run" else INITIALIZATIONS
        titles = {key: title for key, (title, _) in self._groupings.items()}
        self.groups = chooser(f"{name}.groups", "Group the rows", titles)
        self.groups.setCurrentIndex(max(0, self.groups.findData(self._settings.get(self._group_key, ""))))
        self.groups.currentIndexChanged.connect(self._group_chosen)
        self.model.group_by(self._groupings[self.groups.currentData()][1])

    @Slot()
    def _group_chosen(self) -> None:
        chosen = [record.id for record in self.selected()]
        self._settings.set(self._group_key, self.groups.currentData() or None)
        self.model.group_by(self._groupings[self.groups.currentData()][1])
        self.select(chosen)

    def _lay_out(self, name: str) -> None:
        self.nothing = label("", "muted", wrap=True, name=f"{name}.nothing")
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.stack = QStackedWidget()
        for page in (self.view, self.empty, self.nothing):
            self.stack.addWidget(page)
        self.bar = QHBoxLayout()
        self.bar.setSpacing(8)
        self.bar.addWidget(self.filter, 1)
        self.bar.addWidget(self.groups)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(8)
        column.addLayout(self.bar)
        column.addWidget(self.error)
        column.addWidget(self.stack, 1)

    def selected(self) -> list[Any]:
        """Records of the selected rows, from the top."""
        rows = sorted(index.row() for index in self.view.selectionModel().selectedRows())
        found = (self.model.record(row) for row in rows)
        return [record for record in found if record is not None]

    def select(self, keys: Sequence[str]) -> None:
        """Select these, now or once they are loaded."""
        self._wanted = set(keys)
        self._select_wanted()

    def set_trashed(self, trashed: bool) -> None:
        self._trashed = trashed
        self.refresh()

    @property
    def loading(self) -> bool:
        return self._handle is not None

    @Slot()
    def refresh(self) -> None:
        """Ask the catalog again, once however often it is called meanwhile."""
        self._pause.stop()
        if self._handle is not None:
            self._stale = True
            return
        self._stale = False
        text, trashed, load = self.filter.text(), self._trashed, self._load
        self._handle = run_in_background(lambda: load(text, trashed), self._loaded, self._failed)

    @Slot(list)
    def _loaded(self, records: list[Any]) -> None:
        self._handle = None
        self._say("")
        if not self.filter.text().strip():
            self._all = records
        at = self.view.verticalScrollBar().value()
        self.model.update_records(records)
        self.view.verticalScrollBar().setValue(at)
        self._show_right_page()
        self._select_wanted()
        self._select_first()
        self.counted.emit(len(records))
        self.selection_changed.emit()
        if self._stale:
            self.refresh()

    @Slot(str)
    def _failed(self, sentence: str) -> None:
        self._handle = None
        self._say(sentence)
        if self._stale:
            self.refresh()

    def _say(self, sentence: str) -> None:
        self.error.setText(sentence)
        self.error.setVisible(bool(sentence))
        restyle(self.filter, state="bad" if sentence else "")

    def _show_right_page(self) -> None:
        if self.model.records:
            self.stack.setCurrentWidget(self.view)
        elif self.filter.text().strip():
            self.nothing.setText("Nothing fits this filter.")
            self.stack.setCurrentWidget(self.nothing)
        elif self._trashed:
            self.nothing.setText("The trash is empty.")
            self.stack.setCurrentWidget(self.nothing)
        else:
            self.stack.setCurrentWidget(self.empty)

    @property
    def bare(self) -> bool:
        """Whether there is nothing here at all, filtered out or not."""
        return self.stack.currentWidget() is self.empty

    def place_to_begin(self) -> QWidget:
        """What takes the keyboard when the page opens."""
        return self.empty.button if self.bare else self.view

    def _select_wanted(self) -> None:
        rows = [row for row in map(self.model.row_of, self._wanted) if row >= 0]
        if not rows:
            return
        self._wanted.clear()
        chosen = QItemSelection()
        for row in rows:
            chosen.select(self.model.index(row, 0), self.model.index(row, len(self.model.columns) - 1))
        flags = QItemSelectionModel.SelectionFlag
        self.view.selectionModel().select(chosen, flags.ClearAndSelect | flags.Rows)
        name = self.model.column_of("name")
        self.view.selectionModel().setCurrentIndex(self.model.index(rows[0], name), flags.NoUpdate)
        self.view.scrollTo(self.model.index(rows[0], name))

    def _select_first(self) -> None:
        """Once, when there are rows for the first time, so that the details beside them are not empty."""
        if self._untouched and self.model.records:
            self._untouched = False
            if not self.view.selectionModel().hasSelection():
                self.view.setCurrentIndex(self.model.index(self.model.first_row(), self.model.column_of("name")))

    @Slot()
    def _selected(self) -> None:
        self.selection_changed.emit()

    @Slot(int)
    def _activated(self, row: int) -> None:
        record = self.model.record(row)
        if record is not None:
            self.activated.emit(record.id)
