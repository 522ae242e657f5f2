"""Little pictures of tasks, painted in the palette's own colours; each kind has its own."""

import math
from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPalette, QPen, QPolygonF

from app.forms.look import tone

from .cards import Paint, at_place

Curve = Callable[[float], float]
Place = tuple[float, float]
_CURVES: dict[str, Sequence[Curve]] = {
    "sinusoid": (
        lambda x: 0.8 * math.sin(4 * x), lambda x: 0.45 * math.sin(4 * x - 1.4), lambda x: 0.6 * math.sin(4 * x + 2),
    ),
    "sinusoid-line": (lambda x: 0.75 * math.sin(4 * x + 0.5), lambda x: 0.7 * x - 0.1, lambda x: -0.45 * x + 0.2),
    "five-modes": (
        lambda x: 0.75 * math.sin(4 * x), lambda x: 0.6 * x, lambda x: 1.2 * x * x - 0.7,
        lambda x: 0.7 * math.tanh(4 * x), lambda x: 0.7 - 1.3 * abs(x),
    ),
    "four-families": (
        lambda x: 0.7 * math.sin(4 * x), lambda x: 0.5 - 0.6 * x, lambda x: 1.3 * x * x - 0.8,
        lambda x: 1.6 * x**3 - 0.5 * x,
    ),
    "polynomial": (lambda x: 0.45, lambda x: -0.8 * x, lambda x: 1.4 * x * x - 0.8),
    "life-expectancy": (
        lambda x: 0.55 + 0.25 * x, lambda x: 0.75 * math.tanh(1.6 * x),
        lambda x: -0.5 + 0.35 * x + 0.15 * math.sin(5 * x),
    ),
}  # fmt: skip


def tasks_picture(kind: str, picture: str) -> Paint:
    """Of a kind of tasks; `picture` ("curves", "points", "pictures") serves a kind that has no own one."""
    if kind in _OWN:
        return _OWN[kind]
    if picture == "pictures":
        return _letters
    curves = _CURVES.get(kind, _CURVES["sinusoid"])
    return partial(_points if picture == "points" else _lines, curves=curves)


def _pens(palette: QPalette) -> list[QPen]:
    accent, muted = tone(palette, "accent"), tone(palette, "muted")
    styles = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine, Qt.PenStyle.DashDotLine)
    pens = []
    for at, style in enumerate((*styles, Qt.PenStyle.SolidLine)):
        pens.append(QPen(accent if at == 0 else muted, 1.8 if at == 0 else 1.3, style))
    return pens


def _lines(painter: QPainter, rect: QRectF, palette: QPalette, curves: Sequence[Curve]) -> None:
    for curve, pen in zip(curves, _pens(palette), strict=False):
        painter.setPen(pen)
        painter.drawPolyline(QPolygonF([at_place(rect, x / 30, curve(x / 30)) for x in range(-30, 31)]))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tone(palette, "text"))
    for x in (-0.75, -0.3, 0.05, 0.4, 0.8):
        painter.drawEllipse(at_place(rect, x, curves[0](x)), 2.4, 2.4)


def _points(painter: QPainter, rect: QRectF, palette: QPalette, curves: Sequence[Curve]) -> None:
    for at, (curve, pen) in enumerate(zip(curves, _pens(palette), strict=False)):
        colour = QColor(pen.color())
        painter.setPen(QPen(colour, 1.2))
        painter.setBrush(colour if at == 0 else Qt.BrushStyle.NoBrush)
        for x in range(-5, 6):
            painter.drawEllipse(at_place(rect, x / 5.4, curve(x / 5.4)), 2.1, 2.1)


def _letters(painter: QPainter, rect: QRectF, palette: QPalette) -> None:
    font = QFont("DejaVu Sans")
    font.setPixelSize(round(rect.height() * 0.62))
    for at, letter in enumerate("Gλж§"):
        painter.save()
        painter.translate(at_place(rect, -0.66 + at * 0.44, 0))
        painter.rotate((-14, 8, -6, 15)[at])
        painter.shear((0.1, -0.12, 0.14, -0.06)[at], 0)
        painter.setFont(font)
        painter.setPen(tone(palette, "accent" if at == 0 else "muted"))
        box = QRectF(-rect.height() / 2, -rect.height() / 2, rect.height(), rect.height())
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, letter)
        painter.restore()


