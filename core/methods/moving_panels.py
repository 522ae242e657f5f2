"""What a method with nothing but an initialization shows of itself: which tensors a task moves, and whether tasks agree."""

from collections.abc import Callable

import torch
from torch import Tensor

from core.inner import rollout
from core.outer import one_task
from core.types import Meta, Method, Noise, Panel, Task, Tensors

TINY = 1e-12
STILL = 1e-5
"""Below this a tensor moves by rounding alone, as an offset does in front of a normalization."""


def moving_panels(method: Method, steps: int) -> Callable[[Meta, Task, Noise], tuple[Panel, ...]]:
    """Panels of `method` after so many inner steps; none where nothing adapts. noise: [tasks, ...] of every group."""

    def panels(meta: Meta, tasks: Task, noise: Noise) -> tuple[Panel, ...]:
        begun, moved = [], []
        for i in range(len(tasks.support.x)):
            task = one_task(tasks, i)
            own = {group: {name: leaf[i] for name, leaf in named.items()} for group, named in noise.items()}
            begun.append(method.begin(meta, task.given, own)["weights"])
            moved.append(rollout(method, meta, task.given, own, steps)["weights"])
        if not begun or not begun[0] or not steps:
            return ()
        return _shown(_stacked(begun), _stacked(moved))

    return panels


def _shown(begun: Tensors, moved: Tensors) -> tuple[Panel, ...]:
    """begun, moved: weights [tasks, *shape]."""
    apart = {name: (leaf - begun[name]).flatten(1) for name, leaf in moved.items()}
    sizes = [
        leaf.square().mean().sqrt() / begun[name].square().mean().sqrt().clamp(min=1e-6) for name, leaf in apart.items()
    ]
    held = [(name, leaf, size) for (name, leaf), size in zip(apart.items(), sizes, strict=True) if float(size) > STILL]
    if not held:
        return ()
    far = (
        "How far the inner steps take each tensor, by the size of its entries (root mean square over the tasks). Tensors that "
        "stand still are left out."
    )
    alike = (
        "Mean agreement of two tasks' moves, as a cosine. Near 1: all go the same way, and the start could begin there; near 0: "
        "each its own way; below 0: against each other."
    )
    names = tuple(name for name, _, _ in held)
    return (
        Panel("bars", "What a task moves", far, torch.stack([size for _, _, size in held]), names),
        Panel("bars", "Do tasks agree?", alike, torch.stack([agreement(leaf) for _, leaf, _ in held]), names),
    )


def agreement(moves: Tensor) -> Tensor:
    """Mean inner product of two different tasks' moves over their mean square: moves [tasks, numbers]. 1 for equal ones, 0 for
    unrelated ones or a single task."""
    tasks, own = len(moves), moves.square().sum()
    if tasks < 2:
        return torch.zeros_like(own)
    both: Tensor = (moves.sum(0).square().sum() - own) / ((tasks - 1) * own.clamp(min=TINY))
    return both


def _stacked(each: list[Tensors]) -> Tensors:
    return {name: torch.stack([one[name] for one in each]) for name in each[0]}
