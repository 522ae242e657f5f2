"""Calibration on laws whose answer is known exactly."""

from statistics import NormalDist

import numpy as np
import pytest

from core.analysis.calibration import LEVELS, coverage, mixture_nll, places, reliability

GRID = (np.arange(1000) + 0.5) / 1000
QUANTILES = np.array([NormalDist().inv_cdf(p) for p in GRID])


def test_a_normal_law_that_is_right_covers_what_it_says():
    """Truths at the quantiles of N(3, 0.5^2), predicted as just that."""
    truth = 3 + 0.5 * QUANTILES
    samples = np.full((4, 1000), 3.0)
    np.testing.assert_allclose(places(samples, truth, 0.5), GRID, atol=1e-12)
    np.testing.assert_allclose(coverage(samples, truth, 0.5), LEVELS, atol=1e-3)


@pytest.mark.parametrize(("share", "expected"), [(0.5, 0.2637), (2.0, 0.8226)])
def test_a_law_that_is_too_narrow_or_too_wide_covers_too_little_or_too_much(share, expected):
    """Predicted deviation share times the true one: P(|z| < 0.6745 share), the half of the law in closed form."""
    found = coverage(np.zeros((2, 1000)), QUANTILES, share, np.array([0.5]))
    assert found[0] == pytest.approx(expected, abs=2e-3)


def test_exact_targets_are_placed_by_their_rank():
    samples = np.array([[1.0], [2.0], [3.0]])
    for truth, place in ((0.0, 0.125), (1.5, 0.375), (2.0, 0.5), (9.0, 0.875)):
        assert places(samples, np.array([truth]))[0] == pytest.approx(place)


def test_two_modes_have_the_mean_of_their_densities():
    """Halfway between modes at -1 and 1 with noise 1: log of the normal density at distance 1."""
    assert mixture_nll(np.array([[-1.0], [1.0]]), np.array([0.0]), 1.0) == pytest.approx(0.5 + 0.5 * np.log(2 * np.pi))
    assert places(np.array([[-1.0], [1.0]]), np.array([0.0]), 1.0)[0] == pytest.approx(0.5)


def test_chances_that_come_true_as_often_as_they_say_have_no_error():
    """Ten examples at 0.8, eight right; ten at 0.6, six right."""
    chances = np.array([[0.8, 0.2]] * 10 + [[0.6, 0.4]] * 10)
    labels = np.array([0] * 8 + [1] * 2 + [0] * 6 + [1] * 4)
    found = reliability(chances, labels)
    assert found.error == pytest.approx(0.0, abs=1e-12)
    assert found.accuracy[[5, 7]].tolist() == pytest.approx([0.6, 0.8])
    assert np.isnan(found.accuracy[0])


def test_a_boast_is_off_by_its_excess():
    """Certain of everything and right half of the time."""
    found = reliability(np.array([[1.0, 0.0]] * 4), np.array([0, 0, 1, 1]))
    assert found.error == pytest.approx(0.5)


def test_nothing_to_judge_is_not_a_number():
    assert np.isnan(coverage(np.empty((3, 0)), np.empty(0))).all()
    assert reliability(np.empty((0, 2)), np.empty(0, int)).error == 0.0
