"""Fields that are a line of text; what was typed stays, even where it cannot be used."""

from functools import partial
from typing import Any, cast

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QLineEdit, QToolButton, QWidget
from typing_extensions import override

from .spec import FieldSpec
from .words import from_text, to_text

_STEP_WIDTH = 22


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
        if spec.optional or spec.holds == "names":
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
