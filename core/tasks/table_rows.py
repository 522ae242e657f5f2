"""Episodes out of a person's own table: a task's rows become support and query, however many rows it has.

Rows lie one task after the other; nothing is padded in memory, and every row of a task can be drawn.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from core.types import Batch, Task

from .draws import by_device, distinct, in_turn

Sampler = Callable[[Generator, int], Task]


class Rows(NamedTuple):
    """x [rows, inputs], y [rows, outputs] or labels [rows]; first, amount [tasks]: each task's rows, in their order."""

    x: Tensor
    y: Tensor
    first: Tensor
    amount: Tensor


class Places(NamedTuple):
    """Positions in a task's rows [tasks, slots], and which slots are used."""

    support: Tensor
    support_there: Tensor
    query: Tensor
    query_there: Tensor


def at_random(rows: Rows, members: NDArray[np.int64], shots: int, queries: int) -> Sampler:
    """Of n rows min(shots, n - 1) are support and up to `queries` of the others query, drawn anew in every episode."""

    def places(generator: Generator, count: Tensor) -> Places:
        order = distinct(generator, count, shots + queries)
        known = _known(count, shots)
        slot = torch.arange(max(shots, queries), device=count.device)
        later = slot[:queries] + known
        return Places(order[:, :shots], slot[:shots] < known, order.gather(1, later), later < count[:, None])

    return _sampler(rows, members, places)


def in_order(rows: Rows, members: NDArray[np.int64], shots: int, queries: int) -> Sampler:
    """The first min(shots, n - 1) rows are support; up to `queries` of those after them are query, drawn anew."""

    def places(generator: Generator, count: Tensor) -> Places:
        known = _known(count, shots)
        slot = torch.arange(max(shots, queries), device=count.device)
        left = count[:, None] - known
        later = known + distinct(generator, left[:, 0], queries)
        support = slot[:shots].expand(len(count), shots)
        return Places(support, slot[:shots] < known, later, slot[:queries] < left)

    return _sampler(rows, members, places)


def by_class(rows: Rows, members: NDArray[np.int64], ways: int, shots: int, queries: int) -> Sampler:
    """Of each class's n rows in a task min(shots, n - 1) are support and up to `queries` of the others query, class after
    class. A class with a single row in the task is asked for and never shown."""
    sorted_rows, first, amount = _sorted_by_class(rows, ways)
    on = by_device(sorted_rows, first, amount)

    def places(generator: Generator, task: Tensor) -> Places:
        order_of, first, amount = on(generator.device)
        count = amount[task]
        order = distinct(generator, count, shots + queries)
        known = (count - 1).clamp(0, shots)[..., None]
        slot = torch.arange(max(shots, queries), device=count.device)
        later = slot[:queries] + known
        start = first[task][..., None]
        support, query = (
            order_of[(start + part).clamp(max=len(order_of) - 1)].flatten(1)
            for part in (order[..., :shots], order.gather(-1, later))
        )
        there = (slot[:shots] < known).flatten(1), (later < count[..., None]).flatten(1)
        return Places(support, there[0], query, there[1])

    return _sampler(rows, members, places, by_task=True)


def by_class_in_order(rows: Rows, members: NDArray[np.int64], ways: int, shots: int, queries: int) -> Sampler:
    """The first rows of a task are support, as many as shots of every class would be, whatever their classes are."""
    return in_order(rows, members, shots * ways, queries * ways)


def is_padded(count: NDArray[np.int64], shots: int, queries: int) -> bool:
    """Whether an episode of tasks (or classes of tasks) with so many rows has empty slots."""
    return bool((count < shots + queries).any())


def class_counts(y: NDArray[np.int64], count: NDArray[np.int64], ways: int) -> NDArray[np.int64]:
    """Rows of each class in each task [tasks, ways]; y: labels, task after task."""
    found = np.zeros((len(count), ways), np.int64)
    np.add.at(found, (np.repeat(np.arange(len(count)), count), y), 1)
    return found


def _known(count: Tensor, shots: int) -> Tensor:
    return (count - 1).clamp(max=shots)[:, None]


def _sorted_by_class(rows: Rows, ways: int) -> tuple[Tensor, Tensor, Tensor]:
    """(positions of rows by task and class [rows], the first of each in it [tasks, ways], how many [tasks, ways])."""
    task = torch.repeat_interleave(torch.arange(len(rows.amount), device=rows.amount.device), rows.amount)
    bins = task * ways + rows.y
    amount = torch.bincount(bins, minlength=len(rows.amount) * ways)
    return bins.argsort(stable=True), (amount.cumsum(0) - amount).view(-1, ways), amount.view(-1, ways)


def _sampler(
    rows: Rows, members: NDArray[np.int64], places: Callable[[Generator, Tensor], Places], *, by_task: bool = False
) -> Sampler:
    """Tasks of `members` in random order, every one before any comes again. places: of (generator, rows of each task), or
    of (generator, tasks), which then gives positions in all rows."""
    on = by_device(rows.x, rows.y, rows.first, rows.amount, torch.from_numpy(members).to(rows.x.device))

    def sample(generator: Generator, tasks: int) -> Task:
        x, y, first, count, ids = on(generator.device)
        task = ids[in_turn(generator, len(ids), tasks)]
        found = places(generator, task if by_task else count[task])
        start = torch.zeros_like(task) if by_task else first[task]
        support = _batch(x, y, start, found.support, found.support_there)
        query = _batch(x, y, start, found.query, found.query_there)
        return Task(support, query, {"id": task})

    return sample


def _batch(x: Tensor, y: Tensor, start: Tensor, place: Tensor, there: Tensor) -> Batch:
    """`where`, not a product: an empty slot points anywhere."""
    at = (start[:, None] + place).clamp(max=len(x) - 1)
    used = there[..., None]
    inputs = torch.where(used, x[at], x.new_zeros(()))
    targets = torch.where(used if y.ndim == 2 else there, y[at], y.new_zeros(()))
    return Batch(inputs, targets, there.to(x.dtype))
