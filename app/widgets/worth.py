"""A small table of what one would otherwise do, with the sentence above it."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from .text import label


class WorthTable(QWidget):
    """Four columns; the first row is the learned one. name: of the table; "NAME.sentence" is the sentence."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.sentence = label("", "strong", wrap=True, name=f"{name}.sentence", selectable=True)
        self.table = QTableWidget(0, 4)
        self.table.setObjectName(name)
        self.table.setAccessibleName("What one would otherwise do, on the same test tasks")
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setTabKeyNavigation(False)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(26)
        self.table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        head = self.table.horizontalHeader()
        head.setHighlightSections(False)
        head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.sentence)
        column.addWidget(self.table, 1)

    def set_rows(self, sentence: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Cells are told whole by their tooltip: a narrow card cuts none off without a trace."""
        self.sentence.setText(sentence)
        self.table.setHorizontalHeaderLabels(list(heads))
        self.table.setRowCount(len(rows))
        for at, row in enumerate(rows):
            for place, text in enumerate(row):
                cell = QTableWidgetItem(text)
                cell.setToolTip(text)
                if place:
                    cell.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                if at == 0:
                    font = cell.font()
                    font.setBold(True)
                    cell.setFont(font)
                self.table.setItem(at, place, cell)

    def fit(self) -> None:
        """As high as its rows: inside a page that scrolls, a table that scrolls too is a trap."""
        rows = sum(self.table.rowHeight(at) for at in range(self.table.rowCount()))
        head, bar = (
            self.table.horizontalHeader().sizeHint().height(),
            self.table.horizontalScrollBar().sizeHint().height(),
        )
        self.table.setFixedHeight(rows + head + bar + 4)
