"""Little pictures of networks and methods, painted in the palette's own colours."""

import math
from functools import partial
from itertools import pairwise

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPalette, QPen, QPolygonF

from app.forms.look import tone

from .cards import Paint, at_place


def network_picture(kind: str) -> Paint:
    return {
        "mlp": _dense,
        "conv-strided": partial(_blocks, flat=False),
        "conv-pooled": partial(_blocks, flat=True),
    }.get(kind, _dense)


def method_picture(kind: str) -> Paint:
    """The idea of a method in the plane of weights: tasks' optima are rings, the initialization is a disc."""
    return {
        "reptile": _reptile,
        "meta-sgd": _meta_sgd,
        "pooled": _pooled,
        "ftml": _ftml,
        "sca": _sca,
        "mixture": _mixture,
        "predict-from-activations": _rows,
        "maml++": _maml_pp,
        "imaml": _imaml,
        "mt-net": _mt_net,
        "platipus": _platipus,
        "mmaml": _mmaml,
        "hsml": _hsml,
        "cavia": _cavia,
        "leo": _leo,
        "mtl": _mtl,
    }.get(kind, _maml)


def _dense(painter: QPainter, rect: QRectF, palette: QPalette) -> None:
    columns = ((-0.7, 1), (-0.23, 4), (0.23, 4), (0.7, 1))
    places = [[(x, (row - (count - 1) / 2) * 0.5) for row in range(count)] for x, count in columns]
    painter.setPen(QPen(tone(palette, "border"), 1))
    for left, right in pairwise(places):
        for one in left:
            for other in right:
                painter.drawLine(at_place(rect, *one), at_place(rect, *other))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tone(palette, "accent"))
    for column in places:
        for place in column:
            painter.drawEllipse(at_place(rect, *place), 3, 3)


def _blocks(painter: QPainter, rect: QRectF, palette: QPalette, *, flat: bool) -> None:
    painter.setBrush(tone(palette, "soft"))
    painter.setPen(QPen(tone(palette, "accent"), 1.3))
    for at, height in enumerate((0.95, 0.7, 0.5, 0.34)):
        size = rect.height() * height
        centre = at_place(rect, -0.75 + at * 0.4, 0)
        painter.drawRoundedRect(QRectF(centre.x() - size * 0.22, centre.y() - size / 2, size * 0.44, size), 2, 2)
    painter.setBrush(tone(palette, "accent"))
    centre, size = at_place(rect, 0.82, 0), rect.height() * (0.8 if flat else 0.22)
    painter.drawRect(QRectF(centre.x() - 2, centre.y() - size / 2, 4, size))


_OPTIMA = ((-0.2, 0.75), (0.55, 0.35), (0.3, -0.75))


def _ground(painter: QPainter, rect: QRectF, palette: QPalette, start: tuple[float, float]) -> None:
    for place in _OPTIMA:
        _ring(painter, rect, palette, place)
    _disc(painter, rect, palette, start)


def _arrow(painter: QPainter, start: QPointF, end: QPointF) -> None:
    painter.drawLine(start, end)
    angle = math.atan2(end.y() - start.y(), end.x() - start.x())
    for turn in (2.6, -2.6):
        painter.drawLine(end, end + QPointF(5 * math.cos(angle + turn), 5 * math.sin(angle + turn)))


def _between(one: tuple[float, float], other: tuple[float, float], share: float) -> tuple[float, float]:
    return one[0] + share * (other[0] - one[0]), one[1] + share * (other[1] - one[1])


def _maml(painter: QPainter, rect: QRectF, palette: QPalette) -> None:
    start = (-0.05, -0.05)
    painter.setPen(QPen(tone(palette, "muted"), 1.6))
    painter.drawLine(at_place(rect, -0.9, -0.6), at_place(rect, *start))
    painter.setPen(QPen(tone(palette, "accent"), 1.4, Qt.PenStyle.DashLine))
    for place in _OPTIMA:
        _arrow(painter, at_place(rect, *start), at_place(rect, *_between(start, place, 0.8)))
    _ground(painter, rect, palette, start)


