"""How much memory an outer step will take, before it is run: the live tensors of one pass, counted as torch makes them.

The process takes more than its tensors (the allocator's gaps, copies in the layout of the convolution library): measured, half
as much again, and a few MiB once (threads, libraries). Counting does not depend on what the process held before, as its
resident size does.
"""

import weakref
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from core.engine.passes import one_pass
from core.engine.plan import Plan
from core.outer import one_task
from core.types import Meta, Method, Noise, Task

SHARE = 1.5
"""Resident bytes a live byte: 1.43, 1.59, 1.56 and 1.50 were measured (omni-5w1s in both forms, 1 to 5 steps, both walks)."""
ONCE = 6 * 2**20


def step_bytes(method: Method, plan: Plan, meta: Meta, tasks: Task, noise: Noise, progress: Tensor) -> int:
    """What an outer step adds to the resident size of the process. tasks: those of one pass (of a plan that goes task by task
    one is looked at, and counted as often as there are workers)."""
    at_once = 1
    if plan.mode == "per-task":
        tasks, noise, at_once = one_task(tasks, 0), one_task(noise, 0), plan.workers
    gradient = one_pass(method, plan)
    with torch.no_grad():
        live = most_alive(lambda: gradient(meta, tasks, noise, progress))
    return round(SHARE * at_once * live) + ONCE


def most_alive(work: Callable[[], Any]) -> int:
    """Bytes of the tensors that `work` makes on this thread, at the moment when most of them are there."""
    counting = _Counting()
    with counting:
        work()
    return counting.most


class _Counting(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Adds up storages as they come and go; views and results written in place bring nothing new."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.now: int = 0
        self.most: int = 0
        self._alive: set[int] = set()

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = {id_of(leaf) for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)}
        result = function(*args, **(kwargs or {}))
        for leaf in tree_leaves(result):
            if isinstance(leaf, Tensor) and id_of(leaf) not in given | self._alive:
                self._count(leaf.untyped_storage())
        return result

    def _count(self, storage: torch.UntypedStorage) -> None:
        key, size = storage._cdata, storage.nbytes()
        self._alive.add(key)
        self.now += size
        self.most = max(self.most, self.now)
        weakref.finalize(storage, self._gone, key, size).atexit = False

    def _gone(self, key: int, size: int) -> None:
        self._alive.discard(key)
        self.now -= size


def id_of(leaf: Tensor) -> int:
    """The same for all views of one storage."""
    return int(leaf.untyped_storage()._cdata)
