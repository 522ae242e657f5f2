"""What an empty page shows: what belongs here, and the next action."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QVBoxLayout, QWidget
from typing_extensions import override

from . import icons
from .buttons import Button
from .text import label


class EmptyState(QWidget):
    """action: (title of the button, what it does); its object name is `name` + ".action"."""

    def __init__(
        self,
        title: str,
        text: str = "",
        action: tuple[str, Callable[[], object]] | None = None,
        *,
        icon: str = "",
        name: str = "empty",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._icon = icon
        self._picture = QLabel()
        self._picture.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.title_label = label(title, "heading", wrap=True)
        self.text_label = label(text, "muted", wrap=True)
        self.button = Button(action[0] if action else "", f"{name}.action", role="primary")
        if action:
            run = action[1]
            self.button.clicked.connect(lambda: run())
        self._lay_out()
        # only now, with a parent: a widget without one would flash up as a window of its own
        self._picture.setVisible(bool(icon))
        self.button.setVisible(action is not None)
        self._recolour()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.setContentsMargins(24, 24, 24, 24)
        column.addStretch(2)
        column.addWidget(self._picture)
        for part in (self.title_label, self.text_label):
            part.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            part.setMaximumWidth(520)
            row = QHBoxLayout()
            row.addStretch(1)
            row.addWidget(part, 8)
            row.addStretch(1)
            column.addLayout(row)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.button)
        row.addStretch(1)
        column.addLayout(row)
        column.addStretch(3)

    def set_text(self, title: str, text: str) -> None:
        self.title_label.setText(title)
        self.text_label.setText(text)

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._recolour()

    def _recolour(self) -> None:
        if self._icon:
            color = QApplication.palette().color(QPalette.ColorRole.PlaceholderText)
            self._picture.setPixmap(icons.pixmap(self._icon, color, 40, self.devicePixelRatioF()))
