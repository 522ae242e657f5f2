"""What a run can be placed by in a plot: any of its settings, and any of its results."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite, nan
from typing import Any

import numpy as np

from core.config.words import in_words

from .diff import differences, flatten
from .grouping import band_of
from .intervals import interval

RESULTS = {
    "query_loss": "Test loss",
    "accuracy": "Test accuracy (%)",
    "first_step": "Test loss after 1 inner step",
    "before": "Test loss before adaptation",
    "start_loss": "Test loss of a random start",
    "best_validation": "Best validation loss",
    "seconds": "Training time (s)",
    "steps_per_second": "Outer steps per second",
    "gradients": "Gradient evaluations",
    "adapted": "Adapted parameters",
    "bytes": "Size of the run (bytes)",
}
"""Key -> words. Test results are means over the fixed test tasks, by distinct task."""
_PREFIX = "result:"


@dataclass(frozen=True)
class Trait:
    """One axis. key: dotted setting, or "result:" and a key of RESULTS; values: a number, a text, or None (a run of another
    kind has no such setting), one a point."""

    key: str
    title: str
    values: tuple[Any, ...]

    @property
    def is_result(self) -> bool:
        return self.key.startswith(_PREFIX)

    @property
    def numeric(self) -> bool:
        """Whether all values that are there are numbers."""
        return all(value is None or _is_number(value) for value in self.values)

    @property
    def categories(self) -> tuple[str, ...]:
        """The different values in words: numbers by size, texts by their first run."""
        seen = dict.fromkeys(value for value in self.values if value is not None)
        if self.numeric:
            return tuple(in_words(self.key, value) for value in sorted(seen))
        return tuple(dict.fromkeys(in_words(self.key, value) for value in seen))

    def places(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """[points] where each lies: the number itself, else the place of its category; NaN where there is none."""
        if self.numeric:
            return np.array([nan if value is None else float(value) for value in self.values], dtype=np.float64)
        order = {text: place for place, text in enumerate(self.categories)}
        return np.array(
            [nan if v is None else float(order[in_words(self.key, v)]) for v in self.values], dtype=np.float64
        )


@dataclass(frozen=True)
class Span:
    """A result of a seed group. mean, low, high: as the chosen band says; NaN edges for a single run."""

    mean: float
    low: float
    high: float
    n: int


def setting_keys(records: Sequence[Any]) -> list[str]:
    """Dotted keys of all settings, those that differ between the runs first; the name is none."""
    different = [row.key for row in differences([record.experiment for record in records])]
    flats = [flatten(record.experiment.model_dump(mode="json")) for record in records]
    everywhere = dict.fromkeys(key for flat in flats for key in flat if key != "name")
    return [*different, *(key for key in everywhere if key not in set(different))]


def setting_trait(records: Sequence[Any], key: str) -> Trait:
    """records: one a point."""
    flats = [flatten(record.experiment.model_dump(mode="json")) for record in records]
    return Trait(key, key, tuple(_plain(key, flat[key]) if key in flat else None for flat in flats))


def result_keys(records: Sequence[Any], evaluations: Sequence[Any]) -> list[str]:
    """Keys of RESULTS for which at least one run has a number."""
    pairs = list(zip(records, evaluations, strict=True))
    return [key for key in RESULTS if any(isfinite(result(key, *pair)) for pair in pairs)]


def result_trait(key: str, values: Sequence[float]) -> Trait:
    return Trait(_PREFIX + key, RESULTS[key], tuple(value if isfinite(value) else None for value in values))


def result(key: str, record: Any, evaluation: Any) -> float:
    """The number of one run; NaN where it has none."""
    value = _READ[key](record, evaluation)
    return nan if value is None else float(value)


def spread(values: Sequence[float], kind: str) -> Span:
    """Mean and band over the runs of a group; kind: a key of grouping.BANDS. Runs without a number are left out."""
    found = band_of([0.0], np.asarray(values, dtype=np.float64)[:, None], kind)
    return Span(float(found.mean[0]), float(found.low[0]), float(found.high[0]), int(found.n[0]))


def _mean(curves: Any, at: int, what: str = "loss") -> float | None:
    values = getattr(curves, what)
    if values is None or values.shape[1] == 0:
        return None
    return float(interval(values, curves.groups).mean[min(at, values.shape[1] - 1) if at >= 0 else -1])


def _tested(at: int, what: str = "loss", curves: str = "curves") -> Callable[[Any, Any], float | None]:
    def read(record: Any, evaluation: Any) -> float | None:
        return None if evaluation is None else _mean(getattr(evaluation, curves), at, what)

    return read


def _accuracy(record: Any, evaluation: Any) -> float | None:
    share = _tested(-1, "accuracy")(record, evaluation)
    return None if share is None else 100 * share


def _gradients(record: Any, evaluation: Any) -> float:
    return float(record.step * record.experiment.outer.meta_batch * gradients_a_task(record.experiment))


_READ: dict[str, Callable[[Any, Any], float | None]] = {
    "query_loss": _tested(-1),
    "accuracy": _accuracy,
    "first_step": _tested(1),
    "before": _tested(0),
    "start_loss": _tested(-1, curves="random_start"),
    "best_validation": lambda record, evaluation: record.best_loss,
    "seconds": lambda record, evaluation: record.seconds,
    "steps_per_second": lambda record, evaluation: record.rates.get("steps_per_second"),
    "gradients": _gradients,
    "adapted": lambda record, evaluation: record.counts.get("adapted"),
    "bytes": lambda record, evaluation: record.bytes or None,
}


def gradients_a_task(experiment: Any) -> int:
    """Gradients of a task's loss in one outer step: one an inner step and one of the query loss.

    A second-order pass through the inner loop counts as the gradient of the query loss that it is. Joint training has no
    inner loop and predicted rows no gradient step (one each), Reptile no query loss, MAML++ a query loss after every step,
    and the components of a mixture each take their own steps.
    """
    method, steps = experiment.method, int(experiment.inner.steps)
    if method.kind in ("pooled", "predict-from-activations"):
        return 1
    if method.kind == "reptile":
        return max(1, steps)
    if method.kind == "maml++":
        return 2 * steps if method.multi_step_share > 0 else steps + 1
    return int(getattr(method, "components", 1)) * (steps + 1) if method.kind == "mixture" else steps + 1


def _plain(key: str, value: Any) -> Any:
    """Choices, lists, switches and what is not set in words, so that they are categories; numbers as they are."""
    return value if _is_number(value) else in_words(key, value)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
