"""Compare as a person uses it."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QFileDialog, QPushButton, QRadioButton, QSlider, QToolButton

from app.models.compared import colour_of, compare_these, compared
from app.pages.compare.exporting import ExportDialog
from app.plots.reference import REFERENCE
from core.analysis.traits import gradients_a_task
from core.config import Experiment
from core.storage.catalog import Catalog
from core.storage.records import Status
from core.training.events import Curves, Evaluated
from tests.app import shelf
from tests.app.pages import child


def cell(page, row, column):
    return page.results.model.rows[row][page.results.model.header.index(column)]


def test_an_empty_catalog_carries_the_next_action(qtbot, empty, show):
    page = show(empty)
    qtbot.waitUntil(lambda: page.stack.currentWidget() is page.empty)
    with qtbot.waitSignal(empty.navigate) as signal:
        qtbot.mouseClick(child(page, QPushButton, "compare.empty.action"), Qt.MouseButton.LeftButton)
    assert signal.args == ["setup", ""]


def test_nothing_chosen_says_what_to_do(varied, show):
    page = show(varied)
    assert page.right.currentWidget() is page.choose
    assert page.choose.title_label.text() == "Choose runs at the left"
    assert not page.export_button.isEnabled()


def test_a_click_on_a_row_compares_the_run_and_another_takes_it_out(qtbot, varied, show):
    page = show(varied)
    index = page.picker.model.index(0, 0)
    where = page.picker.view.visualRect(index).center()
    qtbot.mouseClick(page.picker.view.viewport(), Qt.MouseButton.LeftButton, pos=where)
    qtbot.waitUntil(lambda: len(page.runs) == 1)
    qtbot.mouseClick(page.picker.view.viewport(), Qt.MouseButton.LeftButton, pos=where)
    qtbot.waitUntil(lambda: len(page.runs) == 0)


def test_space_in_the_list_compares(qtbot, varied, show):
    page = show(varied)
    page.picker.view.setFocus()
    page.picker.view.setCurrentIndex(page.picker.model.index(2, 0))
    qtbot.keyClick(page.picker.view, Qt.Key.Key_Space)
    assert compared(varied.settings) == [page.picker.model.record(2).id]


def test_compared_runs_are_on_top_with_their_lasting_colours(varied, show):
    page = show(varied, "sinusoid-maml", "sinusoid-reptile")
    top = {page.picker.model.record(row).name for row in (0, 1)}
    assert top == {"sinusoid-maml", "sinusoid-reptile"}
    curves = {curve.name: curve.series for curve in page.curves.curves()}
    assert curves == {run.name: colour_of(varied.settings, run.record.id) for run in page.runs}


def test_the_x_axis_is_step_time_tasks_seen_or_gradient_evaluations(qtbot, varied, show):
    page = show(varied, "sinusoid-maml")
    axis = child(page, QComboBox, "compare.curves.axis")
    ends = []
    for key in ("step", "time", "tasks", "gradients"):
        axis.setCurrentIndex(axis.findData(key))
        ends.append(float(page.curves.curves()[0].x[-1]))
    by_task = gradients_a_task(page.runs[0].record.experiment)
    assert ends == [300, pytest.approx(15.0), 300 * 25, 300 * 25 * by_task]


def test_validation_has_its_own_curve(varied, show):
    page = show(varied, "sinusoid-maml")
    what = child(page, QComboBox, "compare.curves.what")
    what.setCurrentIndex(what.findData("validation"))
    (curve,) = page.curves.curves()
    assert curve.x.tolist() == list(range(30, 301, 30))
    assert not child(page, QSlider, "compare.curves.smoothing").isEnabled()


def test_adaptation_stands_beside_the_random_start_and_says_on_how_many_tasks(varied, show):
    page = show(varied, "sinusoid-maml", "sinusoid-reptile")
    curves = page.adaptation.curves()
    assert [curve.key for curve in curves][-1] == REFERENCE
    assert all(curve.band is not None for curve in curves)
    assert page.adaptation.note.text() == "200 fixed test tasks, mean and 95 % interval."


def test_paired_differences_are_read_in_words(varied, show):
    page = show(varied, "sinusoid-reptile", "sinusoid-maml")
    assert cell(page, 0, "Reading") == "baseline"
    assert cell(page, 1, "Reading") == "▼ better"
    told = page.results.words.text()
    assert told.startswith("sinusoid-maml: its loss is lower by 0.6")
    assert told.endswith("than sinusoid-reptile's on the same 200 tasks, so it is better.")
    assert cell(page, 1, "Difference").startswith("−0.6")
    assert page.results.note.text() == "After 10 inner steps on 200 fixed test tasks; differences are paired by task."


def test_another_baseline_turns_the_reading_round(qtbot, varied, show):
    page = show(varied, "sinusoid-reptile", "sinusoid-maml")
    page.baseline.setCurrentIndex(1)
    page.baseline.activated.emit(1)
    assert cell(page, 0, "Reading") == "▲ worse"
    assert cell(page, 1, "Reading") == "baseline"
    assert "sinusoid-maml (baseline)" in page.settings.model.header


def test_the_baseline_is_a_run_with_results_until_another_is_chosen(varied, show):
    page = show(varied, "diverged", "sinusoid-maml")
    assert page.baseline.currentText() == "Baseline: sinusoid-maml"


def test_tools_of_a_comparison_stand_only_beside_one(qtbot, varied, show):
    page = show(varied)
    assert all(tool.isHidden() for tool in (page.baseline, page.group, page.spread, page.export_button))
    page.open(varied.catalog.run("sinusoid-maml").id)
    qtbot.waitUntil(lambda: len(page.runs) == 1)
    assert all(tool.isVisible() for tool in (page.baseline, page.group, page.export_button))
    assert page.spread.isHidden()


def test_the_results_table_needs_no_scrolling_sideways(varied, show):
    page = show(varied, "sinusoid-reptile", "sinusoid-maml")
    page.tabs.setCurrentWidget(page.results)
    assert page.results.view.horizontalScrollBar().maximum() == 0
    assert page.results.view.columnWidth(0) >= 120


def test_long_names_in_a_heading_end_in_an_ellipsis_and_still_say_baseline(varied, show):
    page = show(varied, shelf.LONG.strip()[:300], "sinusoid-maml")
    header = [page.settings.model.headerData(at, Qt.Orientation.Horizontal) for at in range(3)]
    assert sum(title.endswith("(baseline)") for title in header) == 1
    assert any("…" in title for title in header)


def test_results_can_be_read_after_any_inner_step(varied, show):
    page = show(varied, "sinusoid-maml")
    last = cell(page, 0, "Adapted")
    page.results.step.setCurrentIndex(0)
    assert cell(page, 0, "Adapted") != last
    assert page.results.note.text().startswith("After 0 inner steps")


def test_runs_on_other_test_tasks_are_not_paired_and_say_why(varied, show):
    page = show(varied, "sinusoid-maml", "five modes")
    assert cell(page, 1, "Reading") == "not comparable"
    assert "measured on other test tasks" in page.results.words.text()
    assert cell(page, 1, "Difference") == "–"
    assert "different test tasks" in page.adaptation.note.text()


def test_runs_without_an_evaluation_are_named(varied, show):
    page = show(varied, "sinusoid-maml", "diverged")
    assert cell(page, 1, "Reading") == "not evaluated"
    assert page.results.words.text() == "diverged: not evaluated (failed), so there is no difference to tell."
    assert "not evaluated: diverged" in page.adaptation.note.text()
    assert "diverged" in page.curves.note.text()


@pytest.mark.parametrize("name", ["diverged", shelf.EMOJI, shelf.LONG.strip()[:300]])
def test_a_lone_run_of_any_kind_is_shown_calmly(varied, show, name):
    page = show(varied, name)
    assert len(page.runs) == 1
    assert page.results.note.text() == "The baseline has not been evaluated yet."
    assert page.settings.note.text() == "Choose a second run to see what differs."
    assert page.minimumSizeHint().width() <= 940


def test_only_what_differs_is_listed(varied, show):
    page = show(varied, "sinusoid-maml", "sinusoid-reptile")
    rows = {row[0]: row[1:] for row in page.settings.model.rows}
    assert rows["Method"] == ["MAML", "Reptile"]
    assert rows["Inner steps"] == ["1", "10  ▲ 9 higher"]
    assert rows["Inner optimizer"] == ["–", "Adam"]
    assert "Outer steps" not in rows


def test_what_helped_a_run_on_its_way_is_listed_where_no_setting_differs(varied, show):
    names = "sinusoid-maml", "sinusoid-maml seed 1"
    first = next(run for run in varied.catalog.runs() if run.name == names[0])
    varied.catalog.set_engine(first.id, {**first.engine, "changes": [[8, {"learning_rate": 0.005}]]})
    page = show(varied, *names)
    rows = {row[0]: row[1:] for row in page.settings.model.rows}
    assert rows["Changed on the way"] == ["from step 9 on Outer learning rate 0.005", "–"]
    assert rows["Seed"] == ["0", "1"]


def test_seeds_become_one_curve_with_band_and_n(qtbot, varied, show):
    page = show(varied, "sinusoid-maml", "sinusoid-maml seed 1", "sinusoid-maml seed 2", "sinusoid-reptile")
    qtbot.mouseClick(child(page, QToolButton, "compare.group"), Qt.MouseButton.LeftButton)
    names = [curve.name for curve in page.curves.curves()]
    assert names == ["sinusoid-maml (n = 3)", "sinusoid-reptile"]
    assert page.curves.curves()[0].band is not None
    assert page.results.model.rows[-1][0] == "sinusoid-maml (n = 3)"
    assert page.results.model.rows[-1][3] == "mean of 3 seeds"
    assert "95 % interval over seeds" in page.adaptation.note.text()


@pytest.mark.parametrize(
    ("kind", "below"),
    [("std", 1.0), ("error", 1 / np.sqrt(3)), ("interval", 4.302652729911275 / np.sqrt(3)), ("range", None)],
)
def test_the_band_is_what_was_chosen(varied, show, kind, below):
    """below: standard deviations under the mean of three seeds; 4.30 is Student's t with two degrees of freedom."""
    page = show(varied, "sinusoid-maml", "sinusoid-maml seed 1", "sinusoid-maml seed 2")
    page.group.setChecked(True)
    page.spread.setCurrentIndex(page.spread.findData(kind))
    page.spread.activated.emit(0)
    low, high = page.adaptation.curves()[0].band
    means = np.array([run.evaluation.curves.loss.mean(0) for run in page.runs])
    if below is None:
        expected = means.min(0), means.max(0)
    else:
        half = below * means.std(0, ddof=1)
        expected = means.mean(0) - half, means.mean(0) + half
    np.testing.assert_allclose((low, high), expected, rtol=1e-5)


