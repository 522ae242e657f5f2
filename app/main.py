"""Start-up of the window: theme, data folder, first page; torch afterwards."""

from __future__ import annotations

import os
import signal
import sys
from importlib.resources import files as resource_files
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from app.frame.commands import ask_for_folder
from app.frame.trouble import Trouble, opening
from app.frame.window import MainWindow
from app.services import device
from app.services.background import report_bugs_to, run_in_background, wait_for_background
from app.services.report import Reports
from app.services.settings import Settings
from app.services.theme import Theme, ensure_fonts
from app.workspace import Workspace
from core.storage.folders import default_folder

if TYPE_CHECKING:
    from core.storage.catalog import Catalog
    from core.storage.rescue import Rescued

IDLE_MS = 600
UNSEEN_MS = 250
"""A window that is never painted (minimized at once, on another desktop) opens its folder after this long."""


class Program(QObject):
    """Holds the window and what outlives a data folder: theme and reports."""

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__()
        self.folder = folder
        ensure_fonts()
        self.theme = Theme()
        self.theme.apply()
        self.reports = Reports(self)
        self.window = MainWindow(self.theme)
        self.window.folder_chosen.connect(self._choose_text)
        self.window.folder_again.connect(self._reopen)
        self.reports.reported.connect(self._tell_bug)
        self.reports.known.connect(self._tell_known)
        self.device: device.Device | None = None
        self.trouble: Trouble | None = None
        """Why the data folder could not be opened, the last time that was so."""
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.setInterval(IDLE_MS)
        self._idle.timeout.connect(self._warm_up)
        self._opening = QTimer(self)
        self._opening.setSingleShot(True)
        self._opening.timeout.connect(self._open_first)

    def begin(self) -> None:
        """Show the window at once, in the person's own colours, and open the data folder after its first paint: the
        libraries of the catalog take as long to load as all of Qt."""
        settings = Settings(default_folder(self.folder))
        self.theme.choose(str(settings.get("theme")), float(settings.get("text_scale")))
        self.window.first_painted.connect(lambda: self._opening.start(0))
        self._opening.start(UNSEEN_MS)
        self.window.show()

    @Slot()
    def _open_first(self) -> None:
        if self.window.isVisible() and self.window.workspace is None and self.trouble is None:
            self.open_folder(self.folder)

    def open_folder(self, folder: Path | None) -> None:
        """Open a data folder in the window, or say calmly why not."""
        from core.storage.catalog import Catalog

        if not self.window.leave_workspace():
            return
        self.folder = folder
        try:
            catalog = Catalog.open(folder)
        except Exception as error:
            self._show_trouble(error)
            return
        settings = Settings(catalog.folder)
        self.theme.choose(str(settings.get("theme")), float(settings.get("text_scale")))
        self.window.show_workspace(Workspace(catalog, self.theme, settings))
        if not catalog.runs(limit=1):
            self._meet(catalog, toured=bool(settings.get("toured")))
        if self.device is None:
            self._idle.start()
        else:
            self._device_found(self.device)

    def _meet(self, catalog: Catalog, *, toured: bool) -> None:
        """A catalog without runs: a new one, or one that was lost while its files stayed."""
        lost = catalog.files_without_rows()
        if lost and self.window.workspace is not None:
            text = f"{len(lost)} file{'s lie' if len(lost) > 1 else ' lies'} in this data folder that its catalog does not know."
            self.window.workspace.notify(text, "info", ("Take them in", self._adopt))
        elif not toured:
            self.window.tour.offer()

    def _adopt(self) -> None:
        from core.storage.adopt import adopt, counted

        if self.window.workspace is not None:
            taken = adopt(self.window.workspace.catalog)
            left = f" {len(taken.unknown)} say nothing of themselves and stay as they are." if taken.unknown else ""
            self.window.workspace.notify(f"Taken in: {counted(taken.runs, taken.initializations)}.{left}", "done")

    def _rescue(self) -> None:
        from core.storage.rescue import rescue

        folder = default_folder(self.folder)
        run_in_background(lambda: rescue(folder), self._rescued, self._not_rescued)

    @Slot(object)
    def _rescued(self, told: Rescued) -> None:
        self.open_folder(self.folder)
        if self.window.workspace is not None:
            self.window.workspace.notify(told.sentence(), "done")

    @Slot(str)
    def _not_rescued(self, sentence: str) -> None:
        trouble = Trouble("The catalog could not be rescued", sentence, "Nothing was changed. Mend that and try again.")
        self.window.show_trouble(trouble, self._try_again, self._choose)

    def _show_trouble(self, error: Exception) -> None:
        from core.errors import CoreError

        if not isinstance(error, CoreError | OSError):
            raise error
        self.trouble = opening(error, self.folder)
        rescue = self._rescue if self.trouble.damaged else None
        self.window.show_trouble(self.trouble, self._try_again, self._choose, rescue)

    def close(self) -> bool:
        """True where no work is left behind."""
        self._idle.stop()
        self._opening.stop()
        self.reports.uninstall()
        return wait_for_background(3.0)

    @Slot(str)
    def _choose_text(self, folder: str) -> None:
        self.window.when_idle(lambda: self._open_text(folder))

    @Slot()
    def _reopen(self) -> None:
        """The folder was lost while it was open; what lies there now may be another one, or a copy."""
        space = self.window.workspace
        if space is None or not space.catalog.path.exists():
            if space is not None:
                space.notify(f"{space.folder} is not there yet.", "error")
            return
        self.window.when_idle(lambda: self.open_folder(self.folder))

    def _open_text(self, folder: str) -> None:
        self.open_folder(Path(folder))
        if self.window.workspace is not None:
            text = f"Opened {folder}. To start there next time: headstart --data-folder, or $HEADSTART_DATA_FOLDER."
            self.window.workspace.notify(text)

    def _try_again(self) -> None:
        self.open_folder(self.folder)

    def _choose(self) -> None:
        ask_for_folder(self.window)

    @Slot()
    def _warm_up(self) -> None:
        run_in_background(device.find, self._device_found, self._no_torch)

    @Slot(device.Device)
    def _device_found(self, found: device.Device) -> None:
        self.device = found
        if self.window.workspace is not None:
            self.window.workspace.device_found(found)
        self.window.show_device(found)

    @Slot(str)
    def _no_torch(self, sentence: str) -> None:
        if self.window.workspace is not None:
            self.window.workspace.notify(f"PyTorch could not be loaded, so nothing can be trained. {sentence}", "error")

    @Slot(str)
    def _tell_known(self, sentence: str) -> None:
        if self.window.workspace is not None:
            self.window.workspace.notify(sentence, "error")

    @Slot()
    def end(self) -> None:
        """Stop and keep, then close, without a question: the session ends (SIGTERM, Ctrl+C in the terminal)."""
        if self.window.workspace is not None and self.window.workspace.runner.current is not None:
            self.window.choose_closing("stop")
        else:
            self.window.close()

    @Slot()
    def _tell_bug(self) -> None:
        text = "Something went wrong inside the program. What was saved is safe."
        if self.window.workspace is not None:
            self.window.workspace.notify(text, "error", ("Copy report", self._copy_report))
        else:
            self.window.show_trouble(Trouble(text, "", "The report can be copied.", self.reports.last))

    def _copy_report(self) -> None:
        QApplication.clipboard().setText(self.reports.last)


def run(folder: Path | None = None) -> int:
    """Show the window, which then opens the data folder; returns the exit code."""
    sys.setswitchinterval(0.001)  # the training thread must not hold the window for 5 ms at a time
    application = QApplication(sys.argv[:1])
    application.setApplicationName("Headstart")
    application.setDesktopFileName("headstart")
    application.setWindowIcon(QIcon(str(resource_files("resources") / "icons" / "headstart.svg")))
    program = Program(folder)
    program.reports.install()
    report_bugs_to(program.reports.add)
    program.window.closed.connect(application.quit)
    for number in (signal.SIGINT, signal.SIGTERM):  # heard at the next turn of a timer, of which one always runs
        signal.signal(number, lambda *_: QTimer.singleShot(0, program.end))
    program.begin()
    code = application.exec()
    if not program.close():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)  # work under way in a library cannot be interrupted, and everything is saved
    return code
