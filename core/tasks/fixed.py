"""Fixed lists of tasks, so that runs with the same tasks are compared on the same episodes."""

import hashlib
from collections.abc import Iterator
from typing import Any

from torch import Tensor

from core.draws import at_step
from core.types import Task, TaskDistribution


def fixed_tasks(distribution: TaskDistribution, key: str, split: str, count: int) -> tuple[Task, str]:
    """`count` tasks on the CPU, whatever device the distribution trains on, and the hex digest of all their tensors.

    key: the settings' evaluation_key(). Drawn in one call: the first 100 of 200 are not the 100 of 100.
    """
    task = distribution.sample(at_step(0, f"{split}/{key}"), count)
    return task, digest(task)


def digest(task: Task) -> str:
    """[32 hex digits] of names, types, shapes and bytes of all tensors."""
    seen = hashlib.blake2b(digest_size=16)
    for name, tensor in _leaves("task", task):
        seen.update(f"{name} {tensor.dtype} {tuple(tensor.shape)};".encode())
        seen.update(tensor.detach().cpu().contiguous().numpy().data)
    return seen.hexdigest()


def _leaves(name: str, part: Any) -> Iterator[tuple[str, Tensor]]:
    if isinstance(part, Tensor):
        yield name, part
        return
    items = part.items() if isinstance(part, dict) else zip(part._fields, part, strict=True)
    for key, value in items:
        yield from _leaves(f"{name}.{key}", value)
