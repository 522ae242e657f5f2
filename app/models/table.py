"""A table of frozen records that keeps selection and scroll when the records change."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from typing_extensions import override

R = TypeVar("R")
Index = QModelIndex | QPersistentModelIndex
NO_INDEX = QModelIndex()

RecordRole = Qt.ItemDataRole.UserRole
KeyRole = Qt.ItemDataRole.UserRole + 1
"""The column's key ("status"): what a delegate decides by."""


def _no_sort(record: Any) -> Any:
    return None


def _no_text(record: Any) -> str:
    return ""


def _missing(value: Any) -> bool:
    return value is None or value != value  # NaN has no place in an order


@dataclass(frozen=True)
class Column(Generic[R]):
    """key: remembered in the settings; text: what is shown; sort: what is compared (None goes last); hint: tooltip;
    spoken: for screen readers, where `text` says nothing; shown: unless the person chose otherwise; numeric: right;
    gives_way: where the table is too narrow, columns with the highest number leave first, those with 0 never."""

    key: str
    title: str
    text: Callable[[R], str]
    sort: Callable[[R], Any] = _no_sort
    hint: Callable[[R], str] = _no_text
    spoken: Callable[[R], str] | None = None
    shown: bool = True
    numeric: bool = False
    width: int = 110
    explanation: str = ""
    editable: bool = False
    gives_way: int = 0


class RecordTable(QAbstractTableModel, Generic[R]):
    """Rows are records that are told apart by `identify`; `update_records` moves as few rows as it can."""

    def __init__(
        self,
        columns: Sequence[Column[R]],
        identify: Callable[[R], str],
        parent: QObject | None = None,
        rename: Callable[[R, str], bool] | None = None,
    ) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self._identify = identify
        self._rename = rename
        self._records: list[R] = []
        self._order: tuple[int, Qt.SortOrder] = (-1, Qt.SortOrder.AscendingOrder)

    @property
    def records(self) -> tuple[R, ...]:
        """In the order shown."""
        return tuple(self._records)

    def record(self, row: int) -> R | None:
        return self._records[row] if 0 <= row < len(self._records) else None

    def row_of(self, key: str) -> int:
        """-1 where no record has that id."""
        return next((row for row, record in enumerate(self._records) if self._identify(record) == key), -1)

    def column_of(self, key: str) -> int:
        return next(place for place, column in enumerate(self.columns) if column.key == key)

    def update_records(self, records: Sequence[R]) -> None:
        """Show these: what is gone leaves, what is new comes, what stays keeps its selection."""
        fresh = {self._identify(record): record for record in records}
        if not self._records and not fresh:
            return
        if not self._records or not fresh.keys() & {self._identify(record) for record in self._records}:
            self._replace_all(list(fresh.values()))
            return
        self._remove(fresh)
        known = {self._identify(record) for record in self._records}
        self._append([record for key, record in fresh.items() if key not in known])
        self._rearrange(list(fresh.values()))

    def _replace_all(self, records: list[R]) -> None:
        self.beginResetModel()
        self._records = self._sorted(records)
        self.endResetModel()

    def _remove(self, fresh: dict[str, R]) -> None:
        for row in reversed(range(len(self._records))):
            if self._identify(self._records[row]) not in fresh:
                self.beginRemoveRows(NO_INDEX, row, row)
                del self._records[row]
                self.endRemoveRows()

    def _append(self, records: list[R]) -> None:
        if records:
            first = len(self._records)
            self.beginInsertRows(NO_INDEX, first, first + len(records) - 1)
            self._records.extend(records)
            self.endInsertRows()

    def _rearrange(self, records: list[R]) -> None:
        arranged = self._sorted(records)
        same_order = [self._identify(r) for r in arranged] == [self._identify(r) for r in self._records]
        if same_order:
            changed = [row for row, (a, b) in enumerate(zip(self._records, arranged, strict=True)) if a != b]
            self._records = arranged
            if changed:
                last = self.index(changed[-1], len(self.columns) - 1)
                self.dataChanged.emit(self.index(changed[0], 0), last)
            return
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        keys = [self._identify(self._records[index.row()]) for index in before]
        self._records = arranged
        rows = {self._identify(record): row for row, record in enumerate(arranged)}
        after = [self.index(rows[key], index.column()) for key, index in zip(keys, before, strict=True)]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _sorted(self, records: list[R]) -> list[R]:
        place, order = self._order
        if place < 0:
            return records
        value = self.columns[place].sort
        known = [(value(record), record) for record in records]
        there = [pair for pair in known if not _missing(pair[0])]
        there.sort(key=lambda pair: pair[0], reverse=order == Qt.SortOrder.DescendingOrder)
        return [record for _, record in there] + [record for found, record in known if _missing(found)]

    @override
    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._order = (column, order)
        if self._records:
            self._rearrange(list(self._records))

    @override
    def rowCount(self, parent: Index = NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._records)

    @override
    def columnCount(self, parent: Index = NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self.columns)

    @override
    def flags(self, index: Index) -> Qt.ItemFlag:
        base = super().flags(index) | Qt.ItemFlag.ItemNeverHasChildren if index.isValid() else Qt.ItemFlag.NoItemFlags
        editable = index.isValid() and self.columns[index.column()].editable and self._rename is not None
        return base | Qt.ItemFlag.ItemIsEditable if editable else base

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        record = self.record(index.row()) if index.isValid() else None
        if record is None:
            return None
        return self.cell(record, self.columns[index.column()], role)

    def cell(self, record: R, column: Column[R], role: int) -> Any:
        """What `data` says of a record; subclasses add roles."""
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return column.text(record)
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.hint(record) or None
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return (column.spoken or column.text)(record)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column.numeric else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        if role == RecordRole:
            return record
        return column.key if role == KeyRole else None

    @override
    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        record = self.record(index.row()) if index.isValid() else None
        editable = role == Qt.ItemDataRole.EditRole and record is not None and self.columns[index.column()].editable
        if not editable or record is None or self._rename is None:
            return False
        text = " ".join(str(value).split())
        if not text or text == self.columns[index.column()].text(record):
            return False
        return self._rename(record, text)

    @override
    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.explanation or column.title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column.numeric else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None
