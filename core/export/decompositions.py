"""Backward passes that ONNX has no operator for, written as forward operators.

`make_fx` puts these in place of the originals while it traces. Max-pools here are 2 x 2 without overlap, as in core.nets.conv.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

aten = torch.ops.aten


def convolution_backward(
    slope: Tensor,
    x: Tensor,
    weight: Tensor,
    bias_sizes: Sequence[int] | None,
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    transposed: bool,
    output_padding: Sequence[int],
    groups: int,
    wanted: Sequence[bool],
) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
    """slope [examples, out, *map] of a convolution -> slopes of input, weight and bias. A transposed one has the plain one with
    the same numbers as its slope, and both have the same slope of the weight, large map and small map exchanged."""
    if groups != 1:
        raise NotImplementedError("only convolutions in one group are exported")
    none = [0] * len(stride)
    into = by_weight = by_bias = None
    if wanted[0] and transposed:
        into = aten.convolution.default(slope, weight, None, stride, padding, dilation, False, none, 1)
    elif wanted[0]:
        reached = [
            (n - 1) * s - 2 * p + d * (k - 1) + 1
            for n, s, p, d, k in zip(slope.shape[2:], stride, padding, dilation, weight.shape[2:], strict=True)
        ]
        rest = [there - got for there, got in zip(x.shape[2:], reached, strict=True)]
        into = aten.convolution.default(slope, weight, None, stride, padding, dilation, True, rest, 1)
    if wanted[1]:
        large, small = (slope, x) if transposed else (x, slope)
        by_weight = _weight_slope(large, small, weight.shape[2:], stride, padding, dilation)
    if wanted[2]:
        by_bias = slope.sum([0, *range(2, slope.ndim)])
    return into, by_weight, by_bias


def _weight_slope(
    large: Tensor,
    small: Tensor,
    kernel: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
) -> Tensor:
    """A convolution of the large map with the small one, examples in the place of channels, stride and dilation exchanged."""
    found: Tensor = aten.convolution.default(
        large.transpose(0, 1), small.transpose(0, 1), None, dilation, padding, stride, False, [0] * len(stride), 1
    ).transpose(0, 1)
    for axis, size in enumerate(kernel, 2):
        found = found.narrow(axis, 0, size)
    return found


def max_pool_backward(
    slope: Tensor,
    x: Tensor,
    kernel: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    ceil_mode: bool,
    indices: Tensor,
) -> Tensor:
    """Each window's slope goes to its first largest entry; rows and columns that no window reaches get none."""
    if list(kernel) != list(stride or kernel) or any(padding) or any(each != 1 for each in dilation) or ceil_mode:
        raise NotImplementedError("only max-pools without overlap and padding are exported")
    high, wide = slope.shape[2:]
    tall, broad = kernel
    inside = x[:, :, : high * tall, : wide * broad].reshape(*x.shape[:2], high, tall, wide, broad)
    windows = inside.permute(0, 1, 2, 4, 3, 5).flatten(4)
    largest = windows == windows.amax(-1, keepdim=True)
    first = largest & (largest.long().cumsum(-1) == 1)
    spread = (first.to(slope.dtype) * slope[..., None]).reshape(*windows.shape[:-1], tall, broad)
    back: Tensor = spread.permute(0, 1, 2, 4, 3, 5).reshape(*x.shape[:2], high * tall, wide * broad)
    for axis, size in ((2, x.shape[2] - high * tall), (3, x.shape[3] - wide * broad)):
        if size:  # padding by nothing is a copy, which freezes the number of examples
            rest = torch.zeros_like(back.narrow(axis, 0, 1))
            back = torch.cat([back, *[rest] * size], axis)
    return back


def scaled_by(tensor: Tensor, number: Any) -> Any:
    """Times a number of the graph (a size, say), which ONNX's converter takes as a tensor alone."""
    if isinstance(number, torch.SymInt | torch.SymFloat):
        return aten.mul.Tensor(tensor, aten.scalar_tensor.default(number, dtype=tensor.dtype))
    return NotImplemented


TABLE: dict[Any, Callable[..., Any]] = {
    aten.convolution_backward.default: convolution_backward,
    aten.max_pool2d_with_indices_backward.default: max_pool_backward,
    aten.mul.Scalar: scaled_by,
}
