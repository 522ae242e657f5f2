"""Few-shot classification out of pictures that lie on the device, sorted by class. No loop over tasks or examples."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from core.types import Batch, Task

from .draws import by_device, distinct

TURNS = 4


class ClassPictures(NamedTuple):
    """pixels: uint8 [pictures, channels, height * width], class after class, ink = 255; first, amount: of each class's
    pictures [classes]; shape: (channels, height, width)."""

    pixels: Tensor
    first: Tensor
    amount: Tensor
    shape: tuple[int, int, int]


def sampler(
    pictures: ClassPictures,
    classes: Tensor,
    ways: int,
    shots: int,
    queries: int,
    *,
    turned: bool = False,
    dtype: torch.dtype = torch.float32,
) -> Callable[[Generator, int], Task]:
    """Episodes over `classes` [classes of the split]: x in [0, 1], examples class by class.

    The label is the position in a random order of the drawn classes: no class has a label of its own.
    turned: the ids are 4 * class + quarter turns (counter-clockwise), each a class of its own; pictures are turned as
    they are gathered.
    """
    on = by_device(pictures.pixels, pictures.first, pictures.amount, classes, _quarter_turns(pictures.shape, turned))

    def sample(generator: Generator, tasks: int) -> Task:
        pixels, first, amount, members, turns = on(generator.device)
        choice = torch.full((tasks,), len(members), device=generator.device)
        ids = members[distinct(generator, choice, ways)]
        owner = ids // TURNS if turned else ids
        picked = first[owner][..., None] + distinct(generator, amount[owner], shots + queries)
        turn = turns[ids % TURNS] if turned else None
        support, query = (
            _batch(pixels, picked[..., part], turn, pictures.shape, dtype)
            for part in (slice(shots), slice(shots, None))
        )
        return Task(support, query, {"classes": ids})

    return sample


def _quarter_turns(shape: tuple[int, int, int], turned: bool) -> Tensor:
    """For each quarter turn the pixel that each place of the turned picture takes [4, height * width]."""
    places = torch.arange(shape[1] * shape[2]).reshape(shape[1:])
    return torch.stack([places.rot90(turns).flatten() for turns in range(TURNS)]) if turned else places[:0]


def _batch(
    pixels: Tensor, picked: Tensor, turn: Tensor | None, shape: tuple[int, int, int], dtype: torch.dtype
) -> Batch:
    """picked: picture numbers [tasks, ways, each]; turn: pixel order [tasks, ways, height * width], the same for a
    whole class, so that the index is not repeated for every picture."""
    tasks, ways, each = picked.shape
    x = pixels[picked]
    if turn is not None:
        x = x.gather(-1, turn[:, :, None, None].expand(x.shape))
    x = x.to(dtype).div_(255).reshape(tasks, ways * each, *shape)
    y = torch.arange(ways, device=x.device)[:, None].expand(tasks, ways, each).reshape(tasks, ways * each)
    return Batch(x, y, torch.ones(y.shape, dtype=dtype, device=x.device))
