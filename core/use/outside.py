"""Where new data lie outside of what was seen in training: a prediction there is a guess, and it is said so."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.scaling import in_units
from core.types import TaskSpec

FAR = 4.0
"""Standard deviations beyond which a value counts as outside where only mean and spread are known."""


def outside(spec: TaskSpec, x: NDArray[Any], what: str) -> tuple[str, ...]:
    """One sentence an input (or of pictures, one in all) that leaves what was seen. x: [examples, *input] in the units of
    the data; what: "support rows", "query pictures"."""
    if not len(x):
        return ()
    if len(spec.input_shape) == 3:
        return _brightness(spec, np.asarray(x, dtype=np.float64), what)
    columns = np.asarray(x, dtype=np.float64).reshape(len(x), -1)
    found = (
        _column(name, columns[:, at], seen, what)
        for at, name, seen in zip(range(columns.shape[1]), spec.input_names, seen_ranges(spec), strict=False)
    )
    return tuple(sentence for sentence in found if sentence)


def input_span(spec: TaskSpec) -> tuple[float, float] | None:
    """The range of the only input, in the units of the data (a spec holds it as the network is given it)."""
    if spec.input_range is None or spec.input_shape != (1,):
        return None
    low, high = in_units(np.asarray(spec.input_range, dtype=np.float64)[:, None], spec, "x")[:, 0]
    return float(low), float(high)


def seen_ranges(spec: TaskSpec) -> list[tuple[float, float] | None]:
    """Of each input, in the units of the data; None where nothing is known."""
    inputs = spec.input_shape[0]
    stored = (spec.encoding or {}).get("ranges")
    if isinstance(stored, list) and len(stored) == inputs:
        return [None if not pair else (float(pair[0]), float(pair[1])) for pair in stored]
    if inputs == 1 and (span := input_span(spec)) is not None:
        return [span]
    if spec.scaling:
        pairs = zip(spec.scaling["x_mean"], spec.scaling["x_std"], strict=True)
        return [(mean - FAR * std, mean + FAR * std) for mean, std in pairs]
    return [None] * inputs


def unknown(name: str, seen: Sequence[str], values: Sequence[str], what: str) -> str:
    """A category that training never saw; "" where all are known."""
    new = [value for value in values if value not in set(seen)]
    if not new:
        return ""
    named = ", ".join(repr(value) for value in list(dict.fromkeys(new))[:3])
    return f"{name}: {named} was not seen in training ({_share(len(new), len(values), what)})."


def _column(name: str, values: NDArray[np.float64], seen: tuple[float, float] | None, what: str) -> str:
    if seen is None:
        return ""
    slack = 1e-6 * max(1.0, abs(seen[0]), abs(seen[1]))  # numbers went through single precision
    away = int(((values < seen[0] - slack) | (values > seen[1] + slack)).sum())
    if not away:
        return ""
    extreme = values.min() if seen[0] - values.min() > values.max() - seen[1] else values.max()
    return (
        f"{name}: {_share(away, len(values), what)} outside of {seen[0]:.6g} to {seen[1]:.6g}, which was seen in training "
        f"(as far as {extreme:.6g})."
    )


def _brightness(spec: TaskSpec, pictures: NDArray[np.float64], what: str) -> tuple[str, ...]:
    """Mean light of each picture against those of training, where the card keeps them."""
    kept = (spec.encoding or {}).get("brightness")
    if not isinstance(kept, dict) or not {"mean", "std"} <= kept.keys() or not float(kept["std"]) > 0:
        return ()
    mean, std = float(kept["mean"]), float(kept["std"])
    light = pictures.reshape(len(pictures), -1).mean(1)
    away = int((np.abs(light - mean) > FAR * std).sum())
    if not away:
        return ()
    side = "brighter" if light[np.abs(light - mean).argmax()] > mean else "darker"
    return (f"Brightness: {_share(away, len(light), what)} much {side} than those seen in training.",)


def _share(count: int, total: int, what: str) -> str:
    verb = "is" if count == 1 else "are"
    return f"{count} of {total} {what} {verb}"
