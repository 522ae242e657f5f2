"""The one field of Set up that is no setting of an experiment: how many runs it becomes."""

from .spec import FieldSpec, Sort

MOST_SEEDS = 100
LAST_SEED = 2**31 - 1
SEEDS = FieldSpec(
    key="seeds",
    name="seeds",
    title="Seeds",
    sentence="So many runs with seed, seed + 1, ..., queued one after the other; they stay one group.",
    sort=Sort.WHOLE,
    default=1,
    unit="runs",
    low=1,
    high=MOST_SEEDS,
)
