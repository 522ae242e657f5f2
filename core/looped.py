"""vmap's meaning without vmap: one element after the other, so that a convolution stays whole and memory does not grow with
their number."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from core.func import vmap
from core.outer import count, one_task
from core.types import Net, Task


def over(net: Net) -> Callable[..., Any]:
    """`looped` for networks on pictures, vmap for those on numbers, where a loop would cost many times as much. A plan that goes
    task by task may also have given the first a batch norm that is wrong under vmap (core.nets.conv)."""
    return looped if len(net.input_shape) == 3 else vmap


def looped(function: Callable[..., Any]) -> Callable[..., Any]:
    """Over the first axis of every tensor in the arguments; results stacked along a new first axis."""

    def mapped(*arguments: Any) -> Any:
        tasks = next(length for length in map(_length, arguments) if length is not None)
        return stack([function(*(one_task(argument, i) for argument in arguments)) for i in range(tasks)])

    return mapped


def stack(results: list[Any]) -> Any:
    """Trees of the same shape, leaf by leaf along a new first axis."""
    first = results[0]
    if isinstance(first, Tensor):
        return torch.stack(results)
    if isinstance(first, dict):
        return {key: stack([result[key] for result in results]) for key in first}
    parts = (stack(list(each)) for each in zip(*results, strict=True))
    return type(first)(*parts) if hasattr(first, "_fields") else tuple(parts)


def _length(tree: Any) -> int | None:
    """Of the task axis; None where there is no tensor (nothing of a network adapts)."""
    if isinstance(tree, Tensor):
        return len(tree)
    if isinstance(tree, Task):
        return count(tree)
    parts = tree.values() if isinstance(tree, dict) else tree
    return next((length for length in map(_length, parts) if length is not None), None)
