"""View as table: the numbers of a plot in a window of their own, to be read, sorted by eye, copied."""

import csv
import io
from collections.abc import Iterable
from math import floor, isfinite, log10
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QTableView, QVBoxLayout, QWidget
from typing_extensions import override

from app.widgets.buttons import button
from app.widgets.described import describe
from app.widgets.text import label

Table = list[tuple[object, ...]]
Index = QModelIndex | QPersistentModelIndex
_WIDEST = 260
"""Pixels of a column."""
_NARROWEST, _WIDEST_WINDOW = 420, 960
_AROUND = 60  # pixels of margins, frame and scroll bar


def text_of(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def decimals(values: Iterable[object]) -> int | None:
    """So many behind every point of a column, so that its points stand under one another; None where the numbers are too unlike
    for that, or are whole."""
    sizes = [abs(value) for value in values if isinstance(value, float) and isfinite(value) and value]
    if not sizes or all(size == int(size) for size in sizes) or max(sizes) >= 1e6 or min(sizes) < 1e-4:
        return None
    return max(0, 5 - max(0, floor(log10(max(sizes)))))


def as_csv(rows: Table) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([[text_of(value) for value in row] for row in rows])
    return out.getvalue()


class RowsModel(QAbstractTableModel):
    """rows[0] is the header."""

    def __init__(self, rows: Table, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows = rows
        columns = list(zip(*rows[1:], strict=True))
        self._decimals = [decimals(column) for column in columns]
        self._words = {at for at, column in enumerate(columns) if any(isinstance(value, str) for value in column)}

    def _side(self, column: int) -> int:
        """Words at the left, numbers at the right."""
        side = Qt.AlignmentFlag.AlignLeft if column in self._words else Qt.AlignmentFlag.AlignRight
        return int(side | Qt.AlignmentFlag.AlignVCenter)

    def _text(self, row: int, column: int) -> str:
        value, places = self._rows[row + 1][column], self._decimals[column]
        if places is None or not isinstance(value, float) or not isfinite(value):
            return text_of(value)
        return f"{value:.{places}f}"

    @override
    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else max(0, len(self._rows) - 1)

    @override
    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if (parent is not None and parent.isValid()) or not self._rows else len(self._rows[0])

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._side(index.column())
        shown = role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole)
        return self._text(index.row(), index.column()) if shown else None

    @override
    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.TextAlignmentRole and orientation == Qt.Orientation.Horizontal and self.rowCount():
            return self._side(section)
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return str(self._rows[0][section]) if orientation == Qt.Orientation.Horizontal else str(section + 1)


class TableDialog(QDialog):
    def __init__(self, title: str, rows: Table, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows = rows
        self.setObjectName("plot.table")
        self.setWindowTitle(title)
        view = QTableView()
        view.setObjectName("plot.table.view")
        view.setAccessibleName(title)
        view.setModel(RowsModel(rows, self))
        view.verticalHeader().hide()
        view.setAlternatingRowColors(True)
        view.setShowGrid(False)
        view.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        header = view.horizontalHeader()
        header.setStretchLastSection(True)
        header.setResizeContentsPrecision(200)
        header.setMaximumSectionSize(_WIDEST)
        view.resizeColumnsToContents()
        needed = sum(header.sectionSize(place) for place in range(header.count())) + _AROUND
        self.resize(min(max(_NARROWEST, needed), _WIDEST_WINDOW), 480)
        row = QHBoxLayout()
        row.addWidget(label(f"{max(0, len(rows) - 1):,} rows", "caption"), 1)
        row.addWidget(button("Copy as CSV", "plot.table.copy", self.copy, icon="copy"))
        row.addWidget(button("Close", "plot.table.close", self.accept, role="primary"))
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.addWidget(label(title, "heading"))
        column.addWidget(view, 1)
        column.addLayout(row)
        describe(self)

    def copy(self) -> None:
        QGuiApplication.clipboard().setText(as_csv(self._rows))


def show_table(parent: QWidget, title: str, rows: Table) -> TableDialog:
    dialog = TableDialog(title, rows, parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.show()
    return dialog
