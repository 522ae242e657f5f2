"""What went wrong, as a person sees it: runs that did not finish, a data folder that cannot be opened."""

from collections.abc import Iterator
from pathlib import Path

from PySide6.QtWidgets import QTabWidget

from app.frame.trouble import TroublePage, opening
from app.frame.window import MainWindow
from core.errors import FolderInUse
from core.storage.records import Status

from .types import Scene, Settle

_ENDED = (Status.FAILED, Status.INTERRUPTED, Status.STOPPED)


def ended_scenes(window: MainWindow, settle: Settle, _folder: Path) -> Iterator[Scene]:
    """The newest run of each way to end early; the tab with what one would otherwise do."""
    assert window.workspace is not None
    runs = window.workspace.catalog.runs()
    for status in _ENDED:
        newest = next((run for run in runs if run.status == status), None)
        if newest is not None:
            window.go("live", newest.id)
            settle(400)
            yield f"live-{status.value}", window
    for run in runs:
        window.go("live", run.id)
        settle(200)
        tabs = window.findChild(QTabWidget, "live.below")
        if tabs.isTabVisible(2):
            tabs.setCurrentIndex(2)
            settle(200)
            yield "live-worth", window
            tabs.setCurrentIndex(0)
            return


def trouble_scenes(window: MainWindow, settle: Settle, folder: Path) -> Iterator[Scene]:
    """The calm page, in a window of its own."""
    shown = MainWindow(window.theme)
    shown.resize(window.size())
    error = FolderInUse(f"{folder} is in use by another Headstart (process 4711)")
    shown.show_trouble(opening(error, folder), shown.close, shown.close)
    shown.show()
    settle(200)
    assert shown.findChild(TroublePage, "trouble") is not None
    yield "trouble", shown
    shown.close()
    shown.deleteLater()
