"""What of a window's words cannot be read: for tests that walk pages."""

from collections.abc import Iterator

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QComboBox,
    QHeaderView,
    QLabel,
    QProgressBar,
    QScrollArea,
    QTabBar,
    QToolButton,
    QWidget,
)

from app.widgets.combo import ComboBox
from app.widgets.table import KeyValueTable
from app.widgets.text import ElidedLabel

_SLACK = 1
"""Pixels that rounding may take."""
_CELL = 12
"""Pixels around the title of a column."""


def clipped(page: QWidget, *, whole: bool = False, scrolling: bool = False) -> list[str]:
    """A sentence for each visible widget with words of which some are cut off without an ellipsis; whole: titles and headings
    must not end in one; scrolling: a bar of tabs may go on behind its arrows."""
    found = [
        _told(page, widget, want)
        for widget, want in _wants(page, whole=whole)
        if _is_cut(widget, want) and not (scrolling and isinstance(widget, QTabBar) and widget.usesScrollButtons())
    ]
    found += [_told(page, widget, widget.sizeHint()) for widget in _seen(page) if _leaves(page, widget)]
    for header in page.findChildren(QHeaderView):
        if header.isVisibleTo(page) and header.orientation() == Qt.Orientation.Horizontal:
            found += _untold(header)
    return found


