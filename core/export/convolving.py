"""Convolutions that can be differentiated twice while the number of examples is free.

ATen's own second derivative of a convolution reads every size as a number (torch 2.13, `_convolution_double_backward`), which
freezes the number of examples in a traced program. Here the first derivative is written as convolutions, whose own derivative
is an ordinary one.
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode
from typing_extensions import override

from .decompositions import convolution_backward


class TwiceDifferentiable(TorchFunctionMode):
    """Inside it `F.conv2d` of the usual form (stride and padding, no groups, no dilation) is `_Convolution`."""

    @override
    def __torch_function__(
        self, func: Callable[..., Any], types: Iterable[type], args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        if func is not torch.conv2d and func is not F.conv2d:
            return func(*args, **(kwargs or {}))
        return _convolved(*args, **(kwargs or {}))


def _convolved(x: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int = 1, padding: int = 0) -> Tensor:
    found: Tensor = _Convolution.apply(x, weight, stride, padding)  # type: ignore[no-untyped-call]
    return found if bias is None else found + bias[:, None, None]


class _Convolution(torch.autograd.Function):
    """Without offset: one that is added outside needs no second derivative."""

    @staticmethod
    def forward(x: Tensor, weight: Tensor, stride: int, padding: int) -> Tensor:
        return torch.convolution(x, weight, None, [stride] * 2, [padding] * 2, [1, 1], False, [0, 0], 1)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        x, weight, ctx.stride, ctx.padding = inputs
        ctx.save_for_backward(x, weight)

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor | None, Tensor | None, None, None]:
        x, weight = ctx.saved_tensors
        into, by_weight, _ = convolution_backward(
            slope, x, weight, None, [ctx.stride] * 2, [ctx.padding] * 2, [1, 1], False, [0, 0], 1,
            (*ctx.needs_input_grad[:2], False),
        )  # fmt: skip
        return into, by_weight, None, None
