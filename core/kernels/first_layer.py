"""A network's first convolution with its batch norm, max-pool and ReLU in one piece (first_layer.cpp).

Pictures have few channels and the first layer the largest maps, so its time went into memory, not arithmetic: half of an outer
step at 28 x 28, four fifths at 84 x 84. Nobody differentiates the pictures, and that leaves a short way. With p(s) the 9 * channels
numbers under the kernel at place s, and their mean m and covariance C over all places and pictures, a convolution's maps w . p(s)
have mean w . m and variance w C w, whatever w is. Norm and convolution are then one row of weights and one offset by channel,

    u(s) = row . p(s) + offset,   row = scale * w / sqrt(w C w + eps),   offset' = offset - row . m

which torch differentiates as often as one likes; u itself is never written down, only the largest of each window above 0.
"""

import ctypes
from typing import Any, NamedTuple

import torch
from torch import Tensor

from core.kernels.call import call, innermost, maps
from core.kernels.norm_pool import serves
from core.kernels.use import current

MOST_CHANNELS = 4
"""The covariance costs the square of 9 * channels: beyond this the convolution itself is the cheaper way."""


class _How(NamedTuple):
    stride: int
    pool: int
    channels: int
    library: ctypes.CDLL


def serves_pictures(x: Tensor) -> bool:
    """Is there a kernel for these pictures [n, channels, h, w] at this moment? Not where somebody differentiates them."""
    return x.shape[1] <= MOST_CHANNELS and not x.requires_grad and serves(x)


def first_layer(x: Tensor, weight: Tensor, scale: Tensor, offset: Tensor, stride: int, pool: int, eps: float) -> Tensor:
    """relu(max_pool(batch_norm(conv2d(x, weight, padding 1)))) with the batch's own statistics: [n, channels, h, w] ->
    [n, filters, oh, ow], channels innermost; pool 1 or 2. May be differentiated any number of times in weight [filters,
    channels, 3, 3], scale and offset [filters]; needs a library in use and `serves_pictures(x)`."""
    library = current()
    assert library is not None
    how = _How(stride, pool, weight.shape[0], library)
    x = x.contiguous()
    mean, covariance = _patches(x, how)
    filters = weight.flatten(1).double()
    variance = ((filters @ covariance) * filters).sum(1)
    rows = filters * (scale.double() * torch.rsqrt(variance + eps))[:, None]
    shift = offset.double() - rows @ mean
    found: Tensor = _Chosen.apply(rows.to(x.dtype), shift.to(x.dtype), x, how)  # type: ignore[no-untyped-call]
    return found


def _patches(x: Tensor, how: _How) -> tuple[Tensor, Tensor]:
    """(mean [taps], covariance [taps, taps]) in float64."""
    taps = 9 * x.shape[1]
    mean, covariance = (torch.empty(shape, dtype=torch.float64) for shape in ((taps,), (taps, taps)))
    call(how.library, "first_layer_patches", [x], _numbers(x, how), [mean, covariance])
    return mean, covariance


class _Chosen(torch.autograd.Function):
    """(rows, offset) -> y: the largest of each window."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, offset: Tensor, x: Tensor, how: _How) -> Tensor:
        sides = _sides(x, how)
        y, code = maps(x, *sides, how.channels), maps(x, *sides, how.channels, torch.uint8)
        call(how.library, "first_layer_chosen", [rows, offset, x], _numbers(x, how), [y, code])
        ctx.save_for_backward(x, code)
        ctx.how = how
        return y

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> Any:
        return (*_Collected.apply(innermost(slope), *ctx.saved_tensors, ctx.how), None, None)  # type: ignore[no-untyped-call]


class _Collected(torch.autograd.Function):
    """slope of y -> slopes of (rows, offset): sums over where a place was chosen."""

    @staticmethod
    def forward(ctx: Any, slope: Tensor, x: Tensor, code: Tensor, how: _How) -> tuple[Tensor, Tensor]:
        rows, offset = x.new_empty(how.channels, 9 * x.shape[1]), x.new_empty(how.channels)
        call(how.library, "first_layer_collected", [slope, code, x], _numbers(x, how), [rows, offset])
        ctx.save_for_backward(x, code)
        ctx.how = how
        return rows, offset

    @staticmethod
    def backward(ctx: Any, rows: Tensor, offset: Tensor) -> Any:
        return (_Gathered.apply(rows, offset, *ctx.saved_tensors, ctx.how), None, None, None)  # type: ignore[no-untyped-call]


class _Gathered(torch.autograd.Function):
    """(rows, offset) -> their u at the places that were chosen before; 0 where nobody was. Linear, as `_Collected` is: each is
    the other's derivative."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, offset: Tensor, x: Tensor, code: Tensor, how: _How) -> Tensor:
        y = maps(x, *_sides(x, how), how.channels)
        call(how.library, "first_layer_gathered", [rows, offset, x, code], _numbers(x, how), [y])
        ctx.save_for_backward(x, code)
        ctx.how = how
        return y

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> Any:
        return (*_Collected.apply(innermost(slope), *ctx.saved_tensors, ctx.how), None, None, None)  # type: ignore[no-untyped-call]


def _sides(x: Tensor, how: _How) -> tuple[int, int]:
    height, width = (((side - 1) // how.stride + 1) // how.pool for side in x.shape[2:])
    return height, width


def _numbers(x: Tensor, how: _How) -> list[int]:
    return [*x.shape, how.channels, how.stride, how.pool]
