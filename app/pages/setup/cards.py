"""A choice among a few things, each a card with a picture, a title and a sentence."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPalette, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QSizePolicy, QVBoxLayout, QWidget
from typing_extensions import override

from app.forms.flow import FlowGrid
from app.forms.look import space, tone
from app.widgets.text import label

_WIDEST = 3.6
"""Width over height of a picture at most."""
_SHORT = 10  # letters
Paint = Callable[[QPainter, QRectF, QPalette], None]


@dataclass(frozen=True)
class Choice:
    """lines: sentences below the title; paint: draws the picture into a rectangle; group: the heading it stands under."""

    kind: str
    title: str
    lines: tuple[str, ...]
    paint: Paint | None = None
    group: str = ""


def at_place(rect: QRectF, x: float, y: float) -> QPointF:
    """x and y from -1 to 1, up is positive."""
    return QPointF(rect.center().x() + x * rect.width() / 2, rect.center().y() - y * rect.height() / 2)


class Picture(QWidget):
    def __init__(self, paint: Paint, height: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._paint = paint
        self.setFixedHeight(height)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = min(self.width() - 2.0, _WIDEST * self.height())
        box = QRectF((self.width() - width) / 2, 1, width, self.height() - 2)
        self._paint(painter, box, self.palette())
        painter.end()


class Tick(QWidget):
    """Chosen is a sign, not only a colour; it lies over the picture, with a rim that parts the two."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFixedSize(20, 20)
        self.hide()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        centre, palette = QPointF(10, 10), self.palette()
        painter.setPen(Qt.PenStyle.NoPen)
        for role, radius in (("soft", 10), ("accent", 8)):
            painter.setBrush(tone(palette, role))
            painter.drawEllipse(centre, radius, radius)
        painter.setPen(QPen(tone(palette, "on_accent"), 2))
        corners = [centre + QPointF(-3.5, 0), centre + QPointF(-1, 3), centre + QPointF(4, -3)]
        painter.drawPolyline(QPolygonF(corners))
        painter.end()


