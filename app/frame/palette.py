"""Ctrl+K: every action of the program, found by a few letters."""

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.actions import Action, Actions

Index = QModelIndex | QPersistentModelIndex

_ID = Qt.ItemDataRole.UserRole
_REST = Qt.ItemDataRole.UserRole + 1
_WIDEST = "Ctrl+Shift+WW"
"""Room for the shortcuts, so that the sections stand below one another."""
_ROWS = 12
_PADDING = 4  # of a list, in the style sheet


class _Row(QStyledItemDelegate):
    """Title at the left, section and shortcut muted at the right."""

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(100, option.fontMetrics.height() + 14)

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        enabled = bool(index.flags() & Qt.ItemFlag.ItemIsEnabled)
        group = QPalette.ColorGroup.Active if enabled else QPalette.ColorGroup.Disabled
        role = QPalette.ColorRole.PlaceholderText if enabled else QPalette.ColorRole.Text
        painter.setPen(QApplication.palette().color(group, role))
        section, shortcut = index.data(_REST)
        area = option.rect.adjusted(0, 0, -12, 0)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(area, right, shortcut)
        painter.drawText(area.adjusted(0, 0, -option.fontMetrics.horizontalAdvance(_WIDEST), 0), right, section)


def score(query: str, text: str) -> int | None:
    """None where the letters do not occur in that order; lower is better: early and close together."""
    at, total = -1, 0
    folded = text.casefold()
    for letter in query.casefold():
        if letter.isspace():
            continue
        found = folded.find(letter, at + 1)
        if found < 0:
            return None
        total += 0 if found == at + 1 else 2 + found - at
        at = found
    return total - 20 * (query.casefold() in folded)


class CommandPalette(QFrame):
    """Lies over the window's upper middle. Enter does the chosen action, Escape closes. `page_wanted`: what is chosen is
    done on that page."""

    page_wanted = Signal(str)

    def __init__(self, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent)
        self._actions = actions
        self.setObjectName("palette")
        self.setProperty("role", "palette")
        self.setAccessibleName("All actions")
        self._line = QLineEdit()
        self._line.setObjectName("palette.line")
        self._line.setPlaceholderText("What do you want to do?")
        self._line.setAccessibleName("Search actions")
        self._list = QListWidget()
        self._list.setObjectName("palette.list")
        self._list.setAccessibleName("Actions")
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setItemDelegate(_Row(self._list))
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.addWidget(self._line)
        column.addWidget(self._list)
        self._line.textChanged.connect(self._fill)
        self._line.installEventFilter(self)
        self._list.itemClicked.connect(self._do_item)
        self._before: QWidget | None = None
        self.hide()

    def open(self) -> None:
        """Show over the parent with the line empty and focused."""
        self._before = self.window().focusWidget()
        self._actions.all()
        self._actions.refresh()
        home = self.parentWidget().rect()
        width = min(560, home.width() - 80)
        self._line.clear()
        self._fill("")
        self.setFixedWidth(width)
        self._list.setFixedHeight(self._whole_rows(home.height() - 140))
        self.adjustSize()
        self.move((home.width() - width) // 2, 72)
        self.show()
        self.raise_()
        self._line.setFocus()

    def _whole_rows(self, most: int) -> int:
        """Pixels of a list that shows no row by half; most: that there is room for."""
        self._list.ensurePolished()
        row, edges = max(1, self._list.sizeHintForRow(0)), 2 * self._list.frameWidth() + 2 * _PADDING
        return edges + row * max(3, min(_ROWS, (most - edges) // row))

    def shut(self) -> None:
        self.hide()
        if self._before is not None:
            self._before.setFocus()
        self._before = None

    def titles(self) -> list[str]:
        return [self._list.item(row).text() for row in range(self._list.count())]

    def _fill(self, query: str) -> None:
        self._list.clear()
        for action in _found(query, self._actions.all()):
            item = QListWidgetItem(action.title)
            item.setData(_ID, action.id)
            item.setData(_REST, (action.section, action.shortcut_text))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{action.title}, {action.section} {action.shortcut_text}")
            item.setToolTip(action.hint)
            if not action.enabled():
                item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEnabled)
            self._list.addItem(item)
        self._list.setCurrentRow(0)

    def _do_item(self, item: QListWidgetItem) -> None:
        id = item.data(_ID)
        self.shut()
        page = self._actions.find(id).page
        if page:
            self.page_wanted.emit(page)  # a page that is built just now brings the action that does it
        self._actions.find(id).trigger()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._line and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._key(event.key())
        if watched is self._line and event.type() == QEvent.Type.FocusOut and self.isVisible():
            self.hide()
        return False

    def _key(self, key: int) -> bool:
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up) and self._list.count():
            step = 1 if key == Qt.Key.Key_Down else -1
            self._list.setCurrentRow((self._list.currentRow() + step) % self._list.count())
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            item = self._list.currentItem()
            if item is not None and item.flags() & Qt.ItemFlag.ItemIsEnabled:
                self._do_item(item)
            return True
        if key == Qt.Key.Key_Escape:
            self.shut()
            return True
        return False


def _found(query: str, actions: list[Action]) -> list[Action]:
    """Those that match; best first, and what can be done now before what cannot."""
    scored = [(score(query, f"{action.section} {action.title}"), action) for action in actions]
    kept = [
        (not action.enabled(), value, index, action)
        for index, (value, action) in enumerate(scored)
        if value is not None
    ]
    return [action for *_, action in sorted(kept, key=lambda entry: entry[:3])]
