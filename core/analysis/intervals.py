"""Means with 95 % intervals over tasks: over distinct tasks where they are a finite set, episodes averaged first."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Z95 = 1.96


class Interval(NamedTuple):
    """mean, half_width [steps] (95 %; NaN for one task) over n tasks, or n distinct tasks."""

    mean: NDArray[np.float64]
    half_width: NDArray[np.float64]
    n: int


def interval(values: Floats, groups: NDArray[np.int64] | None = None) -> Interval:
    """values [tasks, steps]; groups [tasks] index of the distinct task.

    half width = 1.96 std(ddof=1) / sqrt(n). A non-finite value makes its column non-finite: nothing is left out.
    """
    seen = by_group(np.atleast_2d(np.asarray(values, np.float64)), groups)
    n = len(seen)
    if n == 0:
        nothing = np.full(seen.shape[1], np.nan)
        return Interval(nothing, nothing, 0)
    with np.errstate(invalid="ignore", over="ignore"):
        mean = seen.mean(0)
        spread = seen.std(0, ddof=1) if n > 1 else np.full_like(mean, np.nan)
        return Interval(mean, Z95 * spread / np.sqrt(n), n)


def paired(a: Floats, b: Floats, groups: NDArray[np.int64] | None = None) -> Interval:
    """Mean difference a - b on the same tasks: [tasks, steps] both, differences averaged by group first."""
    with np.errstate(invalid="ignore"):
        return interval(np.asarray(a, np.float64) - np.asarray(b, np.float64), groups)


def by_group(values: NDArray[np.float64], groups: NDArray[np.int64] | None) -> NDArray[np.float64]:
    """Means [distinct, steps] of the rows of each group, in the order of their index; without groups, the rows."""
    if groups is None or len(values) == 0:
        return values
    _, place, count = np.unique(np.asarray(groups), return_inverse=True, return_counts=True)
    sums = np.zeros((len(count), values.shape[1]))
    with np.errstate(invalid="ignore", over="ignore"):
        np.add.at(sums, place, values)
        return sums / count[:, None]
