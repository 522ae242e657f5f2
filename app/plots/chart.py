"""What all pyqtgraph plots share: a quiet frame, a view that follows the data until zoomed by hand, the table."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QGraphicsItem, QMenu, QVBoxLayout, QWidget
from typing_extensions import override

from app.plots.axes import Axis, short_time
from app.plots.crosshair import Crosshair, Track
from app.plots.labels import EndLabel, avoid, beside, spread
from app.plots.table import show_table
from app.services.theme import Theme, faded
from app.widgets.text import label
from app.widgets.words import number

NOTHING_YET = "There is nothing to draw yet."
NOTHING_FINITE = "None of these values is a finite number, so nothing can be drawn."
_NAMES, _NAMES_NARROW = 0.45, 0.55  # of a plot's width at most; a narrow plot says nothing with cut names
_NARROW = 300  # pixels
_GROUND = 215  # of 255: a line under a name is guessed, and the name is read
Table = list[tuple[object, ...]]
Line = tuple[np.ndarray, np.ndarray]


class Canvas(pg.PlotWidget):
    """Wheel zooms only with the focus (a page must scroll past it); double click and Home show everything again."""

    reset_wanted = Signal()
    menu_wanted = Signal(QPointF)
    resized = Signal()

    def __init__(self, x_kind: str, y_kind: str) -> None:
        self.bottom, self.left = Axis("bottom", x_kind), Axis("left", y_kind)
        super().__init__(axisItems={"bottom": self.bottom, "left": self.left})
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMenuEnabled(False)
        self.hideButtons()
        self.plotItem.setContentsMargins(0, 6, 14, 0)  # half of the last label stands out at the right
        for axis in (self.bottom, self.left):
            axis.setZValue(-1000)  # the grid lies under the lines
        self.plotItem.disableAutoRange()
        self.plotItem.setClipToView(False)

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.reset_wanted.emit()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Home:
            self.reset_wanted.emit()
        else:
            event.ignore()

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """With a frame where the keys go."""
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self.viewport())
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Accent), 2))
            painter.drawRoundedRect(self.viewport().rect().adjusted(1, 1, -1, -1), 6, 6)
            painter.end()

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_wanted.emit(QPointF(event.globalPos()))

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()


class Chart(QWidget):
    """A plot with a line of words for what cannot be drawn. Subclasses set items and call `fit`."""

    def __init__(
        self,
        theme: Theme,
        *,
        x_label: str,
        y_label: str,
        name: str,
        about: str,
        x_kind: str = "number",
        y_kind: str = "number",
    ) -> None:
        super().__init__()
        self.theme = theme
        self.setObjectName(name)
        self.x_label, self.y_label = x_label, y_label
        self._about = about
        self.edge = 8.0
        """Pixels between the last point and the right edge at least."""
        self.beginning = 0.0
        """Pixels left of the first point, where marks stand that would be cut in half at the edge."""
        self._bounds: tuple[float, float, float, float] | None = None
        self._auto = True
        self._ends: list[EndLabel] = []
        self._items: dict[str, QGraphicsItem] = {}
        self._used: set[str] = set()
        self.canvas = Canvas(x_kind, y_kind)
        self.canvas.setObjectName(f"{name}.canvas")
        self._leads = pg.PlotCurveItem()
        self._leads.setZValue(899)  # under the names, over the lines
        self.canvas.addItem(self._leads, ignoreBounds=True)
        self.crosshair = Crosshair(self.canvas, theme, self.tracks, self.say_x)
        self.note = label("", "caption", wrap=True, name=f"{name}.note")
        self.note.hide()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self._column.addWidget(self.canvas, 1)
        self._column.addWidget(self.note)
        self.canvas.reset_wanted.connect(self.reset)
        self.canvas.menu_wanted.connect(self._menu)
        self.canvas.resized.connect(self._place)
        self.canvas.plotItem.vb.sigResized.connect(self._place)  # longer names at an axis take room from the plot
        self.canvas.plotItem.vb.sigRangeChangedManually.connect(self._by_hand)
        theme.changed.connect(self.restyle)
        self.describe("")

    @property
    def log(self) -> bool:
        return self.canvas.left.log

    def as_table(self) -> Table:
        """Header, then rows: the numbers that are drawn."""
        raise NotImplementedError

    def tracks(self) -> list[Track]:
        """What the crosshair reads; nothing where a plot has no curves over an axis of numbers."""
        return []

    def say_x(self, x: float) -> str:
        """A place on the x axis in words."""
        kind = self.canvas.bottom.kind
        return f"{self.x_label} {short_time(x) if kind == 'time' else number(x, 4)}"

    def unscaled(self, values: np.ndarray) -> np.ndarray:
        """As read: the inverse of `scaled`."""
        return 10.0**values if self.log else values

    def redraw(self) -> None:
        """Draw again, after the theme or the scale has changed."""
        raise NotImplementedError

    def describe(self, text: str) -> None:
        """What a screen reader says."""
        self.canvas.setAccessibleName(self._about)
        self.canvas.setAccessibleDescription(text)

    def say(self, text: str, *, nothing: bool = False) -> None:
        """One line under the plot; "" hides it. nothing: there is no plot, and the line stands in its place: axes without
        a curve would be read as one."""
        if self.note.text() != text:
            self.note.setText(text)
        self.note.setVisible(bool(text))
        self.canvas.setVisible(not nothing)
        self.note.setAlignment(Qt.AlignmentFlag.AlignCenter if nothing else Qt.AlignmentFlag.AlignLeft)
        self._column.setStretchFactor(self.note, int(nothing))

    def set_labels(self, x_label: str, y_label: str, x_kind: str = "number") -> None:
        self.x_label, self.y_label = x_label, y_label
        self.canvas.bottom.kind = x_kind
        self._dress_axes()

    def set_log(self, log: bool) -> None:
        if self.log != log:
            self.canvas.left.log = log
            self.redraw()
            self.reset()

    def scaled(self, values: np.ndarray) -> np.ndarray:
        """As drawn: log10 where the scale is logarithmic (NaN for what is not positive)."""
        values = np.asarray(values, dtype=np.float64)
        if not self.log:
            return values
        return np.log10(np.where(values > 0, values, np.nan))

    def fit(self, x: Sequence[np.ndarray], y: Sequence[np.ndarray], keep: float = 1.0) -> None:
        """The view of these points (as drawn); keep: share of the y values that must be seen (1: all)."""
        self._bounds = bounds(x, y, keep)
        self._place()

    def begin(self) -> None:
        """Before a redraw. An item of the last one is used again by its key: making items anew costs twice the time."""
        self._used = set()

    def end(self) -> None:
        """After a redraw: what was not drawn again goes."""
        for key in set(self._items) - self._used:
            self.canvas.removeItem(self._items.pop(key))

    def line(
        self, key: str, x: np.ndarray, y: np.ndarray, pen: object, *, soft: bool = False, connect: object = "finite"
    ) -> None:
        """soft: antialiased, for few points only; connect: "finite" or a mask [n] of what is joined to the next."""
        self._item(key, pg.PlotCurveItem).setData(x, y, pen=self._scaled_pen(pen), antialias=soft, connect=connect)

    def _scaled_pen(self, pen: object) -> QPen:
        """Cosmetic pens count pixels of the screen: at 200 per cent a curve would be half as thick. Hairlines stay, since wide
        lines of many points are slow."""
        made, ratio = pg.mkPen(pen), self.canvas.devicePixelRatioF()
        if ratio > 1 and made.widthF() > 1:
            made.setWidthF(made.widthF() * ratio)
        return made

    def dots(self, key: str, x: Sequence[float] | np.ndarray, y: np.ndarray, **look: object) -> None:
        """look: size, symbol, pen, brush as pyqtgraph's scatter plot takes them."""
        self._item(key, pg.ScatterPlotItem).setData(x, y, antialias=True, **look)

    def band(self, key: str, low: Line, high: Line, color: QColor) -> None:
        """The ground between two lines (x, y)."""
        edges = [pg.PlotCurveItem(x, y, pen=None, connect="finite") for x, y in (low, high)]
        if key in self._items:
            self._use(key)
            self._items[key].setCurves(*edges)
            self._items[key].setBrush(color)
        else:
            self.put(key, pg.FillBetweenItem(*edges, brush=color))

    def put(self, key: str, item: QGraphicsItem) -> None:
        """Any other item; one under the same key is replaced."""
        if key in self._items:
            self.canvas.removeItem(self._items.pop(key))
        item.setZValue(len(self._used))
        self._items[key] = item
        self._used.add(key)
        self.canvas.addItem(item, ignoreBounds=True)

    def _item(self, key: str, kind: Callable[[], QGraphicsItem]) -> Any:
        if key in self._items:
            self._use(key)
        else:
            self.put(key, kind())
        return self._items[key]

    def _use(self, key: str) -> None:
        self._items[key].setZValue(len(self._used))
        self._used.add(key)

    def set_ends(self, ends: Sequence[EndLabel]) -> None:
        """Names at the ends of their lines, moved apart where they would overlap."""
        if [end.look for end in ends] == [old.look for old in self._ends]:
            for old, new in zip(self._ends, ends, strict=True):
                old.move(new.x, new.y)
            return
        for old in self._ends:
            self.canvas.removeItem(old.item)
        self._ends = list(ends)
        for new in self._ends:
            new.ground = faded(self.theme.surface, _GROUND)
            self.canvas.addItem(new.make(), ignoreBounds=True)

    def reset(self) -> None:
        """Follow the data again."""
        self._auto = True
        self.canvas.left.give_room_back()
        self._place()

    def restyle(self) -> None:
        """Take the theme's colours on."""
        self.canvas.setBackground(self.theme.surface)
        self._dress_axes()
        self.redraw()

    def _dress_axes(self) -> None:
        bottom, left = self.canvas.bottom, self.canvas.left
        bottom.setPen(self.theme.border)  # before the labels: setPen gives them its own colour
        bottom.setStyle(tickAlpha=0)  # ticks without length would be dots where there is no line
        bottom.setGrid(False)
        left.setPen(self.theme.surface)
        left.setTickPen(self.theme.grid_line)
        left.setGrid(255)
        font = self.theme.font("small")
        for axis, text in ((bottom, self.x_label), (left, self.y_label)):
            axis.setTickFont(font)
            axis.setTextPen(self.theme.muted)
            axis.setLabel(text, **{"font-size": f"{self.theme.size('small')}px", "color": self.theme.muted.name()})

    def _by_hand(self, _mask: object) -> None:
        self._auto = False
        self.canvas.bottom.last = math.inf

    def _place(self, *_: object) -> None:
        if self._bounds is None or not self._auto:
            return
        left, right, low, high = self._bounds
        self.canvas.bottom.last = right
        view = self.canvas.plotItem.vb
        width = max(60.0, view.width())
        for end in self._ends:
            end.limit(_names(width) * width)
        names = min(_names(width) * width, self._room(left, right, width))
        room = max(names, min(self.edge, 0.6 * width))
        right += (right - left) * room / (width - room)
        left -= (right - left) * self.beginning / width
        pad = 0.06 * (high - low)
        view.setRange(xRange=(left, right), yRange=(low - pad, high + pad), padding=0, update=True)
        self.spread_names((left, right, low - pad, high + pad), width, max(40.0, view.height()))

    def _room(self, left: float, right: float, width: float) -> float:
        """Pixels that names need to the right of the data, in a view of that width."""
        room = 0.0
        for _ in range(3):  # what is given to the names makes the data narrower
            unit = max((1 - _names(width)) * width, width - room) / (right - left)
            room = max((end.width - (right - end.x) * unit for end in self._ends), default=0.0)
        return max(0.0, room)

    def spread_names(self, shown: tuple[float, float, float, float], width: float, height: float) -> None:
        """Move the names at the ends apart. shown: (left, right, low, high) of the view, width x height pixels."""
        for column in beside(self._ends, shown[1] - shown[0], width):
            spread(column, shown[2], shown[3], height)
        leads = avoid(self._ends, self.drawn(), shown, (width, height))
        self._leads.setData(*leads, connect="pairs", pen=pg.mkPen(self.theme.muted, width=1))

    def drawn(self) -> list[Line]:
        """Lines (x, y as drawn) that names must not cover; nothing where all names stand right of all lines."""
        return []

    def _menu(self, at: QPointF) -> None:
        menu = QMenu(self)
        menu.addAction("View as table", self.open_table)
        menu.addAction("Show everything", self.reset)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at.toPoint())

    def open_table(self) -> None:
        """View as table: the numbers in a window of their own."""
        show_table(self, self._about, self.as_table())

    @override
    def showEvent(self, event: QEvent) -> None:  # type: ignore[override]
        super().showEvent(event)  # type: ignore[arg-type]
        self._place()