def _meta_sgd(painter: QPainter, rect: QRectF, palette: QPalette) -> None:
    start = (-0.15, -0.05)
    for place, share, width in zip(_OPTIMA, (0.85, 0.9, 0.82), (1.2, 3.0, 2.0), strict=True):
        painter.setPen(QPen(tone(palette, "accent"), width))
        _arrow(painter, at_place(rect, *start), at_place(rect, *_between(start, place, share)))
    painter.setPen(QPen(tone(palette, "muted"), 1.6))
    painter.drawLine(at_place(rect, -0.9, -0.6), at_place(rect, *start))
    _ground(painter, rect, palette, start)


def _ftml(painter: QPainter, rect: QRectF, palette: QPalette) -> None:
    """The leader after one task, two and three: each time a step towards what serves all so far."""
    leaders = ((-0.55, 0.45), (-0.2, 0.3), (0.05, -0.02))
    painter.setPen(QPen(tone(palette, "muted"), 1.4))
    for one, other in pairwise(leaders):
        _arrow(painter, at_place(rect, *one), at_place(rect, *_between(one, other, 0.85)))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for place in leaders[:-1]:
        painter.drawEllipse(at_place(rect, *place), 2.2, 2.2)
    painter.setPen(QPen(tone(palette, "accent"), 1.4, Qt.PenStyle.DashLine))
    for place in _OPTIMA:
        _arrow(painter, at_place(rect, *leaders[-1]), at_place(rect, *_between(leaders[-1], place, 0.8)))
    _ground(painter, rect, palette, leaders[-1])


def _sca(painter: QPainter, rect: QRectF, palette: QPalette) -> None:
    """Labelled steps first, then a dashed one where only the critic points."""
    start = (-0.15, -0.05)
    for place in _OPTIMA:
        met = _between(start, place, 0.55)
        painter.setPen(QPen(tone(palette, "muted"), 1.6))
        painter.drawLine(at_place(rect, *start), at_place(rect, *met))
        painter.setPen(QPen(tone(palette, "accent"), 2.0, Qt.PenStyle.DashLine))
        _arrow(painter, at_place(rect, *met), at_place(rect, *_between(start, place, 0.88)))
    _ground(painter, rect, palette, start)


def _mixture(painter: QPainter, rect: QRectF, palette: QPalette) -> None:
    """Two starts, each nearer to its own tasks: every task takes the arrow from the nearer one."""
    starts = ((-0.6, 0.2), (0.35, 0.05))
    for place in _OPTIMA:
        near = min(starts, key=lambda start: (start[0] - place[0]) ** 2 + (start[1] - place[1]) ** 2)
        painter.setPen(QPen(tone(palette, "accent"), 2.0))
        _arrow(painter, at_place(rect, *near), at_place(rect, *_between(near, place, 0.85)))
    for start in starts:
        _ground(painter, rect, palette, start)


def _rows(painter: QPainter, rect: QRectF, palette: QPalette) -> None:
    """No step at all: each task's weights are written at once, a square beside its ring."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tone(palette, "accent"))
    for place in _OPTIMA:
        at = at_place(rect, *_between((-0.15, -0.05), place, 0.88))
        painter.drawRect(QRectF(at.x() - 3, at.y() - 3, 6, 6))
    _ground(painter, rect, palette, (-0.15, -0.05))


def _reptile(painter: QPainter, rect: QRectF, palette: QPalette) -> None:
    start = (-0.6, -0.35)
    painter.setPen(QPen(tone(palette, "muted"), 1.2))
    for place in _OPTIMA:
        steps = [_between(start, place, share) for share in (0.0, 0.25, 0.5, 0.75, 0.92)]
        bent = [(x, y + (0.1 if at % 2 else -0.06)) for at, (x, y) in enumerate(steps)]
        painter.drawPolyline(QPolygonF([at_place(rect, *place) for place in bent]))
    painter.setPen(QPen(tone(palette, "accent"), 2.4))
    _arrow(painter, at_place(rect, *start), at_place(rect, -0.15, -0.12))
    _ground(painter, rect, palette, start)


def _pooled(painter: QPainter, rect: QRectF, palette: QPalette) -> None:
    start = (0.22, 0.12)
    painter.setPen(QPen(tone(palette, "muted"), 1.2, Qt.PenStyle.DotLine))
    for place in _OPTIMA:
        painter.drawLine(at_place(rect, *start), at_place(rect, *place))
    _ground(painter, rect, palette, start)


def _maml_pp(painter: QPainter, rect: QRectF, palette: QPalette) -> None:
    """Steps of learned lengths, each end of a step counting."""
    start, shares = (-0.6, -0.1), (0.0, 0.42, 0.68, 0.88)
    for place in _OPTIMA[:2]:
        met = [_between(start, place, share) for share in shares]
        for width, (one, other) in zip((2.6, 1.8, 1.2), pairwise(met), strict=True):
            painter.setPen(QPen(tone(palette, "accent"), width))
            painter.drawLine(at_place(rect, *one), at_place(rect, *other))
        painter.setPen(QPen(tone(palette, "accent"), 1.2))
        painter.setBrush(tone(palette, "surface"))
        for point in met[1:]:
            painter.drawEllipse(at_place(rect, *point), 2.2, 2.2)
    _ground(painter, rect, palette, start)


def _imaml(painter: QPainter, rect: QRectF, palette: QPalette) -> None:
    """Each task's weights are held to the start by a spring."""
    start = (-0.6, 0.0)
    for place in _OPTIMA:
        one, other = at_place(rect, *start), at_place(rect, *_between(start, place, 0.86))
        along, length = other - one, math.hypot(other.x() - one.x(), other.y() - one.y())
        across = QPointF(-along.y(), along.x()) / max(length, 1.0)
        coils = [one + along * (at / 16) + across * (2.4 * (-1) ** at if 2 < at < 14 else 0) for at in range(17)]
        painter.setPen(QPen(tone(palette, "accent"), 1.2))
        painter.drawPolyline(QPolygonF(coils))
    _ground(painter, rect, palette, start)


