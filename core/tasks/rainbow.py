"""Rainbow-MNIST: a way to draw digits is a task; offline over disjoint ways, or all 56 as a stream.

A digit is the same label in every task (no permutation), so that a network knows something before it adapts.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from core.data import rainbow
from core.data.rainbow import DIGITS, SIDE, Rainbow
from core.data.sizes import RAINBOW
from core.errors import BadExperiment
from core.types import Batch, Task, TaskDistribution, TaskSpec, TaskSplits

from . import stream
from .draws import by_device, distinct, in_turn

Look = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
"""(tasks [n], rows [n, each]) -> (x [n, each, 3, SIDE, SIDE] in 0..1, labels [n, each])."""


def build(settings: Any, data_folder: Path, device: str | torch.device, dtype: torch.dtype) -> TaskSplits:
    """Ordinary episodes: 40 / 6 / 10 of the 56 tasks, shots and queries of every digit, all digits of a task in use."""
    digits = rainbow.load(data_folder, settings.path, settings.size)
    split, look = rainbow.split(), looker(digits, device, dtype)

    def distribution(members: NDArray[np.int64], shots: int, key: str = "tasks.shots") -> TaskDistribution:
        draw = episodes(digits, look, members, shots, settings.queries, device=device)
        _check(digits, members, shots, settings.queries, key)
        return TaskDistribution(spec_of(settings, digits, shots, settings.queries), draw)

    training = "tasks.train_shots" if settings.train_shots else "tasks.shots"
    return TaskSplits(
        distribution(split.train, settings.train_shots or settings.shots, training),
        distribution(split.validation, settings.shots),
        distribution(split.test, settings.shots),
    )


def build_stream(settings: Any, data_folder: Path, device: str | torch.device, dtype: torch.dtype) -> TaskSplits:
    """The tasks of the stream, each as it arrives; validation and test are the same tasks whole, judged on held-out digits."""
    digits = rainbow.load(data_folder, settings.path, settings.size)
    timetable, look = settings.timetable(), looker(digits, device, dtype)
    held_out = torch.arange(digits.arriving, digits.grey.shape[1])
    order = np.random.default_rng(settings.order).permutation(len(digits.names))[: settings.rounds]
    pool = stream.Pool(lambda task, rows: batch(look, task, rows), torch.from_numpy(order).to(device), held_out, DIGITS)
    support, query = settings.shots * DIGITS, settings.queries * DIGITS
    train = stream.arriving(
        pool, spec_of(settings, digits, settings.shots, settings.queries), timetable, support, query,
        current=settings.memory == "current",
    )  # fmt: skip
    judged = spec_of(settings, digits, -(-timetable.examples // DIGITS), -(-len(held_out) // DIGITS))
    whole = stream.whole_tasks(pool, judged, timetable.examples)
    rounds = stream.protocol(pool, timetable, digits.names, threshold=settings.threshold, fresh=settings.fresh)
    return TaskSplits(train, whole, whole, rounds)


def spec_of(settings: Any, digits: Rainbow, shots: int, queries: int) -> TaskSpec:
    size = RAINBOW[settings.size]
    return TaskSpec(
        task_type="classification",
        input_shape=(3, SIDE, SIDE),
        outputs=DIGITS,
        shots=shots,
        queries=queries,
        source=f"{size.title} ({digits.grey.shape[1]} digits a task; Finn et al. 2019); the digit is the label in every task",
        names=digits.names,
        class_names=tuple(str(digit) for digit in range(DIGITS)),
        input_range=(0.0, 1.0),
    )


def looker(digits: Rainbow, device: str | torch.device, dtype: torch.dtype) -> Look:
    """Grey pictures lie on the device as bytes; the ground's colour is mixed in when they are looked at:
    pixel = (1 - g) * colour + g, so that 0 is exactly the colour and 1 exactly white."""
    grey, labels = torch.from_numpy(digits.grey).to(device), torch.from_numpy(digits.labels).to(device)
    on = by_device(grey, labels, torch.from_numpy(digits.ground).to(device, dtype))

    def look(task: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
        grey, labels, ground = on(rows.device)
        ink = (grey[task[:, None], rows].to(dtype) / 255)[:, :, None]
        return (1 - ink) * ground[task][:, None, :, None, None] + ink, labels[task[:, None], rows]

    return look


def episodes(
    digits: Rainbow,
    look: Look,
    members: NDArray[np.int64],
    shots: int,
    queries: int,
    *,
    device: str | torch.device = "cpu",
) -> Callable[[Generator, int], Task]:
    """Tasks of `members` in random order, every one before any comes again; so many shots and queries of every digit."""
    by_digit = np.argsort(digits.labels, axis=1, kind="stable")
    amount = np.stack([np.bincount(labels, minlength=DIGITS) for labels in digits.labels])
    first = np.cumsum(amount, 1) - amount
    on = by_device(*(torch.from_numpy(part).to(device) for part in (by_digit, amount, first, members)))

    def sample(generator: Generator, tasks: int) -> Task:
        by_digit, amount, first, members = on(generator.device)
        task = members[in_turn(generator, len(members), tasks)]
        place = first[task][..., None] + distinct(generator, amount[task], shots + queries)
        rows = by_digit[task[:, None, None], place]
        classes = torch.arange(DIGITS, device=rows.device).expand(tasks, DIGITS)
        support, query = (batch(look, task, part.flatten(1)) for part in (rows[..., :shots], rows[..., shots:]))
        return Task(support, query, {"id": task, "classes": classes})

    return sample


def batch(look: Look, task: Tensor, rows: Tensor) -> Batch:
    x, y = look(task, rows)
    return Batch(x, y, torch.ones(y.shape, dtype=x.dtype, device=x.device))


def _check(digits: Rainbow, members: NDArray[np.int64], shots: int, queries: int, key: str) -> None:
    """Raises BadExperiment with what to lower."""
    fewest = min(int(np.bincount(labels, minlength=DIGITS).min()) for labels in digits.labels[members])
    if shots + queries > fewest:
        raise BadExperiment(
            f"{key} + tasks.queries is {shots} + {queries}, but a task has only {fewest} pictures of some digit, and support "
            "and query share none; lower one of them, or set tasks.size = 'full'"
        )
