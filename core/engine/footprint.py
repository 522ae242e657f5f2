"""How much memory an outer step will take, before it is run: the live tensors of one pass, counted as torch makes them, with
the copies that the convolution library makes for itself.

Counting does not depend on what the process held before, as its resident size does, and gives the same number every time.
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


def pass_bytes(method: Method, plan: Plan, meta: Meta, tasks: Task, noise: Noise, progress: Tensor) -> int:
    """Most bytes alive in a pass over these tasks, a chunk of the meta-batch; of a plan that goes task by task one is looked at,
    and counted as often as there are workers."""
    gradient, alone, workers = one_pass(method, plan), plan.mode == "per-task", 1
    tasks, held = tasks._replace(about={}), 0
    if alone:
        workers, held = (
            plan.workers,
            plan.chunk * sum(leaf.nbytes for named in meta.learned.values() for leaf in named.values()),
        )
        tasks, noise = one_task(tasks, 0), one_task(noise, 0)
    with torch.no_grad():
        return workers * most_alive(lambda: gradient(meta, tasks, noise, progress)) + held  # gradients not yet added up


def extrapolated(alive: Callable[[int], int], size: int) -> int:
    """alive(size), from the first two: tensors are as many as tasks, or do not depend on them."""
    if size <= 2:
        return alive(size)
    one, two = alive(1), alive(2)
    return two + (size - 2) * max(0, two - one)


def most_alive(work: Callable[[], Any]) -> int:
    """Bytes of the tensors that `work` makes on this thread, at the moment when most of them are there."""
    counting = _Counting()
    with counting:
        work()
    return counting.most


class _Counting(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Adds up storages as they come and go; views and results written in place bring nothing new. What an operation takes
    for itself while it runs counts for that moment."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """False: nothing is compiled under it; to tell torch's compiler so would import that first (see core.func)."""
        return False

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.now: int = 0
        self.most: int = 0
        self._alive: set[int] = set()

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = {id_of(leaf) for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)}
        result = function(*args, **(kwargs or {}))
        before = self.now
        for leaf in tree_leaves(result):
            if isinstance(leaf, Tensor) and id_of(leaf) not in given | self._alive:
                self._count(leaf.untyped_storage())
        self.most = max(self.most, max(before, self.now) + _scratch(function, args, result))
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


def _scratch(function: Any, args: Any, result: Any) -> int:
    """Bytes that a convolution on a CPU copies its maps to, in a layout of its own, where they have the channels first:
    forward the output, backward the input and the gradient of the output (oneDNN; measured to a few per cent)."""
    if function is torch.ops.aten.convolution.default:
        return _reordered(result)
    if function is torch.ops.aten.convolution_backward.default:
        return _reordered(args[0]) + _reordered(args[1])
    return 0


def _reordered(maps: Tensor) -> int:
    if maps.device.type != "cpu" or maps.dim() != 4 or maps.dtype != torch.float32:
        return 0
    last = maps.shape[1] > 1 and maps.stride(1) == 1  # is_contiguous cannot be asked under vmap
    return 0 if last else maps.nbytes


def id_of(leaf: Tensor) -> int:
    """The same for all views of one storage."""
    return int(leaf.untyped_storage()._cdata)
