"""Student's t, for intervals over a handful of seeds, without scipy."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

_TABLE = np.array(
    [
        12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281,
        2.2010, 2.1788, 2.1604, 2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.0930, 2.0860,
        2.0796, 2.0739, 2.0687, 2.0639, 2.0595, 2.0555, 2.0518, 2.0484, 2.0452, 2.0423,
    ]
)  # fmt: skip
_NORMAL = 1.959964


def student_95(count: ArrayLike) -> NDArray[np.float64]:
    """Factor before the standard error for a 95 % interval of a mean over `count` values; NaN for fewer than two.

    Above 30 degrees of freedom the first terms of the Cornish-Fisher expansion (error under 0.0002).
    """
    freedom = np.asarray(count, dtype=np.float64) - 1
    tabled = _TABLE[np.clip(freedom, 1, len(_TABLE)).astype(int) - 1]
    z = _NORMAL
    large = np.maximum(freedom, 1.0)
    expanded = z + (z**3 + z) / (4 * large) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * large**2)
    return np.where(freedom < 1, np.nan, np.where(freedom <= len(_TABLE), tabled, expanded))
