"""The tier that is always there: torch's own operations, one after the other."""

from collections.abc import Callable

import torch
from torch import Tensor

from core.engine.adjoint import adjoint_gradient
from core.engine.plan import Plan
from core.outer import batch_gradient, per_task_gradient, vectorised_gradient
from core.types import Aux, Groups, Meta, Method, Noise, Rollout, Task

MetaGradient = Callable[[Meta, Task, Noise, Tensor], tuple[Groups, Aux]]


def meta_gradient(method: Method, plan: Plan, check: Callable[[], None] = lambda: None) -> MetaGradient:
    """(meta, tasks, noise, progress) -> (gradient of the mean outer loss, aux [tasks, ...]), by the plan's way.

    check is called before every chunk and may raise to abandon the step.
    """
    vectorised = plan.mode == "vectorised"
    if plan.walk == "adjoint" and isinstance(method.objective, Rollout):
        gradient = adjoint_gradient(method, vectorised=vectorised)
    else:
        gradient = (vectorised_gradient if vectorised else per_task_gradient)(method)

    def compute(meta: Meta, tasks: Task, noise: Noise, progress: Tensor) -> tuple[Groups, Aux]:
        with torch.no_grad():  # the inner and outer `grad` turn it on for themselves; nothing else wants a graph
            return batch_gradient(gradient, meta, tasks, noise, progress, chunk=plan.chunk, check=check)

    return compute
