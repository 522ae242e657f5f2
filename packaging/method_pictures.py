"""Draw each method's own view, the tab *Method* of Live, from real short runs: `python packaging/method_pictures.py`.

Every run is an ordinary one: a preset with the few settings below. With a data folder as argument the newest run of each
method that is there is drawn (or the runs whose ids are named behind it), and nothing is trained. QT_QPA_PLATFORM=offscreen
draws without a screen. The pictures go to packaging/screenshots/methods.
"""

import sys
import tempfile
from pathlib import Path

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication

from app.main import Program
from app.pages.live.page import LivePage
from app.pages.live.panel import Panel
from app.screenshots import settle
from core.config import presets, with_settings
from core.runs import enqueue, execute
from core.storage.catalog import Catalog
from core.storage.records import RunRecord

TARGET = Path(__file__).resolve().parent / "screenshots" / "methods"
COMMON = ("engine.tier=eager", "evaluation.tasks=40", "evaluation.validation_tasks=40")
GLYPHS = ("network.filters=16", "outer.meta_batch=4")
PRETRAINED = (*GLYPHS, "method.pretraining_steps=300", "method.pretraining_batch=64")
RUNS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("sinusoid-maml", ("outer.steps=300",)),
    ("sinusoid-reptile", ("outer.steps=200",)),
    ("sinusoid-meta-sgd", ("outer.steps=300",)),
    ("sinusoid-maml-plus-plus", ("outer.steps=200",)),
    ("sinusoid-cavia", ("outer.steps=300",)),
    ("sinusoid-imaml", ("outer.steps=200",)),
    ("sinusoid-mt-net", ("outer.steps=300",)),
    ("sinusoid-line-platipus", ()),
    ("three-modes-mixture", ("outer.steps=200", "outer.meta_batch=12")),
    ("four-families-hsml", ("outer.steps=200", "outer.meta_batch=12")),
    ("two-modes-mmaml", ("outer.steps=200", "outer.meta_batch=12")),
    ("glyphs-leo", ("outer.steps=60", *PRETRAINED)),
    ("glyphs-sca", ("outer.steps=60", *GLYPHS)),
    ("glyphs-mtl", ("outer.steps=40", *PRETRAINED)),
    ("glyphs-predict-from-activations", ("outer.steps=60", *PRETRAINED, "tasks.train_ways=20", "tasks.train_shots=5")),
)
"""FTML's needs MNIST's files: `headstart reproduce rainbow-mnist --row FTML`, then this with that data folder and the run's id."""
FILES = {"maml++": "maml-plus-plus"}
SIZE = QSize(1100, 1000)


def main(folder: Path | None, runs: list[str]) -> None:
    if folder is not None:
        draw(folder, runs)
        return
    with tempfile.TemporaryDirectory(prefix="headstart-") as temporary:
        train(Path(temporary))
        draw(Path(temporary))


def train(folder: Path) -> None:
    with Catalog.open(folder) as catalog:
        for preset, settings in RUNS:
            print(f"training {preset}", file=sys.stderr, flush=True)
            execute(catalog, enqueue(catalog, with_settings(presets()[preset].experiment, [*COMMON, *settings])).id)


def draw(folder: Path, wanted: list[str] | None = None) -> None:
    """wanted: ids of runs; empty or None: the newest run of every method."""
    TARGET.mkdir(exist_ok=True)
    program = Program(folder)
    program.open_folder(folder)
    program.theme.choose("light")
    window = program.window
    window.resize(SIZE)
    window.show()
    assert window.workspace is not None, program.trouble
    there = [run for run in window.workspace.catalog.runs() if not wanted or run.id in wanted]
    newest = {run.experiment.method.kind: run for run in reversed(there)}
    for kind, run in newest.items():
        window.go("live", run.id)
        settle(500)
        page = window.findChild(LivePage, "live")
        if page.show_method():
            settle(200)
            print(_save(page, kind, run))
    window.close()
    program.close()


def _save(page: LivePage, kind: str, run: RunRecord) -> str:
    path = TARGET / f"{FILES.get(kind, kind)}.png"
    if not page.findChild(Panel, "live.method.panel").grab().save(str(path)):
        raise OSError(f"{path} cannot be written")
    return f"{path.name}: {run.name}, {run.step:,} outer steps"


if __name__ == "__main__":
    application = QApplication(sys.argv[:1])
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None, sys.argv[2:])
