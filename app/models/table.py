"""A table of frozen records that keeps selection and scroll when the records change."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QByteArray, QMimeData, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from typing_extensions import override

from app.models.groups import Grouping, Heading, interleaved

R = TypeVar("R")
Index = QModelIndex | QPersistentModelIndex
NO_INDEX = QModelIndex()

ROWS_DRAGGED = "application/x-headstart-rows"
"""Kind of what is dragged: "run:" or "initialization:" and ids with commas between."""
RecordRole = Qt.ItemDataRole.UserRole
TailRole = Qt.ItemDataRole.UserRole + 7
"""Of a pointed column: how many signs stand behind a point at most."""
KeyRole = Qt.ItemDataRole.UserRole + 1
"""The column's key ("status"): what a delegate decides by."""


def _no_sort(record: Any) -> Any:
    return None


def _no_text(record: Any) -> str:
    return ""


def _over(heading: Heading, key: str, role: int) -> Any:
    """What a heading's row shows: its words in the column of names, on the ground of headings."""
    if key == "name" and role in (
        Qt.ItemDataRole.DisplayRole,
        Qt.ItemDataRole.ToolTipRole,
        Qt.ItemDataRole.AccessibleTextRole,
    ):
        return heading.text
    if role == Qt.ItemDataRole.BackgroundRole:
        return QGuiApplication.palette().alternateBase()
    if role == Qt.ItemDataRole.FontRole:
        font = QGuiApplication.font()
        font.setBold(True)
        return font
    return key if role == KeyRole else None


def behind_point(text: str) -> str:
    """ ".351" of "0.351"; nothing of a whole number and of words."""
    whole, point, rest = text.partition(".")
    return point + rest if whole.lstrip("−-").replace(",", "").isdigit() else ""


def _missing(value: Any) -> bool:
    return value is None or value != value  # NaN has no place in an order


# Qt asks for every cell of a table with a new selection: joined once
_HEADING = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemNeverHasChildren
_CELL = _HEADING | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled
_EDITABLE = _CELL | Qt.ItemFlag.ItemIsEditable


