"""Queries as rows: what they are, what is true, and what each start says after the step that is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QIcon, QPixmap
from typing_extensions import override

from app.plots.pictures import image
from app.widgets.words import number

if TYPE_CHECKING:
    from core.types import TaskSpec
    from core.use.question import Question

Index = QModelIndex | QPersistentModelIndex
SIDE = 40
"""Pixels of a picture in a row."""


@dataclass(frozen=True, eq=False)
class Said:
    """What one start predicts: [steps + 1, queries, outputs or ways]."""

    name: str
    predictions: np.ndarray


@dataclass(frozen=True, eq=False)
class Shown:
    """spec of the start, the task and what each start says of it."""

    spec: TaskSpec
    question: Question
    said: tuple[Said, ...]

    @property
    def classes(self) -> bool:
        return self.spec.task_type == "classification"

    def class_name(self, way: int) -> str:
        names = self.question.class_names
        return names[way] if way < len(names) else f"class {way + 1}"


class AnswersModel(QAbstractTableModel):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shown: Shown | None = None
        self._step = 0
        self._icons: dict[int, QIcon] = {}

    def show(self, shown: Shown | None, step: int) -> None:
        self.beginResetModel()
        self._shown, self._step, self._icons = shown, step, {}
        self.endResetModel()

    def set_step(self, step: int) -> None:
        if step != self._step:
            self._step = step
            if self.rowCount():
                last = self.index(self.rowCount() - 1, self.columnCount() - 1)
                self.dataChanged.emit(self.index(0, 0), last)

    @property
    def is_pictures(self) -> bool:
        return self._shown is not None and len(self._shown.spec.input_shape) == 3

    @property
    def classes(self) -> bool:
        return self._shown is not None and self._shown.classes

    @property
    def starts(self) -> int:
        """The last so many columns are what the starts say."""
        return 0 if self._shown is None else len(self._shown.said)

    def titles(self) -> list[str]:
        shown = self._shown
        if shown is None:
            return []
        knows = ["True"] if shown.question.query_y is not None else []
        return ["Query", *self._inputs(shown), *knows, *(said.name for said in shown.said)]

    def as_table(self) -> list[tuple[object, ...]]:
        """Header, then rows, as they are shown."""
        rows: list[tuple[object, ...]] = [tuple(self.titles())]
        for row in range(self.rowCount()):
            rows.append(tuple(self.data(self.index(row, column)) for column in range(self.columnCount())))
        return rows

    @override
    def rowCount(self, parent: Index | None = None) -> int:
        if self._shown is None or (parent is not None and parent.isValid()):
            return 0
        return len(self._shown.question.query_x)

    @override
    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.titles())

    @override
    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.ToolTipRole and orientation == Qt.Orientation.Horizontal:
            return self.titles()[section]
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return self.titles()[section] if orientation == Qt.Orientation.Horizontal else section + 1

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        shown = self._shown
        if shown is None or not index.isValid():
            return None
        row, column = index.row(), index.column()
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._text(shown, row, column)
        if role == Qt.ItemDataRole.DecorationRole and column == 0 and self.is_pictures:
            return self._icon(shown, row)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            right = column > 0 and not shown.classes
            side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def _text(self, shown: Shown, row: int, column: int) -> str:
        inputs, knows = self._inputs(shown), shown.question.query_y is not None
        if column == 0:
            return shown.question.labels[row] if row < len(shown.question.labels) else f"{row + 1}"
        if column <= len(inputs):
            return number(float(np.ravel(shown.question.query_x[row])[column - 1]), 4)
        if knows and column == len(inputs) + 1:
            return self._true(shown, row)
        return self._answer(shown, shown.said[column - 1 - len(inputs) - knows], row)

    def _true(self, shown: Shown, row: int) -> str:
        y = shown.question.query_y
        if y is None or not shown.question.known[row]:
            return "–"
        return shown.class_name(int(y[row])) if shown.classes else _numbers(np.ravel(y[row]))

    def _answer(self, shown: Shown, said: Said, row: int) -> str:
        """ "83 % bee" with a sign where the truth is known, or the number. The share stands first: long names are cut."""
        out = said.predictions[min(self._step, len(said.predictions) - 1)][row]
        if not np.isfinite(out).all():
            return "not finite"
        if not shown.classes:
            return _numbers(out)
        best = int(np.argmax(out))
        y = shown.question.query_y
        sign = "" if y is None or not shown.question.known[row] else "✓ " if int(y[row]) == best else "✗ "
        return f"{sign}{100 * out[best]:.0f} % {shown.class_name(best)}"

    def _inputs(self, shown: Shown) -> list[str]:
        if len(shown.spec.input_shape) != 1:
            return []
        names, count = shown.spec.input_names, shown.spec.input_shape[0]
        return list(names) if len(names) == count else [f"x{i + 1}" for i in range(count)]

    def _icon(self, shown: Shown, row: int) -> QIcon:
        if row not in self._icons:
            self._icons[row] = QIcon(picture(shown.question.query_x[row], SIDE))
        return self._icons[row]


def picture(x: np.ndarray, side: int) -> QPixmap:
    """One example [channels, height, width] in 0..1."""
    pixels = np.rint(np.clip(np.moveaxis(np.asarray(x), 0, -1), 0, 1) * 255).astype(np.uint8)
    if pixels.shape[-1] == 1 and np.median(pixels) < 128:  # dark ink on light, as on the other pages
        pixels = 255 - pixels
    made = QPixmap.fromImage(image(pixels))
    return made.scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)


def _numbers(values: Sequence[float] | np.ndarray) -> str:
    return ", ".join(number(float(value), 4) for value in values)
