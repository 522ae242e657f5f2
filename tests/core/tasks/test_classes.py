"""Episodes out of made pictures whose pixels say which class, which picture and which way up."""

import pytest
import torch

from core.draws import at_step
from core.tasks.classes import ClassPictures, sampler

AMOUNT = torch.tensor([4, 6, 5, 9, 4, 7])
FIRST = AMOUNT.cumsum(0) - AMOUNT
SHAPE = (2, 3, 3)


def made():
    """Channel 0 has the picture's number in its first pixel; channel 1 its class everywhere."""
    pixels = torch.zeros(int(AMOUNT.sum()), 2, 9, dtype=torch.uint8)
    pixels[:, 0, 0] = torch.arange(len(pixels)) + 1
    pixels[:, 1] = torch.repeat_interleave(torch.arange(6), AMOUNT)[:, None]
    return ClassPictures(pixels, FIRST, AMOUNT, SHAPE)


def episodes(tasks=400, classes=range(6), ways=3, shots=1, queries=3, **options):
    draw = sampler(made(), torch.tensor(list(classes)), ways, shots, queries, **options)
    return draw(at_step(1, "tasks"), tasks)


def test_shapes_and_labels_go_class_by_class():
    task = episodes(tasks=7, shots=2, queries=2)
    assert task.support.x.shape == (7, 6, *SHAPE)
    assert task.query.x.shape == (7, 6, *SHAPE)
    assert task.support.y.equal(torch.tensor([0, 0, 1, 1, 2, 2]).expand(7, 6))
    assert task.support.weight.equal(torch.ones(7, 6))
    assert task.support.x.dtype == torch.float32


def test_a_picture_is_of_the_class_that_its_label_points_to():
    task = episodes()
    for batch in (task.support, task.query):
        owner = (batch.x[:, :, 1, 0, 0] * 255).round().long()
        assert owner.equal(task.about["classes"].gather(1, batch.y))


def test_classes_of_a_task_and_pictures_of_support_and_query_are_distinct():
    task = episodes()
    numbers = (torch.cat([task.support.x, task.query.x], 1)[:, :, 0, 0, 0] * 255).round().int()
    assert all(len(set(row)) == 12 for row in numbers.tolist())
    assert all(len(set(row)) == 3 for row in task.about["classes"].tolist())


def test_only_classes_of_the_split_are_drawn_each_as_often_for_each_label():
    """4 classes, 3 labels, 12,000 tasks: 3,000 each, standard deviation 47 (a draw without replacement has less)."""
    seen = episodes(tasks=12_000, classes=(0, 2, 3, 5)).about["classes"]
    assert set(seen.unique().tolist()) == {0, 2, 3, 5}
    for label in range(3):
        counts = torch.bincount(seen[:, label], minlength=6)[[0, 2, 3, 5]]
        assert (counts - 3000).abs().max() < 200


def test_every_picture_of_a_class_is_drawn_equally_often_also_of_unequal_classes():
    """Class 3 has 9 pictures; 9,000 tasks of it alone with class 1: each about 1,000 times, deviation 30."""
    task = episodes(tasks=9000, classes=(1, 3), ways=2)
    numbers = (task.support.x[:, :, 0, 0, 0] * 255).round().long()[task.about["classes"] == 3] - 1
    counts = torch.bincount(numbers - FIRST[3], minlength=9)
    assert (counts - 1000).abs().max() < 130


def test_turned_classes_are_the_quarter_turns_of_their_pictures():
    task = episodes(tasks=200, classes=range(24), ways=3, turned=True)
    ids = task.about["classes"].gather(1, task.support.y)
    numbers = task.support.x[:, :, 0].amax((-1, -2))
    for turn in range(4):
        upright = torch.zeros(3, 3)
        upright[0, 0] = 1
        seen = task.support.x[:, :, 0][ids % 4 == turn] / numbers[ids % 4 == turn][:, None, None]
        assert len(seen) > 50
        torch.testing.assert_close(seen, upright.rot90(turn).expand(seen.shape))
    assert (task.support.x[:, :, 1, 0, 0] * 255).round().long().equal(ids // 4)


def test_two_turns_of_one_character_may_meet_in_a_task():
    ids = episodes(tasks=300, classes=range(24), ways=4, turned=True).about["classes"]
    owners = ids // 4
    assert any(len(set(row)) < 4 for row in owners.tolist())
    assert all(len(set(row)) == 4 for row in ids.tolist())


def test_the_type_of_numbers_is_chosen_and_does_not_change_the_draw():
    single, double = (episodes(tasks=5, dtype=dtype) for dtype in (torch.float32, torch.float64))
    assert double.query.x.dtype == double.query.weight.dtype == torch.float64
    torch.testing.assert_close(single.query.x.double(), double.query.x, atol=1e-6, rtol=0)


@pytest.mark.parametrize("turned", [False, True])
def test_the_same_generator_draws_the_same_tasks(turned):
    first, again = (episodes(tasks=6, turned=turned) for _ in range(2))
    assert first.query.x.equal(again.query.x)
