"""The results beside the baseline in whole sentences."""

from app.models import words
from core.analysis.comparison import ComparedRun, Comparison, Estimate

_LONGEST = 40


def sentences(found: Comparison) -> list[str]:
    """One a run that is not the baseline, in the table's order; none where there is nothing to set beside it."""
    base = next((row.name for row in found.rows if row.run == found.baseline), "")
    others = [row for row in found.rows if row.run != found.baseline]
    return [_sentence(row, words.shortened(base, _LONGEST), found) for row in others] if base else []


def _sentence(row: ComparedRun, base: str, found: Comparison) -> str:
    name = words.shortened(row.name, _LONGEST)
    if row.difference is None:
        return f"{name}: {row.reason}, so there is no difference to tell."
    measure = "accuracy" if found.metric == "accuracy" else "loss"
    where = f"on the same {_tasks(row.difference, found)}"
    if not row.difference.clear:
        told = estimate(row.difference, found.metric, signed=True)
        return f"{name}: no clear difference to {base} {where}; its {measure} differs by {told}, which may be chance."
    size = Estimate(abs(row.difference.mean), row.difference.half_width, row.difference.n)
    side = "higher" if row.difference.mean > 0 else "lower"
    verdict = "better" if is_better(row.difference, found.metric) else "worse"
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
