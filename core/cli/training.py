"""run and resume: train in this process, record everything, say how it ended."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.errors import CoreError

from .failures import FAILED, INTERRUPTED, bug_text, refuse
from .options import DataFolder, Json, Run, Set, anchored
from .output import emit

if TYPE_CHECKING:
    from core.config import Experiment
    from core.engine.ranks import Ranks
    from core.storage.catalog import Catalog
    from core.storage.records import RunRecord
    from core.training.control import Control

    from .progress import Teller


Remedy = Annotated[
    str | None,
    typer.Option(
        metavar="half-rate|clipping",
        help="After a loss that was no number: go on with half the outer rate, or with the meta-gradient's norm cut.",
    ),
]


def add_to(app: typer.Typer) -> None:
    for command in (run, resume):
        app.command(rich_help_panel="Train")(command)


def run(
    experiment: Annotated[str, typer.Argument(metavar="EXPERIMENT", help="A preset's name or a .toml file.")],
    set_: Set = None,
    steps: Annotated[int | None, typer.Option(metavar="N", help="Outer steps: outer.steps.")] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="All draws follow from it: seed.")] = None,
    device: Annotated[str | None, typer.Option(metavar="auto|cpu|cuda", help="Where to train: engine.device.")] = None,
    name: Annotated[str | None, typer.Option(metavar="TEXT", help="What the run is called: name.")] = None,
    download: Annotated[bool, typer.Option("--download", help="Fetch the data set first if it is missing.")] = False,
    data_folder: DataFolder = None,
    json: Json = False,
) -> int:
    """Train an experiment and record it in the catalog.

    Ctrl-C (or SIGTERM) stops and keeps everything; resume goes on. --json: run, name, status, steps, total_steps, seconds,
    steps_per_second (whole training, evaluation left out), steady_steps_per_second (its last quarter), tasks_per_second,
    engine, plan, memory {estimate_bytes (said before the first step), peak_bytes (measured): what the run adds to the
    process at most, on a GPU what it takes there}, device, parameters, parameter_counts, transductive,
    transductive_because, best_step, initialization {id, file}, evaluation {tasks, distinct_tasks, steps, loss, accuracy,
    outer_step, digest}, random_start {begins, loss, accuracy}, stream (of tasks that arrive one after another: by round
    number, name, suffered, arrived, loss, accuracy, examples_to_threshold, regret), alternatives (on own data, else null:
    of each kind, title, loss or accuracy, difference (learned minus this, in pairs), learned_is_better, and for one numeric
    target rmse in its units and rmse_over_std), worth (sentence, helps, best_alternative, metric and the learned result),
    message, and error where it failed. loss and accuracy are lists of {"mean", "half_width"} (95 %), one per inner step
    from 0 on, over distinct tasks where they are a finite set. Numbers that are not finite are null.
    """
    from core.storage.catalog import Catalog

    wanted = _experiment(experiment, anchored(set_), _short_options(steps, seed, device, name))
    with in_ranks() as ranks:
        if ranks is not None and not ranks.leads:
            return _follow(ranks, data_folder)
        with Catalog.open(data_folder) as catalog:
            from core.runs import enqueue

            record = enqueue(catalog, wanted)
            return _train(catalog, record, json, new=True, download=download, ranks=ranks)


def resume(run: Run, remedy: Remedy = None, data_folder: DataFolder = None, json: Json = False) -> int:
    """Go on with a run that was stopped, interrupted or failed, from its last checkpoint.

    --json: the same object as run.
    """
    from core.storage.catalog import Catalog

    with in_ranks() as ranks:
        if ranks is not None and not ranks.leads:
            return _follow(ranks, data_folder)
        with Catalog.open(data_folder) as catalog:
            if remedy is not None:
                _change_course(catalog, catalog.run(run).id, remedy)
            return _train(catalog, catalog.run(run), json, new=False, download=False, ranks=ranks)


def _change_course(catalog: "Catalog", run_id: str, remedy: str) -> None:
    from core.runs import change_course
    from core.training.remedies import REMEDIES

    if remedy not in REMEDIES:
        raise CoreError(f"--remedy {remedy}: choose one of {', '.join(REMEDIES)}")
    change_course(catalog, run_id, remedy)


@contextmanager
def in_ranks() -> "Iterator[Ranks | None]":
    """The other processes, where torchrun has started several of this command; else None."""
    import os

    if int(os.environ.get("WORLD_SIZE", "1")) < 2:
        yield None
        return
    from core.engine.ranks import joined

    with joined() as ranks:
        yield ranks


def _follow(ranks: "Ranks", data_folder: Path | None) -> int:
    """A rank that only computes. It says what hinders it, and nothing else."""
    from core.runs import follow
    from core.storage.folders import default_folder
    from core.training.control import Control
    from core.training.events import Event, Failed

    failed: list[Failed] = []

    def hear(event: Event) -> None:
        if isinstance(event, Failed):
            failed.append(event)

    with stopped_by_signals(Control()):  # the leader ends the run for all
        follow(ranks, default_folder(data_folder), hear)
    for event in failed:
        return refuse(f"rank {ranks.rank}: {event.sentence}", int(event.details.get("exit_code", FAILED)), False)
    return 0


def _short_options(steps: int | None, seed: int | None, device: str | None, name: str | None) -> dict[str, Any]:
    values = {"outer.steps": steps, "seed": seed, "engine.device": device, "name": name}
    return {key: value for key, value in values.items() if value is not None}


def _experiment(reference: str, settings: list[str], more: dict[str, Any]) -> "Experiment":
    from core.config import find, parse, put, with_settings

    values = with_settings(find(reference), settings).plain()
    for key, value in more.items():
        put(values, key, value)
    return parse(values)


def _train(
    catalog: "Catalog", record: "RunRecord", json: bool, *, new: bool, download: bool, ranks: "Ranks | None" = None
) -> int:
    from core.runs import execute
    from core.training.control import Control

    from .progress import teller

    control = Control()
    with teller() as told, stopped_by_signals(control) as heard:
        try:
            if download:
                fetch(record.experiment, catalog.folder, told)
            record = execute(catalog, record.id, told, control, ranks)
        except CoreError:
            _forget(catalog, record, new)
            raise
    return _ended(catalog, record, told, bool(heard), json, new)


def fetch(experiment: "Experiment", data_folder: Path, told: "Teller") -> None:
    """--download: the official archives of the experiment's data set, where they are missing."""
    if experiment.tasks.kind != "omniglot":
        raise CoreError(f"--download: {experiment.tasks.kind} needs nothing downloaded; leave it out")
    if experiment.tasks.path is not None:
        raise CoreError(f"--download: tasks.path names {experiment.tasks.path}; leave one of the two out")
    from core.data import omniglot

    omniglot.download(data_folder, told.share)


