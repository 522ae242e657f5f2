"""Labels by role, and lines that end in an ellipsis instead of pushing the window wider."""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QStyleOption, QWidget
from typing_extensions import override


def label(
    text: str = "", role: str = "body", *, wrap: bool = False, name: str = "", selectable: bool = False
) -> QLabel:
    """role: title, heading, strong, body, small, muted, caption, value, good, warn, bad. Plain text, never HTML."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setProperty("role", role)
    made.setWordWrap(wrap)
    if name:
        made.setObjectName(name)
    if selectable:
        made.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
    return made


def restyle(widget: QWidget, **properties: object) -> None:
    """Set dynamic properties and let the style sheet see them."""
    if all(widget.property(key) == value for key, value in properties.items()):
        return
    for key, value in properties.items():
        widget.setProperty(key, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    widget.update()


class ElidedLabel(QLabel):
    """One line; what does not fit ends in an ellipsis and is told whole by the tooltip."""

    def __init__(
        self,
        text: str = "",
        role: str = "body",
        parent: QWidget | None = None,
        *,
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
        least: int = 0,
    ) -> None:
        """least: so many of its first characters are never given up."""
        super().__init__(parent)
        self._least = least
        self._mode = mode
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setText(text)

    @override
    def setText(self, text: str) -> None:
        super().setText(text.replace("\n", " "))
        self._tell()
        self.updateGeometry()

    @override
    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self.text()) + 2, metrics.height())

    @override
    def minimumSizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(max(24, metrics.horizontalAdvance(self.text()[: self._least]) + 2), metrics.height())

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._tell()

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.updateGeometry()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        option = QStyleOption()
        option.initFrom(self)
        shown = self.fontMetrics().elidedText(self.text(), self._mode, self.contentsRect().width())
        alignment = self.alignment() | Qt.AlignmentFlag.AlignVCenter
        self.style().drawItemText(
            painter, self.contentsRect(), int(alignment), option.palette, self.isEnabled(), shown, self.foregroundRole()
        )

    def _tell(self) -> None:
        cut = self.fontMetrics().horizontalAdvance(self.text()) > self.contentsRect().width()
        self.setToolTip(self.text() if cut else "")


def keep_room(widget: QWidget, *longest: str) -> None:
    """Never narrower than the widest of these would be, so that what stands beside does not move while numbers change."""
    widget.ensurePolished()
    width = max(widget.fontMetrics().horizontalAdvance(text) for text in longest) + 1
    if width == widget.minimumWidth():
        return
    widget.setMinimumWidth(width)
    if isinstance(widget, QLabel):
        widget.setIndent(widget.indent())  # a label's hint holds the least width, and would keep the one before


def line() -> QWidget:
    """A hairline between parts."""
    from PySide6.QtWidgets import QFrame

    made = QFrame()
    made.setProperty("role", "line")
    made.setFixedHeight(1)
    return made


__all__ = ["ElidedLabel", "keep_room", "label", "line", "restyle"]
