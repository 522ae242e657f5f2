"""A small line without axes: the shape of a run at a glance."""

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from app.services.theme import Theme
from app.widgets.words import number


def paint_spark(painter: QPainter, area: QRectF, values: Sequence[float], color: QColor) -> None:
    """Draw values [n] into area; non-finite ones leave a gap. For delegates too."""
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return
    low, high = min(finite), max(finite)
    span = (high - low) or 1.0
    step = area.width() / max(1, len(values) - 1)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(color, 1.4))
    piece: list[QPointF] = []
    for index, value in enumerate([*values, math.nan]):
        if math.isfinite(value):
            down = 0.5 if high == low else (high - value) / span
            piece.append(QPointF(area.left() + index * step, area.top() + down * area.height()))
        elif piece:
            painter.drawPolyline(QPolygonF(piece))
            piece = []
    painter.restore()


class Sparkline(QWidget):
    def __init__(self, theme: Theme, values: Sequence[float] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._values: tuple[float, ...] = ()
        self._series = 0
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)
        self.set_values(values)

    def set_values(self, values: Sequence[float], series: int = 0) -> None:
        """values [n], oldest first; series: whose colour."""
        self._values = tuple(values)
        self._series = series
        ends = f"from {number(values[0])} to {number(values[-1])}" if values else "no values yet"
        self.setAccessibleName(f"Outer loss, {ends}")
        self.update()

    def as_table(self) -> list[tuple[object, ...]]:
        """Header, then one row a point."""
        return [("point", "loss"), *enumerate(self._values)]

    @override
    def sizeHint(self) -> QSize:
        return QSize(140, 32)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        area = QRectF(self.rect()).adjusted(2, 4, -2, -4)
        if len(self._values) < 2:
            painter.setPen(QPen(self._theme.border, 1, Qt.PenStyle.DotLine))
            painter.drawLine(area.left(), area.center().y(), area.right(), area.center().y())
            return
        paint_spark(painter, area, self._values, self._theme.series[self._series % 8])
