"""Tasks that arrive one after another (Finn et al. 2019, arXiv 1902.08438): a growing buffer is a distribution.

In outer step s a task is drawn uniformly from those that have arrived, whatever the number of its examples, and two disjoint
minibatches from what there is of it. Held-out examples are never among them.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from core.types import Batch, Stream, Task, TaskDistribution, TaskSpec, Tensors

from .draws import distinct, in_turn
from .timetable import Moment, Timetable


class Pool(NamedTuple):
    """look: (tasks [n], rows [n, each]) -> examples [n, each, ...]; order: ids of the tasks as they arrive [rounds];
    held_out: rows that judge and are never learned from [each]; rows 0, 1, ... arrive in this order; classes: how many
    there are, each of the same label in all tasks (0: regression)."""

    look: Callable[[Tensor, Tensor], Batch]
    order: Tensor
    held_out: Tensor
    classes: int = 0

    def about(self, task: Tensor) -> Tensors:
        """Of tasks [n]: their ids, and which class has which label."""
        labels = torch.arange(self.classes, device=task.device).expand(len(task), -1)
        return {"id": task, "classes": labels} if self.classes else {"id": task}


def arriving(
    pool: Pool, spec: TaskSpec, timetable: Timetable, support: int, query: int, *, current: bool = False
) -> TaskDistribution:
    """The distribution of the buffer, step by step. current: of the present task alone."""

    def stage(moment: Moment) -> TaskDistribution:
        def sample(generator: Generator, tasks: int) -> Task:
            first = moment.round if current else 0
            slot = torch.randint(first, moment.round + 1, (tasks,), generator=generator, device=generator.device)
            there = torch.where(slot == moment.round, moment.arrived, timetable.examples)
            task = pool.order.to(generator.device)[slot]
            known, judged = disjoint(generator, there, support, query)
            return Task(pool.look(task, known), pool.look(task, judged), pool.about(task))

        return TaskDistribution(spec, sample)

    whole = stage(timetable.at(timetable.total + 1))
    return whole._replace(at=lambda step: stage(timetable.at(step)))


def disjoint(generator: Generator, there: Tensor, support: int, query: int) -> tuple[Tensor, Tensor]:
    """Rows below `there` [tasks] for the two minibatches [tasks, support] and [tasks, query], none in both.

    Where fewer are there than both want, both shrink in proportion, to at least one each, and repeat theirs to keep the
    shape (two examples are needed).
    """
    wanted = support + query
    order = distinct(generator, there, wanted)
    got = there.clamp(max=wanted)
    known = torch.where(got == wanted, support, (got * support // wanted).clamp(min=1))
    slots = torch.arange(max(support, query), device=there.device)
    first = slots[:support] % known[:, None]
    second = known[:, None] + slots[:query] % (got - known)[:, None]
    return order.gather(1, first), order.gather(1, second)


def whole_tasks(pool: Pool, spec: TaskSpec, examples: int) -> TaskDistribution:
    """All tasks of the stream as they are in the end: all that arrives is support, what is held out is query."""

    def sample(generator: Generator, tasks: int) -> Task:
        slot = in_turn(generator, len(pool.order), tasks)
        return probe(pool, pool.order.to(generator.device)[slot], examples)

    return TaskDistribution(spec, sample)


def probe(pool: Pool, task: Tensor, arrived: int) -> Task:
    """Tasks [n] with the first `arrived` examples as support, judged on what is held out."""
    rows = torch.arange(arrived, device=task.device).expand(len(task), arrived)
    held_out = pool.held_out.to(task.device).expand(len(task), -1)
    return Task(pool.look(task, rows), pool.look(task, held_out), pool.about(task))


def protocol(pool: Pool, timetable: Timetable, names: tuple[str, ...], *, threshold: float, fresh: bool) -> Stream:
    """What the online evaluation asks: when to look, and at what."""
    return Stream(
        examples=timetable.examples,
        threshold=threshold,
        fresh=fresh,
        names=tuple(names[int(task)] for task in pool.order),
        begins=timetable.begins,
        ends=timetable.ends,
        probe=lambda round_, arrived: probe(pool, pool.order[round_ : round_ + 1].cpu(), arrived),
    )
