"""Scatter, parallel axes, saved views, and the one export dialog, by clicks."""

import numpy as np
import pytest
from PySide6.QtWidgets import QComboBox, QFileDialog, QInputDialog

from app.models import views
from app.models.compared import compared
from app.pages.compare.exporting import ExportDialog
from app.pages.compare.sentences import sentences
from app.plots.parallel import wrapped
from core.analysis.comparison import ComparedRun, Comparison, Estimate
from core.storage.catalog import Catalog
from tests.app import shelf
from tests.app.pages import child

SEEDS = ("sinusoid-maml", "sinusoid-maml seed 1", "sinusoid-maml seed 2", "sinusoid-reptile")


def choose(page, name, key):
    box = child(page, QComboBox, name)
    box.setCurrentIndex(box.findData(key))
    assert box.currentData() == key
    box.activated.emit(box.currentIndex())


def test_any_setting_can_stand_against_any_result(varied, show):
    page = show(varied, "sinusoid-maml", "sinusoid-reptile")
    choose(page, "compare.scatter.x", "inner.steps")
    choose(page, "compare.scatter.y", "query_loss")
    drawn, words = page.scatter.points()
    assert words == ()
    assert sorted(point.x for point in drawn) == [1, 10]
    heights = {point.name: point.y for point in drawn}
    assert heights == pytest.approx({"sinusoid-maml": 0.388, "sinusoid-reptile": 0.999}, abs=0.001)
    choose(page, "compare.scatter.x", "seconds")
    assert [point.x for point in page.scatter.points()[0]] == [15.0, 15.0]


def test_words_are_places_on_the_axis_and_in_the_table(varied, show):
    page = show(varied, "sinusoid-maml", "sinusoid-reptile")
    choose(page, "compare.scatter.x", "method.kind")
    _, words = page.scatter.points()
    assert set(words) == {"MAML", "Reptile"}
    assert {row[1] for row in page.scatter.plot.as_table()[1:]} == {"MAML", "Reptile"}
    assert page.scatter.x.currentText() == "Method", "in words, not as the file has it"
    assert page.scatter.plot.as_table()[0][1] == "method"


def test_a_seed_group_is_one_point_with_a_bar_and_one_strand(varied, show):
    page = show(varied, *SEEDS)
    page.group.setChecked(True)
    drawn, _ = page.scatter.points()
    group, alone = sorted(drawn, key=lambda point: "n = " not in point.name)
    assert (group.name, alone.name) == ("sinusoid-maml (n = 3)", "sinusoid-reptile")
    assert group.low < group.y < group.high
    assert np.isnan(alone.low)
    assert [strand.name for strand in page.parallel.strands()] == [point.name for point in drawn]


def test_parallel_axes_are_what_differs_and_the_result_until_one_is_chosen(varied, show):
    page = show(varied, "sinusoid-maml", "sinusoid-reptile")
    assert page.parallel.axes == [
        "method.kind",
        "inner.steps",
        "inner.learning_rate",
        "inner.order",
        "seconds",
        "query_loss",
    ]
    entries = {entry.text(): entry for entry in page.parallel.axes_menu().actions()}
    assert entries["Method"].isChecked()
    assert page.parallel.uprights()[1].title == "Inner steps"
    assert [upright.measured for upright in page.parallel.uprights()] == [False, False, False, False, True, True]
    entries["Method"].trigger()
    assert "method.kind" not in page.parallel.axes
    entries["What differs, and the result"].trigger()
    assert page.parallel.axes[0] == "method.kind"
    rows = page.parallel.plot.as_table()
    assert rows[0][0] == "run"
    assert {row[1] for row in rows[1:]} == {"MAML", "Reptile"}


def test_long_keys_are_parted_at_their_dots():
    assert wrapped("inner.evaluation_steps") == "inner.\nevaluation_steps"
    assert wrapped("seed") == "seed"


@pytest.mark.parametrize("name", ["diverged", "pulled the plug", shelf.EMOJI])
def test_runs_without_results_are_told_and_break_nothing(varied, show, name):
    page = show(varied, name)
    for place in range(page.tabs.count()):
        page.tabs.setCurrentIndex(place)
    assert page.scatter.note.text() or page.scatter.points()[0]
    assert len(page.parallel.strands()) == 1


def test_a_run_deleted_while_it_is_shown_leaves_all_views(qtbot, varied, show):
    page = show(varied, "sinusoid-maml", "sinusoid-reptile")
    varied.catalog.trash([page.runs[0].record.id])
    varied.look()
    qtbot.waitUntil(lambda: not page.loading and len(page.runs) == 1)
    assert len(page.parallel.strands()) == len(page.scatter.points()[0]) == 1


