"""A row of tools that goes on in the next line where it does not fit, instead of cutting the words on them."""

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtWidgets import QLayoutItem, QWidget
from typing_extensions import override

from .arranged import Arranged


class WrappedRow(Arranged):
    """Members keep the size that they ask for; gap: pixels between them, also between lines."""

    def __init__(self, parent: QWidget | None = None, *, gap: int = 8) -> None:
        super().__init__(parent, gap=gap)

    @override
    def sizeHint(self) -> QSize:
        shown = self.shown()
        return QSize(self.length(shown), max((item.sizeHint().height() for item in shown), default=0))

    @override
    def minimumSize(self) -> QSize:
        hints = [item.sizeHint() for item in self.shown()]
        return QSize(max((hint.width() for hint in hints), default=0), max((h.height() for h in hints), default=0))

    @override
    def arrange(self, rect: QRect, *, move: bool) -> int:
        top = rect.top()
        for line in self.lines(self.shown(), rect.width()):
            high = max(item.sizeHint().height() for item in line)
            left = rect.left()
            for item in line if move else []:
                hint = item.sizeHint()
                at = QPoint(left, top + (high - hint.height()) // 2)
                item.setGeometry(QRect(at, QSize(min(hint.width(), rect.width()), hint.height())))
                left += hint.width() + self.gap
            top += high + self.gap
        return max(0, top - self.gap - rect.top())


class HeadRow(Arranged):
    """A heading, the first member, with tools at the right of its line; where both do not fit, the tools go on below it."""

    def __init__(self, parent: QWidget | None = None, *, gap: int = 6) -> None:
        super().__init__(parent, gap=gap)

    @override
    def sizeHint(self) -> QSize:
        return QSize(self.length(self.shown()), max((item.sizeHint().height() for item in self.shown()), default=0))

    @override
    def minimumSize(self) -> QSize:
        widest = max((item.minimumSize().width() for item in self.shown()), default=0)
        return QSize(widest, self.sizeHint().height())

    @override
    def arrange(self, rect: QRect, *, move: bool) -> int:
        if not self.shown():
            return 0
        heading, *tools = self.shown()
        if self.length(self.shown()) <= rect.width():
            return self._line(rect, tools, heading, move=move)
        height = self._line(rect, [], heading, move=move)
        for line in self.lines(tools, rect.width()):
            below = QRect(rect.left(), rect.top() + height + self.gap, rect.width(), rect.height())
            height += self.gap + self._line(below, line, None, move=move)
        return height

    def _line(self, rect: QRect, tools: list[QLayoutItem], heading: QLayoutItem | None, *, move: bool) -> int:
        """Tools at the right end, the heading in what is left; returns the height."""
        members = [*([heading] if heading else []), *tools]
        high = max(item.sizeHint().height() for item in members)
        right = rect.left() + rect.width()
        for item in reversed(tools if move else []):
            hint = item.sizeHint()
            right -= hint.width()
            item.setGeometry(QRect(QPoint(right, rect.top() + (high - hint.height()) // 2), hint))
            right -= self.gap
        if heading is not None and move:
            tall = heading.sizeHint().height()
            heading.setGeometry(QRect(rect.left(), rect.top() + (high - tall) // 2, right - rect.left(), tall))
        return high
