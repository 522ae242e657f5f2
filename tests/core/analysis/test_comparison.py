"""Paired differences on the same fixed test tasks."""

import numpy as np
import pytest

from core.analysis.comparison import compare
from core.analysis.intervals import interval, paired

from .fakes import FakeRun, evaluation

RUNS = [FakeRun("a", "first"), FakeRun("b", "second")]


def test_differences_are_paired_by_task_with_the_runs_own_numbers():
    """Losses after step 1: a is 1, 2, 3; b is 0.5, 1.6, 2.4: differences -0.5, -0.4, -0.6."""
    a, b = evaluation("a", [[9, 1], [9, 2], [9, 3]]), evaluation("b", [[9, 0.5], [9, 1.6], [9, 2.4]])
    found = compare(RUNS, {"a": a, "b": b}, "a")
    first, second = found.rows
    assert (found.steps, found.tasks, found.distinct) == (1, 3, None)
    assert first.reason == "baseline"
    assert first.difference is None
    assert second.difference.mean == pytest.approx(-0.5)
    expected = paired(b.curves.loss, a.curves.loss)
    assert second.difference.half_width == pytest.approx(float(np.asarray(expected.half_width)[1]))
    assert second.difference.clear
    assert second.random_start.mean == pytest.approx(2.5)
    assert found.sentence == "After 1 inner step on 3 fixed test tasks; differences are paired by task."


def test_an_earlier_inner_step_can_be_chosen():
    a = evaluation("a", [[9, 5, 1], [7, 5, 2]])
    found = compare(RUNS[:1], {"a": a}, "a", steps=0)
    assert found.rows[0].result.mean == 8
    assert compare(RUNS[:1], {"a": a}, "a", steps=99).steps == 2


def test_other_test_tasks_are_not_paired_and_the_reason_is_told():
    found = compare(RUNS, {"a": evaluation("a", [[1.0], [2.0]]), "b": evaluation("b", [[1.0], [2.0]], digest="x")}, "a")
    assert found.rows[1].difference is None
    assert "other test tasks" in found.rows[1].reason


def test_a_run_without_an_evaluation_has_a_row_that_says_so():
    runs = [RUNS[0], FakeRun("b", "second", status="failed")]
    found = compare(runs, {"a": evaluation("a", [[1.0], [2.0]])}, "a")
    assert found.rows[1].reason == "not evaluated (failed)"
    none = compare(runs, {}, "a")
    assert none.sentence == "The baseline has not been evaluated yet."
    assert [row.result for row in none.rows] == [None, None]


def test_regression_has_no_accuracy_to_pair():
    found = compare(RUNS, {key: evaluation(key, [[1.0], [2.0]]) for key in "ab"}, "a", metric="accuracy")
    assert found.rows[1].reason == "one of the two has no accuracy"
    assert found.rows[0].result is None


def test_distinct_tasks_are_counted_where_tasks_are_a_finite_set():
    groups = np.array([0, 0, 1, 1, 2])
    loss = [[1.0], [2.0], [3.0], [4.0], [5.0]]
    found = compare(RUNS, {key: evaluation(key, loss, groups=groups) for key in "ab"}, "a")
    assert (found.tasks, found.distinct) == (5, 3)
    assert found.rows[0].result.n == interval(np.array(loss), groups).n
    assert found.rows[0].result.mean == pytest.approx((1.5 + 3.5 + 5) / 3)
    assert "5 fixed test tasks, 3 distinct" in found.sentence


def test_all_nan_losses_give_nan_and_are_never_clear():
    loss = np.full((3, 2), np.nan)
    found = compare(RUNS, {key: evaluation(key, loss) for key in "ab"}, "a")
    assert np.isnan(found.rows[0].result.mean)
    assert not found.rows[1].difference.clear


def test_runs_that_were_tested_with_different_numbers_of_steps_are_paired_at_those_they_share():
    a, b = evaluation("a", [[9, 5, 1], [7, 5, 2]]), evaluation("b", [[9, 4], [7, 4.5]])
    found = compare(RUNS, {"a": a, "b": b}, "a")
    assert found.steps == 1
    assert found.rows[1].difference.mean == pytest.approx(-0.75)
