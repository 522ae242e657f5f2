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
    pictures [classes]; shape: (channels, height, width); far: the pixels are too many for the device that the tasks are drawn on
    and stay where they are, and only what is drawn is copied to it."""

    pixels: Tensor
    first: Tensor
    amount: Tensor
    shape: tuple[int, int, int]
    far: bool = False


Look = Callable[[Tensor, Tensor], Tensor]
"""(picture numbers [tasks, ways, each], class ids [tasks, ways]) -> inputs [tasks, ways, each, *input]."""


def sampler(
    pictures: ClassPictures,
    classes: Tensor,
    ways: int,
    shots: int,
    queries: int,
    *,
    turned: bool = False,
    dtype: torch.dtype = torch.float32,
    look: Look | None = None,
) -> Callable[[Generator, int], Task]:
    """Episodes over `classes` [classes of the split]: x in [0, 1], examples class by class.

    The label is the position in a random order of the drawn classes: no class has a label of its own.
    turned: the ids are 4 * class + quarter turns (counter-clockwise), each a class of its own; pictures are turned as
    they are gathered. look: what is seen in place of the pictures (their features); the same draws.
    """
    on = by_device(pictures.first, pictures.amount, classes)
    see = look or pixels_of(pictures, turned=turned, dtype=dtype)

    def sample(generator: Generator, tasks: int) -> Task:
        first, amount, members = on(generator.device)
        choice = torch.full((tasks,), len(members), device=generator.device)
        ids = members[distinct(generator, choice, ways)]
        owner = ids // TURNS if turned else ids
        picked = first[owner][..., None] + distinct(generator, amount[owner], shots + queries)
        support, query = (_batch(see(picked[..., part], ids), dtype) for part in (slice(shots), slice(shots, None)))
        return Task(support, query, {"classes": ids})

    return sample


def pixels_of(pictures: ClassPictures, *, turned: bool, dtype: torch.dtype) -> Look:
    """The pictures themselves, in [0, 1]. The pixel order of a turn is the same for a whole class, so that the index is
    not repeated for every picture."""
    on = by_device(*(() if pictures.far else (pictures.pixels,)), _quarter_turns(pictures.shape, turned))

    def look(picked: Tensor, ids: Tensor) -> Tensor:
        *pixels, turns = on(picked.device)
        x = pixels[0][picked] if pixels else pictures.pixels[picked.to(pictures.pixels.device)].to(picked.device)
        if turned:
            x = x.gather(-1, turns[ids % TURNS][:, :, None, None].expand(x.shape))
        return x.to(dtype).div_(255).reshape(*picked.shape, *pictures.shape)

    return look


def _quarter_turns(shape: tuple[int, int, int], turned: bool) -> Tensor:
    """For each quarter turn the pixel that each place of the turned picture takes [4, height * width]."""
    places = torch.arange(shape[1] * shape[2]).reshape(shape[1:])
    return torch.stack([places.rot90(turns).flatten() for turns in range(TURNS)]) if turned else places[:0]


def _batch(x: Tensor, dtype: torch.dtype) -> Batch:
    """Inputs [tasks, ways, each, *input] with the labels 0, 1, ..., as [tasks, ways * each, *input]."""
    tasks, ways, each = x.shape[:3]
    y = torch.arange(ways, device=x.device)[:, None].expand(tasks, ways, each).reshape(tasks, ways * each)
    return Batch(x.flatten(1, 2), y, torch.ones(y.shape, dtype=dtype, device=x.device))
