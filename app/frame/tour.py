"""The short tour: one card that goes from page to page, with a frame around what it speaks of."""

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QRect, Qt, Signal
from PySide6.QtGui import QColor, QKeySequence, QPainter, QPaintEvent, QPen, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget
from shiboken6 import isValid
from typing_extensions import override

from app.services.theme import Theme
from app.widgets.buttons import button
from app.widgets.text import label

_WIDTH, _GAP = 360, 14  # pixels


@dataclass(frozen=True)
class Stop:
    """page: where it is; target: object name of what is framed there."""

    page: str
    target: str
    title: str
    text: str


STOPS = (
    Stop("home", "rail.home", "Home",
         "Three ways in: an example that trains at once, a set-up of your own, and real finished runs to explore. "
         "Later your recent runs stand here, and whatever was interrupted, with Resume."),
    Stop("setup", "rail.setup", "Set up",
         "Eight steps: tasks, network, what is learned, what adapts, both loops, the budget, a review. Every step has a "
         "working default. The summary at the right says what will happen, and Run names the reason when it cannot start."),
    Stop("live", "rail.live", "Live",
         "Watch a run: its outer loss, how tasks are adapted step by step, and the predictions before and after. "
         "Space pauses, Ctrl+. stops and keeps what is learned."),
    Stop("compare", "rail.compare", "Compare",
         "Runs are judged on the same fixed tasks, so differences are paired. Seeds of one set-up become a mean with a band. "
         "Export gives figures and tables for a paper."),
    Stop("catalog", "rail.catalog", "Catalog",
         "Everything that was trained, with its initializations: the files you take away. Filter, tag and compare; "
         "what is deleted goes to the trash first. Open an initialization to try it on a new task or to export it."),
    Stop("catalog", "strip", "Always in sight",
         "Device, the run in progress, the queue and the room on the disk. Ctrl+K finds every action of the program, "
         "F1 explains the field that has the focus. This tour waits under Help."),
)  # fmt: skip


class Frame(QWidget):
    """Drawn around the target; never in the way of the mouse."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setObjectName("tour.frame")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self._theme.accent), 3))
        painter.drawRoundedRect(self.rect().adjusted(2, 2, -2, -2), 8, 8)


class Tour(QFrame):
    """`offer` asks once, in a corner, without taking the focus; `start` goes. Enter and Right lead on, Left back, Escape ends."""

    wanted = Signal(str)
    """The page of the next stop."""
    ended = Signal()
    """Also where the offer is turned down: it is not made again."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("tour")
        self.setProperty("role", "palette")
        self._frame = Frame(theme, parent)
        self._at = -1  # the stop that is shown; -1: the offer
        self._before: QWidget | None = None
        self._title = label("", "heading", wrap=True, name="tour.title")
        self._text = label("", wrap=True, name="tour.text")
        self._count = label("", "caption", name="tour.count")
        self._skip = button("", "tour.end", self.end, role="link", hint="Escape")
        self._back = button("Back", "tour.back", self.back, hint="Left")
        self._next = button("", "tour.next", self.next, role="primary", hint="Right")
        self._lay_out()
        keys = {
            Qt.Key.Key_Right: self.next, Qt.Key.Key_Left: self.back, Qt.Key.Key_Escape: self.end,
            Qt.Key.Key_Return: self._press, Qt.Key.Key_Enter: self._press,
        }  # fmt: skip
        for key, act in keys.items():
            made = QShortcut(QKeySequence(key), self)
            made.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)  # as an argument PySide passes it over
            made.activated.connect(act)
        parent.installEventFilter(self)
        self.hide()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._skip)
        row.addStretch(1)
        row.addWidget(self._count)
        row.addWidget(self._back)
        row.addWidget(self._next)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(10)
        for part in (self._title, self._text):
            column.addWidget(part)
        column.addLayout(row)

    @property
    def stop(self) -> Stop | None:
        """Where the tour stands; None while it does not run."""
        return STOPS[self._at] if not self.isHidden() and self._at >= 0 else None

    def offer(self) -> None:
        """In the lower right corner, until it is taken, turned down, or a page is opened."""
        self._at = -1
        text = f"A tour of {len(STOPS)} stops shows where everything is, in about a minute. You find it under Help at any time."
        self._say("New here?", text, "", "Take the tour", "No, thanks")
        self._place()

    def start(self) -> None:
        self._go(0)

    def next(self) -> None:
        if self._at == len(STOPS) - 1:
            self.end()
        else:
            self._go(self._at + 1)

    def back(self) -> None:
        if self._at > 0:
            self._go(self._at - 1)

    def end(self) -> None:
        if self.isHidden():
            return
        self.hide()
        self._frame.hide()
        if self._before is not None and isValid(self._before) and self._before.isVisible():
            self._before.setFocus()
        self._before = None
        self.ended.emit()

    def left(self, page: str) -> None:
        """Another page was opened than the tour stands on: it is not followed any more."""
        if not self.isHidden() and (self._at < 0 or STOPS[self._at].page != page):
            self.end()

    def _press(self) -> None:
        """Enter on a button, which by itself knows Space alone."""
        focused = self.window().focusWidget()
        if isinstance(focused, QPushButton):
            focused.click()

    def _go(self, at: int) -> None:
        if self._before is None:
            self._before = self.window().focusWidget()
        self._at = at
        stop = STOPS[at]
        last = at == len(STOPS) - 1
        self._say(stop.title, stop.text, f"{at + 1} of {len(STOPS)}", "Done" if last else "Next", "End the tour")
        self.wanted.emit(stop.page)
        self._place()
        self._next.setFocus()

    def _say(self, title: str, text: str, count: str, on: str, out: str) -> None:
        for shown, words in ((self._title, title), (self._text, text), (self._count, count)):
            shown.setText(words)
        self.setAccessibleName(f"{title}. {text}")
        self._next.setText(on)
        self._next.setAccessibleDescription(f"{count} {title}. {text}".strip())  # read out with the focus
        self._skip.setText(out)
        self._skip.setVisible(on != "Done")
        self._count.setVisible(bool(count))
        self._back.setVisible(self._at > 0)
        self.show()
        self.raise_()

    def _place(self) -> None:
        home = self.parentWidget().rect()
        self.setFixedWidth(min(max(_WIDTH, self.layout().minimumSize().width()), home.width() - 32))
        height = self.layout().totalHeightForWidth(self.width())
        target = self._target()
        self._frame.setVisible(target is not None)
        if target is None:
            corner = home.bottomRight()
            self.setGeometry(corner.x() - self.width() - 16, corner.y() - height - 50, self.width(), height)
            return
        self._frame.setGeometry(target.adjusted(-4, -4, 4, 4) & home)
        self._frame.raise_()
        low = target.width() > home.width() // 2  # a strip across the window: above it
        x = home.width() - self.width() - 16 if low else target.right() + _GAP
        y = target.top() - height - _GAP if low else target.top()
        self.setGeometry(x, max(8, min(y, home.bottom() - height - 8)), self.width(), height)
        self.raise_()

    def _target(self) -> QRect | None:
        home = self.parentWidget()
        found = home.findChild(QWidget, STOPS[self._at].target) if self._at >= 0 else None
        return None if found is None else QRect(found.mapTo(home, found.rect().topLeft()), found.size())

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched is self.parent() and not self.isHidden():
            self._place()
        return False
