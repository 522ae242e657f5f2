"""Every page as a PNG, in light and dark and in two sizes, with real content; of each method that shows something of itself
that view as well (`live-method-KIND-...`), and what lies behind the first view of a page (`compare-scatter-...`, `import-...`)."""

import sys
import tempfile
from itertools import chain
from pathlib import Path

from PySide6.QtCore import QDeadlineTimer, QElapsedTimer, QEventLoop, QSize, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from app import scenes as scenes_of
from app.frame.places import PLACES
from app.main import Program
from app.pages.live.page import LivePage
from app.services.background import is_idle
from core.errors import CoreError

SIZES = (QSize(1100, 720), QSize(1600, 1000))
THEMES = ("light", "dark")
FILES = {"setup": "set-up", "tryit": "try-it"}
SHORT = (
    ("sinusoid-maml", ["outer.steps=2000", "outer.learning_rate=0.002"]),
    ("sinusoid-fomaml", ["outer.steps=2000", "outer.learning_rate=0.002"]),
    ("sinusoid-mt-net", ["outer.steps=600"]),
    ("glyphs-maml", ["outer.steps=40", "outer.meta_batch=4", "network.filters=16"]),
)
_COMMON = ["evaluation.tasks=60", "evaluation.validation_tasks=40"]


def take(target: Path, folder: Path | None) -> int:
    """Write the pictures into `target` and their names to standard output. folder: None trains a few short runs first."""
    try:
        target.mkdir(parents=True, exist_ok=True)
        if folder is not None:
            return _take(target, folder)
        with tempfile.TemporaryDirectory(prefix="headstart-") as temporary:
            train_short_runs(Path(temporary))
            return _take(target, Path(temporary))
    except (CoreError, OSError) as error:
        print(f"headstart: {error}", file=sys.stderr)
        return 2


def train_short_runs(folder: Path) -> None:
    """A few honest but short runs, so that the pages hold something."""
    from core.config import presets, with_settings
    from core.runs import enqueue, execute
    from core.storage.catalog import Catalog

    with Catalog.open(folder) as catalog:
        for preset, settings in SHORT:
            experiment = with_settings(presets()[preset].experiment, [*settings, *_COMMON])
            print(f"training {preset}, {experiment.outer.steps} steps", file=sys.stderr)
            execute(catalog, enqueue(catalog, experiment).id)


def _take(target: Path, folder: Path) -> int:
    held = QApplication.instance()
    application = held if isinstance(held, QApplication) else QApplication(sys.argv[:1])
    program = Program(folder)
    program.open_folder(folder)
    window = program.window
    window.show()
    if window.workspace is None:
        print(f"headstart: {program.trouble.sentence if program.trouble else folder}", file=sys.stderr)
        window.close()
        program.close()
        return 2
    for size in SIZES:
        window.resize(size)
        for entry in PLACES:
            window.go(entry.name, _argument(program, entry.name))
            if entry.name == "live":
                window.findChild(LivePage, "live").show_tasks()
            settle(700)
            _in_themes(program, target, FILES.get(entry.name, entry.name), size)
        _behind(program, target, size)
    window.close()
    program.close()
    application.processEvents()
    return 0


def _behind(program: Program, target: Path, size: QSize) -> None:
    """Everything that takes a click to be seen."""
    window = program.window
    with tempfile.TemporaryDirectory(prefix="headstart-") as temporary:
        scenes = (
            scenes_of.live_scenes(window, settle),
            scenes_of.compare_scenes(window, settle),
            scenes_of.catalog_scenes(window, settle),
            scenes_of.panel_scenes(window, settle),
            scenes_of.import_scenes(window, settle, Path(temporary)),
        )
        for name, widget in chain(*scenes):
            _in_themes(program, target, name, size, widget)


def _in_themes(program: Program, target: Path, page: str, size: QSize, widget: QWidget | None = None) -> None:
    """widget: what is drawn, where it is not the whole window."""
    for theme in THEMES:
        program.theme.choose(theme)
        settle(150)
        print(_save(widget or program.window, target / f"{page}-{theme}-{size.width()}x{size.height()}.png"))


def _save(widget: QWidget, path: Path) -> Path:
    if not widget.grab().save(str(path)):
        raise OSError(f"{path} cannot be written; choose a folder that you may write to")
    return path


def _argument(program: Program, page: str) -> str:
    """What the page is opened with: the newest run of regression, two runs on the same tasks, ..."""
    assert program.window.workspace is not None
    catalog = program.window.workspace.catalog
    runs = catalog.runs()
    plain = [run for run in runs if run.experiment.tasks.task_type == "regression"] or runs
    if page == "live" and plain:
        return plain[0].id
    if page == "compare":
        return ",".join(run.id for run in plain[:2])
    if page == "initialization":
        found = catalog.initializations()
        return found[0].id if found else ""
    if page == "tryit":
        made = catalog.initializations(f"run:{plain[0].id}") if plain else []
        beside = [one for run in plain[1:2] for one in catalog.initializations(f"run:{run.id}")]
        return f"{made[0].id}?beside={beside[0].id}" if made and beside else made[0].id if made else ""
    return ""


def settle(milliseconds: int, most: int = 60_000) -> None:
    """Let the event loop run until no background work is left, and at least so long."""
    clock, deadline = QElapsedTimer(), QDeadlineTimer(most)
    clock.start()
    quiet = 0
    while not deadline.hasExpired() and (clock.elapsed() < milliseconds or quiet < 3):
        loop = QEventLoop()
        QTimer.singleShot(40, loop.quit)
        loop.exec()
        quiet = quiet + 1 if is_idle() else 0
