"""Fewer points for a plot that looks the same: the lowest and the highest of every bucket are kept."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def decimate(x: ArrayLike, y: ArrayLike, buckets: int = 1000) -> tuple[Floats, Floats]:
    """At most 2 * buckets points of the curve (x, y), in order, with every peak and dip of the original.

    A bucket without a finite value becomes one gap (NaN); curves that are short enough come back as they are.
    """
    xs, ys = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if len(xs) <= 2 * buckets:
        return xs, ys
    size = -(-len(xs) // buckets)
    rows = -(-len(xs) // size)
    padded = np.full(rows * size, np.nan)
    padded[: len(ys)] = np.where(np.isfinite(ys), ys, np.nan)
    return _extremes(xs, padded.reshape(rows, size), size)


def _extremes(xs: Floats, folded: Floats, size: int) -> tuple[Floats, Floats]:
    empty = np.isnan(folded).all(axis=1)
    low = np.where(np.isnan(folded), np.inf, folded).argmin(axis=1)
    high = np.where(np.isnan(folded), -np.inf, folded).argmax(axis=1)
    first, second = np.minimum(low, high), np.maximum(low, high)
    offsets = np.arange(len(folded)) * size
    picks = np.stack([offsets + first, offsets + second], axis=1)
    values = np.take_along_axis(folded, np.stack([first, second], axis=1), axis=1)
    keep = np.stack([np.ones_like(empty), (first != second) & ~empty], axis=1)
    return xs[np.minimum(picks, len(xs) - 1)][keep], values[keep]
