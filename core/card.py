"""The JSON card of an exported initialization: what a reader in ten years needs to use it without us."""

import math
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from core import __version__, transduction
from core.config import Experiment
from core.training.events import Alternative, Curves, Target
from core.types import Partition, TaskSpec, plain_spec


def make_card(
    experiment: Experiment,
    spec: TaskSpec,
    partition: Partition,
    shapes: dict[str, tuple[int, ...]],
    *,
    run: str,
    step: int,
    module: str,
    evaluation: dict[str, Any] | None,
    created: datetime | None = None,
) -> dict[str, Any]:
    """network (settings, and the lines that build the plain module), method, which parameters adapt, the recipe with
    loss, steps and rates, scaling (inside tasks), provenance and evaluation."""
    plain = experiment.plain()
    return {
        "title": experiment.title(),
        "network": {**plain["network"], "shapes": {n: list(s) for n, s in shapes.items()}, "module": module},
        "method": plain["method"],
        "adapts": list(partition.adapted),
        "adaptation": {
            "loss": "mean cross-entropy" if spec.task_type == "classification" else "mean squared error",
            "optimizer": "gradient descent on the whole support set" if experiment.method.kind != "reptile" else "as method says",
            "steps": experiment.inner.evaluation_steps,
            "trained_steps": experiment.inner.steps,
            "learning_rate": experiment.inner.learning_rate,
            "clip": experiment.inner.clip,
        },
        **transduction.fields(experiment),
        "tasks": plain_spec(spec),
        "experiment": plain,
        "provenance": {
            "run": run, "outer_step": step, "seed": experiment.seed, "written": (created or datetime.now(UTC)).isoformat(),
            "versions": versions(),
        },
        "evaluation": evaluation,
    }  # fmt: skip


def versions() -> dict[str, str]:
    """Headstart, Python, torch, numpy."""
    import numpy
    import torch

    return {
        "headstart": __version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": numpy.__version__,
    }


def evaluation_card(
    curves: Curves,
    random_start: Curves,
    digest: str,
    *,
    begins: str,
    alternatives: Sequence[Alternative] = (),
    target: Target | None = None,
) -> dict[str, Any]:
    """Means and 95 % half-widths per inner step on the fixed test tasks. begins: what the random start begins from;
    alternatives: what one would otherwise do; with them the card says whether the initialization is worth it."""
    from core.analysis import worth
    from core.analysis.intervals import interval

    def summary(values: Any, groups: Any) -> list[dict[str, float | None]]:
        found = interval(values, groups)
        pairs = zip(found.mean, found.half_width, strict=True)
        return [{"mean": _finite(mean), "half_width": _finite(half)} for mean, half in pairs]

    def both(part: Curves) -> dict[str, Any]:
        accuracy = {} if part.accuracy is None else {"accuracy": summary(part.accuracy, part.groups)}
        return {"loss": summary(part.loss, part.groups), **accuracy}

    distinct = None if curves.groups is None else len(set(curves.groups.tolist()))
    counted = {"tasks": len(curves.loss), "distinct_tasks": distinct, "digest": digest}
    found = worth.worth(curves, random_start, alternatives, target) if alternatives else None
    compared = {} if found is None else {"alternatives": worth.plain_alternatives(found), "worth": worth.plain(found)}
    return {**counted, **both(curves), "random_start": {"begins": begins, **both(random_start)}, **compared}


def _finite(value: float) -> float | None:
    """JSON has no infinity and no NaN."""
    return float(value) if math.isfinite(value) else None
