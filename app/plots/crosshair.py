"""A line that follows the mouse (or Left and Right) over a plot, with the values of all curves at that place."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QLabel
from typing_extensions import override

from app.services.theme import Theme
from app.widgets import words
from app.widgets.text import label

_MOST = 10
"""Curves that are told; more would cover the plot."""
_FEW = 2000
"""Points of all curves together that the keys stop at one by one."""


@dataclass(frozen=True, eq=False)
class Track:
    """A curve as the crosshair reads it. x, y [n]: in the numbers that a person reads, x rising."""

    name: str
    x: np.ndarray
    y: np.ndarray


Tracks = Callable[[], Sequence[Track]]
Words = Callable[[float], str]


class Crosshair(QObject):
    """tracks: what is drawn now, asked at every move; say_x: a place on the x axis in words."""

    def __init__(self, canvas: pg.PlotWidget, theme: Theme, tracks: Tracks, say_x: Words) -> None:
        super().__init__(canvas)
        self._canvas, self._theme, self._tracks, self._say_x = canvas, theme, tracks, say_x
        self._line = pg.InfiniteLine(angle=90, movable=False)
        self._line.setZValue(1000)
        self._line.hide()
        canvas.addItem(self._line, ignoreBounds=True)
        self.told: QLabel = label("", "small", name=f"{canvas.objectName()}.values")
        self.told.setParent(canvas)
        self.told.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.told.setProperty("role", "values")
        self.told.hide()
        canvas.viewport().setMouseTracking(True)
        canvas.viewport().installEventFilter(self)
        canvas.installEventFilter(self)

    @property
    def at(self) -> float | None:
        """Where it stands on the x axis; None where it is not shown."""
        return float(self._line.value()) if self._line.isVisible() else None

    def show_at(self, x: float) -> None:
        """Stand at the nearest point that any curve has, and tell what each has there."""
        tracks = [track for track in self._tracks() if len(track.x)]
        if not tracks:
            self.hide()
            return
        x = min((float(track.x[nearest(track.x, x)]) for track in tracks), key=lambda place: abs(place - x))
        self._line.setPen(pg.mkPen(self._theme.muted, width=1))
        self._line.setValue(x)
        self._line.show()
        self.told.setText("\n".join([self._say_x(x), *self._values(tracks, x)]))
        self.told.setAccessibleName(self.told.text())
        self.told.adjustSize()
        self._place(x)

    def hide(self) -> None:
        self._line.hide()
        self.told.hide()

    def _values(self, tracks: Sequence[Track], x: float) -> list[str]:
        told = []
        for track in tracks:
            if track.x[0] <= x <= track.x[-1]:
                value = float(track.y[nearest(track.x, x)])
                told.append(f"{words.number(value)}  {track.name if len(track.name) <= 32 else track.name[:31] + '…'}")
        return told if len(told) <= _MOST else [*told[:_MOST], f"and {len(told) - _MOST} more"]

    def _place(self, x: float) -> None:
        """Beside the line, on the side with more room."""
        view = self._canvas.plotItem.vb
        at = self._canvas.mapFromScene(view.mapViewToScene(QPointF(x, 0.0))).x()
        left = at - self.told.width() - 8 if at > self._canvas.width() / 2 else at + 8
        self.told.move(max(0, min(left, self._canvas.width() - self.told.width())), 10)
        self.told.show()
        self.told.raise_()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseMove and isinstance(event, QMouseEvent) and not event.buttons():
            self._follow(event.position())
        elif event.type() in (QEvent.Type.Leave, QEvent.Type.FocusOut, QEvent.Type.Wheel):
            self.hide()
        elif watched is self._canvas and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._step(event)
        return False

    def _follow(self, position: QPointF) -> None:
        view = self._canvas.plotItem.vb
        scene = self._canvas.mapToScene(position.toPoint())
        if view.sceneBoundingRect().contains(scene):
            self.show_at(float(view.mapSceneToView(scene).x()))
        else:
            self.hide()

    def _step(self, event: QKeyEvent) -> bool:
        """Left and Right go to the next point, with Shift to the tenth; Escape hides."""
        if event.key() == Qt.Key.Key_Escape and self._line.isVisible():
            self.hide()
            return True
        if event.key() not in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            return False
        places = _places(self._tracks())
        if not len(places):
            return False
        far = 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
        way = far if event.key() == Qt.Key.Key_Right else -far
        place = len(places) // 2 if self.at is None else nearest(places, self.at) + way
        self.show_at(float(places[max(0, min(len(places) - 1, place))]))
        return True


def _places(tracks: Sequence[Track]) -> np.ndarray:
    """Where the keys stop, rising: wherever any of a few points is, else the points of the longest curve."""
    held = [track.x for track in tracks if len(track.x)]
    if not held:
        return np.empty(0)
    return np.unique(np.concatenate(held)) if sum(map(len, held)) <= _FEW else max(held, key=len)


def nearest(x: np.ndarray, place: float) -> int:
    """Index of the value of x [n] (rising) that is nearest."""
    after = int(np.searchsorted(x, place))
    if after == 0:
        return 0
    if after == len(x):
        return len(x) - 1
    return after if x[after] - place < place - x[after - 1] else after - 1
