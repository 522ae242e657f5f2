"""Names at the ends of lines, instead of a legend to look up."""

import math
from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF

_LONGEST = 150
_ABOVE = 900  # over all lines, under the crosshair
_SAMPLES = 8  # places across a name at which the lines are looked at
_NEAR = 1.6  # heights from its point within which a name needs no stroke to it
_FURTHEST = 7  # heights that a name may be moved
_COVERED, _CROWDED = 4.0, 20.0  # what a line under a name costs, and a name under it, in heights that it is moved


class EndLabel:
    """A name beside the last point (x, y) of its line, as drawn. A long name is cut in the middle."""

    def __init__(self, text: str, x: float, y: float, color: QColor, font: QFont, *, gap: bool = False) -> None:
        """gap: leave room for a mark at the point itself."""
        metrics = QFontMetricsF(font)
        self.shown = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, _LONGEST)
        self.text = text
        self.x, self.y = x, y
        self.at = y
        """Where it stands, beside the point or moved away from it."""
        self._metrics = metrics
        self.inset = 11 if gap else 4
        self.height = metrics.height()
        self.color, self.font = color, font
        self.ground: QColor | None = None
        """Behind the words, where they may lie over another line."""
        self.look = (text, color.name(), font.pixelSize(), gap)
        self.item: pg.TextItem | None = None

    @property
    def width(self) -> float:
        """Pixels that it needs to the right of the point."""
        return self._metrics.horizontalAdvance(self.shown) + self.inset + 8

    def limit(self, pixels: float) -> None:
        """Be cut in the middle so that it needs no more than that."""
        room = min(_LONGEST, pixels - self.inset - 8)
        shown = self._metrics.elidedText(self.text, Qt.TextElideMode.ElideMiddle, room)
        if shown != self.shown:
            self.shown = shown
            if self.item is not None:
                self.item.setText(shown)
                self.item.setAnchor(self._anchor())

    def _anchor(self) -> tuple[float, float]:
        return -self.inset / max(1.0, self._metrics.horizontalAdvance(self.shown)), 0.5

    def make(self) -> pg.TextItem:
        """The item of the scene."""
        self.item = pg.TextItem(self.shown, color=self.color, anchor=self._anchor(), fill=self.ground)
        self.item.textItem.document().setDocumentMargin(0)  # one name's ground must not lie on the next name
        self.item.setFont(self.font)
        self.item.setZValue(_ABOVE)
        self.item.setToolTip(self.text)
        self.item.setPos(self.x, self.y)
        return self.item

    def move(self, x: float, y: float) -> None:
        self.x, self.y = x, y

    def place(self, y: float) -> None:
        self.at = y
        if self.item is not None:
            self.item.setPos(self.x, y)


def beside(labels: Sequence[EndLabel], span: float, pixels: float) -> list[list[EndLabel]]:
    """Those that stand above one another, from left to right; span: of the view on the x axis, pixels wide."""
    columns: list[list[EndLabel]] = []
    right = -math.inf
    for end in sorted(labels, key=lambda end: end.x):
        if end.x >= right:
            columns.append([])
        columns[-1].append(end)
        right = max(right, end.x + end.width * span / pixels)
    return columns


def spread(labels: Sequence[EndLabel], low: float, high: float, pixels: float) -> None:
    """Move labels apart until none overlaps the next; low, high: the view, pixels high."""
    if not labels or high <= low:
        return
    unit = (high - low) / pixels
    ordered = sorted(labels, key=lambda end: end.y)
    places = [min(max(end.y, low + 0.5 * end.height * unit), high - 0.5 * end.height * unit) for end in ordered]
    for i in range(1, len(places)):
        places[i] = max(places[i], places[i - 1] + ordered[i].height * unit)
    ceiling = high - 0.5 * ordered[-1].height * unit
    for i in range(len(places) - 1, -1, -1):
        places[i] = min(places[i], ceiling)
        ceiling = places[i] - ordered[i].height * unit
    for end, place in zip(ordered, places, strict=True):
        end.place(place)


def avoid(
    labels: Sequence[EndLabel],
    lines: Sequence[tuple[np.ndarray, np.ndarray]],
    shown: tuple[float, float, float, float],
    pixels: tuple[float, float],
) -> tuple[np.ndarray, np.ndarray]:
    """Move names that lie over lines up or down to where they cover least. lines: (x, y) as drawn; shown: left, right, low,
    high of the view of so many pixels. Ends (x, y) [2 * n] of the n strokes from a moved name to its point."""
    across, up = (shown[1] - shown[0]) / pixels[0], (shown[3] - shown[2]) / pixels[1]
    taken: list[tuple[float, float, float, float]] = []
    strokes: list[tuple[float, float]] = []
    for end in sorted(labels, key=lambda end: -end.x):
        left, right = end.x + end.inset * across, end.x + end.width * across
        under = _under(lines, np.linspace(left, right, _SAMPLES)) / up
        best = _quietest(end, under, taken, shown, (left, right), up)
        taken.append((left, right, best / up - 0.5 * end.height, best / up + 0.5 * end.height))
        end.place(best)
        if abs(best - end.y) > _NEAR * end.height * up:
            strokes += [(end.x, end.y), (left, best)]
    x, y = np.array(strokes, dtype=np.float64).reshape(-1, 2).T
    return x, y


def _quietest(
    end: EndLabel,
    under: np.ndarray,
    taken: Sequence[tuple[float, float, float, float]],
    shown: tuple[float, float, float, float],
    span: tuple[float, float],
    up: float,
) -> float:
    """Where the name covers least, the nearest first: no further place can be better than the way to it costs."""
    best, least = end.at, _cost(end.at, end, under, taken, span, up)
    moves = range(1, 2 * _FURTHEST + 1) if np.isfinite(under).any() else ()
    for move in moves:
        if least <= 0.5 * move:
            break
        for side in (-1, 1):
            y = end.at + 0.5 * side * move * end.height * up
            if not shown[2] < y - 0.5 * end.height * up or not y + 0.5 * end.height * up < shown[3]:
                continue
            cost = _cost(y, end, under, taken, span, up)
            if cost < least:
                best, least = y, cost
    return best


def _under(lines: Sequence[tuple[np.ndarray, np.ndarray]], x: np.ndarray) -> np.ndarray:
    """[lines, places] height of each line there, NaN before its first and after its last point."""
    if not lines:
        return np.empty((0, len(x)))
    return np.array([np.interp(x, a, b, left=np.nan, right=np.nan) for a, b in lines])


def _cost(
    y: float,
    end: EndLabel,
    under: np.ndarray,
    taken: Sequence[tuple[float, float, float, float]],
    span: tuple[float, float],
    up: float,
) -> float:
    """In heights of the name: how far it is moved, and what it covers there. under, taken: pixels upwards."""
    low, high = y / up - 0.5 * end.height, y / up + 0.5 * end.height
    with np.errstate(invalid="ignore"):
        covered = np.count_nonzero(((under > low - 1) & (under < high + 1)).any(axis=1))
    crowded = sum(span[0] < b and a < span[1] and low < d and c < high for a, b, c, d in taken)
    return abs(y - end.at) / (end.height * up) + _COVERED * covered + _CROWDED * crowded
