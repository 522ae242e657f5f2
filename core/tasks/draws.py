"""Draws that every sampler needs: distinct positions, and constants on the device that draws."""

from collections.abc import Callable

import torch
from torch import Generator, Tensor


def distinct(generator: Generator, sizes: Tensor, count: int) -> Tensor:
    """For every entry of `sizes` [...] the first `count` of a random order of range(size): [..., count] int64.

    The order is drawn as its Lehmer code (the i-th digit says which of the places left is taken) and decoded in
    count - 1 passes over [..., count], so the cost does not grow with the size, as it would for sorting random keys:
    32 tasks x 5 of 4,112 classes take 0.08 ms instead of 9. Where count > size the first `size` are good and the
    rest lie beyond; the caller masks them. The modulo's bias is below size / 2**62.
    """
    left = (sizes[..., None] - torch.arange(count, device=sizes.device)).clamp_(min=1)
    places = torch.randint(2**62, left.shape, generator=generator, device=sizes.device) % left
    for digit in range(count - 2, -1, -1):
        later = places[..., digit + 1 :]
        later += later >= places[..., digit : digit + 1]
    return places


def in_turn(generator: Generator, size: int, count: int) -> Tensor:
    """`count` positions below size: random orders one after the other, so that all occur equally often (within one)."""
    rounds = -(-count // size)
    return torch.rand((rounds, size), generator=generator, device=generator.device).argsort(-1).flatten()[:count]


def by_device(*tensors: Tensor) -> Callable[[torch.device], tuple[Tensor, ...]]:
    """Copies of constants, one for each device that is asked for: training draws on the GPU, fixed lists on the CPU."""
    copies: dict[torch.device, tuple[Tensor, ...]] = {}

    def on(device: torch.device) -> tuple[Tensor, ...]:
        if device not in copies:
            copies[device] = tuple(tensor.to(device) for tensor in tensors)
        return copies[device]

    return on
