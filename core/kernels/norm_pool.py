"""Batch norm, max-pool and ReLU in one piece, with its first and second derivative in own kernels (norm_pool.cpp).

torch takes each alone, and for the second derivative of the norm a dozen operations and sums over whole maps; these were
half of a convolutional outer step on a CPU, and three quarters with five inner steps.
"""

import ctypes
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from core.func import by_levels
from core.kernels.call import DTYPES, call, innermost, maps
from core.kernels.use import current


class _How(NamedTuple):
    pool: int
    eps: float
    library: ctypes.CDLL


def serves(z: Tensor) -> bool:
    """Is there a kernel for these maps at this moment? Not inside of vmap."""
    return current() is not None and z.dtype in DTYPES and z.device.type == "cpu" and not by_levels()


def norm_pool(z: Tensor, scale: Tensor, offset: Tensor, pool: int, eps: float) -> Tensor:
    """relu(max_pool(batch_norm(z))) with the batch's own statistics: [n, c, h, w] -> [n, c, h // pool, w // pool]; pool 1
    leaves the maps whole. May be differentiated any number of times, the first two by kernels; needs a library in use."""
    library = current()
    assert library is not None
    how = _How(pool, eps, library)
    found: Tensor = _Block.apply(innermost(z), scale, offset, how)  # type: ignore[no-untyped-call]
    return found


class _Block(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, z: Tensor, scale: Tensor, offset: Tensor, how: _How) -> Tensor:
        n, c, h, w = z.shape
        sides = (h // how.pool, w // how.pool)
        y, picked, code = maps(z, *sides, c), maps(z, *sides, c), maps(z, *sides, c, torch.uint8)
        mean, rstd = z.new_empty(c), z.new_empty(c)
        numbers = [n, h, w, c, how.pool, how.eps]
        call(how.library, "norm_pool_forward", [z, scale, offset], numbers, [y, code, picked, mean, rstd])
        ctx.save_for_backward(z, scale, mean, rstd, code, picked)
        ctx.how = how
        return y

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> Any:
        return (*_Slope.apply(innermost(slope), *ctx.saved_tensors, ctx.how), None)  # type: ignore[no-untyped-call]


class _Slope(torch.autograd.Function):
    """(slope of y, z, scale) -> (slopes of z, scale, offset)."""

    @staticmethod
    def forward(
        ctx: Any, slope: Tensor, z: Tensor, scale: Tensor, mean: Tensor, rstd: Tensor, code: Tensor, picked: Tensor, how: _How
    ) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
        n, c, h, w = z.shape
        onto_z, onto_scale, onto_offset = maps(z, h, w, c), torch.empty_like(mean), torch.empty_like(mean)
        given = [z, scale, mean, rstd, slope, code, picked]
        call(how.library, "norm_pool_backward", given, [n, h, w, c, how.pool], [onto_z, onto_scale, onto_offset])
        ctx.save_for_backward(slope, z, scale, mean, rstd, code, picked, onto_scale, onto_offset)
        ctx.how = how
        return onto_z, onto_scale, onto_offset

    @staticmethod
    def backward(ctx: Any, v: Tensor, a: Tensor, b: Tensor) -> Any:
        found: Any = _Twice.apply(innermost(v), a, b, *ctx.saved_tensors, ctx.how)  # type: ignore[no-untyped-call]
        return (*found, *[None] * 5)


class _Twice(torch.autograd.Function):
    """(what comes for the three slopes) -> the same for (slope of y, z, scale)."""

    @staticmethod
    def forward(
        ctx: Any, v: Tensor, a: Tensor, b: Tensor, slope: Tensor, z: Tensor, scale: Tensor, mean: Tensor, rstd: Tensor,
        code: Tensor, picked: Tensor, onto_scale: Tensor, onto_offset: Tensor, how: _How,
    ) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
        n, c, h, w = z.shape
        onto_slope, onto_z, again = torch.empty_like(picked), maps(z, h, w, c), torch.empty_like(mean)
        given = [z, scale, mean, rstd, slope, code, picked, onto_scale, onto_offset, v, a, b]
        call(how.library, "norm_pool_twice", given, [n, h, w, c, how.pool], [onto_z, again, onto_slope])
        ctx.save_for_backward(v, a, b, slope, z, scale, code)
        ctx.how = how
        return onto_slope, onto_z, again

    @staticmethod
    def backward(ctx: Any, *onto: Tensor) -> Any:
        """By torch, from the first derivative written out."""
        *leaves, code = ctx.saved_tensors
        kept = torch.is_grad_enabled()
        with torch.enable_grad():
            v, a, b, slope, z, scale = (leaf.view_as(leaf).requires_grad_() for leaf in leaves)
            first = written_out(slope, z, scale, code, ctx.how.pool, ctx.how.eps)
            second = torch.autograd.grad(first, (slope, z, scale), (v, a, b), create_graph=True)
            found = torch.autograd.grad(second, (v, a, b, slope, z, scale), onto, create_graph=kept, allow_unused=True)
        return (*found, *[None] * 7)


def written_out(
    slope: Tensor, z: Tensor, scale: Tensor, code: Tensor, pool: int, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    """What `_Slope` computes, in torch's operations."""
    n, _, h, w = z.shape
    variance, mean = torch.var_mean(z, (0, 2, 3), unbiased=False)
    rstd = torch.rsqrt(variance + eps)
    x = (z - mean[:, None, None]) * rstd[:, None, None]
    chosen = torch.stack([code == place for place in range(pool * pool)], -1).to(z.dtype)
    windows = (slope[..., None] * chosen).view(*slope.shape, pool, pool)  # [n, c, h // pool, w // pool, pool, pool]
    spread = windows.transpose(3, 4).flatten(4, 5).flatten(2, 3)
    d = F.pad(spread, (0, w - spread.shape[3], 0, h - spread.shape[2]))
    along, total = (d * x).sum((0, 2, 3)), d.sum((0, 2, 3))
    places = n * h * w
    onto = (scale * rstd)[:, None, None] * (d - (total / places)[:, None, None] - x * (along / places)[:, None, None])
    return onto, along, total
