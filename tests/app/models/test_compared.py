"""Which runs are compared, and lasting colours."""

import pytest

from app.models.compared import colour_of, compare_these, compared, toggle
from app.services.settings import Settings


@pytest.fixture
def settings(qapp, tmp_path):
    return Settings(tmp_path)


def test_toggling_adds_what_is_missing_and_takes_away_when_all_are_there(settings):
    assert toggle(settings, ["a", "b"])
    assert toggle(settings, ["b", "c"])
    assert compared(settings) == ["a", "b", "c"]
    assert not toggle(settings, ["a", "c"])
    assert compared(settings) == ["b"]


def test_a_run_keeps_its_colour_for_ever(settings, tmp_path):
    compare_these(settings, ["a", "b", "c"])
    colours = [colour_of(settings, run) for run in "abc"]
    assert colours == [0, 1, 2]
    compare_these(settings, ["c", "d"])
    assert colour_of(settings, "c") == 2
    again = Settings(tmp_path)
    assert [colour_of(again, run) for run in "abc"] == colours


def test_eight_runs_side_by_side_have_eight_colours_and_sixty_four_differ(settings):
    compare_these(settings, [f"old {n}" for n in range(5)])
    compare_these(settings, [f"new {n}" for n in range(8)])
    assert len({colour_of(settings, f"new {n}") % 8 for n in range(8)}) == 8
    compare_these(settings, [f"many {n}" for n in range(64)])
    assert len({colour_of(settings, f"many {n}") for n in range(64)}) == 64


def test_a_damaged_settings_file_is_no_trouble(settings):
    settings.set("compare.runs", "nonsense")
    settings.set("compare.colours", [1, 2])
    assert compared(settings) == []
    assert colour_of(settings, "a") == 0
