"""Where the task comes from: plain values that a page can keep and a background job can read."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]


def _none() -> Points:
    return np.empty((0, 2))


@dataclass(frozen=True)
class Sampled:
    """A task of the kind that was learned, unseen in training; the same for the same seed."""

    seed: int = 0


@dataclass(frozen=True, eq=False)
class Drawn:
    """Points that a person has set: [points, 2] of the only input and the only target."""

    support: Points = field(default_factory=_none)
    query: Points = field(default_factory=_none)

    def with_point(self, x: float, y: float, *, query: bool = False) -> "Drawn":
        added = np.array([[x, y]])
        if query:
            return Drawn(self.support, np.concatenate([self.query, added]))
        return Drawn(np.concatenate([self.support, added]), self.query)

    def without_support(self, index: int) -> "Drawn":
        return Drawn(np.delete(self.support, index, axis=0), self.query)

    def without_query(self, index: int) -> "Drawn":
        return Drawn(self.support, np.delete(self.query, index, axis=0))


@dataclass(frozen=True)
class Files:
    """support: a table with its target, or a folder per class; query None: the first `shots` known examples (of each class)
    are support, and the others are asked for."""

    support: Path
    query: Path | None = None
    shots: int = 5


Source = Sampled | Drawn | Files
