"""The one way through a run for window and command line: train (or resume), record everything, save initializations."""

import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.config import Experiment, with_settings
from core.errors import CoreError, NotFound
from core.export.words import Report, Wanted, nothing
from core.storage.records import InitializationRecord, RunRecord, Status
from core.training.control import Control
from core.training.events import (
    Alternative,
    Checkpointed,
    Curves,
    Diverged,
    Evaluated,
    Event,
    Failed,
    Finished,
    PhaseChanged,
    Pretrained,
    RandomStart,
    Sink,
    StageStepped,
    Started,
    Stepped,
    TierChanged,
    Validated,
    Warned,
    ignore,
)

if TYPE_CHECKING:
    from core.engine.ranks import Ranks
    from core.storage.catalog import Catalog
    from core.training.checkpoint import Checkpoint
    from core.training.online import Round
    from core.types import Meta, Method, Task

RECORD_SECONDS = 2.0
HEARTBEAT_SECONDS = 5.0
BESIDE_SECONDS = 30.0


def enqueue(catalog: "Catalog", experiment: Experiment, *, group: str | None = None) -> RunRecord:
    """A queued run. Raises BadExperiment where it could not start."""
    from core.config import problems
    from core.errors import BadExperiment

    for problem in problems(experiment):
        if problem.blocking:
            raise BadExperiment(f"{problem.field}: {problem.sentence}")
    return catalog.add_run(experiment, group=group)


def execute(
    catalog: "Catalog", run_id: str, sink: Sink = ignore, control: Control | None = None, ranks: "Ranks | None" = None
) -> RunRecord:
    """Train a queued run, or go on with one that was stopped, interrupted or failed, from its last readable checkpoint.

    Blocks until it is over; call it on a worker thread. How it ended stands in the record that is given back.
    """
    run = catalog.run(run_id)
    if not (run.status is Status.QUEUED or run.status.resumable):
        raise CoreError(
            f"run {run.id} is {run.status}; only queued, stopped, interrupted or failed runs can be started"
        )
    from core.training import train

    folder = catalog.run_folder(run.id)
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = None if run.status is Status.QUEUED else last_checkpoint(catalog, run.id)
    recorder = Recorder(catalog, run, sink)
    engine = run.engine or None if checkpoint or run.engine.get("changes") else None
    if ranks is not None:
        ranks.tell(
            {"experiment": run.experiment.plain(), "engine": engine}, checkpoint.read_bytes() if checkpoint else b""
        )
    train(
        run.experiment, recorder, control or Control(), folder, catalog.folder, resume=checkpoint, engine=engine, ranks=ranks
    )  # fmt: skip
    return catalog.run(run.id)


def good_step(catalog: "Catalog", run: RunRecord) -> int:
    """The step of the checkpoint that a run whose loss became no number may go on from; 0 where there is none."""
    from core.training.remedies import last_good, tried_changes

    series = catalog.series(run.id)
    there = [kept.step for kept in catalog.checkpoints(run.id) if kept.present and kept.step < run.total_steps]
    return last_good(there, series.steps, series.loss, tried_changes(run.engine))


def change_course(catalog: "Catalog", run_id: str, remedy: str) -> None:
    """When it is resumed, the run goes on from its last checkpoint with the remedy (of core.training.remedies.REMEDIES).

    Raises CoreError where there is no checkpoint to go on from, or nothing to go on with.
    """
    from core.training.remedies import UNTRIED, in_words, tried_changes, with_remedy

    run = catalog.run(run_id)
    if not run.status.resumable:
        raise CoreError(f"run {run.id} is {run.status}; only stopped, interrupted or failed runs go on otherwise")
    changes, step = tried_changes(run.engine), good_step(catalog, run)
    if step == 0:
        raise CoreError(
            f"run {run.id} has no checkpoint to go on from otherwise; start another with --set outer.learning_rate or "
            "--set outer.clip_norm"
        )
    catalog.drop_checkpoints(run.id, step)
    changes = with_remedy(changes, step, remedy, run.experiment.outer)
    catalog.set_engine(run.id, {**run.engine, "changes": [list(change) for change in changes], UNTRIED: True})
    catalog.add_log(run.id, in_words(changes[-1]), step)


def follow(ranks: "Ranks", data_folder: Path, sink: Sink) -> None:
    """What a rank that does not lead does: the run that the leader tells, without writing anything that stays."""
    import tempfile

    from core.config import parse
    from core.training import train

    told, checkpoint = ranks.tell(None)
    with tempfile.TemporaryDirectory(prefix="headstart-rank-") as place:
        path = Path(place) / "checkpoint.safetensors"
        if checkpoint:
            path.write_bytes(checkpoint)
        train(
            parse(told["experiment"]), sink, Control(), Path(place), data_folder,
            resume=path if checkpoint else None, engine=told["engine"], ranks=ranks,
        )  # fmt: skip


