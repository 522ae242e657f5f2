"""What helps a run whose loss became no number: it goes back to its last good checkpoint and on from there, otherwise.

What was changed is stored with the run as `changes` [[step, settings of the outer loop], ...], each holding for the steps
after `step`: a resumed run replays them as it replays the swaps of the engine's tiers.
"""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

import numpy as np

from core.config.experiment import Outer

from .events import Floats

WHERE_FROM_HERE = (
    "lower outer.learning_rate or inner.learning_rate, or set outer.clip_value; "
    "everything up to the last checkpoint is kept"
)
"""How the sentence of a loss that is no number ends; the window offers the same as buttons."""

HALF_RATE, CLIPPING = "half-rate", "clipping"
REMEDIES = (HALF_RATE, CLIPPING)
MOST_NORM = 1.0
"""What the meta-gradient's norm is cut at where nothing cut it before; else at a tenth of what did."""

TOO_LARGE = 10.0
"""A checkpoint is no good where the outer loss was so many times that of the run's first step: it was on its way already."""

UNTRIED = "untried"
"""In the stored engine while the last change waits for the run to begin; what a run stores on its way has it no more."""

Change = tuple[int, dict[str, Any]]


def is_good(loss: float, first_loss: float) -> bool:
    """Whether it is worth going on from where the outer loss was `loss`. first_loss: of the first step that is known."""
    return isfinite(loss) and not loss > TOO_LARGE * abs(first_loss)


def last_good(checkpoints: Sequence[int], steps: Floats, losses: Floats, changes: Sequence[Change] = ()) -> int:
    """The step of the newest checkpoint to go on from; 0 where there is none. steps, losses: the run's series [n]; changes:
    those that did not help: where the last was made is no place to go back to once more."""
    tried = changes[-1][0] if changes else None
    for step in sorted(checkpoints, reverse=True):
        if step == tried:
            continue
        at = int(np.searchsorted(steps, step, side="right")) - 1
        if at < 0 or is_good(float(losses[at]), float(losses[0])):
            return step
    return 0


def settings_for(remedy: str, outer: Outer) -> dict[str, Any]:
    """What the remedy sets in the outer loop as it stands. remedy: of REMEDIES."""
    if remedy == HALF_RATE:
        return {"learning_rate": outer.learning_rate / 2}
    return {"clip_norm": MOST_NORM if outer.clip_norm is None else outer.clip_norm / 10}


def with_remedy(changes: Sequence[Change], step: int, remedy: str, outer: Outer) -> list[Change]:
    """The changes with that remedy from `step` on. Later ones belong to a way that is left behind, and go. outer: as the
    experiment has it."""
    before = [change for change in changes if change[0] <= step]
    return [*before, (step, settings_for(remedy, outer_at(outer, before, step)))]


def changes_of(engine: Mapping[str, Any]) -> list[Change]:
    """Those of a stored engine, as the catalog's JSON holds them."""
    return [(int(step), dict(settings)) for step, settings in engine.get("changes", [])]


def tried_changes(engine: Mapping[str, Any]) -> list[Change]:
    """Those of the stored engine that the run has begun with: one that waits for a resume that could not begin gives way to
    the next."""
    changes = changes_of(engine)
    return changes[:-1] if engine.get(UNTRIED) else changes


def outer_at(outer: Outer, changes: Sequence[Change], step: int) -> Outer:
    """The outer loop's settings for the steps after `step`."""
    for since, settings in changes:
        if since <= step:
            outer = outer.model_copy(update=settings)
    return outer


def in_words(change: Change) -> str:
    """ "from step 9 on outer.learning_rate = 0.005"."""
    step, settings = change
    told = ", ".join(f"outer.{name} = {value:g}" for name, value in settings.items())
    return f"from step {step + 1:,} on {told}"
