"""The support pictures, by class: what the start was given to learn from."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from app.services.theme import Theme

from .answers_model import picture

_SIDE, _GAP, _SHOTS, _ROWS = 32, 6, 3, 3


class SupportStrip(QWidget):
    """Painted: at most three pictures a class, and as many classes as fit on three lines; the rest is counted."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("tryit.support")
        self._theme = theme
        self._classes: list[tuple[str, list[QPixmap]]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._restyle)
        self._restyle()

    def _restyle(self) -> None:
        self.setFont(self._theme.font("small"))
        self._resize()
        self.update()

    def show_support(self, x: np.ndarray, y: np.ndarray, names: Sequence[str]) -> None:
        """x: [examples, channels, height, width] in 0..1; y: labels [examples]."""
        self._classes = [
            (name, [picture(one, _SIDE) for one in x[y == way][:_SHOTS]]) for way, name in enumerate(names)
        ]
        self.setAccessibleName("Support pictures by class")
        counts = [f"{name}: {int((y == way).sum())}" for way, name in enumerate(names)]
        self.setAccessibleDescription(", ".join(counts))
        self.setToolTip(self.accessibleDescription())
        self._resize()
        self.update()

    def _width(self) -> int:
        shots = max((len(pictures) for _, pictures in self._classes), default=1)
        return max(64, shots * (_SIDE + 3)) + _GAP

    def _columns(self) -> int:
        return max(1, self.width() // self._width())

    def _line(self) -> int:
        return self.fontMetrics().height() + _SIDE + _GAP

    def _resize(self) -> None:
        rows = min(_ROWS, -(-len(self._classes) // self._columns()))
        self.setFixedHeight(self.fontMetrics().height() + rows * self._line() + 2)

    @override
    def sizeHint(self) -> QSize:
        return QSize(300, self.height())

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._resize()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        columns, wide, metrics = self._columns(), self._width(), self.fontMetrics()
        there = self._classes[: columns * _ROWS]
        hidden = len(self._classes) - len(there)
        painter.setPen(self._theme.muted)
        told = "Support, by class" + (f" (and {hidden} more classes)" if hidden else "")
        painter.drawText(0, metrics.ascent(), told)
        for place, (name, pictures) in enumerate(there):
            left, top = place % columns * wide, metrics.height() + place // columns * self._line()
            painter.setPen(self._theme.text)
            short = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, wide - _GAP)
            painter.drawText(left, top + metrics.ascent(), short)
            for at, made in enumerate(pictures):
                area = QRect(left + at * (_SIDE + 3), top + metrics.height() + 1, _SIDE, _SIDE)
                painter.drawPixmap(area.x(), area.y(), made)
                painter.setPen(self._theme.border)
                painter.drawRect(area.adjusted(0, 0, -1, -1))
