"""A new task as a person hands it over: examples that are known, and examples that are asked for."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.errors import BadExperiment

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Question:
    """support_x, query_x: [examples, *input] in the units of the data (pictures [examples, channels, height, width] in
    0..1); support_y: [examples, outputs], or labels [examples] 0, 1, ...; query_y: likewise, NaN (-1) where it is not known;
    None where no target is; about: where it comes from; labels: what a query is called (row, file); class_names: of the
    labels, in order; warnings: what a person should know before trusting the answer."""

    support_x: Array
    support_y: Array
    query_x: Array
    query_y: Array | None = None
    about: str = ""
    labels: tuple[str, ...] = ()
    class_names: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def known(self) -> Array:
        """[queries] whether the target is known."""
        if self.query_y is None:
            return np.zeros(len(self.query_x), dtype=bool)
        if np.issubdtype(self.query_y.dtype, np.integer):
            return np.asarray(self.query_y >= 0)
        flat = np.isfinite(self.query_y).reshape(len(self.query_y), int(np.prod(self.query_y.shape[1:])))
        return np.asarray(flat.all(axis=1))


def check(question: Question) -> None:
    """Raises BadExperiment for a task that no start can adapt to, with what to add."""
    if not len(question.support_x):
        raise BadExperiment("there is no support example yet; give at least one with its target")


class Divided(NamedTuple):
    """A set of known examples as a task; asked: [examples] which of them are queries."""

    question: Question
    asked: Array


def divided(
    x: Array,
    y: Array,
    shots: int,
    *,
    about: str,
    labels: tuple[str, ...] = (),
    class_names: tuple[str, ...] = (),
    warnings: tuple[str, ...] = (),
) -> Divided:
    """The first `shots` examples (of classes: of each class) are support, the others are query, so that what is predicted can
    be held against what is known. Raises BadExperiment where none is left."""
    first = _first_of_each(y, shots) if np.issubdtype(y.dtype, np.integer) else np.arange(len(y)) < shots
    if first.all():
        raise BadExperiment(
            f"all {len(y)} examples would be support and none is left to predict; take fewer as support, or name a query "
            "file"
        )
    names = tuple(str(name) for name, taken in zip(labels, first, strict=True) if not taken) if labels else ()
    task = Question(x[first], y[first], x[~first], y[~first], about, names, class_names, warnings)
    return Divided(task, ~first)


def _first_of_each(labels: Array, shots: int) -> Array:
    taken = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        taken[np.flatnonzero(labels == label)[:shots]] = True
    return taken
