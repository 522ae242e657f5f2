"""The growing buffer: uniform over tasks, disjoint minibatches, nothing of the future and nothing held out."""

import numpy as np
import pytest
import torch

from core.draws import at_step
from core.tasks import stream
from core.tasks.timetable import Timetable
from core.types import Batch, TaskSpec

SPEC = TaskSpec("regression", (1,), 1, 3, 4, "made")
TABLE = Timetable(rounds=4, examples=10, arrival=5, steps=2)
ORDER = torch.tensor([30, 10, 40, 20])


def look(task, rows):
    """An example is its task and its row."""
    x = torch.stack([task[:, None].expand(rows.shape), rows], -1).double()
    return Batch(x, x[..., :1], torch.ones(rows.shape))


POOL = stream.Pool(look, ORDER, torch.arange(10, 13))


def drawn(step, tasks=3000, **options):
    at = stream.arriving(POOL, SPEC, TABLE, 2, 3, **options).during(step)
    return at.sample(at_step(0, "tasks", step), tasks)


@pytest.mark.parametrize("step", range(1, 17))
def test_only_what_has_arrived_is_drawn(step):
    moment, task = TABLE.at(step), drawn(step)
    for part in task[:2]:
        owner, row = part.x[..., 0], part.x[..., 1]
        assert set(owner.unique().tolist()) == set(ORDER[: moment.round + 1].tolist())
        assert row[owner == ORDER[moment.round]].max() == moment.arrived - 1
        if moment.round:
            assert row[owner != ORDER[moment.round]].max() == 9


def test_the_two_minibatches_share_no_example():
    task = drawn(16)
    both = torch.cat([task.support.x[..., 1], task.query.x[..., 1]], 1).sort(1).values
    assert (both.diff(dim=1) > 0).all()


def test_tasks_are_drawn_uniformly_whatever_they_hold():
    """ftml.md, check 8: 100,000 draws of 4 tasks, the last with half of its examples; chi-square with 3 degrees of freedom
    exceeds 11.34 once in a hundred."""
    counts = np.array([(drawn(13, 100_000).about["id"] == task).sum() for task in ORDER])
    assert ((counts - 25_000) ** 2 / 25_000).sum() < 11.34


def test_the_present_task_alone_is_drawn_where_memory_ends_there():
    assert set(drawn(9, current=True).about["id"].tolist()) == {40}


def test_before_and_after_the_stream_everything_is_there():
    whole = stream.arriving(POOL, SPEC, TABLE, 2, 3)
    assert set(whole.sample(at_step(0, "x"), 200).about["id"].tolist()) == set(ORDER.tolist())
    assert torch.equal(
        whole.sample(at_step(0, "x"), 9).support.x, whole.during(99).sample(at_step(0, "x"), 9).support.x
    )


@pytest.mark.parametrize(
    ("there", "known", "judged"), [(2, 1, 1), (3, 1, 2), (5, 2, 3), (6, 3, 3), (12, 6, 6), (50, 6, 6)]
)
def test_where_little_is_there_both_halves_shrink_and_stay_apart(there, known, judged):
    support, query = stream.disjoint(at_step(0, "x"), torch.full((200,), there), 6, 6)
    assert support.max() < there
    assert query.max() < there
    for one, other in zip(support.tolist(), query.tolist(), strict=True):
        assert (len(set(one)), len(set(other))) == (known, judged)
        assert not set(one) & set(other)


def test_a_probe_has_what_arrived_and_is_judged_on_what_is_held_out():
    task = stream.probe(POOL, ORDER[1:2], 7)
    assert task.support.x[0, :, 1].tolist() == list(range(7))
    assert task.query.x[0, :, 1].tolist() == [10, 11, 12]


def test_whole_tasks_come_each_before_any_comes_again():
    task = stream.whole_tasks(POOL, SPEC, 10).sample(at_step(0, "x"), 4)
    assert sorted(task.about["id"].tolist()) == [10, 20, 30, 40]
    assert task.support.x.shape == (4, 10, 2)
