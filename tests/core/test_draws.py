"""Randomness by address."""

import subprocess
import sys
from pathlib import Path

import torch

from core.draws import at_step, ranks_without_replacement, uniform


def numbers(*address):
    return torch.rand(4, generator=at_step(*address)).tolist()


def test_an_address_always_means_the_same_numbers():
    assert numbers(3, "tasks", 7) == numbers(3, "tasks", 7)


def test_another_seed_stream_or_step_means_others():
    seen = [
        numbers(*address)
        for address in ((3, "tasks", 7), (4, "tasks", 7), (3, "noise", 7), (3, "tasks", 8), (37, "tasks", 7))
    ]
    assert len({tuple(found) for found in seen}) == 5


def test_numbers_run_together_do_not_collide():
    """(1, "a", 11) and (11, "a", 1) are not the same text."""
    assert numbers(1, "a", 11) != numbers(11, "a", 1)


def test_it_is_the_same_in_another_process():
    code = (
        "import torch; from core.draws import at_step; print(torch.rand(4, generator=at_step(3, 'tasks', 7)).tolist())"
    )
    root = Path(__file__).parents[2]
    told = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True).stdout
    assert told.strip() == str(numbers(3, "tasks", 7))


def test_the_global_generator_is_left_alone():
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    numbers(0, "x")
    assert torch.equal(torch.rand(3), expected)


def test_uniform_stays_within_its_bounds():
    drawn = uniform(at_step(0, "u"), (10_000,), -3.0, 5.0, torch.float64)
    assert drawn.dtype == torch.float64
    assert -3 <= drawn.min() < -2.9
    assert 4.9 < drawn.max() <= 5


def test_ranks_are_distinct_and_valid_ones_come_first():
    valid = torch.tensor([[True] * 3 + [False] * 4, [True] * 7]).expand(500, 2, 7)
    drawn = ranks_without_replacement(at_step(0, "r"), valid, 4)
    assert drawn.shape == (500, 2, 4)
    assert (drawn[:, 0, :3].sort(-1).values == torch.arange(3)).all()
    assert all(len(set(row.tolist())) == 4 for row in drawn.reshape(-1, 4))
    assert {int(i) for i in drawn[:, 1].unique()} == set(range(7))