def _ended(catalog: "Catalog", record: "RunRecord", told: "Teller", interrupted: bool, json: bool, new: bool) -> int:
    from core.storage.records import Status

    from .results import run_object, tell_run

    if interrupted and record.status is not Status.FINISHED:
        message = f"interrupted at step {record.step:,}; go on with: headstart resume {record.id}"
        catalog.set_status(record.id, Status.INTERRUPTED, message)
        values = run_object(catalog, catalog.run(record.id))
        return refuse(message, INTERRUPTED, json, values)
    values = run_object(catalog, record)
    if told.failed is not None:
        forgotten = _forget(catalog, record, new)
        return _failed(told, {**values, "run": None if forgotten else record.id}, json, _way_on(catalog, record, told))
    if json:
        emit(values)
    else:
        tell_run(values)
    return 0


def _way_on(catalog: "Catalog", record: "RunRecord", told: "Teller") -> str:
    """For a loss that is no number: the command that goes on from the last good checkpoint."""
    from core.runs import good_step

    failed = told.failed
    if failed is None or not failed.details.get("non_finite") or good_step(catalog, record) == 0:
        return ""
    return f"; go on from it with: headstart resume {record.id} --remedy half-rate"


def _failed(told: "Teller", values: dict[str, Any], json: bool, way_on: str = "") -> int:
    failed = told.failed
    assert failed is not None
    if not failed.known:
        return bug_text(failed.sentence, failed.traceback, sys.argv[1:], json, values)
    return refuse(failed.sentence + way_on, int(failed.details.get("exit_code", FAILED)), json, values)


def _forget(catalog: "Catalog", record: "RunRecord", new: bool) -> bool:
    """A run that could not even begin, because of its input, leaves no trace: it was a typing error."""
    from core.storage.records import Status

    found = catalog.run(record.id)
    begun = found.started is not None or found.status not in (Status.QUEUED, Status.FAILED)
    if begun or not new:
        return False
    catalog.purge([record.id])
    return True


@contextmanager
def stopped_by_signals(control: "Control") -> Iterator[list[int]]:
    """Ctrl-C and SIGTERM stop the training and keep it; a second one does not wait. Yields the signals heard."""
    heard: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield heard
        return

    def stop(number: int, frame: object) -> None:
        heard.append(number)
        if len(heard) > 1:
            raise KeyboardInterrupt
        control.stop()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield heard
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
