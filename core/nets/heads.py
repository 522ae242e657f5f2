"""Heads: a linear layer over features, for any number of ways."""

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor

from core.types import Net, Tensors


def linear_head(weights: Tensors, features: Tensor) -> Tensor:
    """[examples, features] -> [examples, outputs]."""
    return F.linear(features, weights["head.weight"], weights["head.bias"])


def through(features: Callable[[Tensors, Tensor], Tensor]) -> Callable[[Tensors, Tensor], Tensor]:
    """The whole network: the linear head over its features."""

    def apply(weights: Tensors, x: Tensor) -> Tensor:
        return linear_head(weights, features(weights, x))

    return apply


def shared_rows(net: Net, ways: int) -> Net:
    """A network whose head is learned as one row and copied to every class when a task begins."""

    def expand(weights: Tensors) -> Tensors:
        rows = {name: weights[name].expand(ways, *weights[name].shape[1:]) for name in net.head}
        return {**weights, **rows}

    return net._replace(expand=expand, shared_head=True)


def first_rows(weights: Tensors, head: tuple[str, ...], ways: int) -> Tensors:
    """A fixed head for fewer classes than it was learned for: the unused outputs are masked by leaving their rows out."""
    return {name: leaf[:ways] if name in head else leaf for name, leaf in weights.items()}