class ChoiceCard(QAbstractButton):
    """One of a group; arrows move the choice."""

    def __init__(
        self, choice: Choice, name: str, picture_height: int, *, short: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.setObjectName(name)
        self.setProperty("help", name.partition(".")[2])  # "method.kind.maml": what F1 shows
        self.setAccessibleName(choice.title)
        self.setAccessibleDescription(" ".join(choice.lines))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        layout = QVBoxLayout(self)
        edge = space(2 if short else 3)
        layout.setContentsMargins(edge, edge, edge, edge)
        layout.setSpacing(space(1))
        if choice.paint:
            layout.addWidget(Picture(choice.paint, picture_height, self))
        title = label(_unbroken(choice.title), "small" if short else "strong", wrap=True)
        title.setContentsMargins(0, 0, 0 if choice.paint else space(5), 0)
        layout.addWidget(title)
        self.setToolTip(" ".join(choice.lines) if short else "")
        for line in () if short else choice.lines:
            layout.addWidget(label(line, "caption", wrap=True))
        self._lines = " ".join(choice.lines)
        self.note = label("", "small", wrap=True, name=f"{name}.note")
        self.note.hide()
        layout.addWidget(self.note)
        layout.addStretch(1)
        self._tick = Tick(self)
        self.toggled.connect(self._tick.setVisible)
        for child in self.findChildren(QWidget):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def set_note(self, text: str) -> None:
        """A line below the others that follows what else is chosen; "" is none."""
        if text != self.note.text():
            self.note.setText(text)
            self.note.setVisible(bool(text))
            self.setAccessibleDescription(f"{self._lines} {text}".strip())
            self.updateGeometry()

    @override
    def sizeHint(self) -> QSize:
        layout = self.layout()
        return layout.sizeHint() if layout else super().sizeHint()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette, chosen = self.palette(), self.isChecked()
        width = 2.0 if chosen or self.hasFocus() else 1.0
        edge = "text" if self.hasFocus() else "accent" if chosen or self.underMouse() else "border"
        painter.setPen(QPen(tone(palette, edge), width))
        painter.setBrush(tone(palette, "soft" if chosen else "surface"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)
        painter.end()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._tick.move(self.width() - self._tick.width() - 6, 6)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        cards = [card for card in self.group().buttons() if card.isEnabled() and not card.isHidden()]
        at = cards.index(self) + step
        if 0 <= at < len(cards):
            cards[at].setFocus(Qt.FocusReason.TabFocusReason)
            cards[at].click()


def _unbroken(title: str) -> str:
    """Short words are not parted at their hyphen ("Meta-SGD"); longer ones would cost a column in large text."""
    words = title.split(" ")
    return " ".join(word.replace("-", "\N{NON-BREAKING HYPHEN}") if len(word) <= _SHORT else word for word in words)


class Lines(QWidget):
    """Sentences under one another, the first of them a little louder where there are several."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._shown: tuple[str, ...] = ()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(space(1))

    def show_lines(self, lines: tuple[str, ...]) -> None:
        if lines == self._shown:
            return
        self._shown = lines
        while self._layout.count():
            widget = self._layout.takeAt(0).widget()
            widget.hide()
            widget.deleteLater()
        for at, line in enumerate(lines):
            role = "muted" if len(lines) == 1 else "body" if at == 0 else "caption"
            made = label(line, role, wrap=True, name=f"{self.objectName()}.{at}")
            self._layout.addWidget(made)
            made.show()  # a layout shows a late member only with the next turn of the event loop


def _heading(text: str, parent: QWidget, *, first: bool) -> QWidget:
    made = label(text, "caption", wrap=True)
    made.setParent(parent)
    made.setProperty("wide", True)
    made.setContentsMargins(0, 0 if first else space(1), 0, 0)
    return made


class ChoiceCards(QWidget):
    """chosen(kind): a person chose another card. Object names are `name` + "." + kind.

    short: the lines of a card are its tooltip, and those of the chosen one stand below all. Choices of one group follow one
    another.
    """

    chosen = Signal(str)

    def __init__(
        self,
        choices: Sequence[Choice],
        name: str,
        *,
        narrowest: int = 150,
        most: int = 4,
        picture_height: int = 56,
        short: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._kinds = [choice.kind for choice in choices]
        self._group = QButtonGroup(self)
        self._lines = {choice.kind: choice.lines for choice in choices}
        self._below = Lines(f"{name}.lines", self)
        box = QWidget(self)
        grid = FlowGrid(box, narrowest=narrowest, most=most, gap=space(2 if short else 3))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(space(3))
        layout.addWidget(box)
        layout.addWidget(self._below)
        self._below.setVisible(short)
        self.cards: dict[str, ChoiceCard] = {}
        group = ""
        for at, choice in enumerate(choices):
            if choice.group != group:
                group = choice.group
                grid.addWidget(_heading(group, self, first=at == 0))
            card = ChoiceCard(choice, f"{name}.{choice.kind}", picture_height, short=short, parent=self)
            self._group.addButton(card, at)
            self.cards[choice.kind] = card
            grid.addWidget(card)
        self._group.idClicked.connect(self._clicked)

    def set_chosen(self, kind: object) -> None:
        """None of them where the kind is not here."""
        self._group.setExclusive(kind in self.cards)
        for name, card in self.cards.items():
            card.setChecked(name == kind)
        self._below.show_lines(self._lines.get(str(kind), ()))
        if kind not in self.cards:
            for card in self.cards.values():
                card.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def set_offered(self, kinds: Sequence[str]) -> None:
        """Only these are shown."""
        for name, card in self.cards.items():
            card.setVisible(name in kinds)

    def set_notes(self, notes: Mapping[str, str]) -> None:
        for name, card in self.cards.items():
            card.set_note(notes.get(name, ""))

    def last(self) -> ChoiceCard:
        return list(self.cards.values())[-1]

    def focus(self) -> None:
        card = self._group.checkedButton() or next(iter(self.cards.values()), None)
        if card:
            card.setFocus()

    def _clicked(self, at: int) -> None:
        self._group.setExclusive(True)
        self.chosen.emit(self._kinds[at])
