"""The small line of a run: at most 60 means of the outer loss, kept in the row, brought up to date by each append."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .blocks import pack, unpack

MOST = 60


@dataclass(frozen=True)
class Spark:
    """Sums and counts of the finite losses of `stride` outer steps each; a run that outgrows 60 doubles the stride."""

    stride: int
    sums: NDArray[np.float64]
    counts: NDArray[np.int64]

    def points(self) -> tuple[float, ...]:
        seen = self.counts > 0
        return tuple((self.sums[seen] / self.counts[seen]).tolist())

    def to_bytes(self) -> bytes:
        return pack({"stride": np.array([self.stride]), "sums": self.sums, "counts": self.counts})


def empty() -> Spark:
    return Spark(1, np.zeros(MOST), np.zeros(MOST, np.int64))


def from_bytes(block: bytes | None) -> Spark:
    if block is None:
        return empty()
    parts = unpack(block)
    return Spark(int(parts["stride"][0]), parts["sums"], parts["counts"])


def extended(spark: Spark, steps: NDArray[np.int64], loss: NDArray[np.floating[Any]]) -> Spark:
    """With more outer steps (1 is the first). Non-finite losses leave a gap."""
    finite = np.isfinite(loss)
    if not finite.any():
        return spark
    steps, values = steps[finite], loss[finite].astype(np.float64)
    while steps.max() > spark.stride * MOST:
        spark = _halved(spark)
    place = (steps - 1) // spark.stride
    sums = spark.sums + np.bincount(place, values, MOST)
    return Spark(spark.stride, sums, spark.counts + np.bincount(place, minlength=MOST))


def _halved(spark: Spark) -> Spark:
    half = np.zeros(MOST // 2)
    sums = np.concatenate([spark.sums.reshape(-1, 2).sum(1), half])
    counts = np.concatenate([spark.counts.reshape(-1, 2).sum(1), half.astype(np.int64)])
    return Spark(spark.stride * 2, sums, counts)
