"""Pairs of words and values in two columns."""

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from .text import label


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

    def rows(self) -> list[tuple[str, str]]:
        return [(key.text(), value.text()) for key, value in self._pairs if not key.isHidden()]

    def _add_pair(self) -> None:
        key, value = label("", "muted"), label("", wrap=True, selectable=True)
        value.setMinimumWidth(48)  # one long word would push whatever stands around the table wider
        at = len(self._pairs)
        self._grid.addWidget(key, at, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(value, at, 1, Qt.AlignmentFlag.AlignTop)
        self._pairs.append((key, value))
