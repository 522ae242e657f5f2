"""What layouts share whose height follows from their width: keeping the members, and asking where they go."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget
from typing_extensions import override


class Arranged(QLayout):
    """Subclasses say how wide they like to be and, in `arrange`, where each of `items` goes; gap: pixels between them."""

    def __init__(self, parent: QWidget | None = None, *, gap: int) -> None:
        super().__init__(parent)
        self.items: list[QLayoutItem] = []
        self.gap = gap
        self.setContentsMargins(0, 0, 0, 0)

    @override
    def addItem(self, item: QLayoutItem) -> None:
        self.items.append(item)

    @override
    def count(self) -> int:
        return len(self.items)

    @override
    def itemAt(self, index: int) -> QLayoutItem | None:
        return self.items[index] if 0 <= index < len(self.items) else None

    @override
    def takeAt(self, index: int) -> QLayoutItem | None:
        return self.items.pop(index) if 0 <= index < len(self.items) else None

    @override
    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation.Horizontal

    @override
    def hasHeightForWidth(self) -> bool:
        return True

    @override
    def heightForWidth(self, width: int) -> int:
        return self.arrange(QRect(0, 0, width, 0), move=False)

    @override
    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self.arrange(rect, move=True)

    def arrange(self, rect: QRect, *, move: bool) -> int:
        """Height that the members need in a rectangle of that width; places them too where asked."""
        raise NotImplementedError

    def shown(self) -> list[QLayoutItem]:
        """Members that are not hidden."""
        return [item for item in self.items if not item.isEmpty()]

    def length(self, items: Sequence[QLayoutItem]) -> int:
        """Pixels that these take in one line, at the size that they ask for."""
        return sum(item.sizeHint().width() for item in items) + self.gap * max(0, len(items) - 1)

    def lines(self, items: Sequence[QLayoutItem], width: int) -> list[list[QLayoutItem]]:
        """These in as many lines of that width as they need; one that is wider stands alone."""
        found: list[list[QLayoutItem]] = []
        used = 0
        for item in items:
            needed = item.sizeHint().width()
            if not found or used + needed > width:
                found.append([])
                used = 0
            found[-1].append(item)
            used += needed + self.gap
        return found
