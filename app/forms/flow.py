"""A grid that takes as many equal columns as fit, each row as high as its highest member."""

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget
from typing_extensions import override


class FlowGrid(QLayout):
    """narrowest: width below which a column is given up, as it is where a member (in large text, say) needs more;
    most: columns at most. A widget whose property "wide" is true takes a row of its own."""

    def __init__(self, parent: QWidget | None = None, *, narrowest: int = 240, most: int = 3, gap: int = 16) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._narrowest, self._most, self._gap = narrowest, most, gap
        self.setContentsMargins(0, 0, 0, 0)

    @override
    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    @override
    def count(self) -> int:
        return len(self._items)

    @override
    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    @override
    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    @override
    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation.Horizontal

    @override
    def hasHeightForWidth(self) -> bool:
        return True

    @override
    def heightForWidth(self, width: int) -> int:
        return self._arrange(QRect(0, 0, width, 0), move=False)

    @override
    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._arrange(rect, move=True)

    @override
    def sizeHint(self) -> QSize:
        columns = max(1, min(self._most, len(self._shown())))
        width = columns * self._narrowest + (columns - 1) * self._gap
        return QSize(width, self.heightForWidth(width))

    @override
    def minimumSize(self) -> QSize:
        return QSize(min(self._narrowest, 200), 0)

    def _shown(self) -> list[QLayoutItem]:
        return [item for item in self._items if not item.isEmpty()]

    def _arrange(self, rect: QRect, *, move: bool) -> int:
        """Height that the members need; places them too where asked."""
        shown = self._shown()
        if not shown:
            return 0
        needed = max([self._narrowest, *(item.minimumSize().width() for item in shown if not _wide(item))])
        columns = max(1, min(self._most, len(shown), (rect.width() + self._gap) // (needed + self._gap)))
        width = (rect.width() - (columns - 1) * self._gap) // columns
        top = rect.top()
        for row in _rows(shown, columns):
            widths = [rect.width() if _wide(item) else width for item in row]
            height = max(_height(item, wide) for item, wide in zip(row, widths, strict=True))
            for column, item in enumerate(row if move else []):
                left = rect.left() + column * (width + self._gap)
                item.setGeometry(QRect(QPoint(left, top), QSize(widths[column], height)))
            top += height + self._gap
        return top - self._gap - rect.top()


def _rows(items: list[QLayoutItem], columns: int) -> list[list[QLayoutItem]]:
    rows: list[list[QLayoutItem]] = []
    for item in items:
        if not rows or len(rows[-1]) == columns or _wide(item) or _wide(rows[-1][0]):
            rows.append([])
        rows[-1].append(item)
    return rows


def _wide(item: QLayoutItem) -> bool:
    widget = item.widget()
    return widget is not None and bool(widget.property("wide"))


def _height(item: QLayoutItem, width: int) -> int:
    hint = item.heightForWidth(width) if item.hasHeightForWidth() else item.sizeHint().height()
    return max(hint, item.minimumSize().height() if not item.hasHeightForWidth() else 0)
