"""Critics: small networks that read predictions and give one number an example, and the relation network beside them.

As in the released code of SCA (Antoniou, Storkey 2019). Their weights are meta-parameters of their own group.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from core.types import Batch, Tensors

CHANNELS, DILATIONS, UNITS, EMBEDDED = 8, (1, 2, 4, 8, 16), 16, 32
EPS = 1e-5
Nonlinear = Callable[[Tensor], Tensor]
NONLINEAR: dict[str, Nonlinear] = {"relu": torch.relu, "softplus": F.softplus}


class Seen(NamedTuple):
    """What a critic looks at: x [examples, inputs] (none for pictures), views of the predictions
    [examples, views, outputs], extra [extra] (the same for all examples), and the examples' weights."""

    x: Tensor
    views: Tensor
    extra: Tensor
    weight: Tensor


class Critic(NamedTuple):
    """shapes: of its weights; value: (weights, seen) -> [examples], unbounded on both sides."""

    shapes: dict[str, tuple[int, ...]]
    value: Callable[[Tensors, Seen], Tensor]


def views_of(outputs: Tensor, *, classes: bool) -> Tensor:
    """Logits l as [l, |l|, l^2, sign l] [examples, 4, ways]; regression has no sign [examples, 3, outputs]."""
    parts = [outputs, outputs.abs(), outputs.square()]
    return torch.stack([*parts, outputs.sign()] if classes else parts, 1)


def dilated_critic(width: int, *, norm: bool, activation: str) -> Critic:
    """Five densely connected dilated convolutions along the `width` features of an example, then three linear layers.

    It works example by example: only the norm's statistics (weighted, over examples and features) join them, so no
    label can be read from the order of the examples.
    """
    nonlinear, channels = NONLINEAR[activation], 1
    shapes: dict[str, tuple[int, ...]] = {}
    for i in range(len(DILATIONS)):
        shapes |= {f"conv.{i}.weight": (CHANNELS, channels, 3), f"conv.{i}.bias": (CHANNELS,)}
        if norm:
            shapes |= {f"norm.{i}.weight": (CHANNELS,), f"norm.{i}.bias": (CHANNELS,)}
        channels += CHANNELS
    shapes |= {"linear.0.weight": (UNITS, channels * width), "linear.1.weight": (UNITS, UNITS)}
    shapes |= {"linear.2.weight": (1, UNITS)}

    def value(weights: Tensors, seen: Seen) -> Tensor:
        extra = seen.extra.expand(seen.views.shape[0], -1)
        dense = torch.cat([seen.x, seen.views.flatten(1), extra], 1)[:, None]
        for i, dilation in enumerate(DILATIONS):
            found = F.conv1d(
                dense, weights[f"conv.{i}.weight"], weights[f"conv.{i}.bias"], padding=dilation, dilation=dilation
            )
            if norm:
                found = _weighted_norm(found, seen.weight, weights[f"norm.{i}.weight"], weights[f"norm.{i}.bias"])
            dense = torch.cat([dense, nonlinear(found)], 1)
        hidden = nonlinear(F.linear(dense.flatten(1), weights["linear.0.weight"]))
        hidden = nonlinear(F.linear(hidden, weights["linear.1.weight"]))
        return F.linear(hidden, weights["linear.2.weight"])[:, 0]

    return Critic(shapes, value)


def small_critic(views: int, others: int, *, activation: str) -> Critic:
    """One hidden layer over the views of one output (and what is common to all), averaged over outputs: any number of
    ways, and the order of classes does not matter. Not in the paper."""
    nonlinear = NONLINEAR[activation]
    shapes = {
        "linear.0.weight": (UNITS, views + others), "linear.0.bias": (UNITS,),
        "linear.1.weight": (1, UNITS),
    }  # fmt: skip

    def value(weights: Tensors, seen: Seen) -> Tensor:
        columns = seen.views.transpose(1, 2)  # [examples, outputs, views]
        common = torch.cat([seen.x, seen.extra.expand(columns.shape[0], -1)], 1)
        rows = torch.cat([columns, common[:, None].expand(-1, columns.shape[1], -1)], 2)
        hidden = nonlinear(F.linear(rows, weights["linear.0.weight"], weights["linear.0.bias"])).mean(1)
        return F.linear(hidden, weights["linear.1.weight"])[:, 0]

    return Critic(shapes, value)


def _weighted_norm(x: Tensor, weight: Tensor, scale: Tensor, offset: Tensor) -> Tensor:
    """Batch norm of [examples, channels, features]; padded examples do not count."""
    share = (weight / weight.sum().clamp(min=1))[:, None, None] / x.shape[-1]
    mean = (x * share).sum((0, 2), keepdim=True)
    variance = ((x - mean).square() * share).sum((0, 2), keepdim=True)
    return (x - mean) * torch.rsqrt(variance + EPS) * scale[:, None] + offset[:, None]


def relation_shapes(features: int, marks: int) -> dict[str, tuple[int, ...]]:
    """Three linear layers over pairs of support rows; `marks`: what stands beside the features of a row."""
    widths = [2 * (features + marks), EMBEDDED, EMBEDDED, EMBEDDED]
    shapes: dict[str, tuple[int, ...]] = {}
    for i in range(3):
        shapes |= {f"linear.{i}.weight": (widths[i + 1], widths[i]), f"linear.{i}.bias": (widths[i + 1],)}
    return shapes


def task_embedding(weights: Tensors, features: Tensor, support: Batch, classes: int, activation: str) -> Tensor:
    """[classes, 32]: every ordered pair of support rows through one network, summed over the second, averaged by class.

    A row is marked with its place in the order of classes, as in the released code (so the support set needs no order of
    its own); in regression (classes = 1) with its target.
    """
    marks, member = _marks(support, classes)
    rows = torch.cat([features, marks.to(features.dtype)], 1)
    n = rows.shape[0]
    pairs = torch.cat([rows[:, None].expand(n, n, -1), rows[None].expand(n, n, -1)], 2)
    for i in range(3):
        pairs = NONLINEAR[activation](F.linear(pairs, weights[f"linear.{i}.weight"], weights[f"linear.{i}.bias"]))
    related = (pairs * support.weight[None, :, None]).sum(1)
    share = member * support.weight[:, None]
    return share.T @ related / share.sum(0).clamp(min=1)[:, None]


def _marks(support: Batch, classes: int) -> tuple[Tensor, Tensor]:
    """(marks [examples, marks], membership [examples, classes])."""
    if classes == 1:
        return support.y, torch.ones_like(support.weight)[:, None]
    last = torch.where(support.weight > 0, support.y, classes)
    place = last.argsort(stable=True).argsort()
    return place[:, None], F.one_hot(support.y, classes).to(support.weight.dtype)


def usual_start(shapes: dict[str, tuple[int, ...]], generator: Generator, dtype: torch.dtype) -> Tensors:
    """torch's own law for linear and convolution layers: uniform within 1 / sqrt(fan-in); a norm begins as nothing."""

    def draw(name: str, shape: tuple[int, ...]) -> Tensor:
        if name.startswith("norm."):
            return torch.ones(shape, dtype=dtype) if name.endswith("weight") else torch.zeros(shape, dtype=dtype)
        fan_in = math.prod(shapes[f"{name.rsplit('.', 1)[0]}.weight"][1:])
        return (torch.rand(shape, generator=generator, dtype=dtype) * 2 - 1) / math.sqrt(fan_in)

    return {name: draw(name, shape) for name, shape in shapes.items()}
