"""evaluate and export: initializations as files."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.errors import BadFile, CoreError, NotFound

from .options import DataFolder, Initialization, Json, Set, anchored
from .output import emit, say, size, talk

if TYPE_CHECKING:
    from core.export.words import Wanted
    from core.storage.catalog import Catalog
    from core.storage.records import InitializationRecord


def add_to(app: typer.Typer) -> None:
    for command in (evaluate, export):
        app.command(rich_help_panel="Use")(command)


def evaluate(
    initialization: Initialization,
    set_: Set = None,
    episodes: Annotated[int | None, typer.Option(metavar="N", min=2, help="Test tasks: evaluation.tasks.")] = None,
    data_folder: DataFolder = None,
    json: Json = False,
) -> None:
    """Measure an initialization on fixed test tasks, beside a random start.

    --set changes the tasks or the recipe (tasks.shots=10, inner.evaluation_steps=20); the same settings always give the
    same tasks. --json: initialization, file, tasks, steps, loss, accuracy, digest, random_start {begins (a
    fresh network, or a fresh head on the pretrained body), loss, accuracy}; loss and accuracy are lists of
    {"mean", "half_width"} (95 %), one per inner step from 0 on. On own data (or with evaluation.alternatives=on) also
    alternatives and worth, as in run. warnings: sentences on test tasks that may be those of the training.
    """
    from core.storage.catalog import Catalog
    from core.storage.folders import default_folder

    from .results import tell_evaluation, tell_worth

    with Catalog.open(data_folder, write=False) as catalog:
        record, path = find(catalog, initialization)
    from core.runs import evaluate as measure

    found = measure(path, default_folder(data_folder), anchored(set_), episodes)
    values = {
        **found,
        "initialization": record.id if record else None,
        "file": str(path),
        "steps": len(found["loss"]) - 1,
    }
    for text in values["warnings"]:
        talk(f"headstart: {text}")
    if json:
        return emit(values)
    say(str(path))
    tell_evaluation(values, values["random_start"])
    if values.get("worth"):
        tell_worth(values["worth"], values["alternatives"])
    return None


def export(
    initialization: Initialization,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="Where to: .safetensors (with card), .pt (state_dict), .pt2 or .onnx (programs)."
        ),
    ],
    step: Annotated[
        str, typer.Option(metavar="best|last|N", help="Which state of its run: best, last or a checkpoint's step.")
    ] = "best",
    component: Annotated[
        int | None,
        typer.Option(metavar="K", help="Of a mixture, which network as .pt: 1, 2, ...; else the one most used."),
    ] = None,
    support: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH",
            help="Support set to adapt the network to before it is written as .pt: a table, folder or .npz.",
        ),
    ] = None,
    steps: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="Inner steps of a program; else those of its recipe.")
    ] = None,
    ways: Annotated[
        int | None,
        typer.Option(metavar="N", min=2, help="Classes of a task of a program; else as many as were learned."),
    ] = None,
    readme: Annotated[
        bool, typer.Option("--readme", help="Write a short README beside the file; its example is run.")
    ] = False,
    data_folder: DataFolder = None,
    json: Json = False,
) -> None:
    """Write an initialization as a file that works without Headstart.

    .safetensors holds the network's tensors under the plain torch module's names and a JSON card; .pt is a plain
    state_dict (torch.load(..., weights_only=True)). .pt2 (needs torch alone) and .onnx (needs onnxruntime alone) adapt and
    predict by themselves: inputs are support x, support y, query x in the units of the data, any number of examples. What
    was written is read back; a program is run on made-up and real tasks and refused where it differs from Headstart by
    more than 1e-4. --json: initialization, run, step, file, bytes, sha256, tensors, readme; of programs steps, ways,
    most_support, check {made_up, real, skipped, difference, allowed}.
    """
    from core.export.leaving import refuse
    from core.export.words import Wanted
    from core.storage.catalog import Catalog

    wanted = Wanted(component, steps, ways, None if support is None else support.expanduser(), readme)
    refuse(file.expanduser(), wanted)
    with Catalog.open(data_folder, write=False) as catalog:
        record, path = _find_or_run(catalog, initialization)
        written = _write(catalog, record, path, file.expanduser(), step, wanted)
        outer_step = _outer_step(catalog, record, step)
    values = {
        "initialization": record.id if record else None,
        "run": record.run if record else None,
        "step": outer_step,
        **written,
    }
    if json:
        return emit(values)
    say(f"{values['file']}: {values['tensors']} tensors, {size(values['bytes'])}, SHA-256 {values['sha256']}")
    if "check" in values:
        found = values["check"]
        none = f" ({found['why_none_real']})" if found["why_none_real"] else ""
        say(
            f"{values['steps']} inner steps; agrees with Headstart to {found['difference']:.0e} on {found['made_up']} made-up and "
            f"{found['real']} real tasks{none}"
        )
    if values["readme"]:
        say(f"README: {values['readme']}")
    from core.deploy import loading_code

    return say(loading_code(values["file"]))


def find(catalog: "Catalog", reference: str) -> tuple["InitializationRecord | None", Path]:
    """A row of the catalog with its file, or an exported file. Raises NotFound, or BadFile for a row without its file."""
    path = Path(reference).expanduser()
    if os.path.isfile(path):  # false for a name that is too long, too
        return None, path
    if path.suffix in (".safetensors", ".pt"):
        raise BadFile(f"there is no file {path}")
    record = catalog.initialization(reference)
    if not record.present:
        raise BadFile(f"the file of initialization {record.id} is gone: {record.path}")
    return record, record.path


def _find_or_run(catalog: "Catalog", reference: str) -> tuple["InitializationRecord | None", Path]:
    """As find; a run stands for the newest initialization that it left."""
    try:
        return find(catalog, reference)
    except NotFound:
        try:
            run = catalog.run(reference)
        except NotFound:
            run = None
        if run is None:
            raise
        made = catalog.initializations(f"run:{run.id}")
        if not made:
            raise NotFound(f"run {run.id} has left no initialization yet ({run.status})") from None
        return find(catalog, made[0].id)


def _write(
    catalog: "Catalog",
    record: "InitializationRecord | None",
    path: Path,
    target: Path,
    step: str,
    wanted: "Wanted",
) -> dict[str, Any]:
    from .progress import shares

    if step == "best":
        from core.export.leaving import leave

        with shares() as report:
            return leave(path, target, catalog.folder, wanted, report=report)
    if record is None or record.run is None:
        raise CoreError(f"--step {step}: {path.name} is a file without its run; only --step best can be exported")
    from core.runs import export_step

    with shares() as report:
        return export_step(catalog, record.run, step, target, wanted, report)


def _outer_step(catalog: "Catalog", record: "InitializationRecord | None", step: str) -> int | None:
    """The number behind best and last; None for a file that came without its run."""
    if record is None or step == "best":
        return record.step if record else None
    if step == "last":
        return max((c.step for c in catalog.checkpoints(record.run or "") if c.present), default=None)
    return int(step)
