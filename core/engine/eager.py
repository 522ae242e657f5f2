"""The tier that is always there: torch's own operations, one after the other."""

from collections.abc import Callable

import torch
from torch import Tensor

from core.engine.passes import one_pass, over_tasks
from core.engine.plan import Plan
from core.outer import Gradient, batch_gradient
from core.types import Aux, Groups, Meta, Method, Noise, Task

MetaGradient = Callable[[Meta, Task, Noise, Tensor], tuple[Groups, Aux]]


def meta_gradient(method: Method, plan: Plan, check: Callable[[], None] = lambda: None) -> MetaGradient:
    """(meta, tasks, noise, progress) -> (gradient of the mean outer loss, aux [tasks, ...]), by the plan's way.

    check is called before every chunk and may raise to abandon the step.
    """
    return by_chunks(one_pass(method, plan), plan, check)


def by_chunks(gradient: Gradient, plan: Plan, check: Callable[[], None]) -> MetaGradient:
    """A pass, of whatever tier, over a whole meta-batch."""
    passes = gradient if plan.mode == "vectorised" else over_tasks(gradient, plan.workers)

    def compute(meta: Meta, tasks: Task, noise: Noise, progress: Tensor) -> tuple[Groups, Aux]:
        with torch.no_grad():  # the inner and outer `grad` turn it on for themselves; nothing else wants a graph
            found, aux = batch_gradient(passes, meta, tasks, noise, progress, chunk=plan.chunk, check=check)
        # whatever the layout that a pass works in
        return {group: {name: leaf.contiguous() for name, leaf in named.items()} for group, named in found.items()}, aux

    return compute
