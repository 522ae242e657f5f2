"""View as table: the numbers of a plot in a window of their own, to be read, sorted by eye, copied."""

import csv
import io
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QTableView, QVBoxLayout, QWidget
from typing_extensions import override

from app.widgets.buttons import button
from app.widgets.text import label

Table = list[tuple[object, ...]]
Index = QModelIndex | QPersistentModelIndex


def text_of(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def as_csv(rows: Table) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([[text_of(value) for value in row] for row in rows])
    return out.getvalue()


class RowsModel(QAbstractTableModel):
    """rows[0] is the header."""

    def __init__(self, rows: Table, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows = rows

    @override
    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else max(0, len(self._rows) - 1)

    @override
    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if (parent is not None and parent.isValid()) or not self._rows else len(self._rows[0])

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return text_of(self._rows[index.row() + 1][index.column()]) if role == Qt.ItemDataRole.DisplayRole else None

    @override
    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return str(self._rows[0][section]) if orientation == Qt.Orientation.Horizontal else str(section + 1)


class TableDialog(QDialog):
    def __init__(self, title: str, rows: Table, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows = rows
        self.setObjectName("plot.table")
        self.setWindowTitle(title)
        self.resize(560, 480)
        view = QTableView()
        view.setObjectName("plot.table.view")
        view.setAccessibleName(title)
        view.setModel(RowsModel(rows, self))
        view.verticalHeader().hide()
        view.setAlternatingRowColors(True)
        view.horizontalHeader().setStretchLastSection(True)
        row = QHBoxLayout()
        row.addWidget(label(f"{max(0, len(rows) - 1):,} rows", "caption"), 1)
        row.addWidget(button("Copy as CSV", "plot.table.copy", self.copy, icon="copy"))
        row.addWidget(button("Close", "plot.table.close", self.accept, role="primary"))
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.addWidget(label(title, "heading"))
        column.addWidget(view, 1)
        column.addLayout(row)

    def copy(self) -> None:
        QGuiApplication.clipboard().setText(as_csv(self._rows))


def show_table(parent: QWidget, title: str, rows: Table) -> TableDialog:
    dialog = TableDialog(title, rows, parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.show()
    return dialog