def last_checkpoint(catalog: "Catalog", run_id: str) -> Path | None:
    """The newest checkpoint that is there and unchanged; None where the run has to begin anew."""
    from core.deploy import verify

    found = sorted(catalog.checkpoints(run_id), key=lambda c: c.step, reverse=True)
    return next((c.path for c in found if c.present and verify(c.path, c.sha256)), None)


def rounds(catalog: "Catalog", run_id: str) -> "list[Round]":
    """Of a stream of tasks what its last checkpoint says of each round."""
    from core.training.online import stored_rounds

    path = last_checkpoint(catalog, run_id)
    return [] if path is None else stored_rounds(_load(path).card.get("online"))


class Recorder:
    """A sink that writes what it hears into the catalog and passes it on. Lives on the training thread."""

    def __init__(self, catalog: "Catalog", run: RunRecord, sink: Sink) -> None:
        self._catalog, self._run, self._sink = catalog, run, sink
        self._pending: list[Stepped] = []
        self._written = self._beat = time.monotonic()
        self._evaluated: Evaluated | None = None
        self._begun, self._asks, self._beside = False, False, float("-inf")

    def __call__(self, event: Event) -> None:
        catalog, run_id = self._catalog, self._run.id
        match event:
            case Started():
                self._begun, self._asks = True, False
                catalog.begin_run(run_id, event.device, event.engine, event.counts, event.first_step)
            case TierChanged():
                catalog.set_engine(run_id, event.engine)
                catalog.add_log(run_id, f"{event.tier} from outer step {event.step} on", event.step)
            case Stepped():
                self._pending.append(event)
                self._write_when_due()
            case RandomStart():
                catalog.add_random_start(run_id, event.curves)
            case Validated():
                self._write()
                catalog.add_validation(run_id, event)
            case Checkpointed():
                self._write()
                catalog.add_checkpoint(run_id, event)
                if time.monotonic() - self._beside > BESIDE_SECONDS:
                    self._keep_beside()
            case Warned():
                catalog.add_log(run_id, event.text, event.step)
            case Diverged():
                self._asks = True
                self._write()
                catalog.set_status(run_id, Status.PAUSED, event.sentence)
                catalog.add_log(run_id, event.sentence, event.step)
            case Evaluated():
                self._evaluated = event
                catalog.add_evaluation(run_id, event)
            case Finished():
                self._finish(event)
            case Failed():
                self._fail(event)
            case Pretrained():
                self._keep_body(event)
            case PhaseChanged() | StageStepped():
                pass
        self._sink(event)

    def _keep_beside(self) -> None:
        """What the catalog knows, as a file beside the checkpoints; a run does not fail by it."""
        from core.storage import beside

        with suppress(CoreError):
            beside.keep(self._catalog, self._run.id)
        self._beside = time.monotonic()

    def _keep_body(self, event: Pretrained) -> None:
        """The pretrained body as an initialization of its own; the run that trained it is where it comes from."""
        path, run = Path(event.path), self._run
        self._catalog.add_log(run.id, event.words)
        if event.reused and any(known.path == path for known in self._catalog.initializations()):
            return
        self._catalog.add_initialization(
            path, name=event.name, run=None if event.reused else run.id, step=event.steps, method="pooled", tasks=run.tasks,
            network=run.experiment.network.kind, loss=event.loss, accuracy=event.accuracy,
        )  # fmt: skip

    def _write_when_due(self) -> None:
        now = time.monotonic()
        if now - self._written > RECORD_SECONDS:
            self._write()
        if now - self._beat > HEARTBEAT_SECONDS:
            self._catalog.heartbeat(self._run.id)
            self._beat = now

    def _write(self) -> None:
        """Numbers gathered since the last time, as one append: a commit costs a disk sync."""
        import numpy as np

        if self._pending:
            joined = (
                np.concatenate([getattr(part, name) for part in self._pending])
                for name in ("steps", "loss", "accuracy", "seconds")
            )
            self._catalog.append_series(self._run.id, Stepped(*joined))
            self._pending.clear()
        self._written = time.monotonic()

    def _finish(self, event: Finished) -> None:
        self._write()
        step = event.step
        if self._asks and step > 0:  # ended at its last good checkpoint, not at the newest
            self._catalog.drop_checkpoints(self._run.id, step)
        elif self._asks:  # nowhere to go back to: no reason to throw away what there is
            step = max((kept.step for kept in self._catalog.checkpoints(self._run.id) if kept.present), default=0)
        save_initialization(self._catalog, self._run.id, self._evaluated)
        loss, accuracy = _result(self._run.experiment, self._evaluated)
        rates = {
            "steps_per_second": event.steps_per_second,
            "steady_steps_per_second": event.steady_steps_per_second,
            "tasks_per_second": event.steps_per_second * self._run.experiment.outer.meta_batch,
            **({} if event.peak_bytes is None else {"peak_bytes": event.peak_bytes}),
        }
        self._catalog.end_run(
            self._run.id, Status(event.status), step=step, seconds=event.seconds, rates=rates, message=event.reason,
            loss=loss, accuracy=accuracy,
        )  # fmt: skip
        self._keep_beside()

    def _fail(self, event: Failed) -> None:
        """What is learned so far stays: numbers, checkpoints, and an initialization from the last checkpoint."""
        try:
            self._write()
            save_initialization(self._catalog, self._run.id, None)
        except CoreError as error:  # the disk may be what failed
            self._sink(Warned(f"could not keep the last numbers: {error}", event.step))
        before = self._catalog.run(self._run.id)
        step, rates = (
            (event.step, {}) if self._begun else (before.step, before.rates)
        )  # else a resumed run would be at 0
        status = Status.INTERRUPTED if event.details.get("interrupted") else Status.FAILED
        self._catalog.end_run(
            self._run.id, status, step=step, seconds=before.seconds, rates=rates, message=event.sentence
        )
        self._keep_beside()


