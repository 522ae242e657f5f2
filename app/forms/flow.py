"""A grid that takes as many equal columns as fit, each row as high as its highest member."""

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtWidgets import QLayoutItem, QWidget
from typing_extensions import override

from app.widgets.arranged import Arranged


class FlowGrid(Arranged):
    """narrowest: width below which a column is given up, as it is where a member (in large text, say) needs more;
    most: columns at most. A widget whose property "wide" is true takes a row of its own."""

    def __init__(self, parent: QWidget | None = None, *, narrowest: int = 240, most: int = 3, gap: int = 16) -> None:
        super().__init__(parent, gap=gap)
        self._narrowest, self._most = narrowest, most

    @override
    def sizeHint(self) -> QSize:
        columns = max(1, min(self._most, len(self.shown())))
        width = columns * self._narrowest + (columns - 1) * self.gap
        return QSize(width, self.heightForWidth(width))

    @override
    def minimumSize(self) -> QSize:
        return QSize(min(self._narrowest, 200), 0)

    @override
    def arrange(self, rect: QRect, *, move: bool) -> int:
        shown = self.shown()
        if not shown:
            return 0
        needed = max([self._narrowest, *(item.minimumSize().width() for item in shown if not _wide(item))])
        columns = max(1, min(self._most, len(shown), (rect.width() + self.gap) // (needed + self.gap)))
        width = (rect.width() - (columns - 1) * self.gap) // columns
        top = rect.top()
        for row in _rows(shown, columns):
            widths = [rect.width() if _wide(item) else width for item in row]
            height = max(_height(item, wide) for item, wide in zip(row, widths, strict=True))
            for column, item in enumerate(row if move else []):
                left = rect.left() + column * (rect.width() + self.gap) // columns  # so that the last ends at the edge
                item.setGeometry(QRect(QPoint(left, top), QSize(widths[column], height)))
            top += height + self.gap
        return top - self.gap - rect.top()


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