def test_a_saved_view_brings_runs_baseline_and_look_back(qtbot, varied, show, monkeypatch):
    page = show(varied, "sinusoid-maml", "sinusoid-reptile")
    choose(page, "compare.curves.axis", "gradients")
    page.baseline.setCurrentIndex(1)
    page.baseline.activated.emit(1)
    page.tabs.setCurrentIndex(4)
    wanted = (compared(varied.settings), page.baseline_id)
    monkeypatch.setattr(QInputDialog, "getText", lambda *a, **k: ("  for the\npaper ", True))
    varied.actions.find("compare.save_view").trigger()
    page.clear()
    page.tabs.setCurrentIndex(0)
    choose(page, "compare.curves.axis", "step")
    qtbot.waitUntil(lambda: not page.loading and not page.runs)
    (entry,) = [entry for entry in page.views.views_menu().actions() if entry.text() == "for the paper"]
    entry.trigger()
    qtbot.waitUntil(lambda: not page.loading and len(page.runs) == 2)
    assert (compared(varied.settings), page.baseline_id) == wanted
    assert page.tabs.currentIndex() == 4
    assert page.curves.choice().axis == "gradients"


def test_a_view_without_its_runs_says_so(qtbot, varied, show):
    page = show(varied, "sinusoid-maml")
    views.save(varied.settings, views.View("old", ("nosuchrun", page.runs[0].record.id)))
    with qtbot.waitSignal(varied.notified) as signal:
        page.views.views_menu().actions()[0].trigger()
    assert "1 run of this view" in signal.args[0].text
    views.forget(varied.settings, "old")
    assert views.saved(varied.settings) == []


def test_damaged_views_in_the_settings_are_left_out(varied):
    varied.settings.set(views.VIEWS, [{"name": 3}, "x", {"name": "good", "runs": ["a"], "look": 7}])
    assert [view.name for view in views.saved(varied.settings)] == ["good"]


@pytest.mark.parametrize(("key", "suffix"), [("scatter", ".svg"), ("parallel", ".pdf"), ("curves", ".png")])
def test_figures_are_written_by_matplotlib_from_what_is_shown(varied, show, tmp_path, key, suffix):
    page = show(varied, *SEEDS)
    offer = next(one for one in page.offers() if one.key == key)
    dialog = ExportDialog(page.offers(), key, varied.settings, page)
    dialog.size_box.setCurrentIndex(dialog.size_box.findData("column"))
    dialog.size_box.activated.emit(0)
    dialog.legend.setCurrentIndex(dialog.legend.findData("beside"))
    path = offer.write(tmp_path / f"figure{suffix}", dialog.shape)
    assert path.stat().st_size > 2000
    if suffix == ".svg":
        written = path.read_text()
        assert "sinusoid-reptile" in written
        assert "Test loss" in written
    dialog.accept()
    again = ExportDialog(page.offers(), key, varied.settings, page)
    assert (again.width_box.value(), again.legend.currentData()) == (8.5, "beside")


def test_no_size_for_a_journal_is_cut_beside_its_numbers(qtbot, varied, show):
    dialog = ExportDialog(show(varied, *SEEDS).offers(), "curves", varied.settings, None)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.resize(dialog.minimumSizeHint())
    box = dialog.size_box
    for place in range(box.count()):
        assert box.fontMetrics().horizontalAdvance(box.itemText(place)) <= box.width() - 40, box.itemText(place)


def test_the_numbers_of_the_view_in_front_are_written(qtbot, varied, show, tmp_path, monkeypatch):
    page = show(varied, "sinusoid-maml", "sinusoid-reptile")
    page.tabs.setCurrentWidget(page.parallel)
    monkeypatch.setattr(ExportDialog, "exec", lambda dialog: dialog.DialogCode.Accepted)
    monkeypatch.setattr(ExportDialog, "offer", property(lambda dialog: dialog._offers["numbers"]))
    monkeypatch.setattr(ExportDialog, "suffix", property(lambda dialog: ".csv"))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a: (str(tmp_path / "n.csv"), ""))
    with qtbot.waitSignal(varied.notified, timeout=20_000):
        page.export()
    assert (tmp_path / "n.csv").read_text().startswith("run,Method,")


def test_one_point_can_be_drawn(qtbot, make_workspace, tmp_path, show):
    catalog = Catalog.open(tmp_path / "one")
    shelf.add_run(catalog, "one step", steps=1, evaluated=False)
    page = show(make_workspace(catalog), "one step")
    assert len(page.curves.curves()[0].x) == 1


def unlike(*names):
    """A comparison of runs that wait with one that was evaluated."""
    rest = (ComparedRun(name, name, None, None, None, "not evaluated (queued)") for name in names)
    base = ComparedRun("base", "base", Estimate(0.5, 0.1, 40), None, None, "")
    return Comparison("query_loss", 1, "base", (base, *rest), 40, None)


def test_runs_that_cannot_be_compared_for_the_same_reason_share_a_sentence():
    assert sentences(unlike("a", "b")) == ["a and b: not evaluated (queued), so there is no difference to tell."]
    assert sentences(unlike(*"abcdef")) == [
        "a, b, c, d and 2 more: not evaluated (queued), so there is no difference to tell."
    ]