def test_accuracy_is_offered_where_it_was_measured(qtbot, make_workspace, tmp_path, show):
    catalog = Catalog.open(tmp_path)
    run = catalog.add_run(
        Experiment.model_validate(
            {"name": "pictures", "tasks": {"kind": "glyphs"}, "network": {"kind": "conv-strided"}}
        )
    )
    loss = np.full((20, 4), 0.5)
    curves = Curves(loss, np.linspace(0.2, 0.9, 80).reshape(20, 4))
    catalog.add_evaluation(run.id, Evaluated(10, curves, curves, "digest"))
    page = show(make_workspace(catalog), "pictures")
    assert page.adaptation.measure.currentData() == "accuracy"
    assert "%" in cell(page, 0, "Adapted")
    assert page.adaptation.curves()[0].y.max() > 1.5


def test_a_run_deleted_while_shown_leaves_the_page(qtbot, varied, show):
    page = show(varied, "sinusoid-maml", "diverged")
    gone = next(run.record.id for run in page.runs if run.name == "diverged")
    varied.catalog.purge([gone])
    varied.look()
    qtbot.waitUntil(lambda: len(page.runs) == 1)
    assert len(page.results.model.rows) == 1


def test_numbers_that_arrive_while_shown_are_drawn(qtbot, make_workspace, tmp_path, show):
    catalog = Catalog.open(tmp_path)
    run = catalog.add_run(Experiment(name="growing"))
    workspace = make_workspace(catalog)
    page = show(workspace, "growing")
    assert page.curves.curves() == []
    from core.training.events import Stepped

    catalog.begin_run(run.id, "cpu", {}, {}, 0)
    steps = np.arange(1, 6)
    catalog.append_series(run.id, Stepped(steps, 1.0 / steps, steps * np.nan, steps * 0.1))
    catalog.end_run(run.id, Status.STOPPED, step=5, seconds=0.5, rates={})
    workspace.look()
    qtbot.waitUntil(lambda: len(page.curves.curves()) == 1)


