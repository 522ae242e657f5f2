"""One widget for each sort of field: `set_value` shows without telling, `edited` tells what a person did.

Each keeps what was typed even where it cannot be used; whether it can is said by the row around it.
"""

from functools import partial
from pathlib import Path
from typing import Any, Protocol, cast

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QToolButton,
    QWidget,
)
from typing_extensions import override

from .look import tone
from .segments import Segments
from .spec import FieldSpec, Sort
from .words import from_text, to_text

_STEP_WIDTH = 22
_COLUMN = 190
"""Pixels of a form's narrowest column: what is wider side by side becomes a list."""


class ValueWidget(Protocol):
    """edited(value): while a person edits; sealed(): the edit is complete (Enter, or the focus moved on)."""

    edited: SignalInstance
    sealed: SignalInstance

    def set_value(self, value: Any) -> None: ...


def field_widget(spec: FieldSpec, parent: QWidget | None = None) -> QWidget:
    """The widget of a field, named by its key."""
    makers = {Sort.SWITCH: SwitchField, Sort.WHOLE: WholeField, Sort.PATH: PathField}
    if spec.sort is Sort.CHOICE:
        fits = sum(8 * len(str(option)) + 26 for option in spec.options) <= _COLUMN
        widget: QWidget = SegmentedField(spec, parent) if fits else ComboField(spec, parent)
    else:
        widget = makers.get(spec.sort, LineField)(spec, parent)
    return widget


def _is_undo(event: QEvent) -> bool:
    """Undo and redo belong to the page, so that they cover every edit and not one line only."""
    if event.type() != QEvent.Type.ShortcutOverride:
        return False
    key = cast("Any", event)
    return bool(key.matches(QKeySequence.StandardKey.Undo) or key.matches(QKeySequence.StandardKey.Redo))


class PageUndoLine(QLineEdit):
    """A line that leaves undo and redo to its page."""

    @override
    def event(self, event: QEvent) -> bool:
        if _is_undo(event):
            event.ignore()
            return True
        return super().event(event)


class LineField(PageUndoLine):
    """Numbers, texts and lists as one line of text."""

    edited = Signal(object)
    sealed = Signal()

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._spec = spec
        self._shown: Any = None
        if spec.optional:
            self.setPlaceholderText(spec.empty)
        self.textEdited.connect(self._edited)
        self.editingFinished.connect(self.sealed)

    def set_value(self, value: Any) -> None:
        """A text that already means this value stays as it was typed ("1e-3" does not turn into "0.001")."""
        if self.text() and from_text(self._spec, self.text()) == value:
            return
        self.setText(to_text(self._spec, value))
        self.setCursorPosition(0)

    def _edited(self, text: str) -> None:
        self.edited.emit(from_text(self._spec, text))


