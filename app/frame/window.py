"""The main window: rail, pages, strip, toasts and palette around one workspace."""

import contextlib
import traceback
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QSize, QTimer, Signal, Slot
from PySide6.QtGui import QCloseEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget
from shiboken6 import isValid
from typing_extensions import override

from app.frame.closing import ClosingQuestion
from app.frame.commands import add_commands, ask_for_folder
from app.frame.messages import MessagesPanel
from app.frame.palette import CommandPalette
from app.frame.places import PLACES, known_actions, place
from app.frame.queue import QueuePanel
from app.frame.rail import Rail
from app.frame.sliding import EDGE, STRIP
from app.frame.strip import Strip
from app.frame.tour import Tour
from app.frame.trouble import Trouble, TroublePage, lost
from app.models.compared import compare_these, compared
from app.services.device import Device
from app.services.report import compose
from app.services.theme import Theme
from app.widgets.described import describe
from app.widgets.empty import EmptyState
from app.widgets.toasts import Toasts
from app.workspace import Message, Workspace
from core.errors import CoreError

_LONGEST_TRAIL = 50
Act = Callable[[], object]


class MainWindow(QMainWindow):
    """Empty until `show_workspace` or `show_trouble`."""

    closed = Signal()
    folder_chosen = Signal(str)
    folder_again = Signal()
    first_painted = Signal()
    """Once: something of the window can be seen."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setWindowTitle("Headstart")
        self.setObjectName("window")
        self.setMinimumSize(QSize(960, 600))
        self.resize(QSize(1280, 820))
        self.theme = theme
        self.workspace: Workspace | None = None
        self.pages: dict[str, QWidget] = {}
        self.place = ""
        self._trail: list[tuple[str, QWidget | None]] = []
        self._closing = False
        self._asked = ""
        """Id of the run that the question at closing was about."""
        self._closes_when_done = False
        self._then: Act | None = None
        self._lost: TroublePage | None = None
        self._painted = False

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            self.first_painted.emit()

    def show_trouble(
        self, trouble: Trouble, again: Act | None = None, choose: Act | None = None, rescue: Act | None = None
    ) -> None:
        """Nothing but the calm page; the focus is on what to do first."""
        page = TroublePage(trouble, again, choose, rescue=rescue)
        self.setCentralWidget(page)
        if page.first is not None:
            page.first.setFocus()

    def show_workspace(self, workspace: Workspace) -> None:
        """Build the frame around a workspace and go Home."""
        self.workspace = workspace
        self.pages = {}
        self._trail = []
        self._lost = None
        workspace.setParent(self)
        workspace.actions.live_in(self)
        self._build(workspace)
        self._connect(workspace)
        add_commands(self, workspace)
        workspace.actions.expect(known_actions)
        self.go("home", "")

    def _build(self, workspace: Workspace) -> None:
        self.rail = Rail(self.theme)
        self.stack = QStackedWidget()
        self.strip = Strip(self.theme, workspace.folder)
        middle = QWidget()
        across = QHBoxLayout()
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(0)
        across.addWidget(self.rail)
        across.addWidget(self.stack, 1)
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(across, 1)
        column.addWidget(self.strip)
        self.setCentralWidget(middle)
        self.toasts = Toasts(middle, bottom=STRIP + EDGE)
        self.palette_box = CommandPalette(workspace.actions, middle)
        self.messages = MessagesPanel(workspace, middle)
        self.queue = QueuePanel(workspace, middle)
        self.tour = Tour(self.theme, middle)

    def _connect(self, workspace: Workspace) -> None:
        self.rail.chosen.connect(self._to_place)
        self.rail.runs_dropped.connect(self._runs_dropped)
        self.strip.live_wanted.connect(self._to_live)
        self.strip.messages_wanted.connect(self.messages.toggle)
        self.strip.queue_wanted.connect(self.queue.toggle)
        self.palette_box.page_wanted.connect(self._to_page)
        self.tour.wanted.connect(self._to_place)
        self.tour.ended.connect(self._toured)
        workspace.navigate.connect(self.go)
        workspace.folder_lost.connect(self._folder_lost)
        workspace.notified.connect(self._notified)
        workspace.runner.ticked.connect(self._ticked)
        workspace.runner.changed.connect(self._queue_changed)
        workspace.runner.changed.connect(self._close_if_done)  # not at run_ended: the next one has not begun then
        workspace.run_started.connect(self._queue_changed)
        workspace.run_ended.connect(self._run_ended)

    @Slot(str, str)
    def go(self, name: str, argument: str = "") -> None:
        """Show a page, building it at the first visit. A page that fails to open becomes a calm page."""
        if name not in {entry.name for entry in PLACES} or self.workspace is None or self._lost is not None:
            return
        try:
            page = self.pages.get(name) or self._add(name)
            if name != self.place and self.place in self.pages:
                self._trail = [*self._trail[-_LONGEST_TRAIL:], (self.place, self.focusWidget())]
            self._to_front(name, page)
            self.tour.left(name)
            self._open(page, argument)
        except CoreError as error:
            self.workspace.notify(str(error), "error")
        self.workspace.actions.refresh()

    @property
    def can_go_back(self) -> bool:
        return bool(self._trail)

    def back(self) -> None:
        """The page that was shown before, as it was, with the focus where it was."""
        if self._lost is not None:
            return
        name, focused = self._trail.pop()
        self._to_front(name, self.pages[name])
        if focused is not None and isValid(focused) and focused.isVisible():
            focused.setFocus()
        if self.workspace is not None:
            self.workspace.actions.refresh()

    def _to_front(self, name: str, page: QWidget) -> None:
        self.stack.setCurrentWidget(page)
        self.place = name
        self.rail.show_place(name)
        self.toasts.place()  # what they must not cover is another thing here

    def _open(self, page: QWidget, argument: str) -> None:
        opened = getattr(page, "open", None)
        if opened is not None:
            opened(argument)

    def _add(self, name: str) -> QWidget:
        entry = place(name)
        assert self.workspace is not None
        try:
            page = entry.build(self.workspace)
        except ModuleNotFoundError as error:
            if not entry.missing(error):
                return self._broken(entry.title)
            page = EmptyState(
                f"{entry.title} is not here yet", "This part of the program is still being built.", name=name
            )
        except CoreError:
            raise
        except Exception:  # one page must not take the window along
            return self._broken(entry.title)
        self.pages[name] = page
        self.stack.addWidget(page)
        describe(page)
        return page

    def _broken(self, title: str) -> QWidget:
        """Not kept, so that the next visit tries again."""
        trace = traceback.format_exc()
        trouble = Trouble(
            f"{title} could not be opened",
            trace.strip().splitlines()[-1],
            "This is a bug. The rest of the program works on; the report can be copied.",
            compose(trace),
        )
        page = TroublePage(trouble, None, None)
        self.stack.addWidget(page)
        return page

    @Slot(str)
    def _to_place(self, name: str) -> None:
        self.go(name, "")

    @Slot(str)
    def _to_page(self, name: str) -> None:
        """As it is, with what is selected there."""
        if name != self.place:
            self.go(name, "")

    @Slot(str, str)
    def _runs_dropped(self, name: str, ids: str) -> None:
        """Onto Compare: beside what is compared; onto Set up: the first one's settings."""
        if self.workspace is None:
            return
        runs = ids.split(",")
        if name == "compare":
            settings = self.workspace.settings
            compare_these(settings, [*compared(settings), *runs])
        self.go(name, runs[0] if name == "setup" else "")

    @Slot()
    def _toured(self) -> None:
        if self.workspace is not None:
            self.workspace.settings.set("toured", True)

    @Slot()
    def _to_live(self) -> None:
        self.go("live", "")

    @Slot(Message)
    def _notified(self, message: Message) -> None:
        action = (message.action_title, message.action) if message.action is not None else None
        if not (message.about and message.about == self._run_shown()):
            self.toasts.add(message.text, message.kind, action)
        if self.workspace is not None:
            self.strip.set_messages(len(self.workspace.messages))

    def _run_shown(self) -> str:
        """Id of the run that Live shows, where that is in front."""
        shown = getattr(self.pages.get("live"), "shown", None) if self.place == "live" else None
        return "" if shown is None else str(shown.run_id)

    @Slot()
    def _ticked(self) -> None:
        if self.workspace is not None and self.workspace.runner.current is not None:
            self.strip.set_run(self.workspace.runner.live)

    @Slot()
    def _queue_changed(self) -> None:
        if self.workspace is None:
            return
        runner = self.workspace.runner
        self.strip.set_queue(len(runner.waiting))
        self.strip.set_run(runner.live if runner.current else None)
        self.workspace.actions.refresh()

    @Slot(str)
    def _run_ended(self, run_id: str) -> None:
        self._queue_changed()
        then, self._then = self._then, None
        if self._closing:
            self.close()
        elif then is not None:
            then()

    @Slot(bool)
    def _folder_lost(self, gone: bool) -> None:
        """A calm page for as long as the data folder is not there; then all goes on where it was."""
        if self.workspace is None:
            return
        if gone:
            self._lost = TroublePage(lost(self.workspace.folder), self.folder_again.emit, partial(ask_for_folder, self))
            self.stack.addWidget(self._lost)
            self.stack.setCurrentWidget(self._lost)
            if self._lost.first is not None:
                self._lost.first.setFocus()
            return
        page, self._lost = self._lost, None
        if page is not None:
            self.stack.removeWidget(page)
            page.deleteLater()
        self._to_front(self.place, self.pages[self.place])
        self.workspace.catalog_changed.emit()

    @Slot(Device)
    def show_device(self, device: Device) -> None:
        if self.workspace is not None:
            self.strip.set_device(device.name, device.why)

    def choose_closing(self, choice: str) -> None:
        """The answer to the question: "stop", "discard", "background" or "stay"."""
        if self.workspace is None or choice == "stay":
            return
        if choice == "background":
            self._closes_when_done = True
            self.showMinimized()
            self._close_if_done()
            return
        self._closing = True
        named = self.workspace.runner.current == self._asked  # what has begun meanwhile was not asked about
        self.workspace.runner.end_all(discard=choice == "discard" and named)
        if self.workspace.runner.current is None:
            self.close()

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        if self.workspace is None:
            self._leave(event)
            return
        if self.workspace.runner.current is not None:
            event.ignore()
            if not self._closing:
                self._ask()
            return
        self.leave_workspace()
        self._leave(event)

    def _ask(self) -> None:
        """Once, however often one closes."""
        runner = self.workspace.runner if self.workspace else None
        if runner is None or runner.live is None or self.findChild(ClosingQuestion) is not None:
            return
        self._asked = runner.live.run_id
        question = ClosingQuestion(runner.live.name, self, waiting=len(runner.waiting))
        question.answered.connect(self.choose_closing)
        question.open()

    @Slot()
    def _close_if_done(self) -> None:
        """In the background: close after the last run; come back where one waits for an answer or for room on the disk."""
        runner = self.workspace.runner if self.workspace else None
        if not self._closes_when_done or runner is None:
            return
        if runner.current is None and not runner.waiting:
            QTimer.singleShot(0, self, self.close)
        elif runner.current is None or (runner.live is not None and runner.live.diverged is not None):
            self.showNormal()
            self.activateWindow()

    @override
    def changeEvent(self, event: QEvent) -> None:
        """Whoever brings the window back stays."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange and not self.isMinimized():
            self._closes_when_done = False

    def _leave(self, event: QCloseEvent) -> None:
        event.accept()
        self.closed.emit()

    def when_idle(self, act: Act) -> None:
        """Now, or once the run in progress has stopped."""
        if self.workspace is None or self.workspace.runner.current is None:
            act()
        else:
            self._then = act
            self.workspace.runner.end_all()

    def leave_workspace(self) -> bool:
        """Let go of the data folder; False where a run still trains."""
        workspace = self.workspace
        if workspace is None:
            return True
        if workspace.runner.current is not None:
            return False
        with contextlib.suppress(RuntimeError):
            workspace.navigate.disconnect(self.go)
        workspace.close()
        self.workspace = None
        workspace.actions.leave()
        self.strip.rest()
        workspace.deleteLater()
        return True

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.workspace is not None:
            self.messages.place()
            self.queue.place()
