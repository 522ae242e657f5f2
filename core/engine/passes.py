"""One pass: the gradient that is computed in one piece (a chunk of tasks, or one task), before any chunking or looping."""

import torch
from torch import Tensor

from core.engine.adjoint import adjoint_gradient
from core.engine.plan import Plan
from core.outer import Gradient, add, count, one_task, per_task_gradient, vectorised_gradient
from core.types import Aux, Groups, Meta, Method, Noise, Rollout, Task


def one_pass(method: Method, plan: Plan) -> Gradient:
    """Vectorised plans: over all tasks it is given. Per-task plans: over one task without a task axis."""
    vectorised = plan.mode == "vectorised"
    if plan.walk == "adjoint" and isinstance(method.objective, Rollout):
        return adjoint_gradient(method, vectorised=vectorised)
    return vectorised_gradient(method) if vectorised else per_task_gradient(method)


def over_tasks(gradient: Gradient) -> Gradient:
    """A pass over one task, repeated for each task and summed."""

    def total(meta: Meta, tasks: Task, noise: Noise, progress: Tensor) -> tuple[Groups, Aux]:
        parts = [gradient(meta, one_task(tasks, i), one_task(noise, i), progress) for i in range(count(tasks))]
        aux = {name: torch.stack([part[1][name] for part in parts]) for name in parts[0][1]}
        return add([part[0] for part in parts]), aux

    return total
