"""How Python hands tensors to the library of kernels."""

import ctypes
from collections.abc import Sequence

import torch
from torch import Tensor

DTYPES = {torch.float32: "f32", torch.float64: "f64"}


def call(
    library: ctypes.CDLL, name: str, given: Sequence[Tensor], numbers: Sequence[int | float], results: Sequence[Tensor]
) -> None:
    """The function of that name for the precision of the first tensor; maps (four axes) have to lie as it wants them. Other threads
    run meanwhile: ctypes lets go of the interpreter."""
    kept = [leaf.contiguous() if leaf.dim() < 4 else leaf for leaf in given]  # alive until the end of the call
    pointers = [ctypes.c_void_p(leaf.data_ptr()) for leaf in (*kept, *results)]
    sizes = [ctypes.c_double(number) if isinstance(number, float) else ctypes.c_int64(number) for number in numbers]
    function = getattr(library, f"{name}_{DTYPES[given[0].dtype]}")
    function(*pointers[: len(given)], *sizes, *pointers[len(given) :])


def maps(like: Tensor, height: int, width: int, channels: int, dtype: torch.dtype | None = None) -> Tensor:
    """[n, channels, height, width] without values, channels innermost."""
    shape = (like.shape[0], height, width, channels)
    return torch.empty(shape, dtype=dtype or like.dtype, device=like.device).permute(0, 3, 1, 2)


def innermost(given: Tensor) -> Tensor:
    """Before a Function is applied: what it saves for a further derivative has to be what it was given."""
    return given.contiguous(memory_format=torch.channels_last)
