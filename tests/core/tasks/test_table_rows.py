"""Episodes out of rows that lie one task after the other: nothing wasted, nothing invented, whatever the sizes."""

import numpy as np
import pytest
import torch

from core.draws import at_step
from core.tasks.table_rows import (
    Rows,
    at_random,
    by_class,
    by_class_in_order,
    class_counts,
    in_order,
    is_padded,
)

SIZES = np.array([2, 3, 7, 12, 3000, 2])
SHOTS, QUERIES = 4, 5


def rows(y=None):
    """x: 10,000 * task + row, in the order of the task; y its negative unless given."""
    first = np.cumsum(SIZES) - SIZES
    x = np.concatenate([10_000.0 * task + np.arange(n) for task, n in enumerate(SIZES)])[:, None]
    y = torch.from_numpy(-x) if y is None else torch.from_numpy(y)
    return Rows(torch.from_numpy(x), y, torch.from_numpy(first), torch.from_numpy(SIZES))


EVERY = np.arange(len(SIZES))
DRAWS = {"at random": at_random, "in order": in_order}


@pytest.fixture(scope="module", params=DRAWS)
def episodes(request):
    return DRAWS[request.param](rows(), EVERY, SHOTS, QUERIES)(at_step(0, "rows"), 600)


def test_a_task_of_two_rows_gives_one_to_each_side_and_thousands_fill_all_slots(episodes):
    size = torch.from_numpy(SIZES)[episodes.about["id"]]
    support = (size - 1).clamp(max=SHOTS)
    assert episodes.support.weight.sum(1).equal(support.double())
    assert episodes.query.weight.sum(1).equal((size - support).clamp(max=QUERIES).double())


def test_rows_are_of_their_task_and_never_on_both_sides(episodes):
    x = torch.cat([episodes.support.x, episodes.query.x], 1)[..., 0]
    there = torch.cat([episodes.support.weight, episodes.query.weight], 1) == 1
    for task, values, used in zip(episodes.about["id"].tolist(), x, there, strict=True):
        seen = values[used].tolist()
        assert len(set(seen)) == len(seen)
        assert all(value // 10_000 == task and value % 10_000 < SIZES[task] for value in seen)


def test_empty_slots_are_zero_and_targets_stay_with_their_inputs(episodes):
    for batch in (episodes.support, episodes.query):
        assert batch.x[batch.weight == 0].eq(0).all()
        assert batch.y.equal(-batch.x)


def test_in_order_the_first_rows_are_support_and_the_others_come_later():
    task = in_order(rows(), EVERY, SHOTS, QUERIES)(at_step(0, "rows"), 60)
    known = (torch.from_numpy(SIZES)[task.about["id"]] - 1).clamp(max=SHOTS)
    support = task.support.x[..., 0] % 10_000
    expected = torch.arange(SHOTS).where(torch.arange(SHOTS) < known[:, None], torch.zeros(()))
    assert support.equal(expected.double())
    later = task.query.x[..., 0] % 10_000
    assert (later >= known[:, None])[task.query.weight == 1].all()


def test_every_row_of_a_large_task_is_asked_for_in_the_end():
    """3,000 rows, 5 a task as query: after 20,000 tasks the chance that one was never asked for is 3,000 * e^-33."""
    task = at_random(rows(), np.array([4]), SHOTS, QUERIES)(at_step(0, "rows"), 20_000)
    assert len(torch.unique(task.query.x)) == 3000


def test_tasks_come_in_turn():
    ids = at_random(rows(), np.array([1, 3, 4]), SHOTS, QUERIES)(at_step(0, "rows"), 10).about["id"]
    assert sorted(torch.bincount(ids, minlength=6)[[1, 3, 4]].tolist()) == [3, 3, 4]


# classes


LABELS = np.concatenate([np.arange(n) % 3 for n in SIZES]).astype(
    np.int64
)  # a task of two rows has the classes 0 and 1
CLASSED = np.array([2, 3, 4])


def test_of_each_class_a_task_shows_what_it_has_and_labels_are_the_same_in_all_tasks():
    task = by_class(rows(LABELS), CLASSED, 3, 2, 3)(at_step(0, "rows"), 90)
    counts = torch.from_numpy(class_counts(LABELS, SIZES, 3))[task.about["id"]]
    for batch, each, expected in (
        (task.support, 2, (counts - 1).clamp(0, 2)),
        (task.query, 3, (counts - (counts - 1).clamp(0, 2)).clamp(max=3)),
    ):
        assert batch.weight.view(-1, 3, each).sum(-1).equal(expected.double())
        there = batch.weight == 1
        row = (batch.x[..., 0][there] % 10_000).long()
        assert batch.y[there].equal(row % 3)
        slots = torch.arange(3).repeat_interleave(each).expand_as(batch.y)
        assert batch.y[there].equal(slots[there])


def test_a_class_with_one_row_is_asked_for_and_never_shown():
    labels = LABELS.copy()
    labels[SIZES[:3].sum() : SIZES[:4].sum()] = [0] * 11 + [2]  # of the fourth task
    task = by_class(rows(labels), np.array([3]), 3, 2, 3)(at_step(0, "rows"), 20)
    shown = task.support.weight.view(-1, 3, 2).sum(-1)
    asked = task.query.weight.view(-1, 3, 3).sum(-1)
    assert shown.eq(torch.tensor([2.0, 0.0, 0.0])).all()
    assert asked.eq(torch.tensor([3.0, 0.0, 1.0])).all()
    assert task.query.x[..., 0][task.query.y == 2].remainder(10_000).eq(11).all()


def test_classes_and_rows_never_meet_on_both_sides():
    task = by_class(rows(LABELS), CLASSED, 3, 2, 3)(at_step(0, "rows"), 90)
    for support, query in zip(task.support.x[..., 0], task.query.x[..., 0], strict=True):
        assert not set(support[support > 0].tolist()) & set(query[query > 0].tolist())


def test_classes_in_order_see_the_first_rows_whatever_their_class():
    task = by_class_in_order(rows(LABELS), np.array([4]), 3, 2, 3)(at_step(0, "rows"), 5)
    assert (task.support.x[..., 0] % 10_000).equal(torch.arange(6.0).double().expand(5, 6))
    assert (task.query.x[..., 0] % 10_000 >= 6).all()


def test_padding_is_known_from_the_sizes():
    assert is_padded(SIZES, SHOTS, QUERIES)
    assert not is_padded(SIZES[3:5], SHOTS, QUERIES)
