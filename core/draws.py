"""Randomness by address: the generator of (seed, stream, step), so that any step can be drawn again."""

import hashlib

import torch
from torch import Generator, Tensor


def at_step(seed: int, stream: str, step: int = 0, device: str | torch.device = "cpu") -> Generator:
    """The generator of one outer step. Nothing has to be saved to resume; evaluation cannot disturb training."""
    digest = hashlib.blake2b(f"{seed}/{stream}/{step}".encode(), digest_size=8).digest()
    return Generator(device).manual_seed(int.from_bytes(digest, "little") >> 1)


def uniform(generator: Generator, shape: tuple[int, ...], low: float, high: float, dtype: torch.dtype) -> Tensor:
    return torch.rand(shape, generator=generator, dtype=dtype, device=generator.device) * (high - low) + low


def ranks_without_replacement(generator: Generator, valid: Tensor, count: int) -> Tensor:
    """For every row of `valid` [..., n] draw `count` distinct positions, valid ones first: [..., count] int64."""
    keys = torch.rand(valid.shape, generator=generator, device=valid.device)
    return keys.masked_fill(~valid, torch.inf).argsort(-1)[..., :count]
