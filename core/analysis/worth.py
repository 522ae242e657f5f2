"""Is the learned initialization worth it? Paired differences to what one would otherwise do, and one sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.training.events import Alternative, Curves, Target

from .comparison import Estimate
from .intervals import by_group
from .quantiles import student_95

RANDOM = "random-start"
RANDOM_TITLE = "a random start with the same steps"
FEW = 10
"""With fewer distinct tasks than this the sentence says how few they are."""


@dataclass(frozen=True)
class TargetError:
    """One of several targets: root mean square error in its own units, and over its standard deviation."""

    name: str
    rmse: float
    share: float | None


@dataclass(frozen=True)
class Rival:
    """What one would otherwise do. result: after the same steps, or all it has; difference: learned minus this, by task, so
    that below 0 (of a loss) or above 0 (of an accuracy) the learned initialization is better; rmse, rmse_share: of
    regression, in the target's units and over the target's standard deviation; of several targets `targets` has both, rmse is
    None and rmse_share the root of its mean square over them."""

    kind: str
    title: str
    result: Estimate
    difference: Estimate
    helps: bool | None
    rmse: float | None
    rmse_share: float | None
    targets: tuple[TargetError, ...] = ()


@dataclass(frozen=True)
class Worth:
    """metric: "loss" or "accuracy"; steps: inner steps; learned: the result itself; best: kind of the best rival (chosen on
    these very tasks, which favours it); helps: against it, None where the interval holds 0."""

    metric: str
    steps: int
    tasks: int
    distinct: int
    learned: Rival
    rivals: tuple[Rival, ...]
    best: str
    helps: bool | None
    sentence: str
    target: str | None


def worth(
    curves: Curves, random_start: Curves, alternatives: Sequence[Alternative], target: Target | None = None
) -> Worth:
    """After the last inner step. Intervals are 95 % over distinct tasks, by Student's t: there may be few."""
    metric = "loss" if curves.accuracy is None else "accuracy"
    own = Alternative("learned", "the learned initialization", curves)
    rows = [Alternative(RANDOM, RANDOM_TITLE, random_start), *alternatives]
    rivals = tuple(_rival(row, curves, target) for row in rows)
    learned = _rival(own, curves, target)
    best = min(rivals, key=lambda rival: _badness(rival, metric))
    seen = learned.result.n
    steps = curves.loss.shape[1] - 1
    names = None if target is None else ", ".join(target.names)
    sentence = _sentence(learned, best, rivals, metric, steps, names)
    return Worth(metric, steps, len(curves.loss), seen, learned, rivals, best.kind, best.helps, sentence, names)


def plain(found: Worth) -> dict[str, Any]:
    """As JSON has it."""
    learned = found.learned
    return {
        "sentence": found.sentence,
        "helps": found.helps,
        "best_alternative": found.best,
        "metric": found.metric,
        "inner_steps": found.steps,
        "tasks": found.tasks,
        "distinct_tasks": found.distinct,
        "target": found.target,
        found.metric: _entry(learned.result),
        **_units(learned),
    }


def plain_alternatives(found: Worth) -> list[dict[str, Any]]:
    return [
        {
            "kind": rival.kind,
            "title": rival.title,
            found.metric: _entry(rival.result),
            "difference": _entry(rival.difference),
            "learned_is_better": rival.helps,
            **_units(rival),
        }
        for rival in found.rivals
    ]


def estimate(values: Any, groups: NDArray[np.int64] | None = None) -> Estimate:
    """Mean and 95 % half-width (Student's t) of values [tasks] over distinct tasks."""
    seen = by_group(np.asarray(values, np.float64)[:, None], groups)[:, 0]
    n = len(seen)
    with np.errstate(invalid="ignore", over="ignore"):
        half = float(student_95(n)) * float(seen.std(ddof=1)) / np.sqrt(n) if n > 1 else float("nan")
        return Estimate(float(seen.mean()) if n else float("nan"), float(half), n)


def better(difference: Estimate, metric: str) -> bool | None:
    """Of learned minus rival: is the learned one better? None where the interval holds 0 or there is none."""
    if not np.isfinite(difference.mean) or not difference.clear:
        return None
    return (difference.mean < 0) == (metric == "loss")


