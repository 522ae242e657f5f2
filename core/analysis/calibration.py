"""Is a prediction as sure as it should be? Intervals of sampled predictions against their nominal level, and classes' chances.

A regression's predictive law is the equal mixture of N(f_s(x), noise^2) over samples s; with exact targets the samples alone.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
LEVELS = np.linspace(0.0, 1.0, 21)


class Reliability(NamedTuple):
    """Of equal bins of confidence: mean confidence, accuracy (NaN where empty) and share of the examples [bins]."""

    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    share: NDArray[np.float64]

    @property
    def error(self) -> float:
        """Expected calibration error: mean of |accuracy - confidence| over examples (Guo et al. 2017, arXiv 1706.04599)."""
        gap = np.abs(self.accuracy - self.confidence)
        return float(np.nansum(np.where(self.share > 0, gap, 0.0) * self.share))


def places(samples: Floats, truth: Floats, noise: float = 0.0) -> NDArray[np.float64]:
    """Value of the predictive distribution function at the truth (PIT) [n], uniform where calibrated.

    samples [samples, n], truth [n]. Exact targets: the middle of the truth's rank among the samples and itself.
    """
    drawn, seen = np.asarray(samples, np.float64), np.asarray(truth, np.float64)
    if noise > 0:
        found: NDArray[np.float64] = _normal_cdf((seen - drawn) / noise).mean(0)
        return found
    below = (drawn < seen).sum(0) + 0.5 * (drawn == seen).sum(0)
    ranked: NDArray[np.float64] = (below + 0.5) / (len(drawn) + 1)
    return ranked


def coverage(samples: Floats, truth: Floats, noise: float = 0.0, levels: Floats = LEVELS) -> NDArray[np.float64]:
    """Share of truths inside the central interval of each nominal level [levels]; equal to the levels where calibrated."""
    reach = np.abs(2 * places(samples, truth, noise) - 1)
    if not len(reach):
        return np.full(len(levels), np.nan)
    return np.array([(reach <= level + 1e-12).mean() for level in levels])


def mixture_nll(samples: Floats, truth: Floats, noise: float) -> float:
    """Mean negative log-density of the truth under the mixture; noise > 0."""
    each = -0.5 * np.square((np.asarray(truth) - np.asarray(samples)) / noise) - math.log(
        noise * math.sqrt(2 * math.pi)
    )
    most = each.max(0)
    return float(-(most + np.log(np.exp(each - most).mean(0))).mean())


def reliability(probabilities: Floats, labels: NDArray[np.integer[Any]], bins: int = 10) -> Reliability:
    """probabilities [n, classes], labels [n]: confidence is the largest probability, in equal bins of 0..1."""
    sure = np.asarray(probabilities, np.float64).max(-1)
    right = (np.asarray(probabilities).argmax(-1) == np.asarray(labels)).astype(np.float64)
    place = np.clip(np.ceil(sure * bins).astype(int) - 1, 0, bins - 1)
    count = np.bincount(place, minlength=bins).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        confidence, accuracy = (np.bincount(place, each, bins) / count for each in (sure, right))
    return Reliability(confidence, accuracy, count / max(1.0, count.sum()))


def _normal_cdf(z: NDArray[np.float64]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = np.vectorize(lambda value: 0.5 * math.erfc(-value / math.sqrt(2)), otypes=[float])(z)
    return found
