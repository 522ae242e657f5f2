"""Draws without replacement, against counting."""

from itertools import permutations

import torch

from core.draws import at_step
from core.tasks.draws import distinct


def test_every_ordered_choice_is_equally_likely():
    """3 of 4 in order, 120,000 draws: chi-square with 23 degrees of freedom, 99.9 % point 49.7."""
    drawn = distinct(at_step(0, "draws"), torch.full((120_000,), 4), 3)
    code = (drawn * torch.tensor([16, 4, 1])).sum(-1)
    seen = torch.tensor([int((code == 16 * a + 4 * b + c).sum()) for a, b, c in permutations(range(4), 3)])
    assert seen.sum() == 120_000
    assert ((seen - 5000.0).square() / 5000).sum().item() < 49.7


def test_positions_of_a_row_are_distinct_and_within_its_size():
    sizes = torch.tensor([20, 7, 4112])
    drawn = distinct(at_step(0, "draws"), sizes.expand(500, 3), 7)
    assert (drawn < sizes[:, None]).all()
    assert all(len(set(row)) == 7 for row in drawn.flatten(0, 1).tolist())


def test_where_more_is_asked_than_there_is_the_first_ones_are_a_permutation():
    drawn = distinct(at_step(0, "draws"), torch.full((100,), 3), 6)
    assert drawn[:, :3].sort(-1).values.equal(torch.arange(3).expand(100, 3))
