"""Every page as a PNG, in light and dark and in two sizes, with real content; of each method that shows something of itself
that view as well (`live-method-KIND-...`), what lies behind the first view of a page (`compare-scatter-...`, `import-...`),
and the pages before anything was trained (`empty-...`)."""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QDeadlineTimer, QElapsedTimer, QEventLoop, QSize, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from app.frame.places import PLACES
from app.main import Program
from app.pages.live.page import LivePage
from app.scenes import SCENES
from app.services.background import is_idle
from app.wanted import Wanted
from core.errors import CoreError

ALL = Wanted()
FILES = {"setup": "set-up", "tryit": "try-it"}
SHORT = (
    ("sinusoid-maml", ["outer.steps=2000", "outer.learning_rate=0.002"]),
    ("sinusoid-fomaml", ["outer.steps=2000", "outer.learning_rate=0.002"]),
    ("sinusoid-mt-net", ["outer.steps=600"]),
    ("glyphs-maml", ["outer.steps=40", "outer.meta_batch=4", "network.filters=16"]),
)
_COMMON = ["evaluation.tasks=60", "evaluation.validation_tasks=40"]


def take(target: Path, folder: Path | None, wanted: Wanted = ALL) -> int:
    """Write the pictures into `target` and their names to standard output. folder: None trains a few short runs first."""
    try:
        target.mkdir(parents=True, exist_ok=True)
        if folder is not None:
            return _take(target, folder, wanted)
        with tempfile.TemporaryDirectory(prefix="headstart-") as temporary:
            train_short_runs(Path(temporary))
            return _take(target, Path(temporary), wanted)
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


def _take(target: Path, folder: Path, wanted: Wanted) -> int:
    held = QApplication.instance()
    application = held if isinstance(held, QApplication) else QApplication(sys.argv[:1])
    program = _opened(folder, wanted)
    window = program.window
    if window.workspace is None:
        print(f"headstart: {program.trouble.sentence if program.trouble else folder}", file=sys.stderr)
        _shut(program)
        return 2
    taken: list[Path] = []
    for width, height in wanted.sizes:
        camera = Camera(program, target, wanted, QSize(width, height), taken)
        window.resize(camera.size)
        _pages(camera)
        _behind(camera)
    _shut(program)
    with tempfile.TemporaryDirectory(prefix="headstart-") as nothing:
        _empty(target, Path(nothing), wanted, taken)
    application.processEvents()
    if not taken:
        print(
            f"headstart: --only: no picture's name begins with {', '.join(wanted.only)}; leave it out for all",
            file=sys.stderr,
        )
        return 2
    return 0


def _opened(folder: Path, wanted: Wanted) -> Program:
    program = Program(folder)
    program.open_folder(folder)
    program.theme.choose(wanted.themes[0], wanted.text)
    program.window.show()
    return program


def _shut(program: Program) -> None:
    program.window.close()
    program.close()


@dataclass(frozen=True)
class Camera:
    """Takes the wanted pictures of one program in one size."""

    program: Program
    target: Path
    wanted: Wanted
    size: QSize
    taken: list[Path]
    """What was written, added to by all cameras."""

    def shoot(self, name: str, widget: QWidget | None = None) -> None:
        """In every theme. widget: what is drawn, where it is not the whole window."""
        if not self.wanted.takes(name):
            return
        for theme in self.wanted.themes:
            if theme != self.program.theme.name:
                self.program.theme.choose(theme)
            settle(150)
            file = self.target / f"{name}-{theme}-{self.size.width()}x{self.size.height()}.png"
            self.taken.append(_save(widget or self.program.window, file))
            print(file)


def _pages(camera: Camera) -> None:
    """The first view of each page."""
    window = camera.program.window
    for entry in PLACES:
        name = FILES.get(entry.name, entry.name)
        if not camera.wanted.takes(name):
            continue
        window.go(entry.name, _argument(camera.program, entry.name))
        if entry.name == "live":
            window.findChild(LivePage, "live").show_tasks()
        settle(700)
        camera.shoot(name)


def _behind(camera: Camera) -> None:
    """Everything that takes a click to be seen."""
    with tempfile.TemporaryDirectory(prefix="headstart-") as temporary:
        for beginnings, scenes in SCENES:
            if camera.wanted.takes_any(*beginnings):
                for name, widget in scenes(camera.program.window, settle, Path(temporary)):
                    camera.shoot(name, widget)


def _empty(target: Path, folder: Path, wanted: Wanted, taken: list[Path]) -> None:
    """The pages before anything was trained, in the least of the sizes."""
    if not wanted.takes_any("empty"):
        return
    program = _opened(folder, wanted)
    camera = Camera(program, target, wanted, QSize(*min(wanted.sizes)), taken)
    program.window.resize(camera.size)
    for entry in PLACES:
        name = f"empty-{FILES.get(entry.name, entry.name)}"
        if entry.name not in ("setup", "settings", "help") and wanted.takes(name):
            program.window.go(entry.name, "")
            settle(300)
            camera.shoot(name)
    _shut(program)


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
