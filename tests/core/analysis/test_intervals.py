import numpy as np
import pytest

from core.analysis.intervals import interval, paired


def test_the_interval_is_the_mean_and_1_96_standard_errors() -> None:
    found = interval(np.array([[1.0, 0.0], [2.0, 0.0], [3.0, 0.0], [6.0, 0.0]]))
    assert found.n == 4
    np.testing.assert_allclose(found.mean, [3.0, 0.0])
    np.testing.assert_allclose(found.half_width, [1.96 * np.sqrt(14 / 3) / 2, 0.0])


def test_episodes_of_one_task_are_averaged_first_and_distinct_tasks_counted() -> None:
    found = interval(np.array([[1.0], [3.0], [4.0], [4.0], [4.0]]), np.array([7, 7, 2, 2, 2]))
    assert found.n == 2
    np.testing.assert_allclose(found.mean, [3.0])
    np.testing.assert_allclose(found.half_width, [1.96 * np.sqrt(2.0) / np.sqrt(2)])


def test_one_task_has_a_mean_but_no_width() -> None:
    found = interval(np.array([[2.0, 1.0]]))
    np.testing.assert_array_equal(found.mean, [2.0, 1.0])
    assert np.isnan(found.half_width).all()


def test_no_task_has_neither() -> None:
    found = interval(np.zeros((0, 3)))
    assert found.n == 0
    assert np.isnan(found.mean).all()
    assert found.mean.shape == (3,)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_non_finite_value_is_not_left_out(bad: float) -> None:
    found = interval(np.array([[1.0, 1.0], [bad, 3.0]]))
    assert not np.isfinite(found.mean[0])
    assert found.mean[1] == 2.0


def test_pairs_take_the_common_part_away() -> None:
    tasks = np.random.default_rng(0).normal(0, 10, (50, 1))
    found = paired(tasks + 0.5, tasks)
    np.testing.assert_allclose(found.mean, [0.5])
    assert found.half_width[0] < 1e-12
    assert found.n == 50


def test_pairs_of_a_finite_set_are_over_distinct_tasks() -> None:
    a, b = np.array([[3.0], [1.0], [5.0]]), np.array([[1.0], [1.0], [1.0]])
    found = paired(a, b, np.array([0, 0, 1]))
    assert found.n == 2
    np.testing.assert_allclose(found.mean, [2.5])
