"""The rail at the left: one button a page."""

from PySide6.QtCore import QMimeData, QPoint, QSize, Qt, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout
from typing_extensions import override

from app.frame.places import PLACES, Place
from app.models.table import ROWS_DRAGGED
from app.services.theme import Theme
from app.widgets import icons
from app.widgets.text import label

_TAKERS = ("compare", "setup")
WIDTH = 152
"""Pixels; more where large text needs them."""


class Rail(QFrame):
    """`chosen`: a page; `runs_dropped`: (page, ids of runs with commas between) that were dragged onto its button."""

    chosen = Signal(str)
    runs_dropped = Signal(str, str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setProperty("role", "rail")
        self.setAccessibleName("Pages")
        self._buttons: dict[str, QToolButton] = {}
        self._group = QButtonGroup(self)
        self._group.setExclusive(False)
        self._mark = QLabel()
        self._lay_out()
        self.setAcceptDrops(True)
        theme.changed.connect(self._redress)
        self._redress()

    def _lay_out(self) -> None:
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(12, 18, 12, 12)
        column.setSpacing(4)
        head = QHBoxLayout()
        head.setContentsMargins(11, 0, 0, 14)
        head.setSpacing(5)
        head.addWidget(self._mark)
        head.addWidget(label("Headstart", "heading"), 1)
        column.addLayout(head)
        for entry in PLACES:
            if entry.icon and not entry.foot:
                column.addWidget(self._button(entry))
        column.addStretch(1)
        for entry in PLACES:
            if entry.foot:
                column.addWidget(self._button(entry))

    def _button(self, entry: Place) -> QToolButton:
        made = QToolButton()
        made.setObjectName(f"rail.{entry.name}")
        made.setText(f"  {entry.title}")
        made.setAccessibleName(entry.title)
        made.setToolTip(f"{entry.title} ({entry.shortcut})" if entry.shortcut else entry.title)
        made.setProperty("role", "rail")
        made.setCheckable(True)
        made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        made.setIconSize(QSize(18, 18))
        name = entry.name
        made.clicked.connect(lambda: self.chosen.emit(name))
        self._buttons[name] = made
        self._group.addButton(made)
        return made

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if runs_in(event.mimeData()):
            event.acceptProposedAction()

    @override
    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        event.setAccepted(self._taker(event.position().toPoint()) != "")

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        taker, runs = self._taker(event.position().toPoint()), runs_in(event.mimeData())
        if taker and runs:
            event.acceptProposedAction()
            self.runs_dropped.emit(taker, ",".join(runs))

    def _taker(self, at: QPoint) -> str:
        """The page whose button lies there, if it can do something with runs."""
        return next((name for name in _TAKERS if self._buttons[name].geometry().contains(at)), "")

    def show_place(self, name: str) -> None:
        """Mark the page that is shown."""
        for key, made in self._buttons.items():
            made.setChecked(key == name)
        self._recolour()

    @Slot()
    def _redress(self) -> None:
        self._recolour()
        self.setFixedWidth(max(WIDTH, self._column.sizeHint().width() + 8))

    def _recolour(self) -> None:
        self._mark.setPixmap(icons.pixmap("mark", self._theme.accent, 22, self.devicePixelRatioF()))
        for entry in PLACES:
            if made := self._buttons.get(entry.name):
                color = self._theme.accent if made.isChecked() else self._theme.muted
                made.setIcon(icons.icon(entry.icon, color, 18))


def runs_in(data: QMimeData) -> list[str]:
    """Ids of the runs that are dragged; none where it is something else."""
    what, _, ids = bytes(data.data(ROWS_DRAGGED).data()).decode("utf-8", "replace").partition(":")
    return [run for run in ids.split(",") if run] if what == "run" else []
