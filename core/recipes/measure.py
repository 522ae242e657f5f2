"""Running the rows of a recipe through the catalog, so that each can be looked at, compared and taken away like any run."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.analysis.comparison import why_not_paired
from core.analysis.intervals import interval, paired
from core.config import Experiment
from core.config.base import decided
from core.errors import CoreError
from core.storage.records import EvaluationRecord, RunRecord, Status
from core.training.control import Control
from core.training.events import Curves, Sink, ignore

from .recipe import Recipe, Row
from .results import FOLDER, Entry, Measured, Results, read_results, write_results

if TYPE_CHECKING:
    from core.storage.catalog import Catalog

Say = Callable[[str], None]


def reproduce(
    catalog: "Catalog",
    recipe: Recipe,
    *,
    rows: tuple[str, ...] = (),
    full: bool = False,
    again: bool = False,
    paths: dict[str, Path] | None = None,
    settings: tuple[str, ...] = (),
    say: Say = lambda text: None,
    sink: Sink = ignore,
    control: Control | None = None,
) -> Results:
    """Measure the recipe's rows (those named, else all) that were not measured yet as they stand; keep each as it comes.

    full: the papers' numbers of outer steps; again: also what is there already; paths: where the pictures of a task kind
    lie; settings: further changes of every row. A row that fails is kept as failed, and the next one begins.
    """
    control = control or Control()
    found = read_results(recipe.name, catalog.folder)
    wanted = [row for row in recipe.rows if not rows or row.name in rows]
    for row in sorted(wanted, key=lambda row: row.name != recipe.reference):  # the reference first: others lean on it
        experiments = [_at(e, paths or {}) for e in recipe.experiments(row, full=full, more=settings)]
        if not again and row.name in found and _is_of(found[row.name], experiments):
            say(f"{recipe.name}: {row.name} is measured already")
            continue
        say(f"{recipe.name}: {row.name}, {sum(e.outer.steps for e in experiments):,} outer steps")
        measured = _measure(catalog, recipe, row, experiments, found, sink, control)
        if control.stopping:
            break
        found = {**found, row.name: measured}
        write_results(recipe.name, found, catalog.folder / FOLDER)
    return found


def _at(experiment: Experiment, paths: dict[str, Path]) -> Experiment:
    from core.config import with_settings

    path = paths.get(experiment.tasks.kind)
    return experiment if path is None else with_settings(experiment, [f"tasks.path={path}"])


def _is_of(measured: Measured, experiments: list[Experiment]) -> bool:
    return measured.status == "measured" and measured.digest == _digest(experiments)


def _digest(experiments: list[Experiment]) -> str:
    """Of all that decides the numbers, not of where the pictures lie on this disk or what threads do the work."""
    seen = [decided(e.model_copy(update={"name": ""})) for e in experiments]
    for one in seen:
        one["tasks"].pop("path", None)
        one["engine"] = {k: v for k, v in one.get("engine", {}).items() if k not in ("workers", "layout", "trial")}
    return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()[:16]


def _measure(
    catalog: "Catalog", recipe: Recipe, row: Row, experiments: list[Experiment], found: Results, sink: Sink, control: Control
) -> Measured:  # fmt: skip
    records: list[RunRecord] = []
    try:
        for experiment in experiments:
            record = _finished(catalog, experiment, recipe, sink, control)
            records.append(record)
            if record.status is not Status.FINISHED:
                return _failed(record.message or f"the run ended as {record.status}", records)
    except CoreError as error:
        return _failed(str(error), records)
    evaluations = [catalog.evaluation(record.id) for record in records]
    if any(one is None for one in evaluations):
        return _failed("a run has no evaluation", records)
    reference = None if row.name == recipe.reference else _reference(catalog, found.get(recipe.reference))
    return _measured(recipe, row, experiments, records, [one for one in evaluations if one is not None], reference)


def _finished(catalog: "Catalog", experiment: Experiment, recipe: Recipe, sink: Sink, control: Control) -> RunRecord:
    from core.runs import enqueue, execute

    record = enqueue(catalog, experiment, group=f"recipe {recipe.name}")
    return execute(catalog, record.id, sink, control)


def _failed(message: str, records: list[RunRecord]) -> Measured:
    return Measured(status="failed", message=message, runs=tuple(r.id for r in records), date=_now())


def _measured(
    recipe: Recipe, row: Row, experiments: list[Experiment], records: list[RunRecord],
    evaluations: list[EvaluationRecord], reference: EvaluationRecord | None,
) -> Measured:  # fmt: skip
    curves = _joined([one.curves for one in evaluations])
    last, seconds = records[-1], sum(record.seconds for record in records)
    steps = sum(record.step for record in records)
    full = None if row.full_steps is None else row.full_steps * len(experiments)
    difference, why = _difference(recipe, row, evaluations, reference)
    return Measured(
        status="measured",
        loss=_entries(curves.loss, curves.groups),
        accuracy=() if curves.accuracy is None else _entries(curves.accuracy, curves.groups),
        difference=difference, not_paired=why, tasks=len(curves.loss), outer_steps=steps, full_steps=full, seconds=seconds,
        steps_per_second=last.rates.get("steps_per_second"), device=last.device, date=_now(), versions=last.versions,
        runs=tuple(record.id for record in records), digest=_digest(experiments),
    )  # fmt: skip


def _reference(catalog: "Catalog", measured: Measured | None) -> EvaluationRecord | None:
    if measured is None or len(measured.runs) != 1:
        return None
    try:
        return catalog.evaluation(measured.runs[0])
    except CoreError:  # the run was deleted meanwhile
        return None


def _difference(
    recipe: Recipe, row: Row, evaluations: list[EvaluationRecord], reference: EvaluationRecord | None
) -> tuple[Entry | None, str]:
    if row.name == recipe.reference:
        return None, "the reference itself"
    if reference is None:
        return None, f"{recipe.reference} is not measured in this data folder"
    if len(evaluations) != 1:
        return None, "measured on one mode at a time, so on other test tasks"
    metric = "accuracy" if recipe.metric == "accuracy" else "query_loss"
    if reason := why_not_paired(evaluations[0], reference, metric):
        return None, reason
    ours = _at_steps(evaluations[0].curves, recipe, recipe.after(row))
    theirs = _at_steps(reference.curves, recipe, recipe.after(recipe.row(recipe.reference)))
    apart = paired(ours, theirs, reference.curves.groups)
    return _entry(apart.mean[0], apart.half_width[0]), ""


def _at_steps(curves: Curves, recipe: Recipe, after: int) -> Any:
    """[tasks, 1] of the recipe's metric."""
    values = curves.accuracy if recipe.metric == "accuracy" else curves.loss
    assert values is not None
    return values[:, [min(after, values.shape[1] - 1)]]


def _joined(parts: list[Curves]) -> Curves:
    if len(parts) == 1:
        return parts[0]
    accuracy = [part.accuracy for part in parts if part.accuracy is not None]
    return Curves(np.concatenate([part.loss for part in parts]), np.concatenate(accuracy) if accuracy else None)


def _entries(values: Any, groups: Any) -> tuple[Entry, ...]:
    found = interval(values, groups)
    return tuple(_entry(mean, half) for mean, half in zip(found.mean, found.half_width, strict=True))


def _entry(mean: float, half: float) -> Entry:
    """JSON has no infinity and no NaN."""
    return Entry(mean=float(mean) if np.isfinite(mean) else None, half_width=float(half) if np.isfinite(half) else None)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