def _result(experiment: Experiment, evaluated: Evaluated | None) -> tuple[float | None, float | None]:
    if evaluated is None:
        return None, None
    from core.analysis.intervals import interval

    at = experiment.best_after()
    loss = interval(evaluated.curves.loss, evaluated.curves.groups).mean[at]
    if evaluated.curves.accuracy is None:
        return float(loss), None
    return float(loss), float(interval(evaluated.curves.accuracy, evaluated.curves.groups).mean[at])


def save_initialization(catalog: "Catalog", run_id: str, evaluated: Evaluated | None) -> InitializationRecord | None:
    """The best initialization so far, from the last checkpoint, as a file and a row; None where there is no checkpoint."""
    path = last_checkpoint(catalog, run_id)
    if path is None:
        return None
    from core.card import evaluation_card

    run = catalog.run(run_id)
    checkpoint = _load(path)
    best = checkpoint.best is not None
    step = checkpoint.card["best_step" if best else "step"]
    folder = catalog.folder / "initializations"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{run_id}-step-{step:08d}.safetensors"
    summary = (
        None
        if evaluated is None
        else evaluation_card(
            evaluated.curves,
            evaluated.random_start,
            evaluated.digest,
            begins=run.experiment.random_start(),
            alternatives=evaluated.alternatives,
            target=evaluated.target,
        )
    )
    write_initialization(checkpoint, target, run_id, best=best, evaluation=summary)
    loss, accuracy = _result(run.experiment, evaluated)
    return catalog.add_initialization(
        target, name=run.name, run=run_id, step=step, method=run.method, tasks=run.tasks,
        network=run.experiment.network.kind, loss=loss, accuracy=accuracy,
    )  # fmt: skip


def export_step(
    catalog: "Catalog", run_id: str, step: str, target: Path, wanted: Wanted = Wanted(), report: Report = nothing
) -> dict[str, Any]:
    """Export another state of a run: step "best", "last" or a checkpoint's number. Raises NotFound naming those there are."""
    from core.export.building import refuse_place
    from core.export.leaving import leave

    refuse_place(target)
    chosen, best = _choose(catalog, run_id, step)
    between = target.with_name(f".{target.stem}-between.safetensors")
    try:
        write_initialization(_load(chosen), between, run_id, best=best, evaluation=None)
        return leave(between, target, catalog.folder, wanted, report=report)
    finally:
        between.unlink(missing_ok=True)


def _choose(catalog: "Catalog", run_id: str, step: str) -> tuple[Path, bool]:
    found = sorted((c for c in catalog.checkpoints(run_id) if c.present), key=lambda c: c.step)
    if not found:
        raise NotFound(f"run {run_id} has no checkpoint on disk")
    if step in ("best", "last"):
        return found[-1].path, step == "best"
    for checkpoint in found:
        if str(checkpoint.step) == step:
            return checkpoint.path, False
    raise NotFound(
        f"run {run_id} has no checkpoint at step {step}; there are best, last, {', '.join(str(c.step) for c in found)}"
    )


