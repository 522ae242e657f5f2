"""Linear models of rows in tasks: one for all tasks, one for each task alone, and a curve for all with a shrunk line per task.

The last is a linear mixed model: y = fixed(x) + u_task . (1, x) + noise, u_task normal with mean 0. Its covariance and the noise
come from the training tasks by expectation maximization (Laird and Ware, Biometrics 38, 1982); a new task's line is its
expectation given the few rows that are seen. No gradient step, no network: what a learned initialization has to beat.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
ITERATIONS = 100
LEAST = 1e-9
"""Of a variance, in units of the target's: keeps a task that fits exactly from dividing by zero."""
ROWS_EACH = 10
"""Training rows for each number of the fixed curve; with fewer it is a plane."""
TASKS_EACH = 5
"""Training tasks for each random effect; with fewer their covariance is taken as diagonal."""
MOST_EFFECTS = 40


class Lines(NamedTuple):
    """What the training rows say of every target column. curve: powers of the inputs that the fixed part uses; effects: inputs
    whose slope differs from task to task; weights [terms, outputs]; spread [outputs, effects + 1, effects + 1]; noise
    [outputs]."""

    curve: int
    effects: NDArray[np.int64]
    weights: Floats
    spread: Floats
    noise: Floats


def pooled_line(x: Floats, y: Floats) -> Floats:
    """Weights [inputs + 1, outputs] of the least-squares plane through all rows x [rows, inputs], y [rows, outputs]."""
    return _least_squares(terms(x, 1), y)


def task_line(support_x: Floats, support_y: Floats, query_x: Floats) -> Floats:
    """Predictions [queries, outputs] of the least-squares plane through the support rows alone. Where there are fewer rows
    than numbers the slopes are the smallest that fit (minimum norm), the level is never shrunk."""
    centre, level = support_x.mean(0), support_y.mean(0)
    slopes = _least_squares(support_x - centre, support_y - level)
    guess: Floats = level + (query_x - centre) @ slopes
    return guess


def fit(x: Floats, y: Floats, task: NDArray[np.int64]) -> Lines:
    """x: [rows, inputs], y: [rows, outputs], standardized; task: [rows] which task each row belongs to."""
    _, place = np.unique(task, return_inverse=True)
    tasks, columns = int(place.max()) + 1, x.shape[1]
    several = [len(np.unique(x[:, column])) > 4 for column in range(columns)]
    curve = 3 if all(several) and len(x) >= ROWS_EACH * (3 * columns + 1) else 1
    effects = _moving(x, place)
    weights = _least_squares(terms(x, curve), y)
    residuals = y - terms(x, curve) @ weights
    found = [_spread(design(x, effects), residuals[:, out], place, tasks) for out in range(y.shape[1])]
    return Lines(curve, effects, weights, np.stack([s for s, _ in found]), np.array([n for _, n in found]))


def shrunk_line(lines: Lines, support_x: Floats, support_y: Floats, query_x: Floats) -> Floats:
    """Predictions [queries, outputs] for one new task after its support rows."""
    base = terms(query_x, lines.curve) @ lines.weights
    seen = design(support_x, lines.effects)
    asked = design(query_x, lines.effects)
    left = support_y - terms(support_x, lines.curve) @ lines.weights
    for out, (spread, noise) in enumerate(zip(lines.spread, lines.noise, strict=True)):
        shared = seen @ spread
        line = shared.T @ np.linalg.solve(shared @ seen.T + noise * np.eye(len(seen)), left[:, out])
        base[:, out] += asked @ line
    return base


def terms(x: Floats, powers: int) -> Floats:
    """1, and every input to the powers 1 ... `powers` [rows, 1 + powers * inputs]."""
    return np.concatenate([np.ones((len(x), 1)), *(x**power for power in range(1, powers + 1))], 1)


def design(x: Floats, effects: NDArray[np.int64]) -> Floats:
    """What a task's own line is made of [rows, 1 + effects]."""
    return np.concatenate([np.ones((len(x), 1)), x[:, effects]], 1)


def _moving(x: Floats, place: NDArray[np.int64]) -> NDArray[np.int64]:
    """Inputs that change within tasks, those that change most first: of the others no task can have a slope."""
    count = np.bincount(place)
    means = np.stack([np.bincount(place, column) / count for column in x.T], 1)
    within = (x - means[place]).var(0)
    order = np.argsort(-within, kind="stable")
    kept: NDArray[np.int64] = np.sort(order[within[order] > 1e-6][:MOST_EFFECTS])
    return kept


def _spread(z: Floats, residual: Floats, place: NDArray[np.int64], tasks: int) -> tuple[Floats, float]:
    """Covariance of the tasks' lines and variance of the noise, by expectation maximization."""
    effects = z.shape[1]
    squares, products = np.zeros((tasks, effects, effects)), np.zeros((tasks, effects))
    np.add.at(squares, place, z[:, :, None] * z[:, None, :])
    np.add.at(products, place, z * residual[:, None])
    total = float(residual @ residual)
    start = max(float(residual.var()) / 2, LEAST)
    spread: Floats = start * np.eye(effects)
    noise = start
    kept = np.eye(effects, dtype=bool) | (tasks >= TASKS_EACH * effects)
    for _ in range(ITERATIONS):
        around = np.linalg.inv(np.linalg.inv(spread) + squares / noise)
        lines: Floats = np.einsum("tij,tj->ti", around, products) / noise
        outer = np.asarray(around + lines[:, :, None] * lines[:, None, :], np.float64)
        spread = np.where(kept, outer.mean(0), 0.0) + LEAST * np.eye(effects)
        left = total - 2 * np.sum(lines * products) + np.einsum("ti,tij,tj->", lines, squares, lines)
        noise = max(float(left + np.einsum("tij,tji->", squares, around)) / len(residual), LEAST)
    return spread, noise


def _least_squares(x: Floats, y: Floats) -> Floats:
    """The smallest weights among the best: columns that are copies of each other do no harm."""
    return np.asarray(np.linalg.lstsq(x, y, rcond=1e-8)[0], np.float64)
