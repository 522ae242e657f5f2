"""Multinomial logistic regression by Newton's method: for rows whose target is a class."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
ITERATIONS = 50
TOLERANCE = 1e-8
POOLED_RIDGE, TASK_RIDGE = 1e-3, 0.1
"""Penalty on squared slopes, as a share of one row's loss: with few rows the classes are always separable, and without one the
slopes would have no end."""


def fit(x: Floats, y: NDArray[np.int64], ways: int, ridge: float) -> Floats:
    """Weights [inputs + 1, ways] with the smallest mean cross-entropy + ridge / 2 * squared slopes (the levels are hardly
    held). x: [rows, inputs] standardized, y: [rows] labels."""
    design = _with_one(x)
    rows, columns = design.shape
    penalty = np.full(columns, ridge)
    penalty[0] = 1e-4 * min(1.0, ridge * 100)
    target = np.eye(ways)[y]
    weights = np.zeros((columns, ways))
    value = _value(design, target, weights, penalty)
    for _ in range(ITERATIONS):
        share = _softmax(design @ weights)
        gradient = design.T @ (share - target) / rows + penalty[:, None] * weights
        step = np.linalg.solve(_curvature(design, share, penalty), gradient.ravel()).reshape(columns, ways)
        length = 1.0
        while length > 1e-6 and _value(design, target, weights - length * step, penalty) > value:
            length /= 2
        weights = weights - length * step
        before, value = value, _value(design, target, weights, penalty)
        if before - value < TOLERANCE:
            break
    return weights


def probabilities(weights: Floats, x: Floats) -> Floats:
    """[rows, ways]."""
    return _softmax(_with_one(x) @ weights)


def _curvature(design: Floats, share: Floats, penalty: Floats) -> Floats:
    rows, columns = design.shape
    ways = share.shape[1]
    middle = share[:, :, None] * (np.eye(ways) - share[:, None, :])
    full = np.einsum("ni,nab,nj->iajb", design, middle, design, optimize=True).reshape(columns * ways, -1) / rows
    found: Floats = full + np.diag(np.repeat(penalty, ways)) + 1e-10 * np.eye(columns * ways)
    return found


def _value(design: Floats, target: Floats, weights: Floats, penalty: Floats) -> float:
    logits = design @ weights
    top = logits.max(1, keepdims=True)
    each = top[:, 0] + np.log(np.exp(logits - top).sum(1)) - (logits * target).sum(1)
    return float(each.mean() + (penalty[:, None] * weights**2).sum() / 2)


def _softmax(logits: Floats) -> Floats:
    shares = np.exp(logits - logits.max(1, keepdims=True))
    found: Floats = shares / shares.sum(1, keepdims=True)
    return found


def _with_one(x: Floats) -> Floats:
    return np.concatenate([np.ones((len(x), 1)), x], 1)