def write_initialization(
    checkpoint: "Checkpoint", target: Path, run_id: str, *, best: bool, evaluation: dict[str, Any] | None
) -> str:
    """Write a checkpoint's best or present meta-parameters with a card; gives back the SHA-256."""
    from core.card import make_card
    from core.config import parse
    from core.deploy import spec_from_card, write
    from core.nets import build, module_source
    from core.training.assembly import DTYPES, methods_for

    experiment, spec = parse(checkpoint.card["experiment"]), spec_from_card(checkpoint.card["tasks"])
    net = build(experiment.network, spec, dtype=DTYPES[experiment.engine.precision])
    partition = methods_for(experiment, spec, net)[2]
    use_best = best and checkpoint.best is not None
    step = checkpoint.card["best_step" if use_best else "step"]
    card = make_card(
        experiment,
        spec,
        partition,
        net.shapes,
        run=run_id,
        step=step,
        module=module_source(experiment.network, spec),
        evaluation=evaluation,
    )
    return write(target, checkpoint.best if use_best and checkpoint.best else checkpoint.meta, net, partition, card)


def _load(path: Path) -> "Checkpoint":
    import torch

    from core.training.checkpoint import load

    return load(path, torch.device("cpu"))


def evaluate(path: Path, data_folder: Path, settings: list[str], episodes: int | None = None) -> dict[str, Any]:
    """An exported initialization on fixed test tasks: mean and half-width per inner step, beside a random start.

    settings: `key=value` changes of its experiment (other shots, more steps, another path). warnings: sentences on test tasks
    that may be those of the training. Raises BadFile, BadExperiment.
    """
    from core.card import evaluation_card
    from core.deploy import load
    from core.tasks import fixed_tasks
    from core.training.alternatives import alternatives, target_of
    from core.training.as_learned import as_learned, seen_before
    from core.training.assembly import assemble, baseline_start
    from core.training.evaluate import curves, moved, to_device

    start = load(path)
    asked = [] if episodes is None else [f"evaluation.tasks={episodes}"]
    experiment = with_settings(start.experiment, [*settings, *asked])
    _refuse_another(experiment, start.experiment)
    parts = assemble(experiment, data_folder, learned=True)
    if parts.spec.input_shape != start.spec.input_shape or parts.spec.task_type != start.spec.task_type:
        raise CoreError(
            f"--set tasks: {experiment.tasks.kind} gives {parts.spec.task_type} on {list(parts.spec.input_shape)}, but the "
            f"initialization takes {start.spec.task_type} on {list(start.spec.input_shape)}"
        )
    parts = as_learned(parts, start.spec)
    key = experiment.tasks.evaluation_key()
    fixed, digest = fixed_tasks(parts.splits.test, key, "test", experiment.evaluation.tasks)
    warning = seen_before(fixed, parts.spec, start.spec, start.experiment.tasks)
    tasks = to_device(fixed, parts.device, parts.dtype)
    steps, vectorised = experiment.inner.evaluation_steps, parts.plan.mode == "vectorised"
    method, meta = start.for_ways(parts.spec.outputs, experiment)
    fresh = baseline_start(parts, meta)

    def measured(of: "Method", start: "Meta", on: "Task") -> Curves:
        return curves(
            of, parts.loss, moved(start, parts.device), on, steps,
            chunk=parts.plan.evaluation_chunk, vectorised=vectorised, check=lambda: None,
        )  # fmt: skip

    learned, random_start = measured(method, meta, tasks), measured(parts.baseline, fresh, tasks)
    others: tuple[Alternative, ...] = ()
    if experiment.measures_alternatives():
        others = tuple(alternatives(parts, tasks, measured, lambda: None, data_folder))
    card = evaluation_card(
        learned, random_start, digest, begins=experiment.random_start(), alternatives=others, target=target_of(parts)
    )
    return {"initialization": str(path), **card, "warnings": [warning] if warning else []}


def _refuse_another(wanted: Experiment, learned: Experiment) -> None:
    """What the tensors of an initialization depend on."""
    fixed = {
        "network": (wanted.network, learned.network),
        "method.kind": (wanted.method.kind, learned.method.kind),
        "subset": (wanted.subset, learned.subset),
        "engine.precision": (wanted.engine.precision, learned.engine.precision),
    }
    changed = [name for name, (now, then) in fixed.items() if now != then]
    if changed:
        raise CoreError(
            f"--set: {', '.join(changed)} belongs to the initialization and cannot be changed at evaluation"
        )
