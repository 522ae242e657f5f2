"""Is it worth it? What a person would otherwise do, measured on the same fixed test tasks as the learned initialization.

A random start is measured in any case. Here: one network trained on all training tasks together and then fine-tuned as the
random start is; for rows of a table linear models (core.training.baselines); for pictures the nearest class mean of pixels.
"""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from core import losses
from core.types import Batch, Meta, Method, Task, TaskRows

from .assembly import Assembly
from .baselines import lines, logistic, pixels
from .events import Alternative, Curves, Target

Measure = Callable[[Method, Meta, Task], Curves]
"""The curves of a method and its start on fixed tasks."""
Check = Callable[[], None]
Guess = Callable[[NDArray[np.float64], NDArray[Any], NDArray[np.float64]], NDArray[np.float64]]
"""(support x, support y, query x) of one task -> outputs [queries, outputs], or log probabilities [queries, ways]."""

TITLES = {
    "joint": "one network for all tasks, fine-tuned",
    "pooled-line": "one linear model for all tasks",
    "task-line": "a linear model for each task alone",
    "shrunk-line": "a curve for all and a shrunk line per task",
    "pooled-logistic": "one logistic model for all tasks",
    "task-logistic": "a logistic model for each task alone",
    "nearest-mean": "nearest class mean of the pixels",
}
LEAST_SHARE = 1e-7
"""Of a probability, where its logarithm is taken."""


def alternatives(
    parts: Assembly, tasks: Task, measure: Measure, check: Check, data_folder: Path
) -> Iterator[Alternative]:
    """One after the other: each takes its time. tasks: as the network takes them; check: raises where the run is stopped."""
    from .joint import joint_start

    if (start := joint_start(parts, check, data_folder)) is not None:
        yield Alternative("joint", TITLES["joint"], measure(parts.baseline, start, tasks))
    if parts.splits.rows is not None:
        yield from of_rows(parts.splits.rows, parts.spec.outputs, tasks, check)
    elif parts.spec.task_type == "classification" and parts.pictures is None and len(parts.spec.input_shape) == 3:
        found = pixels.nearest_mean(tasks.support.x, tasks.support.y, tasks.query.x, parts.spec.outputs)
        weight = tasks.query.weight
        right = ((found == tasks.query.y) * weight).sum(-1) / weight.sum(-1).clamp(min=1)
        share = right.cpu().numpy().astype(np.float64)[:, None]
        yield Alternative("nearest-mean", TITLES["nearest-mean"], Curves(np.full_like(share, np.nan), share))


def target_of(parts: Assembly) -> Target | None:
    """Of a table with numbers to predict."""
    rows, spec = parts.splits.rows, parts.spec
    if rows is None or rows.spread is None or spec.scaling is None:
        return None
    scale = np.asarray(spec.scaling["y_std"], np.float64)
    spread = np.asarray(rows.spread, np.float64) * scale
    return Target(spec.output_names, tuple(scale.tolist()), tuple(spread.tolist()))


def of_rows(rows: TaskRows, ways: int, tasks: Task, check: Check) -> Iterator[Alternative]:
    """The linear models of a table: each is fitted once, then asked task by task."""
    for kind, guess in (_logistic(rows, ways) if rows.spread is None else _linear(rows)).items():
        check()
        yield Alternative(kind, TITLES[kind], _asked(guess, tasks, check))


def _linear(rows: TaskRows) -> dict[str, Guess]:
    plane, fitted = lines.pooled_line(rows.x, rows.y), lines.fit(rows.x, rows.y, rows.task)
    return {
        "pooled-line": lambda x, y, asked: lines.terms(asked, 1) @ plane,
        "task-line": lines.task_line,
        "shrunk-line": lambda x, y, asked: lines.shrunk_line(fitted, x, y, asked),
    }


def _logistic(rows: TaskRows, ways: int) -> dict[str, Guess]:
    pooled = logistic.fit(rows.x, rows.y, ways, logistic.POOLED_RIDGE)

    def logs(weights: NDArray[np.float64], asked: NDArray[np.float64]) -> NDArray[np.float64]:
        found: NDArray[np.float64] = np.log(np.maximum(logistic.probabilities(weights, asked), LEAST_SHARE))
        return found

    return {
        "pooled-logistic": lambda x, y, asked: logs(pooled, asked),
        "task-logistic": lambda x, y, asked: logs(logistic.fit(x, y, ways, logistic.TASK_RIDGE), asked),
    }


def _asked(guess: Guess, tasks: Task, check: Check) -> Curves:
    """Loss (and accuracy) of every task, as the network's are taken: padded slots weigh nothing."""
    loss, right = np.empty((len(tasks.query.x), 1)), np.empty((len(tasks.query.x), 1))
    labels = not tasks.query.y.is_floating_point()
    columns: list[NDArray[np.float64]] = []
    for index in range(len(loss)):
        check()
        support, query = (_present(batch, index) for batch in (tasks.support, tasks.query))
        outputs = torch.from_numpy(guess(support[0], support[1], query[0]))
        wanted = torch.from_numpy(query[1])
        batch = Batch(torch.from_numpy(query[0]), wanted, torch.ones(len(wanted), dtype=torch.float64))
        loss[index] = float((losses.cross_entropy if labels else losses.squared_error)(outputs, batch))
        right[index] = float(losses.accuracy(outputs, batch)) if labels else 0.0
        if not labels and wanted.shape[-1] > 1:
            columns.append(losses.by_output(outputs, batch).numpy())
    groups = tasks.about["id"].cpu().numpy() if "id" in tasks.about else None
    return Curves(loss, right if labels else None, groups, np.stack(columns) if columns else None)


def _present(batch: Batch, index: int) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """One task's rows without the empty slots."""
    there = batch.weight[index] > 0
    x, y = (leaf[index][there].cpu().numpy() for leaf in (batch.x, batch.y))
    return x.astype(np.float64), y.astype(np.float64) if batch.y.is_floating_point() else y


def code_digest() -> str:
    """[16 hex digits] of what computes the alternatives: results that are kept name it."""
    from . import joint

    seen = hashlib.sha256()
    for module in (lines, logistic, pixels, joint):
        seen.update(Path(str(module.__file__)).read_bytes())
    seen.update(Path(__file__).read_bytes())
    return seen.hexdigest()[:16]
