"""From the catalog to arrays that can be drawn: outer-loss curves and adaptation on the fixed test tasks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .figures import Line
from .intervals import interval
from .smoothing import smooth
from .traits import gradients_a_task

XAXES = ("step", "seconds", "tasks_seen", "gradients")


@dataclass(frozen=True)
class Adaptation:
    """lines: one for each evaluated run; metric: "accuracy" where all have it, else "query_loss"; note: on what."""

    lines: tuple[Line, ...]
    random_start: Line | None
    metric: str
    note: str


def x_values(record: Any, steps: Any, seconds: Any, axis: str) -> NDArray[np.float64]:
    """The x axis of a run's series: "step", "seconds" of training, "tasks_seen" (steps times meta-batch), or "gradients" (tasks
    seen times traits.gradients_a_task)."""
    if axis == "seconds":
        return np.asarray(seconds, dtype=np.float64)
    each = 1 if axis == "step" else record.experiment.outer.meta_batch
    each *= gradients_a_task(record.experiment) if axis == "gradients" else 1
    return np.asarray(steps, dtype=np.float64) * each


def loss_lines(catalog: Any, records: Sequence[Any], smoothing: float = 0.0, axis: str = "step") -> list[Line]:
    """The training's outer loss of every run that has made a step."""
    lines = []
    for place, record in enumerate(records):
        series = catalog.series(record.id)
        if len(series.steps):
            x = x_values(record, series.steps, series.seconds, axis)
            lines.append(Line(record.name, x, smooth(series.loss, smoothing), index=place))
    return lines


def adaptation_lines(catalog: Any, records: Sequence[Any], metric: str | None = None) -> Adaptation:
    """Adaptation at the best checkpoint with 95 % intervals; the random start is that of the first evaluated run."""
    found = [(place, record, catalog.evaluation(record.id)) for place, record in enumerate(records)]
    evaluated = [(place, record, result) for place, record, result in found if result is not None]
    if metric is None:
        rated = bool(evaluated) and all(result.curves.accuracy is not None for _, _, result in evaluated)
        metric = "accuracy" if rated else "query_loss"
    lines = [curve_line(record.name, result.curves, metric, place) for place, record, result in evaluated]
    drawn = tuple(line for line in lines if line is not None)
    reference = curve_line("random start", evaluated[0][2].random_start, metric) if evaluated else None
    return Adaptation(drawn, reference, metric, tasks_note([result for _, _, result in evaluated]))


def curve_line(name: str, curves: Any, metric: str, index: int | None = None) -> Line | None:
    """Mean and 95 % interval of Curves by inner step; None where the metric was not measured."""
    values = curves.accuracy if metric == "accuracy" else curves.loss
    if values is None:
        return None
    found = interval(values, curves.groups)
    mean, half = np.asarray(found.mean, dtype=float), np.asarray(found.half_width, dtype=float)
    return Line(name, np.arange(len(mean)), mean, mean - half, mean + half, index)


def tasks_note(results: Sequence[Any]) -> str:
    """ "600 fixed test tasks, mean and 95 % interval"; says so where the runs were not measured on the same tasks."""
    if not results:
        return ""
    count = len(results[0].curves.loss)
    groups = results[0].curves.groups
    distinct = "" if groups is None else f" ({len(np.unique(groups))} distinct)"
    same = len({result.digest for result in results}) == 1
    if not same:
        return "mean and 95 % interval; the runs were measured on different test tasks"
    return f"{count} fixed test tasks{distinct}, mean and 95 % interval"