def _rival(row: Alternative, curves: Curves, target: Target | None) -> Rival:
    """curves: of the learned initialization."""
    metric = "loss" if curves.accuracy is None else "accuracy"
    own, values = _last(curves, metric), _last(row.curves, metric)
    result = estimate(values, curves.groups)
    with np.errstate(invalid="ignore"):
        difference = estimate(own - values, curves.groups)
    ran_away = not np.isfinite(result.mean) and bool(np.isfinite(own).all())
    helps = True if ran_away else better(difference, metric)
    each = _in_units(result.mean, row.curves, target, curves.groups) if metric == "loss" else ()
    if len(each) == 1:
        return Rival(row.kind, row.title, result, difference, helps, each[0].rmse, each[0].share)
    return Rival(row.kind, row.title, result, difference, helps, None, _together(each), each)


def _in_units(
    loss: float, curves: Curves, target: Target | None, groups: NDArray[np.int64] | None
) -> tuple[TargetError, ...]:
    """Of each target its root mean square error in its own units; none where it is not known or has run away."""
    if target is None or not np.isfinite(loss):
        return ()
    if len(target.names) == 1:
        squares = [loss]
    elif curves.by_target is None or curves.by_target.shape[1] != len(target.names):  # measured by an earlier version
        return ()
    else:
        squares = [estimate(column, groups).mean for column in curves.by_target.T]
    found = []
    for name, square, scale, spread in zip(target.names, squares, target.scale, target.spread, strict=True):
        rmse = float(np.sqrt(square)) * scale
        found.append(TargetError(name, rmse, rmse / spread if spread > 0 else None))
    return tuple(found)


def _together(each: tuple[TargetError, ...]) -> float | None:
    shares = [one.share for one in each if one.share is not None]
    return float(np.sqrt(np.mean(np.square(shares)))) if shares and len(shares) == len(each) else None


def _last(curves: Curves, metric: str) -> NDArray[np.float64]:
    values = curves.loss if metric == "loss" else curves.accuracy
    assert values is not None
    return np.asarray(values, np.float64)[:, -1]


def _badness(rival: Rival, metric: str) -> float:
    value = rival.result.mean if metric == "loss" else -rival.result.mean
    return value if np.isfinite(value) else float("inf")


def _sentence(
    learned: Rival, best: Rival, rivals: tuple[Rival, ...], metric: str, steps: int, target: str | None
) -> str:
    after = "1 inner step" if steps == 1 else f"{steps} inner steps"
    head = f"After {after} on {learned.result.n} test tasks"
    if not np.isfinite(learned.result.mean):
        return f"{head} the learned initialization has run away: it does not help."
    if len(rivals) == 1:
        others = ""
    else:
        beaten = sum(rival.helps is True for rival in rivals)
        others = f"; it is clearly better than {beaten} of {len(rivals)} alternatives"
    few = f" With {learned.result.n} tasks little can be told apart." if learned.result.n < FEW else ""
    verb = {True: "helps", False: "does not help", None: "does not clearly help"}[best.helps]
    return f"{head} the learned initialization {verb}: {_compared(learned, best, metric, target)}{others}.{few}"


def _compared(learned: Rival, best: Rival, metric: str, target: str | None) -> str:
    gap = best.difference
    if metric == "accuracy":
        return (
            f"{100 * learned.result.mean:.1f} % right against {100 * best.result.mean:.1f} % of the best alternative "
            f"({best.title}), in pairs {100 * gap.mean:+.1f} ± {100 * gap.half_width:.1f} points"
        )
    if learned.rmse is not None and best.rmse is not None:
        unit = f"root mean square error of {target} {learned.rmse:.3g} against {best.rmse:.3g}"
    elif learned.targets and best.targets:
        pairs = zip(learned.targets, best.targets, strict=True)
        each = ", of ".join(f"{ours.name} {ours.rmse:.3g} against {theirs.rmse:.3g}" for ours, theirs in pairs)
        unit = f"root mean square error of {each}"
    else:
        unit = f"loss {learned.result.mean:.3g} against {best.result.mean:.3g}"
    share = f" ({100 * gap.mean / best.result.mean:+.0f} %)" if best.result.mean > 0 else ""
    return f"{unit} of the best alternative ({best.title}), squared error in pairs {gap.mean:+.2g} ± {gap.half_width:.2g}{share}"


def _entry(value: Estimate) -> dict[str, float | None]:
    return {
        "mean": value.mean if np.isfinite(value.mean) else None,
        "half_width": value.half_width if np.isfinite(value.half_width) else None,
    }


def _units(rival: Rival) -> dict[str, Any]:
    if rival.targets:
        each = [{"name": one.name, "rmse": one.rmse, "rmse_over_std": one.share} for one in rival.targets]
        return {"rmse_over_std": rival.rmse_share, "targets": each}
    return {} if rival.rmse is None else {"rmse": rival.rmse, "rmse_over_std": rival.rmse_share}
