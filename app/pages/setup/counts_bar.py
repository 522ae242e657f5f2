"""A bar of how many numbers are adapted, fixed inside, frozen: pattern and words beside the colour."""

from collections.abc import Mapping

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget
from typing_extensions import override

from app.forms.look import space, tone
from app.widgets.text import label

_PARTS = (
    ("adapted", "adapted", "●"),
    ("fixed_inside", "learned, fixed inside", "◐"),
    ("frozen", "frozen", "○"),
    ("other", "other learned numbers", "+"),
)

SHARES = ("adapted", "fixed_inside", "frozen")
"""Keys of the network's own parameters among the counts."""


class CountsBar(QWidget):
    """counts: parameters by answer, as core.summary names them."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._bar = _Bar(self)
        self._words = label("", "caption", wrap=True, name=f"{name}.words")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(space(1))
        layout.addWidget(self._bar)
        layout.addWidget(self._words)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)

    def set_counts(self, counts: Mapping[str, int]) -> None:
        shown = [(key, words, sign) for key, words, sign in _PARTS if counts.get(key) or key != "other"]
        text = "   ".join(f"{sign} {counts.get(key, 0):,} {words}".replace(" ", "\u00a0") for key, words, sign in shown)
        self._words.setText(text)
        self._bar.set_counts([(key, counts.get(key, 0)) for key, _, _ in shown])
        self.setAccessibleName("Parameters by what happens to them")
        self.setAccessibleDescription(text.replace("\u00a0", " "))

    def words(self) -> str:
        return self._words.text().replace("\u00a0", " ")


class _Bar(QWidget):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._counts: list[tuple[str, int]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_counts(self, counts: list[tuple[str, int]]) -> None:
        self._counts = counts
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(120, 12)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        total = sum(count for _, count in self._counts)
        left = box.left()
        for key, count in self._counts:
            width = box.width() * count / total if total else 0
            if width > 0:
                painter.fillRect(QRectF(left, box.top(), max(width, 1.5), box.height()), _brush(key, self.palette()))
            left += width
        painter.setPen(QPen(tone(self.palette(), "border"), 1))
        painter.drawRect(box)
        painter.end()


def _brush(key: str, palette: QPalette) -> QBrush:
    styles = {
        "adapted": (Qt.BrushStyle.SolidPattern, "accent"),
        "fixed_inside": (Qt.BrushStyle.BDiagPattern, "accent"),
        "frozen": (Qt.BrushStyle.SolidPattern, "faint"),
        "other": (Qt.BrushStyle.Dense4Pattern, "muted"),
    }
    style, role = styles[key]
    return QBrush(tone(palette, role), style)
