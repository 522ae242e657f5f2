"""Cells that are painted: a status as icon and word, the outer loss as a small line, a star."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget
from typing_extensions import override

from app.models.runs import SparkRole, StatusRole
from app.models.table import TailRole, behind_point
from app.plots.spark import paint_spark
from app.services.theme import Theme
from app.widgets import icons
from app.widgets.status import look

Index = QModelIndex | QPersistentModelIndex
_ICON = 14
_DIGIT, _POINT = "\u2007", "\u2008"
"""Spaces as wide as a digit and as a point."""


class _Painted(QStyledItemDelegate):
    """Draws the cell's ground as every cell has it, then its own content on top."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        drawn = QStyleOptionViewItem(option)
        self.initStyleOption(drawn, index)
        drawn.text = ""
        style = drawn.widget.style() if drawn.widget else QApplication.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, drawn, painter, drawn.widget)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.content(painter, drawn.rect, index)
        painter.restore()

    def content(self, painter: QPainter, rect: QRect, index: Index) -> None:
        """What is special about the cell."""


class StatusDelegate(_Painted):
    @override
    def content(self, painter: QPainter, rect: QRect, index: Index) -> None:
        status = index.data(StatusRole)
        if status is None:  # a heading over a group
            return
        text = index.data(Qt.ItemDataRole.DisplayRole)
        _, icon, role = look(status) if status != "missing" else ("", "warn", "bad")
        color = self.theme.color(role)
        picture = icons.pixmap(icon, color, _ICON, painter.device().devicePixelRatioF())
        painter.drawPixmap(rect.left() + 6, rect.center().y() - _ICON // 2 + 1, picture)
        painter.setPen(color)
        room = rect.adjusted(26, 0, -2, -1)
        painter.drawText(
            room,
            Qt.AlignmentFlag.AlignVCenter,
            painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room.width()),
        )

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        hint = super().sizeHint(option, index)
        return QSize(hint.width() + 24, hint.height())


class PointDelegate(QStyledItemDelegate):
    """Numbers at the right whose points stand under one another: what is shorter behind its point is filled up."""

    @override
    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        most = index.data(TailRole)
        if most and option.text.lstrip("−-")[:1].isdigit():
            option.text += filled(behind_point(option.text), most)


def filled(tail: str, most: int) -> str:
    """Spaces as wide as what is missing: of a digit each, and of the point itself."""
    return ("" if tail else _POINT) + _DIGIT * (most - max(1, len(tail)))


class SparkDelegate(_Painted):
    @override
    def content(self, painter: QPainter, rect: QRect, index: Index) -> None:
        area = QRectF(rect).adjusted(8, 8, -8, -8)
        paint_spark(painter, area, index.data(SparkRole) or (), self.theme.color("accent"))


class MarkDelegate(_Painted):
    """One icon in the middle where the cell has a text: a star, a check."""

    def __init__(self, theme: Theme, parent: QWidget, icon: str, role: str) -> None:
        super().__init__(theme, parent)
        self._icon = icon
        self._role = role

    @override
    def content(self, painter: QPainter, rect: QRect, index: Index) -> None:
        if index.data(Qt.ItemDataRole.DisplayRole):
            color = self.theme.color(self._role)
            picture = icons.pixmap(self._icon, color, _ICON, painter.device().devicePixelRatioF())
            painter.drawPixmap(rect.center().x() - _ICON // 2, rect.center().y() - _ICON // 2 + 1, picture)
