"""Numbers in words."""

from datetime import UTC, datetime

import pytest

from app.models import words


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (words.number(0.3456), "0.346"), (words.number(None), "–"), (words.number(float("nan")), "not finite"),
        (words.size(0), "–"), (words.size(7_012), "7.0 kB"), (words.count(12345), "12,345"),
        (words.counted(1, "run"), "1 run"), (words.counted(2, "run"), "2 runs"),
        (words.counted(0, "copy", "copies"), "0 copies"),
        (words.accuracy(0.98712), "98.7 %"), (words.accuracy(None), "–"), (words.result(0.5, 0.25), "25.0 %"),
        (words.result(0.5, None), "0.500"), (words.steps(10, 2000), "10 of 2,000"), (words.steps(2000, 2000), "2,000"),
        (words.status("interrupted"), "Interrupted"), (words.method("maml"), "MAML"), (words.method("leo"), "LEO"),
        (words.method("of-tomorrow"), "of-tomorrow"),
    ],
)  # fmt: skip
def test_numbers_are_said_as_a_person_would(seen, said):
    assert seen == said


def test_a_long_name_loses_its_middle():
    text = words.shortened("a" * 200 + "the end", 30)
    assert len(text) == 30
    assert text.startswith("aaa")
    assert text.endswith("the end")
    assert words.shortened("two\nlines") == "two lines"


def test_no_date_is_a_dash():
    assert words.date(None) == "–"
    assert len(words.date(datetime(2026, 3, 4, tzinfo=UTC))) == 16