class WholeField(LineField):
    """A whole number with - and + inside its line; arrow keys step, the wheel scrolls the page and changes nothing."""

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(spec, parent)
        self._less = self._button("−", -1)
        self._more = self._button("+", 1)
        self.textChanged.connect(self._set_reach)
        self.setTextMargins(0, 0, 2 * _STEP_WIDTH, 0)

    def step(self, steps: int) -> None:
        """So much more, within the bounds; an empty or wrong text begins at the lowest."""
        low = 0 if self._spec.low is None else int(self._spec.low)
        value = from_text(self._spec, self.text())
        moved = max(value + steps, low) if isinstance(value, int) else max(low, 1)
        if self._spec.high is not None:
            moved = min(moved, int(self._spec.high))
        if moved != value:
            self.setText(str(moved))
            self.edited.emit(moved)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1, Qt.Key.Key_PageUp: 10, Qt.Key.Key_PageDown: -10}
        if Qt.Key(event.key()) in steps and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            self.step(steps[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for place, button in ((2, self._less), (1, self._more)):
            button.setGeometry(self.width() - place * _STEP_WIDTH - 2, 2, _STEP_WIDTH, self.height() - 4)

    def _button(self, text: str, steps: int) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setAutoRepeat(True)
        button.setCursor(Qt.CursorShape.ArrowCursor)
        button.setStyleSheet("QToolButton { border: none; padding: 0px; }")
        button.clicked.connect(partial(self.step, steps))
        return button

    def _set_reach(self) -> None:
        value = from_text(self._spec, self.text())
        low, high = self._spec.low or 0, self._spec.high
        self._less.setEnabled(not isinstance(value, int) or value > low)
        self._more.setEnabled(not isinstance(value, int) or high is None or value < high)

    def name_parts(self) -> None:
        """Names for the parts, once the whole has its own."""
        for button, part, word in ((self._less, "less", "less"), (self._more, "more", "more")):
            button.setObjectName(f"{self.objectName()}.{part}")
            button.setAccessibleName(f"{self.accessibleName()}: {word}")


class SwitchField(QCheckBox):
    """A check box that says "on" or "off"; painted here, since Fusion's box is hardly seen on a dark ground."""

    edited = Signal(object)
    sealed = Signal()

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__("off", parent)
        self.clicked.connect(self._clicked)

    def set_value(self, value: Any) -> None:
        self.setChecked(value is True)
        self.setText("on" if value is True else "off")

    @override
    def sizeHint(self) -> QSize:
        return QSize(64, 26)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette, chosen = self.palette(), self.isChecked()
        box = QRectF(2, self.height() / 2 - 8, 16, 16)
        edge = "text" if self.hasFocus() else "accent" if chosen else "muted"
        painter.setPen(QPen(tone(palette, edge), 2 if self.hasFocus() else 1.2))
        painter.setBrush(tone(palette, "accent" if chosen else "surface"))
        painter.drawRoundedRect(box, 4, 4)
        if chosen:
            painter.setPen(QPen(tone(palette, "on_accent"), 2))
            centre = box.center()
            ticks = [centre + QPointF(-4, 0), centre + QPointF(-1, 3), centre + QPointF(4, -3.5)]
            painter.drawPolyline(QPolygonF(ticks))
        painter.setPen(tone(palette, "text"))
        painter.drawText(QRectF(26, 0, self.width() - 26, self.height()), Qt.AlignmentFlag.AlignVCenter, self.text())
        painter.end()

    @override
    def hitButton(self, position: QPoint) -> bool:
        return self.rect().contains(position)

    def _clicked(self, checked: bool) -> None:
        self.setText("on" if checked else "off")
        self.edited.emit(checked)
        self.sealed.emit()


class SegmentedField(Segments):
    """A few short options side by side."""

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__([(option, str(option)) for option in spec.options], parent)


class ComboBox(QComboBox):
    """A list to choose from that the wheel does not change on the way past."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """With an ellipsis where the text does not fit, and the arrow that the style sheet's frame has not."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        text = option.currentText if self.currentIndex() >= 0 else self.placeholderText()
        option.currentText = self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, self.width() - 40)
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(tone(self.palette(), "muted"), 1.5))
        x, y = self.width() - 14.0, self.height() / 2
        painter.drawPolyline(QPolygonF([QPointF(x - 4, y - 2), QPointF(x, y + 2), QPointF(x + 4, y - 2)]))
        painter.end()


class ComboField(ComboBox):
    edited = Signal(object)
    sealed = Signal()

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._spec = spec
        for option in spec.options:
            self.addItem(str(option), option)
        self.activated.connect(self._activated)

    def set_value(self, value: Any) -> None:
        self.setCurrentIndex(self._spec.options.index(value) if value in self._spec.options else -1)
        self.setPlaceholderText("" if value in self._spec.options else str(value))

    def _activated(self, index: int) -> None:
        self.edited.emit(self.itemData(index))
        self.sealed.emit()


class PathField(QWidget):
    """A path as text, with a button that looks for it."""

    edited = Signal(object)
    sealed = Signal()

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._spec = spec
        self.line = PageUndoLine(self)
        self.line.setPlaceholderText(spec.empty if spec.optional else "Folder or file")
        self.browse = QPushButton("Browse…", self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.line, 1)
        layout.addWidget(self.browse)
        self.setFocusProxy(self.line)
        self.line.textEdited.connect(self._edited)
        self.line.editingFinished.connect(self.sealed)
        self.browse.clicked.connect(self._look)

    def set_value(self, value: Any) -> None:
        text = to_text(self._spec, value)
        if self.line.text() != text:
            self.line.setText(text)
        self.line.setToolTip(text)

    def name_parts(self) -> None:
        """Names for the parts, once the whole has its own."""
        name = self.objectName()
        self.setObjectName(f"{name}.field")
        self.line.setObjectName(name)
        self.line.setAccessibleName(self.accessibleName())
        self.line.setAccessibleDescription(self.accessibleDescription())
        self.browse.setObjectName(f"{name}.browse")
        self.browse.setAccessibleName(f"Browse: {self.accessibleName()}")

    def _edited(self, text: str) -> None:
        self.edited.emit(from_text(self._spec, text))

    def _look(self) -> None:
        start = self.line.text() or str(Path.home())
        chosen = QFileDialog.getExistingDirectory(self, self._spec.title, start)
        if chosen:
            self.line.setText(chosen)
            self.edited.emit(chosen)
            self.sealed.emit()
