"""Set up, step by step: each scrolled to the top."""

from collections.abc import Iterator
from pathlib import Path

from PySide6.QtWidgets import QApplication

from app.frame.window import MainWindow
from app.pages.setup.page import SetupPage

from .types import Scene, Settle


def setup_scenes(window: MainWindow, settle: Settle, _folder: Path) -> Iterator[Scene]:
    """The steps after the first, then a set-up that cannot run; the draft is put back."""
    window.go("setup", "")
    settle(300)
    page = window.findChild(SetupPage, "setup.page")
    for step in page.steps[1:]:
        page.stepper.chosen.emit(step.name)
        focused = QApplication.focusWidget()
        if focused is not None:
            focused.clearFocus()
        settle(300)
        yield f"set-up-{step.name}", window
    page.desk.choose("tasks", "table")
    settle(600)
    page.stepper.chosen.emit("review")
    settle(200)
    yield "set-up-problems", window
    page.desk.undo()
    window.toasts.clear()
    page.stepper.chosen.emit("tasks")
    settle(300)
