"""Text that may be broken inside its words: paths, checksums, names of settings. What is copied is the text itself."""

import re

from PySide6.QtGui import QClipboard, QGuiApplication, QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtWidgets import QLabel, QWidget
from typing_extensions import override

from .text import label

_BREAK = "\N{ZERO WIDTH SPACE}"
_LONG = 12
"""Signs of a word that stay together where there is nothing better to break at."""


def breakable(text: str) -> str:
    """With places to break: behind the separators of a long word, and within what is long without one."""
    return re.sub(rf"\S{{{_LONG + 1},}}", lambda word: _broken(word[0]), text)


def _broken(word: str) -> str:
    parts = re.findall(r"[^/\\_.\-]+[/\\_.\-]*|[/\\_.\-]+", word)
    pieces = [part[at : at + _LONG] for part in parts for at in range(0, len(part), _LONG)]
    return _BREAK.join(pieces)


class BreakingLabel(QLabel):
    """Plain text in as many lines as it needs, however narrow; can be selected."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        made = label("", wrap=True, selectable=True)
        self.setTextFormat(made.textFormat())
        self.setProperty("role", made.property("role"))
        self.setWordWrap(True)
        self.setTextInteractionFlags(made.textInteractionFlags())
        self.setText(text)

    @override
    def setText(self, text: str) -> None:
        super().setText(breakable(text))

    @override
    def text(self) -> str:
        return super().text().replace(_BREAK, "")

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        super().keyPressEvent(event)
        if event.matches(QKeySequence.StandardKey.Copy):
            _clean(QClipboard.Mode.Clipboard)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        _clean(QClipboard.Mode.Selection)


def _clean(mode: QClipboard.Mode) -> None:
    """Take the places to break out of what was just copied."""
    clipboard = QGuiApplication.clipboard()
    if (mode is QClipboard.Mode.Clipboard or clipboard.supportsSelection()) and _BREAK in (
        text := clipboard.text(mode)
    ):
        clipboard.setText(text.replace(_BREAK, ""), mode)
