"""Pairs of words and values in two columns."""

from collections.abc import Iterable

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget
from typing_extensions import override

from .breaking import BreakingLabel
from .text import label

_WIDEST = 9
"""Widest label in lines' heights."""
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter
"""Also names that are read from right to left stand under the other values."""


def align(tables: Iterable["KeyValueTable"]) -> None:
    """Let the values of these tables begin at the same place."""
    those = list(tables)
    for table in those:
        table.set_key_width(0)
    widest = max((table.key_width() for table in those), default=0)
    for table in those:
        table.set_key_width(widest)


class KeyValueTable(QWidget):
    """Labels at the left, values at the right; values can be selected and wrap."""

    def __init__(self, rows: Iterable[tuple[str, str]] = (), *, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        if name:
            self.setObjectName(name)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        self._pairs: list[tuple[QLabel, QLabel]] = []
        self._least = 0
        self.set_rows(rows)

    def set_rows(self, rows: Iterable[tuple[str, str]]) -> None:
        """Show these pairs; labels that are there already are used again."""
        wanted = list(rows)
        while len(self._pairs) < len(wanted):
            self._add_pair()
        for index, (key, value) in enumerate(self._pairs):
            there = index < len(wanted)
            key.setVisible(there)
            value.setVisible(there)
            if there:
                key.setText(wanted[index][0])
                value.setText(wanted[index][1])
                value.setAccessibleName(f"{wanted[index][0]}: {wanted[index][1]}")
        self._fit_keys()

    def key_width(self) -> int:
        """Pixels of the widest label."""
        return max((key.width() for key, _ in self._pairs if not key.isHidden()), default=0)

    def _fit_keys(self) -> None:
        """Long labels wrap between their words, so that narrow panels keep room for the values."""
        widest = self._least
        for key, _ in self._pairs:
            key.ensurePolished()
            metrics = key.fontMetrics()
            whole = metrics.boundingRect(key.text()).width() + metrics.horizontalAdvance(" ")
            word = max((metrics.horizontalAdvance(word) for word in key.text().split()), default=0)
            own = max(word + 1, min(whole, _WIDEST * metrics.height()))
            widest = max(widest, 0 if key.isHidden() else own)
        for key, _ in self._pairs:  # all alike: a row is as high as a label of the column's width asks for
            key.setFixedWidth(widest)

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit_keys()

    def set_key_width(self, pixels: int) -> None:
        """At least so much room for the labels, so that the values of several tables stand under one another."""
        self._least = pixels
        self._fit_keys()

    def rows(self) -> list[tuple[str, str]]:
        return [(key.text(), value.text()) for key, value in self._pairs if not key.isHidden()]

    def _add_pair(self) -> None:
        key, value = label("", "muted", wrap=True), BreakingLabel()
        key.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
        )  # else it stands a pixel lower than the value
        value.setAlignment(_LEFT)
        at = len(self._pairs)
        self._grid.addWidget(key, at, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(value, at, 1, Qt.AlignmentFlag.AlignTop)
        self._pairs.append((key, value))
