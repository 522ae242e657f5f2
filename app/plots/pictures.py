"""One classification task: support pictures by class, and query pictures with the probability of each class."""

import numpy as np
from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from app.services.theme import Theme, faded
from app.widgets import icons
from core.training.events import TaskViews

Table = list[tuple[object, ...]]
_SIDE, _GAP, _BARS = 48, 12, 96


def image(pixels: np.ndarray) -> QImage:
    """[height, width, channels] uint8 -> QImage with its own memory."""
    height, width, channels = pixels.shape
    packed = np.ascontiguousarray(pixels if channels in (1, 3) else pixels[..., :1])
    kind = QImage.Format.Format_RGB888 if channels == 3 else QImage.Format.Format_Grayscale8
    return QImage(packed.data, width, height, width * packed.shape[-1], kind).copy()


class PictureView(QWidget):
    """Painted whole: a hundred pictures at most. Dark ink on white in every theme, however the data are."""

    def __init__(self, theme: Theme, *, name: str = "pictures") -> None:
        super().__init__()
        self.setObjectName(name)
        self._theme = theme
        self._views: TaskViews | None = None
        self._task, self._step = 0, 0
        self._support: list[tuple[QImage, int]] = []
        self._query: list[tuple[QImage, int]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        theme.changed.connect(self._restyle)
        self._restyle()

    def _restyle(self) -> None:
        self.setFont(self._theme.font("small"))
        self.update()

    def show_task(self, views: TaskViews | None, task: int, step: int) -> None:
        """step: the inner step whose probabilities are shown."""
        if views is not self._views or task != self._task:
            self._views, self._task = views, task
            self._support, self._query = self._pictures("support"), self._pictures("query")
        self._step = step
        self._resize()
        self.setAccessibleName("Pictures of one task with the probability of each class")
        self.setAccessibleDescription(self._sentence())
        self.update()

    def class_names(self) -> list[str]:
        """Of the ways, in order."""
        if self._views is not None and self._task < len(self._views.class_names):
            return list(self._views.class_names[self._task])
        return [f"class {i + 1}" for i in range(self._ways())]

    def as_table(self) -> Table:
        names = self.class_names()
        rows: Table = [("query", "true class", "predicted", *names)]
        for index, (_, true) in enumerate(self._query):
            chances = self._chances(index)
            if chances is not None:
                best = names[int(np.argmax(chances))]
                rows.append((index + 1, names[true], best, *(float(value) for value in chances)))
        return rows

    def _pictures(self, kind: str) -> list[tuple[QImage, int]]:
        if self._views is None or self._task >= len(self._views.support_x):
            return []
        pixels, classes = getattr(self._views, f"{kind}_x")[self._task], getattr(self._views, f"{kind}_y")[self._task]
        if pixels.shape[-1] == 1 and np.median(pixels) < 128:
            pixels = 255 - pixels
        return [(image(one), int(label)) for one, label in zip(pixels, classes, strict=True)]

    def _ways(self) -> int:
        return 1 + max((label for _, label in [*self._support, *self._query]), default=-1)

    def _chances(self, query: int) -> np.ndarray | None:
        """[ways] at the chosen inner step."""
        if self._views is None or self._views.query_probability is None:
            return None
        held = self._views.query_probability[self._task]
        return np.asarray(held[min(self._step, len(held) - 1)][query])

    def _sentence(self) -> str:
        known = [(self._chances(index), true) for index, (_, true) in enumerate(self._query)]
        right = sum(chances is not None and int(np.argmax(chances)) == true for chances, true in known)
        return f"after {self._step} inner steps {right} of {len(self._query)} query pictures shown are classified right"

    def _shots(self) -> int:
        counts = [sum(label == way for _, label in self._support) for way in range(self._ways())]
        return max(counts, default=0)

    def _columns(self) -> int:
        return max(1, (self.width() + _GAP) // (_SIDE + _BARS + 2 * _GAP))

    def _head(self) -> int:
        return self.fontMetrics().height() + 4

    def _support_height(self) -> int:
        per_row = max(1, self.width() // self._pitch())
        bands = -(-self._ways() // per_row)
        return self._head() + bands * (self._head() + self._shown_shots() * (_SIDE + 4) + 4)

    def _pitch(self) -> int:
        """Pixels from one class to the next: as many as the longest name takes, where all classes then stand in one row."""
        least = _SIDE + _GAP
        longest = max((self.fontMetrics().horizontalAdvance(name) for name in self.class_names()), default=0) + 8
        return max(least, min(longest, self.width() // max(1, self._ways())))

    def _shown_shots(self) -> int:
        return min(self._shots(), 3)

    def _resize(self) -> None:
        rows = -(-len(self._query) // self._columns())
        height = self._support_height() + self._head() + rows * (_SIDE + _GAP) + 8
        self.setMinimumHeight(height)

    @override
    def sizeHint(self) -> QSize:
        return QSize(420, self.minimumHeight())

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._resize()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._support and not self._query:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self._paint_support(painter)
        self._paint_queries(painter, self._support_height())

    def _paint_support(self, painter: QPainter) -> None:
        painter.setPen(self._theme.muted)
        shots = self._shots()
        more = f", {_some(self._shown_shots())} of {shots} shots shown" if shots > self._shown_shots() else ""
        painter.drawText(0, self.fontMetrics().ascent(), f"Support, by class{more}")
        pitch = self._pitch()
        per_row = max(1, self.width() // pitch)
        seen = dict.fromkeys(range(self._ways()), 0)
        names = self.class_names()
        band = self._head() + self._shown_shots() * (_SIDE + 4) + 4
        for picture, way in self._support:
            left, top = (way % per_row) * pitch, self._head() + (way // per_row) * band
            if seen[way] == 0:
                self._paint_name(painter, names[way], QRect(left, top, pitch - 6, self._head()))
            if seen[way] < self._shown_shots():
                at = top + self._head() + seen[way] * (_SIDE + 4)
                self._paint_picture(painter, picture, QRect(left, at, _SIDE, _SIDE))
            seen[way] += 1

    def _paint_name(self, painter: QPainter, text: str, area: QRect) -> None:
        painter.setPen(self._theme.text)
        short = self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, short)

    def _paint_picture(self, painter: QPainter, picture: QImage, area: QRect) -> None:
        painter.drawImage(area, picture)
        painter.setPen(self._theme.border)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(area.adjusted(0, 0, -1, -1))

    def _paint_queries(self, painter: QPainter, top: int) -> None:
        painter.setPen(self._theme.muted)
        painter.drawText(0, top + self.fontMetrics().ascent(), "Query, with the probability of each class")
        columns, width = self._columns(), _SIDE + _BARS + 2 * _GAP
        for index, (picture, true) in enumerate(self._query):
            left = (index % columns) * width
            at = top + self._head() + (index // columns) * (_SIDE + _GAP)
            self._paint_picture(painter, picture, QRect(left, at, _SIDE, _SIDE))
            chances = self._chances(index)
            if chances is not None:
                self._paint_bars(painter, chances, true, QRectF(left + _SIDE + 6, at, _BARS, _SIDE))

    def _paint_bars(self, painter: QPainter, chances: np.ndarray, true: int, area: QRectF) -> None:
        """One bar a class; the true class has the strong colour, and a sign says whether the longest is right."""
        theme, right = self._theme, int(np.argmax(chances)) == true
        high = area.height() / max(1, len(chances))
        room = area.width() - 20
        for way, chance in enumerate(chances):
            bar = QRectF(area.left(), area.top() + way * high + 1, room, max(1.0, high - 2))
            painter.fillRect(bar, faded(theme.muted, 30))
            bar.setWidth(room * float(np.nan_to_num(chance)))
            painter.fillRect(bar, theme.series[0] if way == true else theme.muted)
        sign, color = ("check", theme.good) if right else ("cross", theme.bad)
        drawn = icons.pixmap(sign, color, 14, self.devicePixelRatioF())
        painter.drawPixmap(int(area.right() - 14), int(area.center().y() - 7), drawn)


def _some(count: int) -> str:
    return {1: "one", 2: "two", 3: "three"}.get(count, str(count))
