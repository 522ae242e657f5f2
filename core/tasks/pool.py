"""The pictures of a set outside of tasks: all training classes at once for pretraining, every picture for cached features."""

import hashlib
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from core.types import Batch, Task, TaskDistribution, TaskSpec

from .classes import TURNS, ClassPictures, Look, pixels_of, sampler
from .draws import by_device

HELD_OUT = 10


class ClassPool(NamedTuple):
    """train, validation, test: the parts' distributions of tasks, with their class ids [classes]; turned: each quarter turn
    of a picture is a picture of its own. A picture with its turn is a *row*: picture, or 4 * picture + turn."""

    pictures: ClassPictures
    ids: dict[str, Tensor]
    turned: bool
    dtype: torch.dtype

    @property
    def rows(self) -> int:
        return len(self.pictures.pixels) * (TURNS if self.turned else 1)

    def at(self, rows: Tensor) -> Tensor:
        """Pictures by row: [n] -> [n, *input] in [0, 1]."""
        pictures, turns = (rows // TURNS, rows % TURNS) if self.turned else (rows, rows)
        return pixels_of(self.pictures, turned=self.turned, dtype=self.dtype)(pictures[None, :, None], turns[None])[
            0, :, 0
        ]

    def training_rows(self, most: int) -> Tensor:
        """At most so many rows of training classes, evenly spaced over classes and pictures."""
        ids = self.ids["train"]
        owner, turn = (ids // TURNS, ids % TURNS) if self.turned else (ids, torch.zeros_like(ids))
        first, amount = self.pictures.first[owner], self.pictures.amount[owner]
        start = amount.cumsum(0) - amount
        place = torch.arange(int(amount.sum()), device=ids.device)
        of = torch.searchsorted(start, place, right=True) - 1
        pictures = first[of] + place - start[of]
        rows = pictures * TURNS + turn[of] if self.turned else pictures
        return rows[:: -(-len(rows) // most)]

    def digest(self) -> str:
        """[32 hex digits] of all pictures and of which classes train."""
        seen = hashlib.blake2b(f"{self.pictures.shape} {self.turned}".encode(), digest_size=16)
        for part in (self.pictures.pixels, self.pictures.first, self.pictures.amount, self.ids["train"]):
            seen.update(part.cpu().contiguous().numpy().data)
        return seen.hexdigest()

    def at_once(self, batch: int, source: str) -> tuple[TaskDistribution, TaskDistribution]:
        """All training classes in one task: minibatches to train on, and minibatches of pictures held out of them (the last
        tenth of each class, at least one). They stand in the query: nothing is adapted."""
        classes = len(self.ids["train"])
        spec = TaskSpec(
            "classification", self.pictures.shape, classes, 1, 1, f"{source}; all {classes} training classes at once",
            input_range=(0.0, 1.0),
        )  # fmt: skip
        return tuple(TaskDistribution(spec, self._minibatches(batch, held_out=held)) for held in (False, True))  # type: ignore[return-value]

    def _minibatches(self, batch: int, *, held_out: bool) -> Callable[[Generator, int], Task]:
        look = pixels_of(self.pictures, turned=self.turned, dtype=self.dtype)
        on = by_device(self.pictures.first, self.pictures.amount, self.ids["train"])

        def sample(generator: Generator, tasks: int) -> Task:
            first, amount, members = on(generator.device)
            shape, device = (tasks, batch), generator.device
            label = torch.randint(len(members), shape, generator=generator, device=device)
            ids = members[label]
            owner = ids // TURNS if self.turned else ids
            held = (amount[owner] // HELD_OUT).clamp(min=1)
            kept = (amount[owner] - held).clamp(min=1)
            place = torch.randint(2**62, shape, generator=generator, device=device)
            picked = first[owner] + (kept + place % held if held_out else place % kept)
            x = look(picked[..., None], ids)[:, :, 0]
            query = Batch(x, label, torch.ones(shape, dtype=self.dtype, device=device))
            return Task(Batch(*(leaf[:, :0] for leaf in query)), query)

        return sample

    def among(self, ids: Tensor, spec: TaskSpec) -> TaskDistribution:
        """Tasks like `spec` whose classes are among these ids [at least as many as ways]."""
        draw = sampler(
            self.pictures, ids, spec.outputs, spec.shots, spec.queries, turned=self.turned, dtype=self.dtype
        )  # fmt: skip
        return TaskDistribution(spec, draw)

    def with_features(self, part: str, spec: TaskSpec, features: Tensor) -> TaskDistribution:
        """The tasks of a part with features in place of pictures [rows, features]: the same draws, the same tasks."""
        look = _features_of(features, turned=self.turned)
        draw = sampler(
            self.pictures, self.ids[part], spec.outputs, spec.shots, spec.queries,
            turned=self.turned, dtype=features.dtype, look=look,
        )  # fmt: skip
        return TaskDistribution(spec._replace(input_shape=tuple(features.shape[1:])), draw)


def _features_of(features: Tensor, *, turned: bool) -> Look:
    on = by_device(features)

    def look(picked: Tensor, ids: Tensor) -> Tensor:
        (rows,) = on(picked.device)
        return rows[picked * TURNS + (ids % TURNS)[..., None] if turned else picked]

    return look
