"""A read-only table of texts with a heading for every column."""

from collections.abc import Collection, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget
from typing_extensions import override

Index = QModelIndex | QPersistentModelIndex
NO_INDEX = QModelIndex()


class Texts(QAbstractTableModel):
    """header [columns] and rows [rows][columns] of texts; pictures: one for each row, or for each column."""

    def __init__(self, parent: QWidget, numbers: Collection[int] = ()) -> None:
        """numbers: columns whose texts stand at the right, under one another."""
        super().__init__(parent)
        self._numbers = numbers
        self.header: list[str] = []
        self.rows: list[list[str]] = []
        self._titles: Sequence[str] = ()
        self._row_pictures: Sequence[Any] = ()
        self._column_pictures: Sequence[Any] = ()

    def set_texts(
        self,
        header: Sequence[str],
        rows: Sequence[Sequence[str]],
        row_pictures: Sequence[Any] = (),
        column_pictures: Sequence[Any] = (),
        titles: Sequence[str] = (),
    ) -> None:
        """titles: the header as it is shown, where the whole does not fit."""
        self.beginResetModel()
        self.header, self.rows = list(header), [list(row) for row in rows]
        self._row_pictures, self._column_pictures = row_pictures, column_pictures
        self._titles = titles or self.header
        self.endResetModel()

    @override
    def rowCount(self, parent: Index = NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self.rows)

    @override
    def columnCount(self, parent: Index = NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self.header)

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        text = self.rows[index.row()][index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return text
        if role == Qt.ItemDataRole.DecorationRole and index.column() == 0 and index.row() < len(self._row_pictures):
            return self._row_pictures[index.row()]
        return self._side(index.column()) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def _side(self, column: int) -> int:
        side = Qt.AlignmentFlag.AlignRight if column in self._numbers else Qt.AlignmentFlag.AlignLeft
        return int(side | Qt.AlignmentFlag.AlignVCenter)

    @override
    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or section >= len(self.header):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._titles[section]
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.header[section]
        if role == Qt.ItemDataRole.DecorationRole and section < len(self._column_pictures):
            return self._column_pictures[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._side(section)
        return None


def grid(name: str, spoken: str, model: Texts) -> QTableView:
    """The view: whole rows, no lines but between rows, columns as wide as a person drags them."""
    view = QTableView()
    view.setObjectName(name)
    view.setAccessibleName(spoken)
    view.setModel(model)
    view.verticalHeader().hide()
    view.verticalHeader().setDefaultSectionSize(32)
    view.setShowGrid(False)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setTextElideMode(Qt.TextElideMode.ElideMiddle)
    view.setWordWrap(False)
    view.setTabKeyNavigation(False)
    view.setCornerButtonEnabled(False)
    view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    header = view.horizontalHeader()
    header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
    header.setHighlightSections(False)
    return view
