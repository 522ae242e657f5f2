"""Seed groups: means and bands in literal numbers."""

import numpy as np
import pytest

from core.analysis.grouping import align, band, band_of, seed_groups
from core.analysis.quantiles import student_95
from core.config import Experiment


def test_student_factors_from_the_printed_tables():
    np.testing.assert_allclose(
        student_95([2, 3, 5, 31, 61, 121]), [12.706, 4.303, 2.776, 2.042, 2.000, 1.980], atol=6e-4
    )
    assert np.isnan(student_95([1, 0])).all()


@pytest.mark.parametrize(
    ("kind", "half"),
    [("std", 2.0), ("error", 2 / np.sqrt(3)), ("interval", 4.3027 * 2 / np.sqrt(3)), ("range", 2.0)],
)
def test_band_of_one_three_and_five(kind, half):
    found = band_of([10], [[1.0], [3.0], [5.0]], kind)
    assert found.mean.tolist() == [3.0]
    np.testing.assert_allclose([found.low[0], found.high[0]], [3 - half, 3 + half], rtol=1e-4)
    assert found.n.tolist() == [3]


def test_one_curve_has_a_mean_and_no_band():
    found = band([([1, 2], [4.0, 6.0])], "std")
    assert found.mean.tolist() == [4.0, 6.0]
    assert np.isnan(found.low).all()
    assert np.isnan(found.high).all()
    assert found.count == 1


def test_curves_meet_on_all_their_steps_by_interpolation():
    grid, values = align([([0, 10], [0.0, 10.0]), ([5, 20], [1.0, 4.0])])
    assert grid.tolist() == [0, 5, 10, 20]
    np.testing.assert_allclose(values, [[0, 5, 10, np.nan], [np.nan, 1, 2, 4]])


def test_n_falls_where_a_run_ended_early():
    found = band([([0, 1, 2], [1.0, 1.0, 1.0]), ([0, 1], [3.0, 3.0])])
    assert found.n.tolist() == [2, 2, 1]
    assert found.mean.tolist() == [2.0, 2.0, 1.0]
    assert np.isnan(found.low[2])


def test_all_nan_and_no_curves_give_empty_bands():
    assert len(band([]).x) == 0
    assert band([]).count == 0
    assert len(band([([0, 1], [np.nan, np.nan])]).x) == 0


def test_long_curves_are_put_on_an_even_grid():
    x = np.arange(10_000)
    assert len(band([(x, x * 1.0)], points=100).x) == 100


class _Run:
    def __init__(self, name, **settings):
        self.name, self.experiment = name, Experiment.model_validate({"name": name, **settings})


def test_runs_that_differ_in_seed_and_name_alone_are_one_group():
    runs = [_Run("a", seed=0), _Run("b", seed=1), _Run("c", seed=0, inner={"steps": 3})]
    assert [[run.name for run in group] for group in seed_groups(runs)] == [["a", "b"], ["c"]]
