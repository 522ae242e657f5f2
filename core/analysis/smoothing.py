"""Smoothing of a noisy curve: an exponential mean without the pull towards its start."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

_LARGEST = 230.0
"""Exponent at which a block ends: e^230 is far from overflow, and a block is still hundreds of points long."""


def smooth(values: ArrayLike, weight: float) -> NDArray[np.float64]:
    """Debiased exponential moving average [n] of values [n]: sum of weight^(t-i) v_i over sum of weight^(t-i).

    weight 0 leaves the curve as it is, weight towards 1 flattens it. A non-finite value adds nothing and stays a gap
    (NaN) in the answer; the mean goes on behind it, with the older values as old as they are.
    """
    curve = np.asarray(values, dtype=np.float64)
    finite = np.isfinite(curve)
    if not 0 <= weight < 1:
        raise ValueError(f"weight is {weight}, but a share of the past lies in [0, 1)")
    if weight == 0 or not finite.any():
        return np.where(finite, curve, np.nan)
    total = _decayed_sums(np.where(finite, curve, 0.0), weight)
    share = _decayed_sums(finite.astype(np.float64), weight)
    answer = np.full(curve.shape, np.nan)
    np.divide(total, share, out=answer, where=finite & (share > 0))
    return answer


def _decayed_sums(values: NDArray[np.float64], weight: float) -> NDArray[np.float64]:
    """s_t = weight s_(t-1) + v_t, in blocks: inside one it is weight^t times the cumulative sum of v_i weight^-i."""
    length = max(1, min(len(values), int(_LARGEST / -np.log(weight))))
    powers = weight ** np.arange(1, length + 1, dtype=np.float64)
    sums, carried = np.empty_like(values), 0.0
    for start in range(0, len(values), length):
        block = values[start : start + length]
        decay = powers[: len(block)]
        sums[start : start + len(block)] = decay * (carried + np.cumsum(block / decay))
        carried = sums[start + len(block) - 1]
    return sums
