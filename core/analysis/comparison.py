"""Runs beside a baseline on the same fixed test tasks: paired differences with 95 % interval, or why there are none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan
from typing import Any

import numpy as np

from .intervals import interval, paired


@dataclass(frozen=True)
class Estimate:
    """A mean with its 95 % half-width over n (distinct) tasks; clear: the interval leaves out zero."""

    mean: float
    half_width: float
    n: int

    @property
    def clear(self) -> bool:
        return bool(abs(self.mean) > self.half_width)


@dataclass(frozen=True)
class ComparedRun:
    """One row. result: after `steps` inner steps; difference: run minus baseline, by task; reason: why that is None."""

    run: str
    name: str
    result: Estimate | None
    random_start: Estimate | None
    difference: Estimate | None
    reason: str


@dataclass(frozen=True)
class Comparison:
    """metric: "query_loss" or "accuracy"; steps: inner steps; tasks, distinct: of the baseline's evaluation."""

    metric: str
    steps: int
    baseline: str
    rows: tuple[ComparedRun, ...]
    tasks: int
    distinct: int | None

    @property
    def sentence(self) -> str:
        """On what the numbers stand."""
        if not self.tasks:
            return "The baseline has not been evaluated yet."
        distinct = "" if self.distinct is None else f", {self.distinct} distinct"
        steps = "1 inner step" if self.steps == 1 else f"{self.steps} inner steps"
        return f"After {steps} on {self.tasks} fixed test tasks{distinct}; differences are paired by task."


def compare(
    runs: Sequence[Any], results: Mapping[str, Any], baseline: str, metric: str = "query_loss", steps: int | None = None
) -> Comparison:
    """runs: records; results: evaluations by run id (None: not evaluated); steps: None for the last shared."""
    evaluated = [results[run.id] for run in runs if results.get(run.id) is not None]
    most = min((len(r.curves.loss[0]) - 1 for r in evaluated), default=0)
    at = most if steps is None else max(0, min(steps, most))
    base = results.get(baseline)
    rows = tuple(_row(run, results.get(run.id), base, metric, at, run.id == baseline) for run in runs)
    groups = None if base is None else base.curves.groups
    distinct = None if groups is None else len(np.unique(groups))
    return Comparison(metric, at, baseline, rows, 0 if base is None else len(base.curves.loss), distinct)


def _row(run: Any, result: Any, base: Any, metric: str, at: int, is_baseline: bool) -> ComparedRun:
    if result is None:
        return ComparedRun(run.id, run.name, None, None, None, f"not evaluated ({run.status})")
    own = _estimate(result.curves, metric, at)
    start = _estimate(result.random_start, metric, at)
    reason = "baseline" if is_baseline else why_not_paired(result, base, metric)
    difference = None if reason else _difference(result, base, metric, at)
    return ComparedRun(run.id, run.name, own, start, difference, reason)


def why_not_paired(result: Any, base: Any, metric: str = "query_loss") -> str:
    """Empty where two evaluations can be compared task by task."""
    if base is None:
        return "the baseline has no evaluation"
    if result.digest != base.digest:
        return "measured on other test tasks (the task settings or the number of test tasks differ)"
    if _values(result.curves, metric) is None or _values(base.curves, metric) is None:
        return "one of the two has no accuracy"
    if len(result.curves.loss) != len(base.curves.loss):
        return "measured on a different number of tasks"
    return ""


def _difference(result: Any, base: Any, metric: str, at: int) -> Estimate:
    """At that inner step alone: the two may have been tested with different numbers of steps."""
    ours, theirs = (_values(one.curves, metric)[:, at : at + 1] for one in (result, base))
    return _at(paired(ours, theirs, base.curves.groups), 0)


def _estimate(curves: Any, metric: str, at: int) -> Estimate | None:
    values = _values(curves, metric)
    if values is None or at >= values.shape[1]:
        return None
    return _at(interval(values, curves.groups), at)


def _at(found: Any, at: int) -> Estimate:
    mean, half = np.asarray(found.mean, dtype=float), np.asarray(found.half_width, dtype=float)
    n = np.asarray(found.n)
    inside = at < len(mean)
    return Estimate(
        float(mean[at]) if inside else nan, float(half[at]) if inside else nan, int(n if n.ndim == 0 else n[at])
    )


def _values(curves: Any, metric: str) -> Any:
    return curves.accuracy if metric == "accuracy" else curves.loss
