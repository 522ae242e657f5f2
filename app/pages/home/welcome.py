"""The first launch: what this is, and three ways in."""

import math

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from app.forms.look import tone
from app.pages.setup.cards import Paint, Picture
from app.pages.setup.pictures import method_picture
from app.pages.setup.task_pictures import tasks_picture
from app.services.theme import Theme
from app.widgets import icons
from app.widgets.card import Card

_LOW, _HIGH = 96, 240  # pixels of the pictures
_PAGE = 690
"""Height of the page in the least window."""

_EXPLORE = (
    "Seven real runs that come with the program: MAML, Meta-SGD and ANIL on sinusoids, two seeds each, and MAML on characters. "
    "They go into the catalog and open in Compare."
)
_WAYS = (
    ("example", "play", "Run the 60-second example",
     "MAML learns a start for sinusoids: five points, one gradient step, a fitted curve. It begins at once, with live plots."),
    ("setup", "setup", "Set up your own",
     "Choose tasks, network, method and which parameters adapt. Every step has a working default."),
    ("explore", "compare", "Explore finished runs", _EXPLORE),
)  # fmt: skip


def _falling(painter: QPainter, box: QRectF, palette: QPalette) -> None:
    """Three losses over a training, one of them the best."""
    looks = (
        ("muted", Qt.PenStyle.DashLine, 0.5),
        ("muted", Qt.PenStyle.DotLine, 0.3),
        ("accent", Qt.PenStyle.SolidLine, 0.1),
    )
    for rate, (role, dash, level) in enumerate(looks, start=2):
        shape = [(x / 40, level + (0.95 - level) * math.exp(-rate * x / 16)) for x in range(41)]
        points = [QPointF(box.left() + x * box.width(), box.bottom() - y * box.height()) for x, y in shape]
        painter.setPen(QPen(tone(palette, role), 2, dash))
        painter.drawPolyline(QPolygonF(points))


_IDEAS: dict[str, Paint] = {
    "example": tasks_picture("sinusoid", "curves"),
    "setup": method_picture("maml"),
    "explore": _falling,
}


class Ways(QWidget):
    """Three cards; `chosen`: example, setup or explore."""

    chosen = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._pictures: dict[str, QLabel] = {}
        self._ideas: list[Picture] = []
        self.cards: dict[str, Card] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        for key, icon, title, text in _WAYS:
            row.addWidget(self._card(key, icon, title, text), 1)
        theme.changed.connect(self._recolour)
        self._recolour()

    def _card(self, key: str, icon: str, title: str, text: str) -> Card:
        card = Card(title, text, name=f"home.{key}", clickable=True)
        picture = QLabel()
        picture.setProperty("icon", icon)
        card.body.insertWidget(0, picture)
        idea = Picture(_IDEAS[key], _LOW)
        idea.hide()
        card.body.insertWidget(1, idea)
        self._ideas.append(idea)
        card.body.setContentsMargins(20, 20, 20, 20)
        card.body.addStretch(1)
        card.text_label.setAlignment(Qt.AlignmentFlag.AlignTop)
        card.clicked.connect(lambda: self.chosen.emit(key))
        self._pictures[key] = picture
        self.cards[key] = card
        return card

    def show_pictures(self, shown: bool) -> None:
        """At the first launch, where nothing else is on the page; later the icons do."""
        for idea in self._ideas:
            idea.setVisible(shown)
        for picture in self._pictures.values():
            picture.setVisible(not shown)

    def set_room(self, height: int) -> None:
        """height: of the page in pixels; the pictures grow with it."""
        for idea in self._ideas:
            idea.setFixedHeight(max(_LOW, min(_HIGH, _LOW + (height - _PAGE) // 2)))

    def set_busy(self, busy: bool) -> None:
        """While the finished runs are being put into the catalog."""
        text = "Putting them into the catalog …" if busy else _EXPLORE
        self.cards["explore"].set_text(text)
        self.cards["explore"].setAccessibleDescription(text)

    def _recolour(self) -> None:
        for picture in self._pictures.values():
            name = str(picture.property("icon"))
            picture.setPixmap(icons.pixmap(name, self._theme.accent, 28, self.devicePixelRatioF()))
