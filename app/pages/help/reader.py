"""Shows Markdown in the window's own type and colours."""

from collections.abc import Iterator

from PySide6.QtCore import QUrl, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QResizeEvent,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFrameFormat,
    QTextLength,
    QTextOption,
    QTextTable,
)
from PySide6.QtWidgets import QTextBrowser, QTextEdit, QWidget
from typing_extensions import override

from app.services.theme import Theme

_WIDEST = 820
"""Pixels of text with its margins."""
_SHARES = {2: (30, 70), 6: (15, 8, 17, 19, 21, 20)}
"""Per cent that the columns of a table take, by their number; else as Qt shares them out."""
_JOINED = "\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}"
_MANY = 6  # columns of a table from which on its type is small


class Reader(QTextBrowser):
    """`link`: (scheme, target) of a clicked link, "help" or "go"; no other link leads anywhere."""

    link = Signal(str, str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._text = ""
        self.setObjectName("help.text")
        self.setAccessibleName("Help page")
        self.setOpenLinks(False)
        self.setWordWrapMode(QTextOption.WrapMode.WordWrap)  # a table may rather be too wide than break inside words
        self.anchorClicked.connect(self._clicked)
        theme.changed.connect(self._redress)

    def show_text(self, text: str) -> None:
        """Markdown, from the top."""
        self._text = text
        self._redress()

    @Slot()
    def _redress(self) -> None:
        self.document().setDocumentMargin(20)
        self.document().setDefaultFont(self._theme.font())
        self.document().setDefaultStyleSheet(f"a {{ color: {self._theme.accent.name()}; }}")
        self.document().setMarkdown(self._text if self._theme.is_large else self._text.replace(" ± ", _JOINED))
        _Dresser(self, self._theme).dress()
        self.setExtraSelections([])
        self.verticalScrollBar().setValue(0)

    def show_key(self, key: str) -> None:
        """Bring the paragraph that names a setting ("inner.steps"; "Tasks: table/tasks.path": under that heading), or the
        heading or cell that is `key`, to the top and mark it."""
        heading, slash, rest = key.rpartition("/")
        blocks = list(_blocks(self.document()))
        first = next((at for at, one in enumerate(blocks) if slash and one.text() == heading), 0)
        whole = [one for one in blocks if one.text() == key]
        named = [one for one in blocks[first:] if one.text().split(" ")[-1] == rest]
        block = next(iter((*whole, *named)), None)
        if block is None:
            return
        mark = QTextEdit.ExtraSelection()
        mark.cursor = QTextCursor(block)
        mark.format.setBackground(self._theme.accent_soft)
        mark.format.setProperty(QTextCharFormat.Property.FullWidthSelection, True)
        self.setExtraSelections([mark])
        top = self.document().documentLayout().blockBoundingRect(block).top()
        self.verticalScrollBar().setValue(max(0, round(top) - 12))

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """The lines stay as long as one likes to read, in the middle of what is wider."""
        side = max(0, (self.width() - _WIDEST) // 2)
        self.setViewportMargins(side, 0, side, 0)
        super().resizeEvent(event)

    @Slot(QUrl)
    def _clicked(self, url: QUrl) -> None:
        scheme, _, target = url.toString().partition(":")
        if scheme in ("help", "go"):
            self.link.emit(scheme, target)


def _blocks(document: QTextDocument) -> Iterator[QTextBlock]:
    block = document.begin()
    while block.isValid():
        yield block
        block = block.next()


class _Dresser:
    """Headings by the type scale, code on a soft ground, tables with hairlines."""

    def __init__(self, reader: Reader, theme: Theme) -> None:
        self._document = reader.document()
        self._theme = theme

    def dress(self) -> None:
        for block in _blocks(self._document):
            self._dress_block(block)
        for frame in self._document.rootFrame().childFrames():
            if isinstance(frame, QTextTable):
                self._dress_table(frame)

    def _dress_block(self, block: QTextBlock) -> None:
        level = block.blockFormat().headingLevel()
        code = block.blockFormat().nonBreakableLines()
        layout = QTextBlockFormat()
        if level:
            layout.setTopMargin(4 if level == 1 else 18)
            layout.setBottomMargin(8)
        elif code:
            layout.setBackground(self._theme.raised)
            layout.setLeftMargin(8)
            layout.setTopMargin(0)
            layout.setBottomMargin(0)
        else:
            last = block.textList() is None or block.next().textList() is None
            layout.setBottomMargin(8 if last else 3)
            layout.setLineHeight(120, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        QTextCursor(block).mergeBlockFormat(layout)
        self._dress_words(block, level)

    def _dress_words(self, block: QTextBlock, level: int) -> None:
        cursor = QTextCursor(block)
        pieces = []
        iterator = block.begin()
        while not iterator.atEnd():
            piece = iterator.fragment()
            pieces.append((piece.position(), piece.length(), piece.charFormat()))
            iterator += 1
        for start, length, format in pieces:
            cursor.setPosition(start)
            cursor.setPosition(start + length, QTextCursor.MoveMode.KeepAnchor)
            cursor.setCharFormat(self._look(format, level))

    def _look(self, format: QTextCharFormat, level: int) -> QTextCharFormat:
        look = QTextCharFormat(format)
        if level:
            look.clearProperty(QTextCharFormat.Property.FontSizeAdjustment)  # Markdown's own size beats the font's
            look.setFont(self._theme.font("title" if level == 1 else "heading"))
        elif format.fontFixedPitch():
            look.setFont(self._theme.font("mono"))
            look.setFontFixedPitch(True)
        look.setForeground(self._theme.accent if format.isAnchor() else self._theme.text)
        return look

    def _dress_table(self, table: QTextTable) -> None:
        format = table.format()
        format.setCellPadding(6 if table.columns() < _MANY else 4)
        format.setCellSpacing(0)
        format.setBorder(1)
        format.setBorderBrush(QColor(self._theme.border))
        format.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
        format.setBorderCollapse(True)
        format.setTopMargin(4)
        format.setBottomMargin(12)
        format.setWidth(QTextLength(QTextLength.Type.PercentageLength, 99))  # 100 is a pixel too wide at times
        if table.columns() >= _MANY:
            self._shrink(table)
        widths = _SHARES.get(table.columns(), ())
        if widths and not (table.columns() >= _MANY and self._theme.is_large):
            format.setColumnWidthConstraints([QTextLength(QTextLength.Type.PercentageLength, part) for part in widths])
        table.setFormat(format)

    def _shrink(self, table: QTextTable) -> None:
        """So many columns have room beside one another in small type alone."""
        small = QTextCharFormat()
        small.setFont(
            self._theme.font("small"), QTextCharFormat.FontPropertiesInheritanceBehavior.FontPropertiesSpecifiedOnly
        )
        cursor = table.firstCursorPosition()
        cursor.setPosition(table.lastCursorPosition().position(), QTextCursor.MoveMode.KeepAnchor)
        cursor.mergeCharFormat(small)
