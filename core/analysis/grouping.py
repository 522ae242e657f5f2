"""Runs that differ in their seed alone, drawn as one: mean and band over the runs that reach a step."""

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .quantiles import student_95

Floats = NDArray[np.float64]

BANDS = {
    "interval": "95 % interval",
    "std": "standard deviation",
    "error": "standard error",
    "range": "range",
}
"""Kinds of band, with the words for them."""


@dataclass(frozen=True)
class Band:
    """x, mean, low, high: [points]; n: [points] how many curves reach it (low and high are NaN where only one does)."""

    x: Floats
    mean: Floats
    low: Floats
    high: Floats
    n: NDArray[np.int64]
    kind: str

    @property
    def count(self) -> int:
        """Curves in the group."""
        return int(self.n.max()) if len(self.n) else 0


def band(curves: Sequence[tuple[ArrayLike, ArrayLike]], kind: str = "interval", points: int = 2000) -> Band:
    """Mean and band of curves (x, y) over their common steps. kind: a key of BANDS."""
    grid, values = align(curves, points)
    return band_of(grid, values, kind)


def band_of(x: ArrayLike, values: ArrayLike, kind: str = "interval") -> Band:
    """The same for values [curves, points] that already share x [points]; NaN where a curve has no value."""
    matrix = np.asarray(values, dtype=np.float64)
    n = np.isfinite(matrix).sum(axis=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # columns without any value: NaN is the answer
        mean = (
            np.nanmean(np.where(np.isfinite(matrix), matrix, np.nan), axis=0)
            if len(matrix)
            else np.full(n.shape, np.nan)
        )
        low, high = _limits(matrix, mean, n, kind)
    return Band(np.asarray(x, dtype=np.float64), mean, low, high, n, kind)


def _limits(matrix: Floats, mean: Floats, n: NDArray[np.int64], kind: str) -> tuple[Floats, Floats]:
    if kind not in BANDS:
        raise ValueError(f"band {kind!r} is not one of {', '.join(BANDS)}")
    finite = np.where(np.isfinite(matrix), matrix, np.nan)
    alone = np.where(n > 1, 0.0, np.nan)  # one curve has no spread
    if kind == "range":
        return np.nanmin(finite, axis=0) + alone, np.nanmax(finite, axis=0) + alone
    deviation = np.nanstd(finite, axis=0, ddof=1)
    width = {"std": 1.0, "error": 1 / np.sqrt(n), "interval": student_95(n) / np.sqrt(n)}[kind]
    half = deviation * width + alone
    return mean - half, mean + half


def align(curves: Sequence[tuple[ArrayLike, ArrayLike]], points: int = 2000) -> tuple[Floats, Floats]:
    """Curves (x, y) on a shared grid: (grid [points], values [curves, points]).

    The grid is every x that occurs, or `points` even ones where those are too many; between its own points a curve is
    interpolated, outside them it is NaN. Non-finite points are left out first.
    """
    finite = [_finite(x, y) for x, y in curves]
    everywhere = np.unique(np.concatenate([x for x, _ in finite])) if finite else np.empty(0)
    if len(everywhere) > points:
        everywhere = np.linspace(everywhere[0], everywhere[-1], points)
    rows = [
        np.interp(everywhere, x, y, left=np.nan, right=np.nan) if len(x) else everywhere * np.nan for x, y in finite
    ]
    return everywhere, np.array(rows).reshape(len(finite), len(everywhere))


def _finite(x: ArrayLike, y: ArrayLike) -> tuple[Floats, Floats]:
    xs, ys = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    keep = np.isfinite(xs) & np.isfinite(ys)
    return xs[keep], ys[keep]


def seed_groups(runs: Iterable[Any]) -> list[list[Any]]:
    """Run records that differ in nothing but seed and name, in the order of their first run."""
    groups: dict[str, list[Any]] = {}
    for run in runs:
        groups.setdefault(_seedless(run.experiment), []).append(run)
    return list(groups.values())


def _seedless(experiment: Any) -> str:
    return str(experiment.model_copy(update={"seed": 0, "name": ""}).digest())
