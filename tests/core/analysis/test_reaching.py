"""The sentence under an adaptation curve."""

import numpy as np
import pytest

from core.analysis.reaching import first_reaching, sentence

LEARNED = np.array([3.0, 0.5, 0.2, 0.08])
RANDOM = np.array([4.0, 3.0, 2.0, 1.0, 0.3, 0.08, 0.01])


@pytest.mark.parametrize(
    ("values", "level", "higher", "found"),
    [
        ([4, 2, 1], 2, False, 1),
        ([4, 2, 1], 0.5, False, None),
        ([0, 3, 5], 3, True, 1),
        ([np.nan, -np.inf, 1], 2, False, 2),
        ([], 2, False, None),
    ],
)
def test_the_first_that_is_as_good_is_found(values, level, higher, found):
    assert first_reaching(np.array(values, dtype=float), level, higher=higher) == found


def test_it_says_how_many_steps_a_random_start_needs():
    assert sentence(3, LEARNED, RANDOM) == "After 3 steps 0.08; a random start needs 5 steps for that."


def test_it_says_where_a_random_start_does_not_get_there_and_how_far_was_tried():
    told = sentence(3, LEARNED, RANDOM[:5])
    assert told == "After 3 steps 0.08; a random start does not get there within 4 steps (0.3 at best)."


def test_it_says_where_nothing_is_gained():
    told = sentence(2, np.array([3.0, 2.5, 2.0]), RANDOM)
    assert told == "After 2 steps 2; a random start gets there in 2 steps, so nothing is gained on this task."


def test_before_any_step_and_before_the_random_start_is_computed():
    assert sentence(0, LEARNED, RANDOM) == "Before any step 3; a random start needs 1 step for that."
    assert sentence(1, LEARNED, np.empty(0)) == "After 1 step 0.5."


def test_right_answers_are_counted_of_how_many():
    told = sentence(1, np.array([5, 12]), np.array([4, 6, 9]), of=15)
    assert (
        told == "After 1 step 12 of 15 right; a random start does not get there within 2 steps (9 of 15 right at best)."
    )


def test_a_loss_that_is_no_number_is_said():
    assert "no longer a finite number" in sentence(1, np.array([1.0, np.nan]), RANDOM)
    assert "does not get there" in sentence(0, LEARNED, np.array([np.nan, np.inf]))
