"""The verdict beside a published number, and how a row reads."""

import pytest

from core.errors import BadFile
from core.recipes import Measured, Published, Recipe, Row, lines, markdown, read_results, write_results
from core.recipes.results import FOLDER, Entry

NUMBER = Published(after=1, metric="loss", mean=0.5, half_width=0.1, source="table 1")
ROW = Row(name="MAML", preset="sinusoid-maml", full_steps=100, published=(NUMBER,), cause="too few steps")


def recipe(*rows, metric="loss"):
    return Recipe(
        name="r", title="T", paper="P", setting="S", metric=metric, reference=rows[0].name, rows=rows, minutes=1
    )


def measured(mean, half=0.05, **changes):
    entry = Entry(mean=mean, half_width=half)
    values = {"status": "measured", "loss": (entry, entry), "outer_steps": 100, "full_steps": 100, "device": "CPU"}
    return Measured(**{**values, **changes})


@pytest.mark.parametrize(("mean", "verdict"), [(0.3, "reached"), (0.64, "reached"), (0.66, "missed"), (None, "missed")])
def test_a_loss_is_reached_where_the_intervals_meet_or_it_is_lower(mean, verdict):
    (line,) = lines(recipe(ROW), {"MAML": measured(mean)})
    assert line.verdict == verdict


@pytest.mark.parametrize(("mean", "verdict"), [(0.99, "reached"), (0.95, "reached"), (0.9, "missed")])
def test_an_accuracy_is_reached_where_the_intervals_meet_or_it_is_higher(mean, verdict):
    number = Published(after=0, metric="accuracy", mean=0.98, half_width=0.01, source="t")
    row = Row(name="MAML", preset="omniglot-maml", published=(number,))
    found = measured(0.1, accuracy=(Entry(mean=mean, half_width=0.03),))
    (line,) = lines(recipe(row, metric="accuracy"), {"MAML": found})
    assert line.verdict == verdict
    assert line.published == "98.0 ± 1.0 %"


def test_a_missed_number_says_why_and_that_the_budget_was_reduced():
    (line,) = lines(recipe(ROW), {"MAML": measured(0.9, outer_steps=10)})
    assert line.note == "reduced budget. too few steps"
    assert line.budget == "reduced: 10 of 100 outer steps, 0 s"


def test_a_row_that_was_not_run_says_so():
    (line,) = lines(recipe(ROW), {})
    assert (line.verdict, line.measured) == ("not run", "")


def test_a_failed_row_says_how():
    (line,) = lines(recipe(ROW), {"MAML": Measured(status="failed", message="out of memory")})
    assert (line.verdict, line.note) == ("failed", "out of memory")


def test_a_row_without_published_number_has_one_line_all_the_same():
    own = Row(name="New", preset="sinusoid-maml", after=1)
    found = lines(recipe(ROW, own), {"New": measured(0.4, difference=Entry(mean=-0.1, half_width=0.02))})
    assert found[1].verdict == "no published number"
    assert found[1].difference == "−0.100 ± 0.020"
    assert "| New | 1 | none | 0.400 ± 0.050 |" in markdown(recipe(ROW, own), {"New": measured(0.4)})


def test_what_was_not_measured_is_a_dash_since_an_empty_cell_is_merged_by_readers():
    assert "| – | – | not run |" in markdown(recipe(ROW), {})


def test_results_come_back_as_they_were_written(tmp_path):
    results = {"MAML": measured(0.4, versions={"torch": "2"})}
    write_results("never-shipped", results, tmp_path / FOLDER)
    assert read_results("never-shipped", tmp_path) == results
    assert read_results("never-shipped") == {}


@pytest.mark.parametrize("text", ["{", "[]", '{"MAML": {"status": "guessed"}}', '{"MAML": 3}'])
def test_a_damaged_file_of_results_is_named(tmp_path, text):
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "x.json").write_text(text)
    with pytest.raises(BadFile, match=r"x\.json holds no results"):
        read_results("x", tmp_path)
