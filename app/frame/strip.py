"""The status strip: device, the run in progress, the queue, disk left, messages."""

import shutil
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QToolButton, QWidget
from typing_extensions import override

from app.services.live import LiveRun
from app.services.theme import Theme
from app.widgets import icons
from app.widgets.buttons import IconButton
from app.widgets.text import ElidedLabel, keep_room, label, restyle
from app.widgets.words import duration, percent, size

LOW_DISK = 1_000_000_000


class Cell(QWidget):
    """An icon and a few words."""

    def __init__(self, theme: Theme, icon: str, name: str) -> None:
        super().__init__()
        self._theme, self._icon, self._role = theme, icon, "muted"
        self._picture = QLabel()
        self.words = label("", "caption", name=name)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self._picture)
        row.addWidget(self.words)
        theme.changed.connect(self._recolour)
        self._recolour()

    def set(self, text: str, hint: str = "", icon: str = "", role: str = "muted") -> None:
        self.words.setText(text)
        self.words.setAccessibleName(hint or text)
        self.setToolTip(hint)
        if (icon or self._icon, role) != (self._icon, self._role):
            self._icon, self._role = icon or self._icon, role
            self._recolour()

    def _recolour(self) -> None:
        color = self._theme.color(self._role)
        self._picture.setPixmap(icons.pixmap(self._icon, color, 14, self.devicePixelRatioF()))


class QueueButton(QToolButton):
    """How many runs wait; a click or Enter shows them."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setObjectName("strip.queue")
        self.setProperty("role", "strip")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        theme.changed.connect(self._recolour)
        self._recolour()

    def set(self, waiting: int) -> None:
        self.setText(f" {waiting} queued")
        told = (
            "No run waits"
            if not waiting
            else "1 run waits for its turn"
            if waiting == 1
            else f"{waiting} runs wait for their turn"
        )
        self.setAccessibleName(f"Queue: {told}")
        self.setToolTip(f"{told}. Show the queue")

    def _recolour(self) -> None:
        self.setIcon(icons.icon("queue", self._theme.color("muted"), 14))
        self.setIconSize(QSize(14, 14))


class RunCell(QFrame):
    """The run in progress; a click or Enter leads to Live."""

    clicked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("strip.run")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._name = ElidedLabel("", "small")
        self._bar = QProgressBar()
        self._bar.setRange(0, 1000)
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(120)
        self._rest = label("", "caption", name="strip.run.text")
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(8)
        row.addWidget(self._name, 1)
        row.addWidget(self._bar)
        row.addWidget(self._rest)

    def set(self, live: LiveRun | None) -> None:
        """None: nothing is under way."""
        self._bar.setVisible(live is not None)
        self._rest.setVisible(live is not None)
        restyle(self._name, role="caption" if live is None else "small")
        self._name.setText("No run in progress" if live is None else live.name)
        if live is None:
            self.setAccessibleName("No run in progress")
            return
        self._bar.setValue(round(1000 * live.share))
        text = f"{percent(live.share)} · {_state(live)}"
        if live.started is not None:
            keep_room(self._rest, "100 % · 58 min 58 s left")
        self._rest.setText(text)
        self.setAccessibleName(f"{live.name}: {text}. Open Live")

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if self.rect().contains(event.position().toPoint()):
            self.clicked.emit()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.clicked.emit()
        else:
            super().keyPressEvent(event)


def _state(live: LiveRun) -> str:
    if live.stopping:
        return "stopping"
    if live.paused:
        return "paused"
    if live.started is None or live.phase != "training":
        return live.phase
    left = live.seconds_left()
    return "training" if left is None else f"{duration(left)} left"


class Strip(QFrame):
    live_wanted = Signal()
    messages_wanted = Signal()
    queue_wanted = Signal()

    def __init__(self, theme: Theme, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self.setObjectName("strip")
        self.setProperty("role", "strip")
        self.setFixedHeight(34)
        self._device = Cell(theme, "chip", "strip.device")
        self._run = RunCell()
        self._queue = QueueButton(theme)
        self._queue.clicked.connect(self.queue_wanted)
        self._disk = Cell(theme, "disk", "strip.disk")
        self._bell = IconButton("bell", "Messages", "strip.messages", size=16)
        self._run.clicked.connect(self.live_wanted)
        self._bell.clicked.connect(self.messages_wanted)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 10, 0)
        row.setSpacing(20)
        row.addWidget(self._device)
        row.addWidget(self._run, 1)
        row.addWidget(self._queue)
        row.addWidget(self._disk)
        row.addWidget(self._bell)
        self._timer = QTimer(self)
        self._timer.setInterval(10_000)
        self._timer.timeout.connect(self.look_at_disk)
        self._timer.start()
        self.set_device("Looking for devices", "")
        self.set_queue(0)
        self.set_run(None)
        self.look_at_disk()

    def set_device(self, name: str, why: str) -> None:
        self._device.set(name, why)

    def set_run(self, live: LiveRun | None) -> None:
        self._run.set(live)

    def set_queue(self, waiting: int) -> None:
        self._queue.set(waiting)

    def set_messages(self, count: int) -> None:
        self._bell.set_icon("bell", f"Messages ({count})" if count else "Messages")

    def rest(self) -> None:
        """Look no more: the folder was let go."""
        self._timer.stop()

    @Slot()
    def look_at_disk(self) -> None:
        try:
            free = shutil.disk_usage(self._folder).free
        except OSError:
            self._disk.set("disk not there", f"{self._folder} cannot be read", "warn", "bad")
            return
        low = free < LOW_DISK
        text = f"{size(free)} left"
        hint = f"{text} where the data folder lies: {self._folder}"
        keep_room(self._disk.words, "888.8 GB left")
        self._disk.set(text, hint, "warn" if low else "disk", "warn" if low else "muted")
