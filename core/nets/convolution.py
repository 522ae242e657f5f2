"""A convolution whose second derivative is made of convolutions of the same kind.

torch's own (2.13, `_convolution_double_backward`) takes whole maps for kernels on the way to the weights, and computes what nobody
asks for. With y = x * w, and `back` the map (slope, x, w) -> (onto x, onto w), everything is bilinear: what comes to `back` for
its two results goes on as vx * w + x * vw to the slope, and as back(slope, vx, vw) to x and w.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from core.func import taken_by_graph


def convolved(x: Tensor, weight: Tensor, offset: Tensor | None, stride: int) -> Tensor:
    """F.conv2d with padding 1."""
    if offset is not None or not taken_by_graph():
        return F.conv2d(x, weight, offset, stride=stride, padding=1)
    found: Tensor = _Convolution.apply(x, weight, stride)  # type: ignore[no-untyped-call]
    return found


class _Convolution(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, stride: int) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.stride = stride
        return F.conv2d(x, weight, None, stride, 1)

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> Any:
        wanted = ctx.needs_input_grad[:2]
        return (*_Back.apply(slope, *ctx.saved_tensors, ctx.stride, wanted), None)  # type: ignore[no-untyped-call]


class _Back(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, slope: Tensor, x: Tensor, weight: Tensor, stride: int, wanted: tuple[bool, bool]
    ) -> tuple[Tensor | None, Tensor | None]:
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(slope, x, weight)
        ctx.stride = stride
        onto_x, onto_weight, _ = torch.ops.aten.convolution_backward(
            slope, x, weight, None, [stride] * 2, [1, 1], [1, 1], False, [0, 0], 1, [*wanted, False]
        )
        return onto_x, onto_weight

    @staticmethod
    def backward(ctx: Any, vx: Tensor | None, vw: Tensor | None) -> Any:
        slope, x, weight = ctx.saved_tensors
        onto_slope = onto_x = onto_weight = None
        if ctx.needs_input_grad[0]:
            parts = [] if vx is None else [_Convolution.apply(vx, weight, ctx.stride)]  # type: ignore[no-untyped-call]
            parts += [] if vw is None else [_Convolution.apply(x, vw, ctx.stride)]  # type: ignore[no-untyped-call]
            onto_slope = sum(parts[1:], start=parts[0]) if parts else None
        wanted = (ctx.needs_input_grad[1] and vw is not None, ctx.needs_input_grad[2] and vx is not None)
        if any(wanted):
            standing = (
                x if vx is None else vx,
                weight if vw is None else vw,
            )  # for its shape alone where it is not there
            onto_x, onto_weight = _Back.apply(slope, *standing, ctx.stride, wanted)  # type: ignore[no-untyped-call]
        return onto_slope, onto_x, onto_weight, None, None
