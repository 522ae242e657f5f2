"""What the window's pages share: catalog, runner, settings, theme, actions, messages."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.actions import Actions
from app.services.background import drop_all
from app.services.device import Device
from app.services.runner import Execute, Runner, execute_run
from app.services.settings import Settings
from app.services.theme import Theme
from core.errors import CoreError

if TYPE_CHECKING:
    from core.storage.catalog import Catalog


@dataclass(frozen=True)
class Message:
    """A toast, kept in the list of messages. kind: info, done or error; action: what its button does; about: the run whose page
    says the same."""

    text: str
    kind: str
    at: datetime
    action_title: str = ""
    action: Callable[[], None] | None = None
    about: str = ""


class Workspace(QObject):
    """One per open data folder. Pages get it, and reach each other through `navigate.emit(page, argument)` alone."""

    catalog_changed = Signal()
    run_started = Signal(str)
    run_ended = Signal(str)
    navigate = Signal(str, str)
    folder_lost = Signal(bool)
    """True: the data folder is not where it was; False: it is back."""
    notified = Signal(Message)
    device_changed = Signal()

    def __init__(
        self,
        catalog: Catalog,
        theme: Theme,
        settings: Settings,
        parent: QObject | None = None,
        *,
        execute: Execute = execute_run,
    ) -> None:
        """execute: what trains a run, as core.runs.execute (tests hand in their own)."""
        super().__init__(parent)
        self.catalog = catalog
        self.folder: Path = catalog.folder
        self.theme = theme
        self.settings = settings
        self.actions = Actions(self)
        self.messages: list[Message] = []
        self.device: Device | None = None
        """What torch found; None until it was imported."""
        self.runner = Runner(catalog, self, execute)
        self.runner.run_started.connect(self.run_started)
        self.runner.run_ended.connect(self.run_ended)
        self.runner.failed_to_start.connect(self._not_started)
        self.runner.diverged.connect(self._diverged)
        self._seen = catalog.changes
        self.is_lost = False
        """Whether the data folder is gone: there is nothing to read, and nothing is kept."""
        self._poll = QTimer(self)
        self._poll.setInterval(500)
        self._poll.timeout.connect(self.look)
        self._poll.start()

    @Slot()
    def look(self) -> None:
        """Tell the pages once if the catalog has grown since the last look, and the window if its folder is gone."""
        if self.is_lost == self.catalog.is_there:
            self.is_lost = not self.is_lost
            self.folder_lost.emit(self.is_lost)
        if self.is_lost:
            return
        if self.runner.owes:
            with contextlib.suppress(CoreError):  # it was said; as long as there is no room, this goes on
                self.runner.settle()
        changes = self.catalog.changes
        if changes != self._seen:
            self._seen = changes
            self.catalog_changed.emit()

    def notify(
        self, text: str, kind: str = "info", action: tuple[str, Callable[[], None]] | None = None, about: str = ""
    ) -> None:
        """Show a toast and keep it in the list. kind: info, done or error; action: (title, what to do), e.g. Undo; done once;
        about: id of the run whose page says the same, so that no toast is needed there."""
        title, run = action or ("", None)
        message = Message(text, kind, datetime.now(), title, run and _once(run), about)
        self.messages.append(message)
        self.notified.emit(message)

    def device_found(self, device: Device) -> None:
        self.device = device
        self.device_changed.emit()

    def close(self) -> bool:
        """Stop and keep what trains, then close the catalog. False: the training thread has not answered in time."""
        self._poll.stop()
        drop_all()
        ended = self.runner.close()
        if ended:
            self.catalog.close()
        return ended

    @Slot(str)
    def _diverged(self, run_id: str) -> None:
        live = self.runner.live
        if live is not None and live.diverged is not None:
            show = ("Show", lambda: self.navigate.emit("live", run_id))
            self.notify(f"{live.name} is paused: {live.diverged.sentence}.", "error", show, about=run_id)

    @Slot(str)
    def _not_started(self, sentence: str) -> None:
        self.notify(sentence, "error")


def _once(run: Callable[[], None]) -> Callable[[], None]:
    """The toast and the list of messages both offer it; it is done by whichever comes first."""
    left = [run]

    def act() -> None:
        if left:
            left.pop()()

    return act
