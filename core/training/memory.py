"""What memory a run will take, said before it begins, and what it took: growth of the process, in bytes.

The estimate counts live tensors (core.engine.footprint) of everything that a run holds at one time: fixed tasks, a
meta-batch, one pass of the engine, or one of the evaluation.
"""

import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import torch
from torch import Tensor

from core.draws import at_step
from core.engine.compiled import leaves_of
from core.engine.footprint import extrapolated, most_alive, most_taken, pass_bytes
from core.engine.plan import CPU_FLOPS
from core.sampled_panels import at_once
from core.types import Meta, Noise, Task, TaskDistribution, map_task

from .assembly import Assembly
from .evaluate import curves, to_device
from .viewing import VIEWED, panels

ONCE = {"mlp": 14 * 2**20, "conv": 25 * 2**20}
"""Libraries that a first step brings in."""
LONG_SECONDS = 1.5
"""Of one task's pass, from which on it is followed without numbers."""


class Estimate(NamedTuple):
    """Growth of the process [bytes]: while it trains, and while it evaluates; steps: outer steps alone, without fixed tasks."""

    training: int
    evaluation: int
    steps: int

    @property
    def most(self) -> int:
        return max(self.training, self.evaluation)


def estimate(parts: Assembly, meta: Meta, share: int | None = None, already: int = 0) -> Estimate:
    """Of a run on the CPU that makes its steps eagerly. share: tasks of the meta-batch that are this rank's; already: growth so
    far, by what came before the first step (libraries, a pretrained body's features)."""
    experiment, splits, train = parts.experiment, parts.splits, parts.splits.train.during(1)
    learned = sum(leaf.nbytes for named in meta.learned.values() for leaf in named.values())
    kept = 4 * learned  # two moments, the mean gradient, the best so far
    drawn = _drawn(train, experiment.outer.meta_batch)
    steps = kept + max(drawn.making, drawn.kept + _passing(parts, meta, share or experiment.outer.meta_batch))
    shown = _drawn(splits.validation, experiment.evaluation.validation_tasks)
    asked = _drawn(splits.test, experiment.evaluation.tasks)
    seeing = kept + _seeing(parts, meta)
    evaluating = kept + shown.kept + max(asked.making, asked.kept + _evaluating(parts, meta))
    once = max(already, ONCE["conv" if experiment.network.kind.startswith("conv") else "mlp"])
    return Estimate(*(round(live) + once for live in (shown.kept + max(steps, seeing), evaluating, steps)))


class _Drawn(NamedTuple):
    """Bytes of drawn tasks, and of everything alive while they are drawn."""

    kept: int
    making: int


def _drawn(distribution: TaskDistribution, number: int) -> _Drawn:
    def alive(size: int) -> int:
        return most_alive(lambda: distribution.sample(at_step(0, "estimate"), size))

    each = sum(leaf.nbytes for leaf in leaves_of(distribution.sample(at_step(0, "estimate"), 1)))
    return _Drawn(number * each, extrapolated(alive, number))


def _passing(parts: Assembly, meta: Meta, share: int) -> int:
    """Of one pass of the engine; a long one is followed on torch's device without numbers, where every operation does it."""
    experiment, plan = parts.experiment, replace(parts.plan, chunk=min(parts.plan.chunk, share))
    tasks = parts.splits.train.during(1).sample(at_step(0, "estimate"), 1 if plan.mode == "per-task" else plan.chunk)
    noise = parts.method.noise(at_step(0, "estimate-noise"), meta, tasks.given, experiment.inner.steps)
    arguments = (meta, tasks._replace(about={}), noise, torch.zeros((), dtype=parts.dtype))
    if parts.cost.flops > LONG_SECONDS * CPU_FLOPS:
        with suppress(NotImplementedError, RuntimeError):
            return pass_bytes(parts.method, plan, *_without_numbers(arguments), count=most_taken)
    return pass_bytes(parts.method, plan, *arguments, count=most_taken)


def _evaluating(parts: Assembly, meta: Meta) -> int:
    """Of the tasks that are evaluated at once; memory does not grow with inner steps."""
    plan, evaluation = parts.plan, parts.experiment.evaluation
    vectorised, steps = plan.mode == "vectorised", min(2, parts.experiment.inner.evaluation_steps)
    size = min(plan.evaluation_chunk, max(evaluation.tasks, evaluation.validation_tasks)) if vectorised else 1
    tasks = to_device(parts.splits.test.sample(at_step(0, "estimate"), size), parts.device, parts.dtype)
    judge: Callable[[], Any] = lambda: curves(  # noqa: E731
        parts.method, parts.loss, meta, tasks, steps, chunk=size, vectorised=vectorised, check=lambda: None
    )
    return (1 if vectorised else plan.workers) * most_taken(judge)


def _without_numbers(arguments: tuple[Meta, Task, Noise, Tensor]) -> tuple[Meta, Task, Noise, Tensor]:
    meta, tasks, noise, progress = (map_task(lambda leaf: leaf.to("meta"), part) for part in arguments)
    return meta, tasks, noise, progress


def _seeing(parts: Assembly, meta: Meta) -> int:
    """Of what the method shows of itself at a validation. Where tasks go one by one that needs no more than a training pass."""
    if parts.plan.mode != "vectorised":
        return 0
    experiment = parts.experiment
    task = to_device(parts.splits.validation.sample(at_step(0, "estimate"), 1), parts.device, parts.dtype)
    together = min(VIEWED, experiment.evaluation.validation_tasks, at_once(parts.net, parts.method.samples))
    return together * most_taken(lambda: panels(parts.method, meta, task, experiment.inner.evaluation_steps))


class Peak:
    """Growth of this process's largest resident size from here on."""

    def __init__(self) -> None:
        self.before = psutil.Process().memory_info().rss
        self.restart()

    def restart(self) -> None:
        """Forget the largest size so far (Linux alone can), not what there was before."""
        with suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5")

    def now(self) -> int:
        """Growth at this moment [bytes]."""
        return max(0, psutil.Process().memory_info().rss - self.before)

    def grown(self) -> int:
        """Bytes."""
        return max(0, _largest() - self.before)


def _largest() -> int:
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return 1024 * int(line.split()[1])
    import resource

    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return largest if sys.platform == "darwin" else 1024 * largest
