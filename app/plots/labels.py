"""Names at the ends of lines, instead of a legend to look up."""

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF

_LONGEST = 150


class EndLabel:
    """A name beside the last point (x, y) of its line, as drawn. A long name is cut in the middle."""

    def __init__(self, text: str, x: float, y: float, color: QColor, font: QFont, *, gap: bool = False) -> None:
        """gap: leave room for a mark at the point itself."""
        metrics = QFontMetricsF(font)
        self.shown = " " * (2 * gap) + metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, _LONGEST)
        self.text = text
        self.x, self.y = x, y
        self.width = metrics.horizontalAdvance(self.shown) + 14
        self.height = metrics.height()
        self.color, self.font = color, font
        self.look = (text, color.name(), font.pixelSize())
        self.item: pg.TextItem | None = None

    def make(self) -> pg.TextItem:
        """The item of the scene."""
        self.item = pg.TextItem(self.shown, color=self.color, anchor=(0, 0.5))
        self.item.setFont(self.font)
        self.item.setToolTip(self.text)
        self.item.setPos(self.x, self.y)
        return self.item

    def move(self, x: float, y: float) -> None:
        self.x, self.y = x, y

    def place(self, y: float) -> None:
        if self.item is not None:
            self.item.setPos(self.x, y)


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
