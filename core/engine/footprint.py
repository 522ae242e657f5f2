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

from core.engine.holes import Block, covered
from core.engine.passes import one_pass
from core.engine.plan import Plan
from core.outer import one_task
from core.types import Meta, Method, Noise, Task

Count = Callable[[Callable[[], Any]], int]

BETWEEN = 1.5
"""Resident bytes a byte that the repeated blocks of a pass cover: what the libraries take unseen, and what the rest of the
process puts between (1.3 to 1.7 were measured on convolutions)."""
GAPS = 2.2
"""Resident bytes a live byte, where blocks cannot be repeated (1.5 to 2.9 were measured)."""


def pass_bytes(
    method: Method, plan: Plan, meta: Meta, tasks: Task, noise: Noise, progress: Tensor, count: Count | None = None
) -> int:
    """Most bytes alive in a pass over these tasks, a chunk of the meta-batch; of a plan that goes task by task one is looked at,
    and counted as often as there are workers. count: `most_taken` instead of `most_alive`."""
    gradient, alone, workers, counted = one_pass(method, plan), plan.mode == "per-task", 1, count or most_alive
    tasks, held = tasks._replace(about={}), 0
    if alone:
        workers, held = (
            plan.workers,
            plan.chunk * sum(leaf.nbytes for named in meta.learned.values() for leaf in named.values()),
        )
        tasks, noise = one_task(tasks, 0), one_task(noise, 0)
    with torch.no_grad():
        return workers * counted(lambda: gradient(meta, tasks, noise, progress)) + held  # gradients not yet added up


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


def most_taken(work: Callable[[], Any]) -> int:
    """Bytes by which the process will grow: what is alive, and the holes between."""
    counting = _Counting()
    with counting:
        work()
    found = covered(counting.blocks)
    return round(GAPS * counting.most if found is None else BETWEEN * max(found, counting.most))


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
        self.blocks: list[Block] = []

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = {id_of(leaf) for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)}
        result = function(*args, **(kwargs or {}))
        before = self.now
        for leaf in tree_leaves(result):
            if isinstance(leaf, Tensor) and id_of(leaf) not in given | self._alive:
                self._count(leaf.untyped_storage())
        scratch = _scratch(function, args, result)
        self.most = max(self.most, max(before, self.now) + scratch)
        if scratch:
            self.blocks.append(Block(None, scratch, held=False))
        return result

    def _count(self, storage: torch.UntypedStorage) -> None:
        key, size = storage._cdata, storage.nbytes()
        self._alive.add(key)
        self.blocks.append(Block(key, size, held=True))
        self.now += size
        self.most = max(self.most, self.now)
        weakref.finalize(storage, self._gone, key, size).atexit = False

    def _gone(self, key: int, size: int) -> None:
        self._alive.discard(key)
        self.blocks.append(Block(key, size, held=False))
        self.now -= size


def _scratch(function: Any, args: Any, result: Any) -> int:
    """Bytes that a convolution on a CPU takes for itself. In float32 it copies maps to a layout of its own where they have the
    channels first: forward the output, backward the input and the gradient of the output (oneDNN; measured to a few per
    cent). In float64 it writes every window out as a column, of the whole batch (measured exactly)."""
    if function is torch.ops.aten.convolution.default:
        return _columns(args[1], result) if _double(result) else _reordered(result)
    if function is torch.ops.aten.convolution_backward.default:
        if _double(args[0]):
            return _columns(args[2], args[0])
        return _reordered(args[0]) + _reordered(args[1])
    return 0


def _reordered(maps: Tensor) -> int:
    if maps.device.type == "cuda" or maps.dim() != 4 or maps.dtype != torch.float32:
        return 0
    last = maps.shape[1] > 1 and maps.stride(1) == 1  # is_contiguous cannot be asked under vmap
    return 0 if last else maps.nbytes


def _double(maps: Tensor) -> bool:
    return maps.device.type != "cuda" and maps.dim() == 4 and maps.dtype == torch.float64


def _columns(weight: Tensor, output: Tensor) -> int:
    """weight [outputs, inputs of a group, height, width], output [batch, outputs, height, width]."""
    return weight[0].numel() * output[:, 0].numel() * output.itemsize


def id_of(leaf: Tensor) -> int:
    """The same for all views of one storage."""
    return int(leaf.untyped_storage()._cdata)
