"""Redraw the three pictures with which the README opens: `python packaging/readme_pictures.py`.

The shipped finished runs are compared and tried, and the 60-second example is trained until the picture is taken. A minute or two.
"""

import os
import sys
import tempfile
from pathlib import Path

from PySide6.QtCore import QDeadlineTimer, QEventLoop, QSize, QTimer
from PySide6.QtWidgets import QApplication

from app.frame.commands import start_example
from app.frame.window import MainWindow
from app.main import Program
from app.screenshots import settle
from app.workspace import Workspace
from core.storage.catalog import Catalog
from core.storage.finished import import_finished

TARGET = Path(__file__).resolve().parent / "screenshots"
SIZE = QSize(1100, 720)
TASKS, STEP, ADAPTATION = "sinusoid", 3500, 1
LEARNED, BESIDE = "Meta-SGD, seed 1", "MAML, seed 0"


def main() -> None:
    application = QApplication(sys.argv[:1])
    with tempfile.TemporaryDirectory(prefix="headstart-") as temporary:
        with Catalog.open(Path(temporary)) as catalog:
            import_finished(catalog)
        program = Program(Path(temporary))
        program.open_folder(program.folder)
        program.theme.choose("light")
        window, workspace = program.window, program.window.workspace
        assert workspace is not None
        window.resize(SIZE)
        window.show()
        compare(window, workspace)
        try_it(window, workspace)
        live(window, workspace)
        window.close()
        program.close()
        application.processEvents()


def compare(window: MainWindow, workspace: Workspace) -> None:
    """Seeds in groups, adaptation in front."""
    window.go("compare", ",".join(run.id for run in workspace.catalog.runs() if run.tasks == TASKS))
    settle(500)
    page = window.pages["compare"]
    page.group.setChecked(True)
    page.tabs.setCurrentIndex(ADAPTATION)
    settle(500)
    save(window, "compare")


def try_it(window: MainWindow, workspace: Workspace) -> None:
    """One start beside another and a random one."""
    starts = {start.name: start.id for start in workspace.catalog.initializations()}
    window.go("tryit", f"{starts[LEARNED]}?beside={starts[BESIDE]}")
    settle(1500)
    save(window, "try-it")


def live(window: MainWindow, workspace: Workspace) -> None:
    """While it trains; the run is discarded."""
    start_example(workspace)
    deadline = QDeadlineTimer(600_000)
    while not deadline.hasExpired():
        wait(200)
        if workspace.runner.live is not None and workspace.runner.live.numbers.last()[0] >= STEP:
            break
    wait(800)
    save(window, "live")
    workspace.runner.end_all(discard=True)
    while workspace.runner.current is not None:
        wait(100)


def wait(milliseconds: int) -> None:
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def save(window: MainWindow, name: str) -> None:
    focused = QApplication.focusWidget()
    if focused is not None:
        focused.clearFocus()
    wait(300)
    path = TARGET / f"{name}.png"
    if not window.grab().save(str(path)):
        raise OSError(f"{path} cannot be written")
    print(path)


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    main()
