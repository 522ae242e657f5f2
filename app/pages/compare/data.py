"""What is known of the compared runs, read in the background, and the curves that are made of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

import numpy as np
from numpy.typing import NDArray

from app.plots.curve import Curve
from core.analysis.gather import curve_line, x_values
from core.analysis.grouping import Band, band, seed_groups
from core.analysis.smoothing import smooth
from core.errors import NotFound
from core.storage.catalog import Catalog
from core.storage.records import EvaluationRecord, RunRecord, Series, ValidationRecord

Floats = NDArray[np.float64]
AXES = {"step": "step", "time": "seconds", "tasks": "tasks_seen", "gradients": "gradients"}
"""The window's names for what x is -> those of core.analysis."""


@dataclass(frozen=True, eq=False)
class RunData:
    """series: index of the run's colour and dash."""

    record: RunRecord
    numbers: Series
    validations: tuple[ValidationRecord, ...]
    evaluation: EvaluationRecord | None
    style: int = 0

    @property
    def name(self) -> str:
        return self.record.name


def load(catalog: Catalog, wanted: Sequence[tuple[str, int]], known: Mapping[str, RunData]) -> list[RunData]:
    """(id, style) of each run -> its data; what has not changed is not read again, a run that is gone is left out."""
    found = []
    for run_id, style in wanted:
        try:
            record = catalog.run(run_id)
        except NotFound:
            continue
        if record.trashed is not None:
            continue
        held = known.get(run_id)
        if held is not None and held.record == record and held.style == style:
            found.append(held)
        else:
            found.append(_read(catalog, record, style))
    return found


def _read(catalog: Catalog, record: RunRecord, style: int) -> RunData:
    validations = tuple(catalog.validations(record.id))
    return RunData(record, catalog.series(record.id), validations, catalog.evaluation(record.id), style)


@dataclass(frozen=True)
class Choice:
    """What is drawn. what: "loss" (training) or "validation"; axis: key of AXES; metric: "query_loss" or "accuracy";
    spread: None for run by run, else how seed groups are banded (a key of core.analysis.grouping.BANDS)."""

    what: str = "loss"
    axis: str = "step"
    smoothing: float = 0.0
    metric: str = "query_loss"
    spread: str | None = None


def grouped(runs: Sequence[RunData], spread: str | None) -> list[list[RunData]]:
    """Runs that differ in their seed alone together, or each on its own."""
    if spread is None:
        return [[run] for run in runs]
    by_id = {run.record.id: run for run in runs}
    return [[by_id[record.id] for record in group] for group in seed_groups(run.record for run in runs)]


_LOOSE = " -_.,:#("
"""Signs at the end of a common beginning that belong to what differs."""


def group_name(group: Sequence[RunData]) -> str:
    """What the names have in common, with n: "sinusoid-maml (n = 3)"."""
    if len(group) == 1:
        return group[0].name
    columns = zip(*(run.name for run in group), strict=False)
    same = "".join(signs[0] for signs in takewhile(lambda signs: len(set(signs)) == 1, columns))
    shared = same.rstrip(_LOOSE).removesuffix(" seed").rstrip(_LOOSE)
    return f"{shared if len(shared) > 3 else group[0].name} (n = {len(group)})"


def training_curves(runs: Sequence[RunData], choice: Choice) -> list[Curve]:
    """Outer loss or validation loss of every run or seed group; a group without a value is left out."""
    made = (_training_curve(group, choice) for group in grouped(runs, choice.spread))
    return [curve for curve in made if curve is not None]


def _training_curve(group: Sequence[RunData], choice: Choice) -> Curve | None:
    seen = [xy for xy in (_xy(run, choice) for run in group) if np.isfinite(xy[1]).any()]
    if not seen:
        return None
    first, points = group[0], choice.what == "validation"
    if len(group) == 1:
        x, y = seen[0]
        return Curve(first.name, x, y, first.style, smoothed=not points, points=points, key=first.record.id)
    smoothed = [(x, y if points else smooth(y, choice.smoothing)) for x, y in seen]
    found = band(smoothed, choice.spread or "interval")
    return _banded(group_name(group), found, first, points=points)


def _banded(name: str, found: Band, first: RunData, *, points: bool) -> Curve:
    edges = (found.low, found.high) if np.isfinite(found.low).any() else None
    key = first.record.id
    return Curve(name, found.x, found.mean, first.style, smoothed=False, points=points, band=edges, key=key)


def _xy(run: RunData, choice: Choice) -> tuple[Floats, Floats]:
    if choice.what == "loss":
        numbers = run.numbers
        x = x_values(run.record, numbers.steps, numbers.seconds, AXES[choice.axis])
        return x, np.asarray(numbers.loss, dtype=np.float64)
    steps = np.array([entry.step for entry in run.validations])
    seconds = np.array([entry.seconds for entry in run.validations])
    after = run.record.experiment.best_after()
    values = [_mean_after(entry, after) for entry in run.validations]
    return x_values(run.record, steps, seconds, AXES[choice.axis]), np.array(values, dtype=np.float64)


def _mean_after(entry: ValidationRecord, after: int) -> float:
    column = min(after, entry.curves.loss.shape[1] - 1)
    return float(np.mean(entry.curves.loss[:, column]))


def adaptation_curves(runs: Sequence[RunData], choice: Choice) -> list[Curve]:
    """Mean by inner step on the fixed test tasks: with the 95 % interval over tasks, or the band over seeds."""
    made = (_adaptation(group, choice) for group in grouped(evaluated(runs), choice.spread))
    return [curve for curve in made if curve is not None]


def evaluated(runs: Iterable[RunData]) -> list[RunData]:
    return [run for run in runs if run.evaluation is not None]


def rated(runs: Iterable[RunData]) -> bool:
    """Whether any evaluated run has an accuracy."""
    return any(run.evaluation is not None and run.evaluation.curves.accuracy is not None for run in runs)


def _adaptation(group: Sequence[RunData], choice: Choice) -> Curve | None:
    curves = [_test_curve(run, choice.metric) for run in group]
    there = [curve for curve in curves if curve is not None]
    if not there:
        return None
    if len(group) == 1:
        return there[0]
    found = band([(curve.x, curve.y) for curve in there], choice.spread or "interval")
    return _banded(group_name(group), found, group[0], points=True)


def _test_curve(run: RunData, metric: str) -> Curve | None:
    if run.evaluation is None:
        return None
    return _as_curve(run.name, run.evaluation.curves, metric, run.style, run.record.id)


def random_curve(runs: Sequence[RunData], metric: str) -> Curve | None:
    """The random start of the first evaluated run: the same for all that share tasks and network."""
    first = next(iter(evaluated(runs)), None)
    if first is None or first.evaluation is None:
        return None
    return _as_curve("random start", first.evaluation.random_start, metric, first.style, "random start")


def _as_curve(name: str, curves: object, metric: str, style: int, key: str) -> Curve | None:
    line = curve_line(name, curves, metric)
    if line is None:
        return None
    scale = 100.0 if metric == "accuracy" else 1.0
    edges = (scale * line.low, scale * line.high)
    x = np.asarray(line.x, dtype=np.float64)
    return Curve(name, x, scale * line.y, style, smoothed=False, points=True, band=edges, key=key)
