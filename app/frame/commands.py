"""The actions that belong to the window itself. Pages add their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QFileDialog

from app.frame.places import PLACES, Place
from app.frame.tour import STOPS
from app.widgets.explained import topic_of
from core.config import Experiment, presets

if TYPE_CHECKING:
    from app.frame.window import MainWindow
    from app.workspace import Workspace

EXAMPLE = "sinusoid-maml"


def add_commands(window: MainWindow, workspace: Workspace) -> None:
    _add_places(window, workspace)
    _add_run_commands(workspace)
    _add_look_commands(workspace)
    _add_window_commands(window, workspace)


def _add_places(window: MainWindow, workspace: Workspace) -> None:
    for entry in PLACES:
        if entry.icon:
            title = f"Go to {entry.title}"
            workspace.actions.add(
                f"go.{entry.name}", title, _to(window, entry), shortcut=entry.shortcut, section="Go", icon=entry.icon
            )
    workspace.actions.add(
        "go.back", "Back to the page before", window.back, shortcut="Alt+Left", section="Go",
        enabled=lambda: window.can_go_back, icon="left", hint="As it was, with the focus where it was.",
    )  # fmt: skip
    workspace.actions.add(
        "go.tryit", "Try an initialization", lambda: window.go("tryit", ""), section="Go", icon="play",
        hint="A new task, step by step, beside other starts.",
    )  # fmt: skip
    workspace.actions.add(
        "help.focused", "Help for this", lambda: _help(window), shortcut="F1", section="Help",
        hint="Explain the focused field.",
    )  # fmt: skip
    workspace.actions.add(
        "help.tour", "Take the tour", window.tour.start, section="Help", icon="help",
        hint=f"{len(STOPS)} stops: where everything is.",
    )  # fmt: skip


def _to(window: MainWindow, entry: Place) -> Callable[[], None]:
    return lambda: window.go(entry.name, "")


def _help(window: MainWindow) -> None:
    window.go("help", topic_of(QApplication.focusWidget(), window.place))


def example() -> Experiment:
    """The 60-second example."""
    return presets()[EXAMPLE].experiment


def start_example(workspace: Workspace) -> None:
    """Queue the example, and look at it."""
    ids = workspace.runner.start(example())
    workspace.navigate.emit("live", ids[0])


def discard(workspace: Workspace) -> None:
    """End the run in progress and move it to the trash, unless it is taken back."""
    runner, run_id = workspace.runner, workspace.runner.current
    if run_id is not None:
        runner.discard()
        text = "The run goes to the trash once it has stopped."
        workspace.notify(text, "info", ("Keep it", lambda: runner.keep(run_id)))


def _add_run_commands(workspace: Workspace) -> None:
    runner = workspace.runner

    def running() -> bool:
        return runner.current is not None and runner.live is not None and not runner.live.stopping

    def pause_or_go_on() -> None:
        if runner.live is not None:
            (runner.go_on if runner.live.paused else runner.pause)()

    add = workspace.actions.add
    add("run.example", "Run the 60-second example", lambda: start_example(workspace), section="Run", icon="play",
        hint="MAML on sinusoids, with live plots.")  # fmt: skip

    def may_pause() -> bool:
        return running() and runner.live is not None and runner.live.diverged is None

    add("run.pause", "Pause or go on", pause_or_go_on, section="Run", enabled=may_pause, icon="pause",
        hint="Pause the run in progress, or go on with it (Space on the Live page).")  # fmt: skip
    add("run.stop", "Stop and keep", runner.stop, shortcut="Ctrl+.", section="Run", enabled=running, icon="stop",
        hint="End the run in progress; what is learned is kept and can be resumed.")  # fmt: skip
    add("run.discard", "Discard the run", lambda: discard(workspace), section="Run", enabled=running, icon="trash",
        hint="End the run in progress and move it to the trash.")  # fmt: skip
    add("run.queue", "Go on with the queue", runner.go_on_with_queue, section="Run", icon="play",
        enabled=lambda: runner.current is None and bool(runner.waiting), hint="After it was held by a full disk.")  # fmt: skip


def _add_look_commands(workspace: Workspace) -> None:
    names = {"system": "Follow the system", "light": "Light", "dark": "Dark", "contrast": "High contrast"}
    for choice, title in names.items():
        workspace.actions.add(f"look.{choice}", f"Theme: {title}", _look(workspace, choice), section="Look")


def _look(workspace: Workspace, choice: str) -> Callable[[], None]:
    def choose() -> None:
        workspace.settings.set("theme", choice)
        workspace.theme.choose(choice, float(workspace.settings.get("text_scale")))

    return choose


def _add_window_commands(window: MainWindow, workspace: Workspace) -> None:
    add = workspace.actions.add
    add("palette.open", "All actions", window.palette_box.open, shortcut="Ctrl+K", section="Window", icon="command")
    add("messages.show", "Messages", window.messages.toggle, section="Window", icon="bell")
    add("queue.show", "Queue of runs", window.queue.toggle, section="Run", icon="queue",
        hint="What waits for its turn; move runs or take them out.")  # fmt: skip
    add("folder.show", "Show the data folder", lambda: _show_folder(workspace), section="Data", icon="folder")
    add("folder.change", "Change the data folder", lambda: ask_for_folder(window), section="Data", icon="folder",
        enabled=lambda: workspace.runner.current is None, hint="Open another data folder in this window.")  # fmt: skip
    add("window.quit", "Quit", window.close, shortcut="Ctrl+Q", section="Window")


def _show_folder(workspace: Workspace) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(workspace.folder)))


def ask_for_folder(window: MainWindow) -> None:
    chooser = QFileDialog(window, "Choose a data folder")
    chooser.setObjectName("folder.chooser")
    chooser.setFileMode(QFileDialog.FileMode.Directory)
    chooser.setOption(QFileDialog.Option.ShowDirsOnly)
    chooser.fileSelected.connect(window.folder_chosen)
    chooser.finished.connect(chooser.deleteLater)
    chooser.open()
