"""The 60-second example from start to finish: train, export, draw. For the terminal; the window has its own on Home."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.config import presets, with_settings
from core.errors import BadFile, RunFailed
from core.runs import enqueue, execute
from core.storage.records import RunRecord, Status
from core.training.control import Control
from core.training.events import Sink, ignore

if TYPE_CHECKING:
    from core.storage.catalog import Catalog

PRESET = "sinusoid-maml"


@dataclass(frozen=True)
class Example:
    """What the example left: the run in the catalog, the exported initialization, the picture of its curves."""

    run: RunRecord
    initialization: Path
    figure: Path
    sentence: str


def run_example(
    catalog: "Catalog", folder: Path, sink: Sink = ignore, control: Control | None = None, settings: Sequence[str] = ()
) -> Example:
    """Train the preset (with `settings`, as for --set), and write NAME.safetensors and NAME.png into the folder.

    Blocks for about a minute. Raises BadFile where the folder cannot be written, RunFailed where the run ended early.
    """
    from core.analysis.figures import run_figure
    from core.deploy import export

    _make(folder)
    queued = enqueue(catalog, with_settings(presets()[PRESET].experiment, list(settings)))
    run = execute(catalog, queued.id, sink, control)
    saved = next((found for found in catalog.initializations() if found.run == run.id), None)
    if run.status not in (Status.FINISHED, Status.STOPPED) or saved is None:
        raise RunFailed(f"the example ended as {run.status}: {run.message or 'no initialization was kept'}")
    initialization, figure = folder / f"{PRESET}.safetensors", folder / f"{PRESET}.png"
    export(saved.path, initialization)
    run_figure(figure, catalog, run.id)
    return Example(run, initialization, figure, _sentence(catalog, run))


def _make(folder: Path) -> None:
    """Before the minute of training, not after it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".writable").touch()
        (folder / ".writable").unlink()
    except OSError as error:
        raise BadFile(f"cannot write into {folder}: {error.strerror}; name another folder") from None


def _sentence(catalog: "Catalog", run: RunRecord) -> str:
    """Mean losses on the test tasks, beside the random start."""
    found = catalog.evaluation(run.id)
    if found is None:
        return f"Stopped at step {run.step}, before the test tasks were tried."
    learned, start = found.curves.loss.mean(0), found.random_start.loss.mean(0)
    shots = run.experiment.tasks.shots
    shots = run.experiment.tasks.shots
    return (
        f"On {len(found.curves.loss)} new tasks the mean loss falls from {learned[0]:.2f} to {learned[1]:.2f} with one "
        f"step on {shots} points and to {learned[-1]:.2f} with {len(learned) - 1}; from a random start it goes from "
        f"{start[0]:.2f} to {start[1]:.2f} and {start[-1]:.2f}."
    )
