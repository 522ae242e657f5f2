"""The network's parameters as a tree, by layer, with the answer of each row."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget
from typing_extensions import override

from app.models import words

from .subset import SHORT, SIGNS, Answer, layer

_NAME = Qt.ItemDataRole.UserRole
_STATE, _SHAPE, _COUNT = 1, 2, 3
_WIDE = 480  # pixels
_LETTERS = 36
_ORDER = (Answer.ADAPTED, Answer.FIXED, Answer.FROZEN)


class ParameterTree(QTreeWidget):
    """answered(answer): the selected rows are to get it; None (Space) stands for the next answer."""

    answered = Signal(object)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName("Parameters of the network")
        self.setAccessibleDescription(
            "Space gives the selected parameters the next answer; the buttons above give one."
        )
        self.setHeaderLabels(["Parameter", "What happens to it", "Shape", "Numbers"])
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setUniformRowHeights(True)
        self.setAlternatingRowColors(False)
        header = self.header()
        header.setStretchLastSection(False)
        header.setTextElideMode(Qt.TextElideMode.ElideRight)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        self.headerItem().setTextAlignment(_COUNT, right)
        for column in range(4):
            self.headerItem().setToolTip(column, self.headerItem().text(column))
            mode = QHeaderView.ResizeMode.Stretch if column == _STATE else QHeaderView.ResizeMode.ResizeToContents
            header.setSectionResizeMode(column, mode)
        self.setIndentation(14)
        self._rows: tuple[Any, ...] = ()
        self._items: dict[str, QTreeWidgetItem] = {}

    def set_rows(self, rows: Sequence[Any]) -> None:
        """rows: core.summary's TensorRows. The selection stays where the parameters are the same."""
        if tuple(rows) == self._rows:
            return
        same = [row.name for row in rows] == [row.name for row in self._rows]
        self._rows = tuple(rows)
        if not same:
            self._build()
        for row in rows:
            item = self._items[row.name]
            item.setText(_SHAPE, "×".join(str(part) for part in row.shape) or "1")
            item.setText(_COUNT, f"{row.count:,}")
            item.setToolTip(0, f"{row.name}, {item.text(_SHAPE)}, {words.counted(row.count, 'number')}")
        for at in range(self.topLevelItemCount()):
            self._count_layer(self.topLevelItem(at))
        self.setFixedHeight(self._height())

    def set_answers(self, answers: Mapping[str, Answer]) -> None:
        for row in self._rows:
            answer, item = answers[row.name], self._items[row.name]
            item.setText(_STATE, f"{SIGNS[answer]} {SHORT[answer]}{' · ruled' if row.ruled else ''}")
            item.setToolTip(_STATE, f"Ruled: {row.ruled}" if row.ruled else answer.value.capitalize())
        for at in range(self.topLevelItemCount()):
            self._tell_layer(self.topLevelItem(at), answers)

    def names(self) -> list[str]:
        return [row.name for row in self._rows]

    def picked(self) -> list[str]:
        """Names of the selected parameters that may be answered; a layer stands for all of its own."""
        chosen: dict[str, None] = {}
        for item in self.selectedItems():
            for one in [item.child(at) for at in range(item.childCount())] or [item]:
                chosen[one.data(0, _NAME)] = None
        free = {row.name for row in self._rows if not row.ruled}
        return [name for name in chosen if name in free]

    def next_answer(self, answers: Mapping[str, Answer]) -> Answer:
        """What Space gives: the answer after that of the first selected row."""
        picked = self.picked()
        now = answers[picked[0]] if picked else Answer.FROZEN
        return _ORDER[(_ORDER.index(now) + 1) % len(_ORDER)] if now in _ORDER else Answer.ADAPTED

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = {Qt.Key.Key_1: Answer.ADAPTED, Qt.Key.Key_2: Answer.FIXED, Qt.Key.Key_3: Answer.FROZEN}
        if event.key() in keys:
            self.answered.emit(keys[Qt.Key(event.key())])
        elif event.key() == Qt.Key.Key_Space:
            self.answered.emit(None)
        else:
            super().keyPressEvent(event)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where it is narrow the shape stands in the tooltip of the name alone, and where it is narrower still (in large text) so
        does the count: what happens to a parameter is what the tree is for."""
        super().resizeEvent(event)
        self.setColumnHidden(_SHAPE, event.size().width() < _WIDE)
        self.setColumnHidden(_COUNT, event.size().width() < _LETTERS * self.fontMetrics().averageCharWidth())

    def _build(self) -> None:
        self.clear()
        self._items = {}
        layers: dict[str, QTreeWidgetItem] = {}
        for row in self._rows:
            group = layer(row.name)
            if group not in layers:
                layers[group] = QTreeWidgetItem(self, [group])
                layers[group].setExpanded(True)
            item = QTreeWidgetItem(layers[group], [row.name.removeprefix(f"{group}.")])
            item.setData(0, _NAME, row.name)
            item.setTextAlignment(_COUNT, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self._items[row.name] = item
        for item in layers.values():
            item.setTextAlignment(_COUNT, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            font = item.font(0)
            font.setBold(True)
            item.setFont(0, font)

    def _members(self, item: QTreeWidgetItem | None) -> list[str]:
        return [item.child(at).data(0, _NAME) for at in range(item.childCount())] if item else []

    def _count_layer(self, item: QTreeWidgetItem | None) -> None:
        counts = {row.name: row.count for row in self._rows}
        if item:
            item.setText(_COUNT, f"{sum(counts[name] for name in self._members(item)):,}")

    def _tell_layer(self, item: QTreeWidgetItem | None, answers: Mapping[str, Answer]) -> None:
        if item is None:
            return
        found = [answers[name] for name in self._members(item)]
        if len(set(found)) == 1:
            item.setText(_STATE, f"{SIGNS[found[0]]} {SHORT[found[0]]}")
        else:
            item.setText(_STATE, f"◒ {sum(one.adapted for one in found)} of {len(found)} adapted")

    def _height(self) -> int:
        """All rows of a small network; a large one scrolls."""
        rows = len(self._items) + self.topLevelItemCount()
        row = max(self.sizeHintForRow(0), 22)
        return min(rows, 14) * row + self.header().sizeHint().height() + 6
