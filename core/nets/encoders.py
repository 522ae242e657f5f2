"""What turns a support set into a code of its task: a two-directional LSTM over pairs, a convolutional network over pictures.

As in the released code of MMAML (Vuorio et al. 2019). Weights are meta-parameters of the method's own group.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from core.nets.critics import usual_start
from core.nets.recurrent import lstm, lstm_shapes, recurrent_start
from core.types import Batch, Tensors

EPS = 1e-5
Shapes = dict[str, tuple[int, ...]]


class Encoder(NamedTuple):
    """init: (generator, dtype) -> weights; read: (weights, support) -> code [size] of the task."""

    init: Callable[[Generator, torch.dtype], Tensors]
    read: Callable[[Tensors, Batch], Tensor]
    size: int


def sequence_encoder(features: int, width: int, layers: int, *, by_input: bool, classes: int | None = None) -> Encoder:
    """The last output of the forward direction and the first of the backward one, over rows [x, y].

    by_input: rows in the order of their first input, so that the order of a support set means nothing; else as given.
    """
    shapes = lstm_shapes(features, width, layers=layers, bidirectional=True)

    def read(weights: Tensors, support: Batch) -> Tensor:
        rows, weight = pairs(support, classes), support.weight
        if by_input:
            order = torch.where(weight > 0, rows[:, 0], torch.inf).argsort(stable=True)
            rows, weight = rows.gather(0, order[:, None].expand_as(rows)), weight.gather(0, order)
        outputs = lstm(weights, rows, weight, layers=layers, bidirectional=True)
        return torch.cat([outputs[-1, :width], outputs[0, width:]])

    return Encoder(lambda generator, dtype: recurrent_start(shapes, generator, dtype), read, 2 * width)


def pairs(support: Batch, classes: int | None) -> Tensor:
    """Rows [x, y] [examples, inputs + outputs]; labels as one-hot of `classes`."""
    y = support.y if classes is None else F.one_hot(support.y, classes).to(support.x.dtype)
    return torch.cat([support.x.flatten(1), y], 1)


def picture_encoder(channels: int, widths: Sequence[int], size: int) -> Encoder:
    """Each picture's code, averaged over the support set: it never sees a label."""
    shapes = picture_shapes(channels, widths, size)

    def read(weights: Tensors, support: Batch) -> Tensor:
        codes = picture_codes(weights, support.x, support.weight, len(widths))
        return average(codes, support.weight)

    return Encoder(lambda generator, dtype: picture_start(shapes, generator, dtype), read, size)


def average(rows: Tensor, weight: Tensor) -> Tensor:
    """[examples, n] -> [n], examples by their weights."""
    mean: Tensor = weight @ rows / weight.sum().clamp(min=1)
    return mean


def picture_shapes(channels: int, widths: Sequence[int], size: int) -> Shapes:
    shapes: Shapes = {}
    for i, width in enumerate(widths):
        shapes |= {f"conv.{i}.weight": (width, channels, 3, 3), f"conv.{i}.bias": (width,)}
        shapes |= {f"norm.{i}.weight": (width,), f"norm.{i}.bias": (width,)}
        channels = width
    return shapes | {"linear.weight": (size, channels), "linear.bias": (size,)}


def picture_start(shapes: Shapes, generator: Generator, dtype: torch.dtype) -> Tensors:
    return usual_start(shapes, generator, dtype)


def picture_codes(weights: Tensors, x: Tensor, weight: Tensor, blocks: int) -> Tensor:
    """[examples, channels, height, width] -> [examples, size]: convolutions of stride 2 with batch norm, mean, linear, ReLU."""
    for i in range(blocks):
        x = F.conv2d(x, weights[f"conv.{i}.weight"], weights[f"conv.{i}.bias"], stride=2, padding=1)
        x = torch.relu(_weighted_norm(x, weight, weights[f"norm.{i}.weight"], weights[f"norm.{i}.bias"]))
    return torch.relu(F.linear(x.mean((-2, -1)), weights["linear.weight"], weights["linear.bias"]))


def _weighted_norm(x: Tensor, weight: Tensor, scale: Tensor, offset: Tensor) -> Tensor:
    """Batch norm over examples and map; padded examples do not count."""
    share = (weight / weight.sum().clamp(min=1))[:, None, None, None] / x[0, 0].numel()
    mean = (x * share).sum((0, 2, 3), keepdim=True)
    variance = ((x - mean).square() * share).sum((0, 2, 3), keepdim=True)
    return (x - mean) * torch.rsqrt(variance + EPS) * scale[:, None, None] + offset[:, None, None]