def _untold(header: QHeaderView) -> list[str]:
    """Titles of columns that are cut, and that no tooltip tells."""
    found, model = [], header.model()
    for section in range(header.count()):
        title = str(model.headerData(section, Qt.Orientation.Horizontal) or "")
        tip = model.headerData(section, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
        room, needed = header.sectionSize(section), header.fontMetrics().horizontalAdvance(title) + _CELL
        if not header.isSectionHidden(section) and room < needed and not tip:
            name = header.objectName() or header.parentWidget().objectName()
            found.append(f"QHeaderView {name} {title!r}: {room} of {needed}, without a tooltip")
    return found


def lengthen(page: QWidget) -> None:
    """Every word on the page 1.4 times as long, as in German: labels, buttons, boxes, tabs, titles of columns, menus."""
    for widget in page.findChildren(QWidget):
        if isinstance(widget, QLabel | QAbstractButton) and not isinstance(widget.parentWidget(), KeyValueTable):
            _say(widget)
        elif isinstance(widget, KeyValueTable):
            widget.set_rows([(german(key), value) for key, value in widget.rows()])
        elif isinstance(widget, QTabBar):
            for at in range(widget.count()):
                widget.setTabText(at, german(widget.tabText(at)))
        elif isinstance(widget, QComboBox):
            for at in range(widget.count()):
                widget.setItemText(at, german(widget.itemText(at)))
        elif isinstance(widget, QHeaderView) and widget.orientation() == Qt.Orientation.Horizontal:
            for at in range(widget.count()):
                title = str(widget.model().headerData(at, Qt.Orientation.Horizontal) or "")
                widget.model().setHeaderData(at, Qt.Orientation.Horizontal, german(title))
    for action in page.findChildren(QAction):
        _say(action)


def _say(spoken: QLabel | QAbstractButton | QAction) -> None:
    if spoken.text() and german(spoken.text()) != spoken.text():
        spoken.setText(german(spoken.text()))


def german(text: str) -> str:
    """ "Outer steps" -> "Outermm stepsmm"; numbers and signs stay, and so does what was lengthened before."""
    return " ".join(word if _is_kept(word) else word + "m" * (2 * len(word) // 5 + 1) for word in text.split(" "))


def _is_kept(word: str) -> bool:
    return not word.isalpha() or len(word) < 3 or "mm" in word or word == "Headstart"


def _seen(page: QWidget) -> Iterator[QWidget]:
    for widget in page.findChildren(QWidget):
        if widget.isVisibleTo(page) and not _inside_own(widget):
            yield widget


def _inside_own(widget: QWidget) -> bool:
    """What Qt builds inside its own widgets, and what lies in tables that scroll sideways, is their own affair."""
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QComboBox | QTabBar):
            return True
        if isinstance(parent, QAbstractScrollArea) and not isinstance(parent, QScrollArea):
            return True
        parent = parent.parentWidget()
    return False


def _wants(page: QWidget, *, whole: bool) -> Iterator[tuple[QWidget, QSize]]:
    """Each widget with words, and the size in which they can be read."""
    for widget in _seen(page):
        if isinstance(widget, QLabel):
            yield from _label(widget, whole=whole)
        elif isinstance(widget, QAbstractButton) and widget.text():
            yield widget, _button(widget)
        elif isinstance(widget, QComboBox) and not isinstance(widget, ComboBox) and widget.count():
            yield widget, widget.sizeHint()
        elif isinstance(widget, QTabBar):
            yield widget, QSize(sum(widget.tabRect(at).width() for at in range(widget.count())), 0)


def _label(widget: QLabel, *, whole: bool) -> Iterator[tuple[QWidget, QSize]]:
    """An elided label ends in an ellipsis and has a tooltip, but must show a few letters; one that wraps needs its height."""
    if not widget.text() or not widget.pixmap().isNull():
        return
    if isinstance(widget, ElidedLabel):
        if whole and widget.property("role") in ("title", "heading"):
            yield widget, QSize(widget.fontMetrics().horizontalAdvance(widget.text()), 0)
        letters = widget.fontMetrics().horizontalAdvance(widget.text()[:3])
        yield widget, QSize(min(letters, widget.sizeHint().width()), widget.fontMetrics().height())
    elif widget.wordWrap():
        shown = QLabel.text(widget).replace("\N{ZERO WIDTH SPACE}", " ").replace("\N{NO-BREAK SPACE}", "_")
        shown = shown.replace("-", "- ")  # a line may end behind a hyphen, not behind one that is set not to break
        longest = max((widget.fontMetrics().horizontalAdvance(word) for word in shown.split()), default=0)
        yield widget, QSize(longest, widget.heightForWidth(widget.width()))
    else:
        yield widget, widget.sizeHint()


def _button(widget: QAbstractButton) -> QSize:
    if widget.layout() is not None:  # a card's words are labels of their own
        return QSize(0, 0)
    if isinstance(widget, QToolButton) and len(widget.text()) == 1:  # a sign: its hint is that of a word
        return QSize(widget.fontMetrics().horizontalAdvance(widget.text()), 0)
    return widget.sizeHint()


def _is_cut(widget: QWidget, want: QSize) -> bool:
    return widget.width() + _SLACK < want.width() or widget.height() + _SLACK < want.height()


def _leaves(page: QWidget, widget: QWidget) -> bool:
    """Does it reach out of the page, or out of a scroll area that does not scroll sideways?"""
    if isinstance(widget, QProgressBar) or not widget.width():
        return False
    parent, box = widget.parentWidget(), QRect(widget.pos(), widget.size())
    while parent is not None and parent is not page:
        scrolls = parent.objectName() in ("scroll.body", "qt_scrollarea_viewport")
        if scrolls and (box.left() < -_SLACK or box.right() > parent.width() + _SLACK):
            return True
        box.translate(parent.pos())
        parent = parent.parentWidget()
    return box.left() < -_SLACK or box.right() > page.width() + _SLACK


def _told(page: QWidget, widget: QWidget, want: QSize) -> str:
    at = widget.mapTo(page, QPoint(0, 0))
    words = widget.text()[:40] if isinstance(widget, QLabel | QAbstractButton) else ""
    name = widget.objectName() or widget.parentWidget().objectName()
    size = f"{widget.width()}x{widget.height()} of {want.width()}x{want.height()}"
    return f"{type(widget).__name__} {name} {words!r} at {at.x()},{at.y()}: {size}"
