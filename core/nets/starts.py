"""Laws of initial weights. All draw on the CPU, so that a seed means the same weights on every device."""

import math

import torch
from torch import Generator, Tensor


def truncated_normal(shape: tuple[int, ...], generator: Generator, dtype: torch.dtype, std: float = 0.01) -> Tensor:
    """Normal with standard deviation 0.01, cut at two of them (MAML's regression network)."""
    empty = torch.empty(shape, dtype=dtype)
    return torch.nn.init.trunc_normal_(empty, 0.0, std, -2 * std, 2 * std, generator=generator)


def he(shape: tuple[int, ...], generator: Generator, dtype: torch.dtype) -> Tensor:
    """Normal with variance 2 / fan-in."""
    return torch.randn(shape, generator=generator, dtype=dtype) * math.sqrt(2 / math.prod(shape[1:]))


def glorot(shape: tuple[int, ...], generator: Generator, dtype: torch.dtype) -> Tensor:
    """Uniform with limit sqrt(6 / (fan-in + fan-out))."""
    limit = math.sqrt(6 / (math.prod(shape[2:]) * (shape[0] + shape[1])))
    return (torch.rand(shape, generator=generator, dtype=dtype) * 2 - 1) * limit


def unit(shape: tuple[int, ...], generator: Generator, dtype: torch.dtype) -> Tensor:
    """Standard normal: the output layer of MAML's Omniglot network."""
    return torch.randn(shape, generator=generator, dtype=dtype)