@dataclass(frozen=True)
class Column(Generic[R]):
    """key: remembered in the settings; text: what is shown; sort: what is compared (None goes last); hint: tooltip;
    spoken: for screen readers, where `text` says nothing; shown: unless the person chose otherwise; numeric: right;
    gives_way: where the table is too narrow, columns with the highest number leave first, those with 0 never;
    pointed: numbers whose points stand under one another."""

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
    pointed: bool = False


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
        self._rows: list[R | Heading] = []
        self._grouping: Grouping | None = None
        self.what = "run"
        self._tails: dict[str, int] = {}
        self._order: tuple[int, Qt.SortOrder] = (-1, Qt.SortOrder.AscendingOrder)

    @property
    def records(self) -> tuple[R, ...]:
        """In the order shown, without headings."""
        return tuple(item for item in self._rows if not isinstance(item, Heading))

    def record(self, row: int) -> R | None:
        """None for a heading, and where there is no such row."""
        item = self._rows[row] if 0 <= row < len(self._rows) else None
        return None if isinstance(item, Heading) else item

    def first_row(self) -> int:
        """Of a record, below its heading."""
        return next((row for row in range(len(self._rows)) if self.record(row) is not None), 0)

    def heading(self, row: int) -> Heading | None:
        item = self._rows[row] if 0 <= row < len(self._rows) else None
        return item if isinstance(item, Heading) else None

    def group_by(self, grouping: Grouping | None) -> None:
        """Put a heading over each group of rows; None: no groups."""
        if grouping is not self._grouping:
            self._grouping = grouping
            self._replace_all(list(self.records))

    def row_of(self, key: str) -> int:
        """-1 where no record has that id."""
        return next((row for row, item in enumerate(self._rows) if self._key(item) == key), -1)

    def _key(self, item: R | Heading) -> str:
        return f"heading {item.label}" if isinstance(item, Heading) else self._identify(item)

    def column_of(self, key: str) -> int:
        return next(place for place, column in enumerate(self.columns) if column.key == key)

    def update_records(self, records: Sequence[R]) -> None:
        """Show these: what is gone leaves, what is new comes, what stays keeps its selection."""
        self._tails.clear()
        fresh = {self._key(item): item for item in self._arranged(records)}
        if not self._rows and not fresh:
            return
        if not self._rows or not fresh.keys() & {self._key(item) for item in self._rows}:
            self._replace_all(list(fresh.values()))
            return
        self._remove(fresh)
        known = {self._key(item) for item in self._rows}
        self._append([record for key, record in fresh.items() if key not in known])
        self._rearrange(list(fresh.values()))

    def _replace_all(self, records: Sequence[R | Heading]) -> None:
        self.beginResetModel()
        self._rows = self._arranged(records)
        self.endResetModel()

    def _remove(self, fresh: dict[str, R | Heading]) -> None:
        for row in reversed(range(len(self._rows))):
            if self._key(self._rows[row]) not in fresh:
                self.beginRemoveRows(NO_INDEX, row, row)
                del self._rows[row]
                self.endRemoveRows()

    def _append(self, records: list[R | Heading]) -> None:
        if records:
            first = len(self._rows)
            self.beginInsertRows(NO_INDEX, first, first + len(records) - 1)
            self._rows.extend(records)
            self.endInsertRows()

    def _rearrange(self, records: Sequence[R | Heading]) -> None:
        arranged = self._arranged(records)
        same_order = [self._key(r) for r in arranged] == [self._key(r) for r in self._rows]
        if same_order:
            changed = [row for row, (a, b) in enumerate(zip(self._rows, arranged, strict=True)) if a != b]
            self._rows = arranged
            if changed:
                last = self.index(changed[-1], len(self.columns) - 1)
                self.dataChanged.emit(self.index(changed[0], 0), last)
            return
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        keys = [self._key(self._rows[index.row()]) for index in before]
        self._rows = arranged
        rows = {self._key(record): row for row, record in enumerate(arranged)}
        after = [self.index(rows[key], index.column()) for key, index in zip(keys, before, strict=True)]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _arranged(self, items: Sequence[R | Heading]) -> list[R | Heading]:
        """Sorted, and under headings where rows are grouped. Headings among the items are made anew."""
        ordered = self._sorted([item for item in items if not isinstance(item, Heading)])
        return list(ordered) if self._grouping is None else interleaved(ordered, self._grouping, self.what)

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
        if self._rows:
            self._rearrange(list(self._rows))

    @override
    def rowCount(self, parent: Index = NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._rows)

    @override
    def columnCount(self, parent: Index = NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self.columns)

    @override
    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        if self.heading(index.row()) is not None:
            return _HEADING
        editable = self._rename is not None and self.columns[index.column()].editable
        return _EDITABLE if editable else _CELL

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        heading = self.heading(index.row()) if index.isValid() else None
        if heading is not None:
            return _over(heading, self.columns[index.column()].key, role)
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
        if role == TailRole:
            return self._tail(column)
        return column.key if role == KeyRole else None

    def _tail(self, column: Column[R]) -> int:
        """Counted anew once the rows are others."""
        if column.key not in self._tails:
            texts = (column.text(record) for record in self.records)
            self._tails[column.key] = max((len(behind_point(text)) for text in texts), default=0)
        return self._tails[column.key]

    @override
    def mimeTypes(self) -> list[str]:
        return [ROWS_DRAGGED]

    @override
    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """The ids of the dragged rows, from the top."""
        rows = sorted({index.row() for index in indexes})
        found = [self._identify(record) for record in map(self.record, rows) if record is not None]
        data = QMimeData()
        data.setData(ROWS_DRAGGED, QByteArray(f"{self.what}:{','.join(found)}".encode()))
        data.setText("\n".join(found))
        return data

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