_GROUNDS = ("#d63a3a", "#e58a1f", "#2f9e44", "#3b5bdb")


def _digits(painter: QPainter, rect: QRectF, palette: QPalette) -> None:
    """White digits on grounds of a colour each, one of them small and one turned: the picture is about the colours."""
    font, side = QFont("DejaVu Sans"), min(rect.height() * 0.8, rect.width() / 4.6)
    for at, digit in enumerate("3758"):
        painter.save()
        painter.translate(at_place(rect, -0.72 + at * 0.48, 0))
        box = QRectF(-side / 2, -side / 2, side, side)
        painter.fillRect(box, QColor(_GROUNDS[at]))
        painter.rotate((0, 90, 0, 180)[at])
        font.setPixelSize(max(1, round(side * (0.4 if at == 2 else 0.75))))
        painter.setFont(font)
        painter.setPen(QColor("white"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, digit)
        painter.restore()


def _landscape(
    painter: QPainter, box: QRectF, colour: QColor, sun: Place, radius: float, hill: Sequence[Place]
) -> None:
    """radius: of the sun in pixels; hill: its line from left to right, filled down to the ground."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawEllipse(at_place(box, *sun), radius, radius)
    painter.drawPolygon(QPolygonF([at_place(box, *corner) for corner in (*hill, (1.0, -1.0), (-1.0, -1.0))]))


def _photographs(painter: QPainter, rect: QRectF, palette: QPalette) -> None:
    """Framed landscapes: a sun and a hill each, the first in the accent."""
    side = min(rect.height() * 0.8, rect.width() / 4.6)
    for at, (sun, top) in enumerate(((-0.4, -0.1), (0.35, 0.15), (0.0, -0.3), (-0.2, 0.25))):
        centre = at_place(rect, -0.72 + at * 0.48, 0)
        box = QRectF(centre.x() - side / 2, centre.y() - side / 2, side, side)
        colour = tone(palette, "accent" if at == 0 else "muted")
        hill = ((-1.0, -0.6), (sun - 0.1, top), (sun + 0.4, -0.35), (1.0, 0.0))
        _landscape(painter, box, colour, (sun, 0.5), side * 0.09, hill)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour, 1.2))
        painter.drawRect(box)


_HANDWRITING: tuple[tuple[Place, ...], ...] = (
    ((-0.9, 0.5), (-0.72, 0.75), (-0.6, 0.2), (-0.85, -0.4), (-0.55, -0.6)),
    ((-0.4, 0.7), (-0.38, -0.65), (-0.1, -0.6), (-0.12, 0.1), (-0.4, 0.05)),
    ((0.12, 0.6), (0.42, 0.62), (0.2, 0.0), (0.44, -0.6), (0.12, -0.62)),
    ((0.62, -0.6), (0.66, 0.65), (0.9, 0.2), (0.64, 0.0), (0.92, -0.6)),
)


def _strokes(painter: QPainter, rect: QRectF, palette: QPalette) -> None:
    for at, stroke in enumerate(_HANDWRITING):
        pen = QPen(tone(palette, "accent" if at == 0 else "muted"), 2.2)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.drawPolyline(QPolygonF([at_place(rect, x, y) for x, y in stroke]))


def _digits_in_turn(painter: QPainter, rect: QRectF, palette: QPalette) -> None:
    """Digits that come one after the other: small ones on a line of time."""
    high = 0.74 * rect.height()
    _digits(painter, QRectF(rect.left(), rect.top(), rect.width(), high), palette)
    y = rect.top() + 0.9 * rect.height()
    left, right = QPointF(at_place(rect, -0.95, 0).x(), y), QPointF(at_place(rect, 0.95, 0).x(), y)
    painter.setPen(QPen(tone(palette, "muted"), 1.6))
    painter.drawLine(left, right)
    for turn in (-4, 4):
        painter.drawLine(right, right + QPointF(-5, turn))


def _two_sides(painter: QPainter, rect: QRectF, palette: QPalette) -> None:
    """Points of two classes, discs and rings, and the line between them."""
    height = partial(_wave, rect)
    painter.setPen(QPen(tone(palette, "muted"), 1.4, Qt.PenStyle.DashLine))
    painter.drawPolyline(QPolygonF([QPointF(at_place(rect, x / 20, 0).x(), height(x / 20)) for x in range(-20, 21)]))
    for at, x in enumerate((-0.9, -0.62, -0.34, -0.06, 0.22, 0.5, 0.78)):
        for side in (-1, 1):
            apart = (0.15 + 0.08 * ((2 * at + side) % 3)) * rect.height()
            centre = QPointF(at_place(rect, x + 0.06 * side, 0).x(), height(x) + side * apart)
            painter.setPen(QPen(tone(palette, "muted" if side > 0 else "accent"), 1.3))
            painter.setBrush(Qt.BrushStyle.NoBrush if side > 0 else tone(palette, "accent"))
            painter.drawEllipse(centre, 2.6, 2.6)


def _wave(rect: QRectF, x: float) -> float:
    """Height in pixels of the line between the two classes."""
    return at_place(rect, x, 0.22 * math.sin(2.6 * x)).y()


_TASK_ROWS = (2, 2)
"""Rows of each task of the table; the first task is brought out."""


def _rows(painter: QPainter, rect: QRectF, palette: QPalette) -> None:
    """A table whose first column says the task: its rows belong together."""
    height, rows = rect.height() / 5, 1 + sum(_TASK_ROWS)
    wide = min(rect.width(), 3.2 * rect.height())
    left = rect.center().x() - wide / 2
    columns = ((0.0, 0.3), (0.36, 0.26), (0.68, 0.32))
    tasks = [0] + [1 + task for task, count in enumerate(_TASK_ROWS) for _ in range(count)]
    for row in range(rows):
        colour = tone(palette, "accent" if tasks[row] == 1 else "muted")
        for column, (start, share) in enumerate(columns):
            box = QRectF(left + start * wide, rect.top() + row * height + 1, share * wide, height - 3)
            full = row == 0 or column == 0
            painter.setPen(QPen(colour, 1.1))
            painter.setBrush(colour if full and row else Qt.BrushStyle.NoBrush)
            if row == 0:
                painter.drawLine(QPointF(box.left(), box.bottom()), QPointF(box.right(), box.bottom()))
                box = QRectF(box.left(), box.top(), 0.6 * box.width(), 0.55 * box.height())
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(colour)
            painter.drawRoundedRect(box, 1.5, 1.5)


def _folders(painter: QPainter, rect: QRectF, palette: QPalette) -> None:
    """A folder a class, a picture in each."""
    side = min(rect.height() * 0.82, rect.width() / 4.2)
    for at, (sun, top) in enumerate(((-0.4, 0.0), (0.35, 0.2), (0.0, -0.15))):
        centre = at_place(rect, -0.62 + at * 0.62, -0.06)
        box = QRectF(centre.x() - 0.62 * side, centre.y() - 0.42 * side, 1.24 * side, 0.9 * side)
        colour = tone(palette, "accent" if at == 0 else "muted")
        painter.setPen(QPen(colour, 1.4))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        tab = 0.16 * side
        corners = [
            box.bottomLeft(), box.topLeft() - QPointF(0, tab), box.topLeft() + QPointF(0.4 * box.width(), -tab),
            box.topLeft() + QPointF(0.5 * box.width(), 0), box.topRight(), box.bottomRight(),
        ]  # fmt: skip
        painter.drawPolygon(QPolygonF(corners))
        inner = box.adjusted(0.2 * side, 0.16 * side, -0.2 * side, -0.14 * side)
        hill = ((-1.0, -0.5), (sun - 0.1, top), (sun + 0.4, -0.3), (1.0, 0.05))
        _landscape(painter, inner, colour, (sun, 0.65), side * 0.07, hill)


_OWN: dict[str, Paint] = {
    "omniglot": _strokes,
    "miniimagenet": _photographs,
    "images": _folders,
    "table": _rows,
    "rainbow-mnist": _digits,
    "rainbow-stream": _digits_in_turn,
    "boundary": _two_sides,
    "glyphs": _letters,
}
"""Of kinds that are no curves."""
