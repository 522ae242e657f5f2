"""One pass: the gradient that is computed in one piece (a chunk of tasks, or one task), before any chunking or looping."""

import itertools
import threading
from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor

from core.engine.adjoint import adjoint_gradient
from core.engine.plan import Plan
from core.func import by_graph
from core.kernels import current
from core.outer import Gradient, add, count, one_task, per_task_gradient, vectorised_gradient
from core.types import Aux, Groups, Meta, Method, Noise, Rollout, Task

Result = TypeVar("Result")


def one_pass(method: Method, plan: Plan) -> Gradient:
    """Vectorised plans: over all tasks it is given. Per-task plans: over one task without a task axis."""
    vectorised = plan.mode == "vectorised"
    if plan.walk == "adjoint" and isinstance(method.objective, Rollout):
        gradient = adjoint_gradient(method, vectorised=vectorised)
    else:
        gradient = vectorised_gradient(method) if vectorised else per_task_gradient(method)
    return gradient if vectorised else _by_graph(gradient, plan.layout == "channels-last")


def _by_graph(gradient: Gradient, innermost: bool) -> Gradient:
    """innermost: kernels of convolutions have their channels there from the start, so that no convolution turns them anew."""

    def computed(meta: Meta, task: Task, noise: Noise, progress: Tensor) -> tuple[Groups, Aux]:
        if innermost or current() is not None:
            meta = meta._replace(learned=_innermost(meta.learned), fixed=_innermost(meta.fixed))
        with by_graph():
            return gradient(meta, task, noise, progress)

    return computed


def _innermost(groups: Groups) -> Groups:
    last = torch.channels_last
    return {
        group: {name: leaf.contiguous(memory_format=last) if leaf.dim() == 4 else leaf for name, leaf in named.items()}
        for group, named in groups.items()
    }


def over_tasks(gradient: Gradient, workers: int = 1) -> Gradient:
    """A pass over one task, repeated for each task and summed; `workers` tasks at a time, in threads (torch's operations let
    go of the interpreter). The sum is taken in the order of the tasks, so the bits do not depend on who was first."""

    def total(meta: Meta, tasks: Task, noise: Noise, progress: Tensor) -> tuple[Groups, Aux]:
        def one(i: int) -> tuple[Groups, Aux]:
            return gradient(meta, one_task(tasks, i), one_task(noise, i), progress)

        parts = together(one, count(tasks), workers)
        aux = {name: torch.stack([part[1][name] for part in parts]) for name in parts[0][1]}
        return add([part[0] for part in parts]), aux

    return total


def together(work: Callable[[int], Result], number: int, workers: int) -> list[Result]:
    """[work(0), ..., work(number - 1)], `workers` of them at a time. Threads live no longer than the call (a start costs some
    50 us, a task of a convolutional network tens of ms); the first error ends the others after what they are at."""
    if workers <= 1 or number <= 1:
        return [work(i) for i in range(number)]
    found: dict[int, Result] = {}
    errors: list[BaseException] = []
    turns, grad = itertools.count(), torch.is_grad_enabled()

    def worker() -> None:
        with torch.set_grad_enabled(grad):  # a new thread begins with its own
            while not errors and (i := next(turns)) < number:
                try:
                    found[i] = work(i)
                except BaseException as error:
                    errors.append(error)

    threads = [threading.Thread(target=worker, name="task", daemon=True) for _ in range(min(workers, number) - 1)]
    for thread in threads:
        thread.start()
    worker()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return [found[i] for i in range(number)]
