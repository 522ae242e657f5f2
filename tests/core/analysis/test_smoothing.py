"""Smoothing against numbers worked out by hand."""

import numpy as np
import pytest

from core.analysis.smoothing import smooth


def test_the_mean_is_debiased_so_that_a_constant_stays_a_constant():
    np.testing.assert_allclose(smooth([3.0] * 50, 0.9), 3.0, rtol=0, atol=1e-12)


def test_three_values_at_one_half():
    """(1/2 * 0 + 1) / (1/2 + 1) = 2/3; (1/4 * 0 + 1/2 * 1 + 4) / (1/4 + 1/2 + 1) = 18/7."""
    np.testing.assert_allclose(smooth([0.0, 1.0, 4.0], 0.5), [0.0, 2 / 3, 18 / 7], rtol=1e-14)


def test_a_gap_stays_a_gap_and_the_mean_goes_on_behind_it():
    """Behind the gap the old value weighs 1/4: (1/4 * 0 + 1) / (1/4 + 1) = 0.8."""
    np.testing.assert_allclose(smooth([0.0, np.nan, 1.0], 0.5), [0.0, np.nan, 0.8], rtol=1e-14)
    assert np.isnan(smooth([0.0, np.inf, 1.0], 0.5)[1])


def test_weight_zero_changes_nothing_and_all_nan_stays_nan():
    np.testing.assert_array_equal(smooth([1.0, 5.0], 0.0), [1.0, 5.0])
    assert np.isnan(smooth([np.nan] * 4, 0.9)).all()
    assert smooth([], 0.9).shape == (0,)


@pytest.mark.parametrize("weight", [0.1, 0.5, 0.99, 0.9999])
def test_long_curves_equal_the_recursion_across_blocks(weight):
    curve = np.sin(np.arange(30_000) / 50.0) + 2
    total = share = 0.0
    expected = np.empty_like(curve)
    for t, value in enumerate(curve):
        total, share = weight * total + value, weight * share + 1
        expected[t] = total / share
    np.testing.assert_allclose(smooth(curve, weight), expected, rtol=1e-9)


def test_a_weight_of_one_is_refused():
    with pytest.raises(ValueError, match="share of the past"):
        smooth([1.0], 1.0)