def test_the_list_is_filtered_in_the_catalogs_language(qtbot, varied, show):
    page = show(varied)
    page.picker.filter.setText("method:reptile")
    qtbot.waitUntil(lambda: page.picker.model.rowCount() == 1)
    page.picker.filter.setText("status:done")
    qtbot.waitUntil(page.picker.error.isVisible)
    assert "no such status" in page.picker.error.text()


@pytest.mark.parametrize(
    ("offer", "suffix", "start"),
    [("curves", ".svg", "<?xml"), ("adaptation", ".svg", "<?xml"), ("numbers", ".csv", "curve,"),
     ("results", ".md", "| Run |"), ("settings", ".tex", r"\begin{tabular}")],
)  # fmt: skip
def test_everything_shown_can_be_exported(qtbot, varied, show, monkeypatch, tmp_path, offer, suffix, start):
    page = show(varied, "sinusoid-maml", "sinusoid-reptile")
    target = tmp_path / f"out{suffix}"

    def choose(dialog):
        child(dialog, QRadioButton, f"compare.export.{offer}").setChecked(True)
        dialog.format.setCurrentIndex(dialog.format.findData(suffix))
        return dialog.DialogCode.Accepted

    monkeypatch.setattr(ExportDialog, "exec", choose)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a: (str(target), ""))
    with qtbot.waitSignal(varied.notified, timeout=20_000) as signal:
        qtbot.mouseClick(page.export_button, Qt.MouseButton.LeftButton)
    assert signal.args[0].text == f"Written: {target}"
    assert target.read_text().startswith(start)