def _mt_net(painter: QPainter, rect: QRectF, palette: QPalette) -> None:
    """A plane of directions that may move; every task steps inside it."""
    start = (-0.05, 0.0)
    plane = [at_place(rect, x, y) for x, y in ((-0.75, -0.7), (0.45, -0.2), (0.7, 0.75), (-0.5, 0.25))]
    painter.setPen(QPen(tone(palette, "border"), 1.0))
    painter.setBrush(tone(palette, "soft"))
    painter.drawPolygon(QPolygonF(plane))
    painter.setPen(QPen(tone(palette, "accent"), 1.8))
    for end in ((0.42, 0.42), (-0.46, -0.4)):
        _arrow(painter, at_place(rect, *start), at_place(rect, *end))
    painter.setPen(QPen(tone(palette, "muted"), 1.2, Qt.PenStyle.DotLine))
    painter.drawLine(at_place(rect, *start), at_place(rect, -0.35, 0.85))
    _disc(painter, rect, palette, start)


_CLOUD = ((-0.62, 0.1), (-0.5, -0.35), (-0.42, 0.4), (-0.3, -0.05), (-0.7, -0.2))


def _platipus(painter: QPainter, rect: QRectF, palette: QPalette) -> None:
    """A cloud of sampled starts, each of which adapts."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tone(palette, "soft"))
    painter.drawEllipse(at_place(rect, -0.5, 0.0), rect.width() * 0.2, rect.height() * 0.42)
    for at, start in enumerate(_CLOUD):
        painter.setPen(QPen(tone(palette, "accent"), 1.2))
        if at < 4:
            _arrow(
                painter, at_place(rect, *start), at_place(rect, *_between(start, (0.62, (0.35, -0.45)[at % 2]), 0.84))
            )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tone(palette, "accent"))
        painter.drawEllipse(at_place(rect, *start), 2.8, 2.8)
    for y in (0.4, -0.5):
        _ring(painter, rect, palette, (0.72, y))


def _mmaml(painter: QPainter, rect: QRectF, palette: QPalette) -> None:
    """The support set first shifts the start (dots), then plain steps."""
    start = (-0.7, 0.0)
    for shifted, place in (((-0.05, 0.5), (0.65, 0.65)), ((-0.05, -0.5), (0.65, -0.55))):
        painter.setPen(QPen(tone(palette, "muted"), 1.6, Qt.PenStyle.DotLine))
        painter.drawLine(at_place(rect, *start), at_place(rect, *shifted))
        painter.setPen(QPen(tone(palette, "accent"), 1.8))
        _arrow(painter, at_place(rect, *shifted), at_place(rect, *_between(shifted, place, 0.84)))
        painter.setBrush(tone(palette, "surface"))
        painter.drawEllipse(at_place(rect, *shifted), 3.5, 3.5)
        _ring(painter, rect, palette, place)
    _disc(painter, rect, palette, start)


def _hsml(painter: QPainter, rect: QRectF, palette: QPalette) -> None:
    """A tree: tasks under clusters under one root."""
    root, clusters = (0.0, 0.8), ((-0.5, 0.05), (0.5, 0.05))
    for at, cluster in enumerate(clusters):
        painter.setPen(QPen(tone(palette, "accent"), 1.6))
        painter.drawLine(at_place(rect, *root), at_place(rect, *cluster))
        for shift in (-0.24, 0.24):
            leaf = (cluster[0] + shift, -0.75)
            painter.setPen(QPen(tone(palette, "muted"), 1.2))
            painter.drawLine(at_place(rect, *cluster), at_place(rect, *leaf))
            painter.setBrush(tone(palette, "surface"))
            painter.drawEllipse(at_place(rect, *leaf), 3.5, 3.5)
        painter.setPen(QPen(tone(palette, "accent"), 1.4))
        painter.setBrush(tone(palette, "accent" if at == 0 else "soft"))
        painter.drawEllipse(at_place(rect, *cluster), 4, 4)
    _disc(painter, rect, palette, root)


def _cavia(painter: QPainter, rect: QRectF, palette: QPalette) -> None:
    """The network stays; tasks differ by where they lie along a few axes."""
    painter.setPen(QPen(tone(palette, "muted"), 1.4))
    _arrow(painter, at_place(rect, -0.85, -0.55), at_place(rect, 0.85, -0.55))
    for x in (-0.45, 0.1, 0.6):
        painter.setPen(QPen(tone(palette, "border"), 1.2, Qt.PenStyle.DotLine))
        painter.drawLine(at_place(rect, x, -0.55), at_place(rect, x, 0.55))
        _ring(painter, rect, palette, (x, 0.6))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tone(palette, "accent"))
        painter.drawRect(QRectF(at_place(rect, x, -0.55) - QPointF(3, 3), at_place(rect, x, -0.55) + QPointF(3, 3)))


def _leo(painter: QPainter, rect: QRectF, palette: QPalette) -> None:
    """A step in a small space of codes, decoded into weights."""
    painter.setPen(QPen(tone(palette, "border"), 1.0))
    painter.setBrush(tone(palette, "soft"))
    painter.drawRoundedRect(QRectF(at_place(rect, -0.9, 0.7), at_place(rect, -0.1, -0.7)), 4, 4)
    painter.setPen(QPen(tone(palette, "accent"), 1.8))
    _arrow(painter, at_place(rect, -0.72, -0.25), at_place(rect, -0.3, 0.25))
    painter.setPen(QPen(tone(palette, "muted"), 1.4, Qt.PenStyle.DashLine))
    _arrow(painter, at_place(rect, -0.22, 0.25), at_place(rect, 0.58, 0.25))
    _disc(painter, rect, palette, (-0.72, -0.25), 3.5)
    _ring(painter, rect, palette, (0.72, 0.25))


def _mtl(painter: QPainter, rect: QRectF, palette: QPalette) -> None:
    """Frozen layers, a scale and a shift on each, and a classifier that moves."""
    size = rect.height() * 0.62
    for at in range(3):
        centre = at_place(rect, -0.66 + at * 0.42, -0.1)
        painter.setPen(QPen(tone(palette, "muted"), 1.2))
        painter.setBrush(tone(palette, "border"))
        painter.drawRoundedRect(QRectF(centre.x() - size * 0.2, centre.y() - size / 2, size * 0.4, size), 2, 2)
        _disc(painter, rect, palette, (-0.66 + at * 0.42, 0.86), 2.6)
    centre = at_place(rect, 0.68, -0.1)
    painter.setBrush(tone(palette, "accent"))
    painter.drawRect(QRectF(centre.x() - 2.5, centre.y() - size / 2, 5, size))


def _disc(painter: QPainter, rect: QRectF, palette: QPalette, place: tuple[float, float], radius: float = 5.0) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tone(palette, "accent"))
    painter.drawEllipse(at_place(rect, *place), radius, radius)


def _ring(painter: QPainter, rect: QRectF, palette: QPalette, place: tuple[float, float]) -> None:
    painter.setPen(QPen(tone(palette, "muted"), 1.4))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(at_place(rect, *place), 4, 4)