def _names(width: float) -> float:
    return _NAMES if width > _NARROW else _NAMES_NARROW


def joined(lines: np.ndarray) -> np.ndarray:
    """Mask [lines * points] for many lines [lines, points] drawn as one: which point is joined to the next."""
    finite = np.isfinite(lines)
    mask = np.zeros(lines.shape, dtype=bool)
    mask[:, :-1] = finite[:, :-1] & finite[:, 1:]
    return mask.ravel()


def bounds(
    x: Sequence[np.ndarray], y: Sequence[np.ndarray], keep: float = 1.0
) -> tuple[float, float, float, float] | None:
    """(left, right, low, high) of all finite points, never empty in a direction; None where there is none."""
    xs = _finite(x)
    ys = _finite(y)
    if not len(xs) or not len(ys):
        return None
    low, high = (ys.min(), ys.max()) if keep >= 1 else np.quantile(ys, [(1 - keep) / 2, (1 + keep) / 2])
    left, right = xs.min(), xs.max()
    if left == right:
        left, right = left - 0.5, right + 0.5
    if low == high:
        low, high = low - max(0.5, 0.05 * abs(low)), high + max(0.5, 0.05 * abs(high))
    return float(left), float(right), float(low), float(high)


def _finite(parts: Sequence[np.ndarray]) -> np.ndarray:
    together = np.concatenate([np.ravel(part) for part in parts]) if len(parts) else np.empty(0)
    return together[np.isfinite(together)]