def test_an_export_that_cannot_be_written_is_said(qtbot, varied, show, monkeypatch, tmp_path):
    page = show(varied, "sinusoid-maml")
    monkeypatch.setattr(ExportDialog, "exec", lambda dialog: dialog.DialogCode.Accepted)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a: (str(tmp_path / "no" / "such.pdf"), ""))
    with qtbot.waitSignal(varied.notified, timeout=20_000) as signal:
        page.export()
    assert signal.args[0].kind == "error"
    assert "such.pdf" in signal.args[0].text


def test_the_dialog_offers_formats_that_fit(qtbot, varied, show):
    page = show(varied, "sinusoid-maml")
    dialog = ExportDialog(page.offers(), "results", varied.settings, page)
    qtbot.addWidget(dialog)
    formats = lambda: [dialog.format.itemData(place) for place in range(dialog.format.count())]
    assert formats() == [".csv", ".md", ".tex"]
    assert not dialog.width_box.isEnabled()
    child(dialog, QRadioButton, "compare.export.curves").setChecked(True)
    assert formats() == [".pdf", ".svg", ".png"]
    assert dialog.width_box.isEnabled()


def test_five_hundred_runs_can_be_chosen_from(qtbot, make_workspace, tmp_path, show):
    workspace = make_workspace(shelf.many(tmp_path, 500))
    compare_these(workspace.settings, [run.id for run in workspace.catalog.runs()[:40]])
    page = show(workspace)
    qtbot.waitUntil(lambda: page.picker.model.rowCount() == 500)
    assert len(page.runs) == 40
    assert len(page.settings.model.header) == 41


def test_every_control_has_a_name(varied, show):
    page = show(varied, "sinusoid-maml")
    for kind in (QPushButton, QComboBox, QSlider):
        for widget in page.findChildren(kind):
            assert widget.objectName()
            assert widget.accessibleName() or widget.isHidden() or widget.text()
