"""Decimation keeps peaks, dips, order and gaps."""

import numpy as np

from core.analysis.decimate import decimate


def test_a_short_curve_comes_back_as_it_is():
    x, y = decimate([0, 1, 2], [5.0, 1.0, 3.0], buckets=2)
    np.testing.assert_array_equal(x, [0, 1, 2])
    np.testing.assert_array_equal(y, [5.0, 1.0, 3.0])


def test_each_bucket_keeps_its_lowest_and_highest_in_their_order():
    x, y = decimate(range(8), [0, 9, 1, 2, 7, 3, -4, 5], buckets=2)
    np.testing.assert_array_equal(x, [0, 1, 4, 6])
    np.testing.assert_array_equal(y, [0, 9, 7, -4])


def test_a_bucket_without_a_finite_value_is_one_gap():
    x, y = decimate(range(8), [np.nan, np.nan, np.nan, np.inf, 7, 3, -4, 5], buckets=2)
    np.testing.assert_array_equal(x, [0, 4, 6])
    np.testing.assert_array_equal(y, [np.nan, 7, -4])


def test_a_lone_peak_among_sixty_thousand_points_survives():
    y = np.zeros(60_001)
    y[31_337] = 8.0
    x, kept = decimate(np.arange(60_001), y, buckets=500)
    assert len(x) <= 1000
    assert x[kept == 8.0].tolist() == [31_337]
    assert (np.diff(x) > 0).all()


def test_all_nan_and_empty_curves_are_no_trouble():
    assert np.isnan(decimate(range(100), [np.nan] * 100, buckets=4)[1]).all()
    assert decimate([], [], buckets=4)[0].shape == (0,)
