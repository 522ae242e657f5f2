"""Names at the ends of lines, instead of a legend to look up."""

import math
from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF

_LONGEST = 150
_ABOVE = 900  # over all lines, under the crosshair


class EndLabel:
    """A name beside the last point (x, y) of its line, as drawn. A long name is cut in the middle."""

    def __init__(self, text: str, x: float, y: float, color: QColor, font: QFont, *, gap: bool = False) -> None:
        """gap: leave room for a mark at the point itself."""
        metrics = QFontMetricsF(font)
        self.shown = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, _LONGEST)
        self.text = text
        self.x, self.y = x, y
        self._metrics = metrics
        self._inset = 11 if gap else 4
        self.height = metrics.height()
        self.color, self.font = color, font
        self.ground: QColor | None = None
        """Behind the words, where they may lie over another line."""
        self.look = (text, color.name(), font.pixelSize(), gap)
        self.item: pg.TextItem | None = None

    @property
    def width(self) -> float:
        """Pixels that it needs to the right of the point."""
        return self._metrics.horizontalAdvance(self.shown) + self._inset + 8

    def limit(self, pixels: float) -> None:
        """Be cut in the middle so that it needs no more than that."""
        room = min(_LONGEST, pixels - self._inset - 8)
        shown = self._metrics.elidedText(self.text, Qt.TextElideMode.ElideMiddle, room)
        if shown != self.shown:
            self.shown = shown
            if self.item is not None:
                self.item.setText(shown)
                self.item.setAnchor(self._anchor())

    def _anchor(self) -> tuple[float, float]:
        return -self._inset / max(1.0, self._metrics.horizontalAdvance(self.shown)), 0.5

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
