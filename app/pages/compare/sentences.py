"""The results beside the baseline in whole sentences."""

from app.models import words
from core.analysis.comparison import ComparedRun, Comparison, Estimate

_LONGEST = 40
_MOST = 4


def sentences(found: Comparison) -> list[str]:
    """One a run that is not the baseline, in the table's order, then one for all runs that cannot be compared for the same
    reason; none where there is nothing to set beside it."""
    base = next((row.name for row in found.rows if row.run == found.baseline), "")
    others = [row for row in found.rows if row.run != found.baseline]
    if not base:
        return []
    reasons: dict[str, list[str]] = {}
    for row in others:
        if row.difference is None:
            reasons.setdefault(row.reason, []).append(words.shortened(row.name, _LONGEST))
    without = [f"{_listed(names)}: {reason}, so there is no difference to tell." for reason, names in reasons.items()]
    short = words.shortened(base, _LONGEST)
    return [*(_sentence(row, row.difference, short, found) for row in others if row.difference is not None), *without]


def _listed(names: list[str]) -> str:
    """ "a, b and c"; of many the first few."""
    if len(names) == 1:
        return names[0]
    if len(names) > _MOST:
        return f"{', '.join(names[:_MOST])} and {len(names) - _MOST} more"
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _sentence(row: ComparedRun, difference: Estimate, base: str, found: Comparison) -> str:
    name = words.shortened(row.name, _LONGEST)
    measure = "accuracy" if found.metric == "accuracy" else "loss"
    where = f"on the same {_tasks(difference, found)}"
    if not difference.clear:
        told = estimate(difference, found.metric, signed=True)
        return f"{name}: no clear difference to {base} {where}; its {measure} differs by {told}, which may be chance."
    size = Estimate(abs(difference.mean), difference.half_width, difference.n)
    side = "higher" if difference.mean > 0 else "lower"
    verdict = "better" if is_better(difference, found.metric) else "worse"
    return (
        f"{name}: its {measure} is {side} by {estimate(size, found.metric)} than {base}'s {where}, so it is {verdict}."
    )


def _tasks(difference: Estimate, found: Comparison) -> str:
    return words.counted(difference.n, "task" if found.distinct is None else "distinct task")


def is_better(difference: Estimate, metric: str) -> bool:
    return (difference.mean < 0) == (metric == "query_loss")


def estimate(found: Estimate | None, metric: str, *, signed: bool = False) -> str:
    """Mean and half of the 95 % interval; accuracies in per cent."""
    if found is None:
        return words.NOTHING
    scale, unit = (100.0, "%") if metric == "accuracy" else (1.0, "")
    return words.plus_minus(scale * found.mean, scale * found.half_width, signed=signed, unit=unit)
