"""A start on a new task, step by step: what it predicts after each, how well, and how far the prediction moved."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from core.deploy import Adapted, Initialization
from core.losses import loss_of
from core.scaling import standardized
from core.types import Batch, TaskSpec

from .outside import input_span
from .question import Question, check

Floats = NDArray[np.float64]
GRID = 160


@dataclass(frozen=True, eq=False)
class Trace:
    """predictions: [steps + 1, queries, outputs] in the units of the data, or probabilities [steps + 1, queries, ways];
    line: as predictions, along the only input at `grid` [points]; support_loss, loss: [steps + 1] mean over the examples
    whose target is known, in the standardized units that it was learned in (loss None: none is known); right: [steps + 1] how
    many queries are classified right; error: [steps + 1, outputs] root mean squared error of each target in its own units."""

    predictions: Floats
    support_loss: Floats
    loss: Floats | None = None
    right: NDArray[np.int64] | None = None
    error: Floats | None = None
    grid: Floats | None = None
    line: Floats | None = None

    @property
    def steps(self) -> int:
        return len(self.predictions) - 1

    @property
    def moved(self) -> Floats:
        """[steps] how far step t + 1 moved the predictions: mean absolute change of a target, or of the probability of a
        class; NaN where there is no query."""
        return np.asarray(self.moved_each.mean(axis=1))

    @property
    def moved_each(self) -> Floats:
        """[steps, outputs] the same for each output by itself: several targets have units of their own."""
        if not self.predictions.shape[1]:
            return np.full((self.steps, self.predictions.shape[2]), np.nan)
        moved: Floats = np.abs(np.diff(self.predictions, axis=0)).mean(axis=1)
        return moved


def trace(
    start: Initialization,
    question: Question,
    steps: int,
    *,
    grid: Floats | None = None,
    check_stop: Callable[[], None] = lambda: None,
) -> Trace:
    """Adapt to the support, and look after 0, 1, ..., steps steps. grid: [points] of the only input, for a curve.
    check_stop: called before every step, may raise. Raises BadExperiment."""
    seen = [_looked(each, question, grid) for each in _stepwise(start, question, steps, check_stop)]
    predictions, support_loss, line = (np.stack([one[i] for one in seen]) for i in range(3))
    loss, right, error = _judged(predictions, question, start.spec)
    return Trace(predictions, support_loss, loss, right, error, grid, None if grid is None else line)


def results(
    start: Initialization,
    question: Question,
    *,
    most: int,
    seconds: float,
    check_stop: Callable[[], None] = lambda: None,
) -> Floats:
    """[steps tried + 1] what counts on the queries: how many are right, of regression the loss. Ends after `most` steps or
    so many seconds, whichever comes first; empty where no target is known."""
    begun, found = time.monotonic(), []
    if question.query_y is None or not question.known.any():
        return np.empty(0)
    for each in _stepwise(start, question, most, check_stop):
        out = each.predict(question.query_x).astype(np.float64)
        loss, right, _ = _judged(out[None], question, start.spec)
        found.append(float(right[0]) if right is not None else float(loss[0]) if loss is not None else float("nan"))
        if time.monotonic() - begun > seconds:
            break
    return np.array(found)


def _stepwise(
    start: Initialization, question: Question, steps: int, check_stop: Callable[[], None]
) -> Iterator[Adapted]:
    check(question)
    looked_at = question.query_x if len(question.query_x) else None
    for each in start.stepwise(question.support_x, question.support_y, steps=steps, query_x=looked_at):
        check_stop()
        yield each


def _looked(adapted: Adapted, question: Question, grid: Floats | None) -> tuple[Floats, Floats, Floats]:
    """(predictions, support loss, line) of one step. The queries are asked by themselves: under batch norm an answer depends
    on what else is asked."""
    spec = adapted.initialization.spec
    outputs = adapted.ways if spec.task_type == "classification" else spec.outputs
    asked, known = np.asarray(question.query_x), np.asarray(question.support_x)
    out = adapted.predict(asked).astype(np.float64) if len(asked) else np.empty((0, outputs))
    fitted = adapted.predict(known).astype(np.float64)
    line = np.empty((0, outputs)) if grid is None else adapted.predict(grid.reshape(-1, 1)).astype(np.float64)
    return out, np.asarray(_loss(fitted, question.support_y, spec)), line


def _loss(out: Floats, y: NDArray[Any], spec: TaskSpec) -> float:
    """As training measures it; 0 examples have none."""
    if not len(out):
        return float("nan")
    weight = torch.ones(len(out), dtype=torch.float64)
    if spec.task_type == "classification":
        outputs = torch.from_numpy(np.log(np.clip(out, 1e-12, None)))  # softmax of a log-probability is itself
        labels = torch.tensor(np.asarray(y, dtype=np.int64))
        return float(loss_of(spec.task_type)(outputs, Batch(outputs, labels, weight)))
    target = standardized(np.asarray(y, dtype=np.float64).reshape(len(out), -1), spec, "y")
    outputs = torch.tensor(standardized(out, spec, "y"))
    return float(loss_of(spec.task_type)(outputs, Batch(outputs, torch.tensor(target), weight)))


def _judged(
    predictions: Floats, question: Question, spec: TaskSpec
) -> tuple[Floats | None, NDArray[np.int64] | None, Floats | None]:
    """(loss, right, error) by step, over the queries whose target is known."""
    known = question.known
    if question.query_y is None or not known.any():
        return None, None, None
    y = question.query_y[known]
    loss = np.array([_loss(out[known], y, spec) for out in predictions])
    if spec.task_type == "classification":
        chances = predictions[:, known]
        hit = (chances.argmax(-1) == y) & np.isfinite(chances).all(-1)  # the largest of NaN would be class 0
        return loss, hit.sum(axis=1).astype(np.int64), None
    error = np.sqrt(np.square(predictions[:, known] - y.reshape(len(y), -1)).mean(axis=1))
    return loss, None, error


def grid_for(spec: TaskSpec, question: Question, points: int = GRID) -> Floats | None:
    """Where a curve is drawn: along the only input, over what was learned and what is asked; None for several inputs."""
    if spec.task_type != "regression" or spec.input_shape != (1,):
        return None
    values = np.concatenate([np.ravel(question.support_x), np.ravel(question.query_x), input_span(spec) or ()])
    if not len(values):
        return np.linspace(-1.0, 1.0, points)
    low, high = float(values.min()), float(values.max())
    return np.linspace(low, high if high > low else low + 1.0, points)
