"""A run's state as word and icon on a soft ground."""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from app.services.theme import Theme

from . import icons

_LOOK = {  # status: (word, icon, role)
    "queued": ("Queued", "clock", "muted"),
    "running": ("Running", "play", "accent"),
    "starting": ("Starting", "clock", "accent"),
    "stopping": ("Stopping", "clock", "warn"),
    "paused": ("Paused", "pause", "warn"),
    "finished": ("Finished", "check", "good"),
    "stopped": ("Stopped", "stop", "muted"),
    "failed": ("Failed", "warn", "bad"),
    "interrupted": ("Interrupted", "warn", "warn"),
}
_GROUND = {"muted": "grid", "accent": "accent_soft", "warn": "warn_soft", "good": "good_soft", "bad": "bad_soft"}


def word(status: str) -> str:
    """The status as the window says it."""
    return _LOOK.get(status, (status.capitalize(),))[0]


def look(status: str) -> tuple[str, str, str]:
    """(word, icon, role) of a status, for views that paint themselves."""
    return _LOOK.get(status, (status.capitalize(), "dot", "muted"))


class StatusPill(QWidget):
    def __init__(self, theme: Theme, status: str = "", parent: QWidget | None = None, *, name: str = "") -> None:
        super().__init__(parent)
        self._theme = theme
        self._status = ""
        if name:
            self.setObjectName(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)
        self.set_status(status)

    @property
    def status(self) -> str:
        return self._status

    def set_status(self, status: str) -> None:
        if status == self._status:
            return
        self._status = str(status)
        self.setAccessibleName(word(self._status))
        if not self._status:
            self.hide()
        elif self.parent() is not None:  # without a parent it would open as a window
            self.show()
        self.updateGeometry()
        self.update()

    @override
    def sizeHint(self) -> QSize:
        width = self.fontMetrics().horizontalAdvance(look(self._status)[0])
        return QSize(width + 44, max(24, self.fontMetrics().height() + 8))

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.updateGeometry()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        text, icon, role = look(self._status)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color(_GROUND[role]))
        radius = self.height() / 2
        painter.drawRoundedRect(self.rect(), radius, radius)
        color = self._theme.color(role)
        picture = icons.pixmap(icon, color, 14, self.devicePixelRatioF())
        painter.drawPixmap(9, (self.height() - 14) // 2, picture)
        painter.setPen(color)
        painter.drawText(self.rect().adjusted(27, 0, -6, 0), Qt.AlignmentFlag.AlignVCenter, text)
