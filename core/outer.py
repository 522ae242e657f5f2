"""The outer loop's mathematics: one outer loss a task, one gradient over the learned groups. No method is named here."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
from torch import Tensor

from core.func import last_grad, vmap
from core.types import Aux, Fast, Groups, Meta, Method, Noise, Objective, Rollout, Task, map_task

Gradient = Callable[[Meta, Task, Noise, Tensor], tuple[Groups, Aux]]
"""(meta, tasks, noise, progress) -> (gradient of the SUM of outer losses, aux by task [tasks, ...])."""


def unrolled(method: Method) -> Objective:
    """The outer loss of one task with the whole adaptation in one graph. Memory grows with the number of inner steps."""
    objective = method.objective
    if not isinstance(objective, Rollout):
        return objective
    walk: Rollout = objective

    def loss(meta: Meta, task: Task, noise: Noise, progress: Tensor) -> tuple[Tensor, Aux]:
        fast: Fast = walk.start(meta, task, noise)
        total = progress.new_zeros(())
        found: Aux = {}
        for t in range(walk.steps + 1):
            if t in walk.at:
                value, aux = walk.terms(meta, fast, task, noise, t, progress)
                total, found = total + value, {**found, **aux}
            if t < walk.steps:
                fast = method.step(meta, fast, task.given, noise, t)
        return total, found

    return loss


def vectorised_gradient(method: Method) -> Gradient:
    """All tasks in one pass: one vmap over tasks, one grad over learned groups."""
    objective = unrolled(method)

    def value(learned: Groups, meta: Meta, tasks: Task, noise: Noise, progress: Tensor) -> tuple[Tensor, Aux]:
        per_task = partial(objective, meta._replace(learned=learned))
        losses, aux = vmap(per_task, in_dims=(0, 0, None))(tasks, noise, progress)
        return losses.sum(), {**aux, "outer_loss": losses.detach()}

    gradient = last_grad(value)
    return lambda meta, tasks, noise, progress: gradient(meta.learned, meta, tasks, noise, progress)


def per_task_gradient(method: Method) -> Gradient:
    """One task, without a task axis and without vmap: convolutions stay whole (grouped ones are slow on a CPU)."""
    objective = unrolled(method)

    def value(learned: Groups, meta: Meta, task: Task, noise: Noise, progress: Tensor) -> tuple[Tensor, Aux]:
        loss, aux = objective(meta._replace(learned=learned), task, noise, progress)
        return loss, {**aux, "outer_loss": loss.detach()}

    gradient = last_grad(value)
    return lambda meta, task, noise, progress: gradient(meta.learned, meta, task, noise, progress)


def count(tasks: Task) -> int:
    """The length of the task axis."""
    return tasks.support.x.shape[0]


def one_task(tasks: Any, index: int) -> Any:
    """One element of the task axis of a Task or of noise."""
    return map_task(lambda leaf: leaf[index], tasks)


def chunks(tasks: Task, noise: Noise, size: int) -> Iterator[tuple[Task, Noise]]:
    """Slices along the task axis. Noise is data, so results do not depend on the size."""
    total = count(tasks)
    if size >= total:
        yield tasks, noise
        return
    for start in range(0, total, size):
        part = slice(start, start + size)
        yield _slice(tasks, part), _slice(noise, part)


def _slice(tasks: Any, part: slice) -> Any:
    return map_task(lambda leaf: leaf[part], tasks)


def add(parts: list[Groups]) -> Groups:
    """Sum of gradients of the same groups and names."""
    first, *others = parts
    return {
        group: {name: sum((part[group][name] for part in others), start=leaf) for name, leaf in named.items()}
        for group, named in first.items()
    }


def batch_gradient(
    gradient: Gradient,
    meta: Meta,
    tasks: Task,
    noise: Noise,
    progress: Tensor,
    *,
    chunk: int,
    check: Callable[[], None],
) -> tuple[Groups, Aux]:
    """Gradient of the MEAN outer loss over a meta-batch, a chunk of tasks at a time; `check` may raise between chunks."""
    parts: list[Groups] = []
    found: list[Aux] = []
    for some_tasks, some_noise in chunks(tasks, noise, chunk):
        check()
        part, aux = gradient(meta, some_tasks, some_noise, progress)
        parts = [add([*parts, part])]
        found.append(aux)
    scale = 1 / count(tasks)
    mean = {group: {name: leaf * scale for name, leaf in named.items()} for group, named in parts[0].items()}
    aux = found[0] if len(found) == 1 else {name: torch.cat([f[name] for f in found]) for name in found[0]}
    return mean, aux
