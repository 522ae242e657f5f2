"""runs, initializations, show: what the catalog holds."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import DataFolder, Json, Run
from .output import duration, emit, number, say, size, table

if TYPE_CHECKING:
    from core.storage.records import InitializationRecord, RunRecord

Filter = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="FILTER",
        help="Words such as method:maml status:finished loss<0.1 tag:paper star:yes (quote < and >); others search "
        "names and notes.",
    ),
]


def add_to(app: typer.Typer) -> None:
    for command in (runs, initializations, show):
        app.command(rich_help_panel="Look")(command)


def runs(filter: Filter = None, data_folder: DataFolder = None, json: Json = False) -> None:
    """List the runs, newest first.

    --json: a list of run, name, status, method, tasks, steps, total_steps, seconds, started, loss, accuracy, tags, group.
    """
    from core.storage.catalog import Catalog

    with Catalog.open(data_folder, write=False) as catalog:
        found = catalog.runs(" ".join(filter or []))
    if json:
        return emit([_run(record) for record in found])
    if not found:
        return say("No runs." if filter else "No runs yet: headstart run sinusoid-maml")
    heads = ["run", "name", "status", "method", "tasks", "steps", "time", "loss", "accuracy", "started"]
    return table("", heads, [_run_row(record) for record in found], right=["steps", "time", "loss", "accuracy"])


def initializations(filter: Filter = None, data_folder: DataFolder = None, json: Json = False) -> None:
    """List the saved initializations, newest first.

    --json: a list of id, name, run, step, file, method, tasks, network, loss, accuracy, bytes, sha256, present.
    """
    from core.storage.catalog import Catalog

    with Catalog.open(data_folder, write=False) as catalog:
        found = catalog.initializations(" ".join(filter or []))
    if json:
        return emit([_initialization(record) for record in found])
    if not found:
        return say("No initializations." if filter else "No initializations yet: a finished run leaves one.")
    heads = ["id", "name", "run", "step", "method", "tasks", "loss", "accuracy", "size", "file"]
    return table("", heads, [_initialization_row(r) for r in found], right=["step", "loss", "accuracy", "size"])


def show(
    run: Run,
    export: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH", help="Write its series: .csv or .parquet (settings beside), or a folder for TensorBoard."
        ),
    ] = None,
    data_folder: DataFolder = None,
    json: Json = False,
) -> None:
    """Settings and results of a run, and the experiment file and Python call that repeat it.

    --export PATH writes training, validation and test by outer and inner step (columns series, outer_step, inner_step,
    seconds, loss, accuracy, tasks) with the experiment file beside, or TensorBoard event files into a new folder; then
    nothing is shown, and with --json the files are "exported". Else --json: the object of
    run, and group, created, started, ended, versions, tags, note, experiment (nested settings),
    experiment_file (the same as TOML), checkpoints [{step, file, reason, present}], log.
    """
    from core.config import to_text
    from core.storage.catalog import Catalog

    from .results import run_object, tell_run

    with Catalog.open(data_folder, write=False) as catalog:
        record = catalog.run(run)
        if export is not None:
            from core.export.series import export_series

            written = export_series(catalog, record.id, export.expanduser())
            return emit({"run": record.id, "exported": written}) if json else say("\n".join(map(str, written)))
        values = run_object(catalog, record)
        text = to_text(record.experiment)
        if json:
            checkpoints = [
                {"step": c.step, "file": str(c.path), "reason": c.reason, "present": c.present}
                for c in catalog.checkpoints(record.id)
            ]
            log = [{"step": step, "text": line} for step, line in catalog.log(record.id)]
            more = {"experiment": record.experiment.plain(), "experiment_file": text}
            return emit({**values, **_about(record), **more, "checkpoints": checkpoints, "log": log})
    tell_run(values)
    say("")
    say("# the experiment file: save it as experiment.toml, then headstart run experiment.toml")
    say(text)
    return say(_python_call())


def _about(record: "RunRecord") -> dict[str, Any]:
    names = ("group", "created", "started", "ended", "versions", "tags", "note")
    return {"method": record.method, "tasks": record.tasks, **{name: getattr(record, name) for name in names}}


def _python_call() -> str:
    return (
        "# the same in Python\n"
        "from core.config import find\n"
        "from core.runs import enqueue, execute\n"
        "from core.storage.catalog import Catalog\n\n"
        "with Catalog.open() as catalog:\n"
        '    run = execute(catalog, enqueue(catalog, find("experiment.toml")).id)'
    )


def _run(record: "RunRecord") -> dict[str, Any]:
    names = ("name", "method", "tasks", "total_steps", "seconds", "started", "loss", "accuracy", "tags", "group")
    return {
        "run": record.id,
        "status": str(record.status),
        "steps": record.step,
        **{name: getattr(record, name) for name in names},
    }


def _run_row(record: "RunRecord") -> list[str]:
    return [
        record.id,
        record.name,
        str(record.status),
        record.method,
        record.tasks,
        f"{record.step:,}/{record.total_steps:,}",
        duration(record.seconds) if record.seconds else "-",
        number(record.loss),
        _percent(record.accuracy),
        f"{record.started.astimezone():%Y-%m-%d %H:%M}" if record.started else "-",
    ]


def _initialization(record: "InitializationRecord") -> dict[str, Any]:
    names = (
        "id",
        "name",
        "run",
        "step",
        "method",
        "tasks",
        "network",
        "loss",
        "accuracy",
        "bytes",
        "sha256",
        "present",
    )
    return {"file": str(record.path), **{name: getattr(record, name) for name in names}}


def _initialization_row(record: "InitializationRecord") -> list[str]:
    return [
        record.id,
        record.name,
        record.run or "-",
        f"{record.step:,}",
        record.method,
        record.tasks,
        number(record.loss),
        _percent(record.accuracy),
        size(record.bytes),
        f"{record.path}{'' if record.present else ' (missing)'}",
    ]


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share * 100:.1f} %"
