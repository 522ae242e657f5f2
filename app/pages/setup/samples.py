"""Six sampled tasks, drawn as they are: points for regression, tiles of pictures for classification."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from app.forms.flow import FlowGrid
from app.forms.look import space, tone
from app.plots.table import Table, show_table
from app.widgets.words import number
from core.training.events import TaskViews

COUNT = 6


class SampleTile(QWidget):
    """One task. Support points are discs, query points rings; of pictures the support, a row a class."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setMinimumHeight(112)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._views: TaskViews | None = None
        self._task = 0
        self._title = ""

    def show_task(self, views: TaskViews | None, task: int) -> None:
        self._views, self._task = views, task
        self._title = views.names[task] if views is not None and task < len(views.names) else ""
        self.setAccessibleName(f"Sampled task {task + 1}{f': {self._title}' if self._title else ''}")
        self.setAccessibleDescription(self._sentence())
        self.setToolTip(self._sentence())
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(150, 112)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(tone(self.palette(), "border"), 1))
        painter.setBrush(tone(self.palette(), "surface"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        box = QRectF(self.rect()).adjusted(8, 8, -8, -8)
        if self._title:
            self._paint_title(painter, box)
            box.setTop(box.top() + 16)
        if self._views is not None:
            self._paint(painter, box)
        painter.end()

    def _paint(self, painter: QPainter, box: QRectF) -> None:
        assert self._views is not None  # painted only with something to paint
        (self._paint_classes if _is_pictures(self._views) else self._paint_points)(painter, box)

    def _sentence(self) -> str:
        if self._views is None:
            return ""
        views, task = self._views, self._task
        names = _classes(views, task)
        if not _is_pictures(views):
            parts = ((views.support_x, views.support_y), (views.query_x, views.query_y))
            support, query = (len(_points(x[task], y[task])) for x, y in parts)
            up = f"; up is the class: {', '.join(names)}" if names else ""
            return f"{support} support points (discs) and {query} query points (rings){up}"
        support = len(views.support_y[task])
        ways = len(np.unique(views.support_y[task]))
        return f"{ways} classes, {support} support pictures{': ' + ', '.join(names) if names else ''}"

    def _paint_title(self, painter: QPainter, box: QRectF) -> None:
        painter.setPen(tone(self.palette(), "muted"))
        font = self.font()
        font.setPixelSize(11)
        painter.setFont(font)
        text = painter.fontMetrics().elidedText(self._title, Qt.TextElideMode.ElideRight, int(box.width()))
        painter.drawText(box, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, text)

    def _paint_points(self, painter: QPainter, box: QRectF) -> None:
        views, task = self._views, self._task
        assert views is not None  # painted only with something to paint
        sets = [(views.query_x[task], views.query_y[task]), (views.support_x[task], views.support_y[task])]
        points = [_points(x, y) for x, y in sets]
        both = np.concatenate(points)
        if not len(both):
            return
        low, high = both.min(axis=0), both.max(axis=0)
        self._paint_range(painter, box, low[1], high[1])
        inner = box.adjusted(3, 17, -3, -17)
        span = np.where(high > low, high - low, 1.0)
        for at, group in enumerate(points):
            painter.setPen(QPen(tone(self.palette(), "accent" if at else "muted"), 1.4))
            painter.setBrush(tone(self.palette(), "accent") if at else Qt.BrushStyle.NoBrush)
            for x, y in (group - low) / span:
                place = QPointF(inner.left() + x * inner.width(), inner.bottom() - y * inner.height())
                painter.drawEllipse(place, 3.2 if at else 2.6, 3.2 if at else 2.6)

    def _paint_range(self, painter: QPainter, box: QRectF, low: float, high: float) -> None:
        font = self.font()
        font.setPixelSize(10)
        painter.setFont(font)
        painter.setPen(tone(self.palette(), "muted"))
        painter.drawText(box, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, number(float(high)))
        painter.drawText(box, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, number(float(low)))

    def _paint_classes(self, painter: QPainter, box: QRectF) -> None:
        views, task = self._views, self._task
        assert views is not None  # painted only with something to paint
        order = np.argsort(views.support_y[task], kind="stable")
        pictures = views.support_x[task][order]
        if not len(pictures):
            return
        columns = _columns(len(pictures), box.width() / max(box.height(), 1))
        rows = math.ceil(len(pictures) / columns)
        side = min(box.width() / columns, box.height() / rows)
        left = box.center().x() - side * columns / 2
        top = box.center().y() - side * rows / 2
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for at, picture in enumerate(pictures):
            place = QRectF(left + at % columns * side, top + at // columns * side, side, side).adjusted(1, 1, -1, -1)
            painter.drawImage(place, _image(picture, tone(self.palette(), "text")))


class SampleStrip(QWidget):
    """Six tiles in two rows."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        grid = FlowGrid(self, narrowest=100, most=3, gap=space(2))
        self.tiles = [SampleTile(f"{name}.{at}", self) for at in range(COUNT)]
        self._views: TaskViews | None = None
        for tile in self.tiles:
            grid.addWidget(tile)

    def show_views(self, views: TaskViews | None) -> None:
        self._views = views
        for at, tile in enumerate(self.tiles):
            there = views is not None and at < len(views.support_y)
            tile.show_task(views if there else None, at)

    def as_table(self) -> Table:
        """Every point of every task with all its inputs and outputs; of pictures how many there are of each class."""
        if self._views is None:
            return [("task",)]
        return _picture_rows(self._views) if _is_pictures(self._views) else _point_rows(self._views)

    def open_table(self) -> None:
        show_table(self, "Six sampled tasks", self.as_table())


def _point_rows(views: TaskViews) -> Table:
    inputs, outputs = (int(np.prod(part.shape[2:])) for part in (views.support_x, views.support_y))
    answers = ["class"] if views.class_names else _numbered(views.axes[1], outputs)
    rows: Table = [("task", "set", *_numbered(views.axes[0], inputs), *answers)]
    for task in range(min(COUNT, len(views.support_y))):
        for kind, x, y in (
            ("support", views.support_x[task], views.support_y[task]),
            ("query", views.query_x[task], views.query_y[task]),
        ):
            given, asked = x.reshape(len(x), -1).astype(float), y.reshape(len(y), -1).astype(float)
            there = np.isfinite(given).all(axis=1) & np.isfinite(asked).all(axis=1)
            if views.class_names:
                there &= asked[:, 0] >= 0  # an empty slot
            rows += [
                (_name(views, task), kind, *map(float, a), *_answer(views, task, b))
                for a, b in zip(given[there], asked[there], strict=True)
            ]
    return rows


def _numbered(axis: str, count: int) -> list[str]:
    """ "x", "x 2", "x 3"."""
    return [axis, *(f"{axis} {at}" for at in range(2, count + 1))]


def _answer(views: TaskViews, task: int, values: NDArray[Any]) -> tuple[object, ...]:
    names = _classes(views, task)
    return (names[int(values[0])],) if names else tuple(map(float, values))


def _picture_rows(views: TaskViews) -> Table:
    rows: Table = [("task", "class", "support pictures", "query pictures")]
    for task in range(min(COUNT, len(views.support_y))):
        names = _classes(views, task)
        for label in np.unique(views.support_y[task]):
            counts = (int((part[task] == label).sum()) for part in (views.support_y, views.query_y))
            rows.append((_name(views, task), names[int(label)] if names else f"class {int(label) + 1}", *counts))
    return rows


def _is_pictures(views: TaskViews) -> bool:
    """Classes of pictures; everything else is points."""
    return views.task_type != "regression" and views.support_x.ndim == 5


def _classes(views: TaskViews, task: int) -> tuple[str, ...]:
    """Names of the task's classes, where they have some."""
    return tuple(views.class_names[task]) if task < len(views.class_names) else ()


def _name(views: TaskViews, task: int) -> str:
    return f"{task + 1}: {views.names[task]}" if task < len(views.names) else str(task + 1)


def _points(x: NDArray[Any], y: NDArray[Any]) -> NDArray[Any]:
    """[points, 2] of the first input and the first output (or the label), padding (NaN) left out."""
    pairs = np.stack([x.reshape(len(x), -1)[:, 0], y.reshape(len(y), -1)[:, 0]], axis=1).astype(float)
    kept: NDArray[Any] = pairs[np.isfinite(pairs).all(axis=1)]
    return kept


def _columns(count: int, shape: float) -> int:
    """Columns that give the largest tiles in a box of that width over height."""
    return max(range(1, count + 1), key=lambda columns: min(shape / columns, 1 / math.ceil(count / columns)))


def _image(picture: NDArray[Any], ink: QColor) -> QImage:
    """One channel is ink on the ground, so that it reads in light and dark; three are colours."""
    height, width, channels = picture.shape
    pixels = np.empty((height, width, 4), dtype=np.uint8)
    if channels == 3:
        pixels[..., :3], pixels[..., 3] = picture, 255
    else:
        pixels[..., 0], pixels[..., 1], pixels[..., 2] = ink.red(), ink.green(), ink.blue()
        pixels[..., 3] = picture[..., 0]
    return QImage(pixels.tobytes(), width, height, width * 4, QImage.Format.Format_RGBA8888).copy()
