"""How many steps another start needs for the same result: the sentence under an adaptation curve."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]


def first_reaching(values: Floats, level: float, *, higher: bool) -> int | None:
    """The first index whose value is as good as `level`: at most it, or (higher) at least; None where none is. A value that
    is not finite is never good."""
    values = np.asarray(values, dtype=np.float64)
    good = values >= level if higher else values <= level
    there = np.flatnonzero(good & np.isfinite(values))
    return int(there[0]) if len(there) else None


def sentence(step: int, learned: Floats, random_start: Floats, *, of: int | None = None) -> str:
    """ "After 3 steps 0.08; a random start needs 64 steps for that."

    learned, random_start: results by step (the second may be longer; empty: not known yet): query loss, or, where `of` says
    how many queries there are, how many of them are right.
    """
    level, higher = float(learned[step]), of is not None
    begin = f"{_after(step)} {_result(level, of)}"
    if not np.isfinite(level):
        return f"{_after(step)} the query loss is no longer a finite number; take fewer steps."
    if not len(random_start):
        return f"{begin}."
    needed = first_reaching(random_start, level, higher=higher)
    if needed is None:
        finite = np.asarray(random_start, dtype=np.float64)
        finite = finite[np.isfinite(finite)]
        best = f" ({_result(float(finite.max() if higher else finite.min()), of)} at best)" if len(finite) else ""
        return f"{begin}; a random start does not get there within {_steps(len(random_start) - 1)}{best}."
    if needed <= step:
        when = "before any step" if needed == 0 else f"in {_steps(needed)}"
        return f"{begin}; a random start gets there {when}, so nothing is gained on this task."
    return f"{begin}; a random start needs {_steps(needed)} for that."


def _after(step: int) -> str:
    return "Before any step" if step == 0 else f"After {_steps(step)}"


def _steps(count: int) -> str:
    return "1 step" if count == 1 else f"{count:,} steps"


def _result(value: float, of: int | None) -> str:
    return f"{value:.3g}" if of is None else f"{value:.0f} of {of} right"
