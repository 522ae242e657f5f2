from datetime import datetime

import pytest

from app.widgets.words import duration, estimate, number, percent, rate, size, small, step_time, when

NOW = datetime(2026, 3, 5, 14, 0)


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (float("nan"), "–"), (float("inf"), "∞"), (0.38345, "0.383"), (12.345, "12.3"), (1234.5, "1,234"),
     (0.00001234, "1.23×10⁻⁵"), (3.0, "3"), (0.0, "0"), (-0.5, "−0.500"), (0.9996, "1.00"), (99.96, "100")],
)  # fmt: skip
def test_numbers_have_three_digits(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (float("inf"), "–"),
        (0, "0 s"),
        (0.4, "< 1 s"),
        (59, "59 s"),
        (61, "1 min 01 s"),
        (3599.9, "1 h 00 min"),
        (90_000, "1 d 1 h"),
    ],
)
def test_durations_are_said_as_a_person_would(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (250e6, "250 MB"), (3e12, "3.0 TB")]
)
def test_sizes_have_decimal_units(count, text):
    assert size(count) == text


@pytest.mark.parametrize(
    ("moment", "text"),
    [(None, "–"), (datetime(2026, 3, 5, 9, 5), "today 09:05"), (datetime(2026, 3, 4, 23, 0), "yesterday 23:00"),
     (datetime(2026, 1, 2, 3, 4), "2 Jan 03:04"), (datetime(2024, 1, 2), "2 Jan 2024")],
)  # fmt: skip
def test_moments_are_told_from_today(moment, text):
    assert when(moment, NOW) == text


def test_two_times_of_a_step_are_told_in_the_same_digits():
    assert [step_time(seconds) for seconds in (0.002, 0.00155, 0.2, 2.0)] == ["2.00 ms", "1.55 ms", "200 ms", "2.00 s"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(18.2, "≈ 18 s"), (200, "≈ 3 min 20 s"), (120, "≈ 2 min"), (2100, "≈ 35 min"), (3599, "≈ 1 h 00 min")],
)
def test_an_estimate_has_no_digits_that_it_does_not_know(seconds, text):
    assert estimate(seconds) == text


def test_a_rate_is_told_with_its_unit():
    assert (rate(280.4), rate(0.0512), rate(None)) == ("280 / s", "0.0512 / s", "–")


def test_shares_are_percent():
    assert (percent(0.495), percent(None)) == ("50 %", "–")


def test_a_loss_that_has_exploded_is_not_told_in_thirty_digits():
    assert number(2.26077552969741e29) == "2.26×10²⁹"
    assert number(-3.2e12) == "−3.20×10¹²"
    assert number(123_456_789) == "123,456,789"


@pytest.mark.parametrize(("title", "beside"), [("Test loss", "test loss"), ("MAML steps", "MAML steps"), ("", "")])
def test_the_words_beside_an_axis_begin_small(title, beside):
    assert small(title) == beside
