"""A line of words that completes the word at the cursor; knows nothing of what the words mean."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QStringListModel, Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCompleter, QLineEdit, QWidget
from typing_extensions import override

Suggest = Callable[[str], list[str]]


class FilterLine(QLineEdit):
    """suggest(word) -> what it can become. `Tab` or `Enter` on a suggestion takes it, `Ctrl+Space` shows them, `Escape` hides."""

    def __init__(self, name: str, spoken: str, example: str, suggest: Suggest, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._suggest = suggest
        self.setObjectName(name)
        self.setAccessibleName(spoken)
        self.setAccessibleDescription("Words are completed while you type; F1 lists them all.")
        self.setPlaceholderText(example)
        self.setClearButtonEnabled(True)
        self._words = QStringListModel(self)
        self._completer = QCompleter(self._words, self)
        self._completer.setObjectName(f"{name}.completer")
        self._completer.setWidget(self)
        self._completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._completer.popup().setObjectName(f"{name}.suggestions")
        self._completer.popup().setAccessibleName("Suggestions")
        self._completer.activated.connect(self.take)
        self.textEdited.connect(self._offer)

    @property
    def word(self) -> str:
        """What stands before the cursor, back to the last blank outside quotes."""
        return self.text()[self._start() : self.cursorPosition()]

    def suggestions(self) -> list[str]:
        """What is offered now."""
        return self._words.stringList()

    @Slot(str)
    def take(self, whole: str) -> None:
        """Put a suggestion in the place of the word; a whole condition is followed by a blank."""
        start, end, text = self._start(), self.cursorPosition(), self.text()
        ended = whole if whole[-1] in ":<>=" else f"{whole} "
        self.setText(text[:start] + ended + text[end:].lstrip())
        self.setCursorPosition(start + len(ended))
        self._offer()

    @Slot()
    def _offer(self) -> None:
        found = self._suggest(self.word)
        self._words.setStringList(found)
        if found and self.hasFocus():
            self._completer.complete()
        else:
            self._completer.popup().hide()

    def _start(self) -> int:
        quoted, start = False, 0
        for place, sign in enumerate(self.text()[: self.cursorPosition()]):
            if sign == '"':
                quoted = not quoted
            elif sign.isspace() and not quoted:
                start = place + 1
        return start

    @override
    def event(self, event: QEvent) -> bool:
        """Tab takes the first suggestion while they are shown; else it leaves the field as everywhere."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and self._completer.popup().isVisible()
        ):
            if event.key() == Qt.Key.Key_Tab and self.suggestions():
                self.take(self.suggestions()[0])
                return True
            if event.key() == Qt.Key.Key_Escape:
                self._completer.popup().hide()
                return True
        return super().event(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and event.modifiers() == Qt.KeyboardModifier.ControlModifier:
            self._offer()
            return
        super().keyPressEvent(event)
