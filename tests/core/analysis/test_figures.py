"""Figures: the right kind of file, legends, bands, and no trouble with nothing to draw."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from core.analysis.figures import (
    FORMATS,
    Line,
    Look,
    adaptation_figure,
    compare_figure,
    curves_figure,
    draw_curves,
    run_figure,
)
from core.analysis.gather import adaptation_lines, loss_lines, tasks_note
from core.errors import BadFile

from .fakes import FakeCatalog, FakeRun, evaluation

BEGINS = {".svg": b"<?xml", ".pdf": b"%PDF", ".png": b"\x89PNG"}
X = np.arange(5)


@pytest.fixture
def catalog():
    runs = {
        "a": FakeRun("a", "MAML"),
        "b": FakeRun("b", "Reptile 🧠 $x_1 & " + "long " * 60),
        "c": FakeRun("c", "failed", "failed"),
    }
    kept = {key: evaluation(key, [[3.0, 1.0], [2.0, 0.5], [4.0, 0.7]]) for key in "ab"}
    return FakeCatalog(runs, kept, {"a": [3.0, 2.0, 1.0], "b": [np.nan] * 3})


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_suffix_decides_the_format(tmp_path, suffix):
    path = curves_figure(tmp_path / f"figure{suffix}", [Line("MAML", X, 1.0 / (X + 1))])
    assert path.read_bytes().startswith(BEGINS[suffix])


def test_other_suffixes_are_refused_by_name(tmp_path):
    with pytest.raises(BadFile, match=r"figure.gif: a figure ends in .svg, .pdf or .png, found .gif"):
        curves_figure(tmp_path / "figure.gif", [])


def test_a_figure_has_axis_names_and_a_legend(tmp_path):
    lines = [Line("MAML", X, X * 0.1, X * 0.05, X * 0.2), Line("ANIL", X, X * 0.3)]
    reference = Line("random start", X, X * 0.5)
    look = Look(x="inner_step", y="accuracy", note="600 fixed test tasks")
    text = adaptation_figure(tmp_path / "a.svg", lines, reference, look).read_text()
    for words in ("MAML", "ANIL", "random start", "Inner step", "Query accuracy (%)", "600 fixed test tasks"):
        assert words in text


def test_nothing_to_draw_is_said_in_the_figure(tmp_path):
    assert "nothing to draw yet" in curves_figure(tmp_path / "a.svg", [], Look(log=True)).read_text()


def test_log_axes_and_all_nan_curves_are_drawn(tmp_path):
    lines = [Line("gone", X, X * np.nan), Line("zero", X, X * 0.0), Line("fine", X, X + 1.0)]
    assert curves_figure(tmp_path / "a.png", lines, Look(log=True)).stat().st_size > 5000


def test_compared_runs_share_one_figure_whatever_they_lack(tmp_path, catalog):
    text = compare_figure(tmp_path / "a.svg", catalog, ["a", "b", "c"]).read_text()
    assert "Outer loss" in text
    assert "3 fixed test tasks, mean and 95 % interval" in text
    assert "random start" in text


def test_a_run_without_a_step_still_makes_a_figure(tmp_path, catalog):
    assert "nothing to draw yet" in run_figure(tmp_path / "a.svg", catalog, "c").read_text()


def test_lines_come_from_the_catalog_on_the_axis_asked_for(catalog):
    records = list(catalog.runs.values())
    assert [line.name for line in loss_lines(catalog, records)] == [records[0].name, records[1].name]
    assert loss_lines(catalog, records, axis="seconds")[0].x.tolist() == [0.5, 1.0, 1.5]
    assert loss_lines(catalog, records, axis="tasks_seen")[0].x.tolist() == [25, 50, 75]


def test_accuracy_is_drawn_only_where_all_runs_have_it(catalog):
    assert adaptation_lines(catalog, list(catalog.runs.values())).metric == "query_loss"
    rated = evaluation("a", [[3.0, 1.0]] * 3, accuracy=np.array([[0.2, 0.9]] * 3))
    found = adaptation_lines(FakeCatalog(catalog.runs, {"a": rated}), [catalog.runs["a"]])
    assert found.metric == "accuracy"
    assert found.lines[0].y.tolist() == pytest.approx([0.2, 0.9])


def test_the_note_says_when_test_tasks_are_not_the_same():
    same = [evaluation("a", [[1.0]] * 4, groups=np.array([0, 0, 1, 1]))]
    assert tasks_note(same) == "4 fixed test tasks (2 distinct), mean and 95 % interval"
    assert "different test tasks" in tasks_note([*same, evaluation("b", [[1.0]], digest="other")])
    assert tasks_note([]) == ""


COLUMN = (8.5 / 2.54, 6.0 / 2.54)  # inches


def _drawn(lines, look):
    figure = Figure(figsize=look.size, dpi=100, layout="constrained")
    axes = figure.add_subplot()
    draw_curves(axes, lines, look)
    figure.draw_without_rendering()
    return axes


def test_a_legend_that_would_cover_a_curve_stands_above_a_full_plot():
    full = [Line(f"a run of some length {row}", X, np.full(5, float(row))) for row in range(6)]
    axes = _drawn(full, Look(size=COLUMN))
    assert axes.get_legend().get_window_extent().y0 >= axes.get_window_extent().y1 - 1
    empty = _drawn([Line("MAML", np.arange(2), np.array([1.0, 0.0]))], Look(size=COLUMN))
    assert empty.get_legend().get_window_extent().y0 < empty.get_window_extent().y1


def test_words_have_room_in_the_column_of_a_paper(tmp_path):
    note = "600 fixed test tasks, mean and 95 % interval; the runs were measured on different test tasks"
    text = curves_figure(tmp_path / "a.svg", [Line("MAML", X * 1000, X)], Look(size=COLUMN, note=note)).read_text()
    assert note not in text
    assert "different test tasks" in text
    assert "2,000" in text
    assert _drawn([Line("MAML", X, X)], Look(size=COLUMN)).xaxis.label.get_size() == 8
