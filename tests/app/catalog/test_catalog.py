"""The catalog as a person uses it: found by name, clicked, typed into."""

import time

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QFileDialog, QInputDialog, QLineEdit, QMenu, QMessageBox, QPushButton

from app.models.compared import compared
from app.pages.catalog import facts
from app.pages.catalog.network_question import NetworkQuestion
from app.pages.catalog.page import CatalogPage
from app.plots.table import TableDialog
from core.storage.catalog import Catalog
from core.storage.records import Status
from core.training.events import Curves, Evaluated
from tests.app import shelf
from tests.app.pages import child


@pytest.fixture
def show(qtbot):
    def build(workspace):
        page = CatalogPage(workspace)
        qtbot.addWidget(page)
        page.resize(940, 680)
        page.show()
        page.open("")
        qtbot.waitUntil(lambda: not page.runs.loading and not page.starts.loading)
        return page

    return build


def pick(qtbot, page, *names, table=None):
    table = table or page.runs
    keys = [record.id for record in table.model.records if record.name in names]
    assert len(keys) == len(names)
    table.select(keys)
    qtbot.wait(1)
    return keys


def reload(qtbot, page):
    page.refresh()
    qtbot.waitUntil(lambda: not page.runs.loading and not page.starts.loading)


def click(qtbot, page, name):
    qtbot.mouseClick(child(page, QPushButton, name), Qt.MouseButton.LeftButton)


def names(page):
    return [record.name for record in page.runs_model.records]


def test_opening_the_page_asks_the_catalog_once(varied, show, monkeypatch):
    """Coming to the front asks already; asked twice, 500 runs took a quarter longer to be there."""
    asked, whole = [], varied.catalog.runs
    monkeypatch.setattr(varied.catalog, "runs", lambda *given, **more: asked.append(given) or whole(*given, **more))
    page = show(varied)
    assert asked == [("",)]
    page.open("")
    assert page.runs.loading, "an open page is asked for what is new"


def test_an_empty_catalog_carries_the_next_action(qtbot, empty, show):
    page = show(empty)
    assert page.runs.stack.currentWidget() is page.runs.empty
    assert not child(page, QPushButton, "catalog.trash.button").isVisible()
    with qtbot.waitSignal(empty.navigate) as signal:
        click(qtbot, page, "catalog.runs.empty.action")
    assert signal.args == ["setup", ""]


def test_the_newest_run_stands_on_top_and_all_states_are_told_in_words(varied, show):
    page = show(varied)
    assert page.runs_model.rowCount() == 11
    said = {page.runs_model.index(row, page.runs_model.column_of("status")).data() for row in range(11)}
    assert said == {"Finished", "Failed", "Interrupted", "Stopped", "Queued"}
    created = [record.created for record in page.runs_model.records]
    assert created == sorted(created, reverse=True)


def test_a_selected_run_shows_results_settings_log_tags_and_note(qtbot, varied, show):
    page = show(varied)
    pick(qtbot, page, "sinusoid-maml")
    qtbot.waitUntil(lambda: "Test tasks" in dict(page.details.results.rows()))
    rows = dict(page.details.results.rows())
    assert rows["Test tasks"] == "200"
    assert "±" in rows["Loss, 10 steps"]
    assert page.details.tags.text() == "paper"
    assert page.details.note.toPlainText() == "The one for figure 2."
    assert page.details.log.toPlainText() == "training"
    assert page.details.pill.accessibleName() == "Finished"


def test_a_failed_run_says_why(qtbot, varied, show):
    page = show(varied)
    pick(qtbot, page, "diverged")
    assert "not a finite number" in page.details.message.text()
    assert page.details.message.isVisible()


def test_several_selected_rows_are_counted(qtbot, varied, show):
    page = show(varied)
    pick(qtbot, page, "sinusoid-maml", "diverged")
    assert page.details.several.text().startswith("2 rows selected")
    assert page.count_label.text() == "2 of 11 runs selected"


def test_the_filter_line_speaks_the_catalogs_language(qtbot, varied, show):
    page = show(varied)
    page.runs.filter.setText("method:reptile")
    qtbot.waitUntil(lambda: names(page) == ["sinusoid-reptile"])
    page.runs.filter.setText("nothing like it")
    qtbot.waitUntil(lambda: page.runs.stack.currentWidget() is page.runs.nothing)
    assert page.runs.nothing.text() == "Nothing fits this filter."


def test_a_wrong_filter_is_one_line_and_keeps_what_was_shown(qtbot, varied, show):
    page = show(varied)
    page.runs.filter.setText("status:done")
    qtbot.waitUntil(page.runs.error.isVisible)
    assert "no such status" in page.runs.error.text()
    assert page.runs_model.rowCount() == 11
    page.runs.filter.setText("")
    qtbot.waitUntil(lambda: not page.runs.error.isVisible())


def test_f2_renames_in_the_table(qtbot, varied, show):
    page = show(varied)
    (key,) = pick(qtbot, page, "sinusoid-maml")
    varied.actions.find("catalog.rename").trigger()
    assert page.runs.view.state() == QAbstractItemView.State.EditingState
    editor = page.runs.view.viewport().findChild(QLineEdit)
    editor.setText(shelf.EMOJI + " new")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: varied.catalog.run(key).name == shelf.EMOJI + " new")


def test_a_name_that_is_too_long_is_refused_in_one_sentence(qtbot, varied, show):
    page = show(varied)
    pick(qtbot, page, "sinusoid-maml")
    model = page.runs_model
    row = model.row_of(page.runs.selected()[0].id)
    with qtbot.waitSignal(varied.notified) as signal:
        assert not model.setData(model.index(row, model.column_of("name")), "x" * 400)
    assert "at most 300" in signal.args[0].text


def test_delete_moves_to_the_trash_and_undo_brings_it_back(qtbot, varied, show):
    page = show(varied)
    (key,) = pick(qtbot, page, "diverged")
    with qtbot.waitSignal(varied.notified) as signal:
        qtbot.keyClick(page.runs.view, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: "diverged" not in names(page))
    assert signal.args[0].text == "“diverged” moved to the trash"
    assert signal.args[0].action_title == "Undo"
    assert varied.catalog.run(key).trashed is not None
    signal.args[0].action()
    qtbot.waitUntil(lambda: "diverged" in names(page))


def test_the_trash_restores_and_purges_after_one_question(qtbot, varied, show, monkeypatch):
    page = show(varied)
    varied.catalog.trash([r.id for r in page.runs_model.records if r.name in ("diverged", "enough of it")])
    page.trash_button.setChecked(True)
    qtbot.waitUntil(lambda: sorted(names(page)) == ["diverged", "enough of it"])
    pick(qtbot, page, "enough of it")
    click(qtbot, page, "catalog.restore.button")
    qtbot.waitUntil(lambda: names(page) == ["diverged"])
    (key,) = pick(qtbot, page, "diverged")
    asked = []
    answers = [QMessageBox.StandardButton.Cancel, QMessageBox.StandardButton.Yes]
    monkeypatch.setattr(QMessageBox, "question", lambda *a: asked.append(a[2]) or answers.pop(0))
    click(qtbot, page, "catalog.purge.button")
    assert varied.catalog.run(key).name == "diverged"
    click(qtbot, page, "catalog.purge.button")
    qtbot.waitUntil(lambda: page.runs.stack.currentWidget() is page.runs.nothing)
    assert "cannot be undone" in asked[0]
    assert page.runs.nothing.text() == "The trash is empty."
    page.trash_button.setChecked(False)
    qtbot.waitUntil(lambda: "enough of it" in names(page))


def test_space_adds_to_compare_and_takes_out_again(qtbot, varied, show):
    page = show(varied)
    keys = pick(qtbot, page, "sinusoid-maml", "sinusoid-reptile")
    page.runs.view.setFocus()
    qtbot.keyClick(page.runs.view, Qt.Key.Key_Space)
    assert sorted(compared(varied.settings)) == sorted(keys)
    row, place = page.runs_model.row_of(keys[0]), page.runs_model.column_of("compare")
    assert page.runs_model.index(row, place).data() == "✓"
    qtbot.keyClick(page.runs.view, Qt.Key.Key_Space)
    assert compared(varied.settings) == []


def test_compare_leads_to_the_page_with_these_runs_alone(qtbot, varied, show):
    page = show(varied)
    keys = pick(qtbot, page, "sinusoid-maml", "sinusoid-reptile")
    with qtbot.waitSignal(varied.navigate) as signal:
        click(qtbot, page, "catalog.compare.button")
    assert signal.args[0] == "compare"
    assert sorted(signal.args[1].split(",")) == sorted(keys)


def test_duplicate_leads_to_set_up(qtbot, varied, show):
    page = show(varied)
    (key,) = pick(qtbot, page, "five modes")
    with qtbot.waitSignal(varied.navigate) as signal:
        click(qtbot, page, "catalog.duplicate.button")
    assert signal.args == ["setup", key]


def test_resume_is_offered_where_a_run_can_go_on(qtbot, varied, show, monkeypatch):
    page = show(varied)
    button = child(page, QPushButton, "catalog.resume.button")
    pick(qtbot, page, "sinusoid-maml")
    assert not button.isEnabled()
    (key,) = pick(qtbot, page, "pulled the plug")
    assert button.isEnabled()
    resumed = []
    monkeypatch.setattr(varied.runner, "resume", resumed.append)
    with qtbot.waitSignal(varied.navigate) as signal:
        click(qtbot, page, "catalog.resume.button")
    assert resumed == [key]
    assert signal.args == ["live", key]


def test_a_run_left_queued_by_an_earlier_session_can_be_resumed(qtbot, varied, show):
    page = show(varied)
    pick(qtbot, page, shelf.EMOJI)
    assert child(page, QPushButton, "catalog.resume.button").isEnabled()


def test_news_of_the_selected_run_reach_the_panel(qtbot, varied, show):
    page = show(varied)
    (key,) = pick(qtbot, page, "five modes")
    varied.catalog.rename_run(key, "renamed elsewhere")
    varied.look()
    qtbot.waitUntil(lambda: page.details.name.text() == "renamed elsewhere")


def test_star_tags_and_note_are_kept(qtbot, varied, show, monkeypatch):
    page = show(varied)
    (key,) = pick(qtbot, page, "five modes")
    qtbot.mouseClick(page.details.star, Qt.MouseButton.LeftButton)
    page.details.tags.setText("paper, seed study, paper")
    page.details.tags.editingFinished.emit()
    page.details.note.setPlainText("multi-modal")
    pick(qtbot, page, "diverged")
    kept = varied.catalog.run(key)
    assert (kept.starred, kept.tags, kept.note) == (True, ("paper", "seed study"), "multi-modal")
    monkeypatch.setattr(QInputDialog, "getText", lambda *a: ("later", True))
    pick(qtbot, page, "five modes", "diverged")
    varied.actions.find("catalog.tags").trigger()
    reload(qtbot, page)
    tags = {r.name: r.tags for r in page.runs_model.records}
    assert tags["five modes"] == ("paper", "seed study", "later")
    assert tags["diverged"] == ("later",)


def test_a_changed_catalog_keeps_selection_and_scroll(qtbot, make_workspace, tmp_path, show):
    workspace = make_workspace(shelf.many(tmp_path, 60))
    page = show(workspace)
    (key,) = pick(qtbot, page, "run 20")
    at = page.runs.view.verticalScrollBar().value()
    workspace.catalog.add_run(page.runs_model.records[0].experiment)
    workspace.catalog.set_note(page.runs_model.records[3].id, "changed")
    workspace.look()
    qtbot.waitUntil(lambda: page.runs_model.rowCount() == 61)
    assert [record.id for record in page.runs.selected()] == [key]
    assert page.runs.view.verticalScrollBar().value() == at


def test_a_run_deleted_while_shown_leaves_the_panel_quietly(qtbot, varied, show):
    page = show(varied)
    (key,) = pick(qtbot, page, "diverged")
    varied.catalog.purge([key])
    reload(qtbot, page)
    assert page.details.record is None
    assert "Select a row" in page.details.several.text()


@pytest.mark.parametrize("width", [880, 940, 1300, 1700])
def test_columns_without_room_are_left_out_until_a_person_chooses(qtbot, varied, show, width):
    page = show(varied)
    page.resize(width, 680)
    for shelf_shown in (page.runs, page.starts):
        page.tables.setCurrentWidget(shelf_shown)
        view = shelf_shown.view
        qtbot.waitUntil(lambda view=view: view.horizontalScrollBar().maximum() == 0)
        assert all(not view.isColumnHidden(view.model().column_of(key)) for key in ("name", "loss"))
        assert view.horizontalHeader().length() == view.viewport().width()
    page.runs.view.show_column(page.runs_model.column_of("compare"), True)
    assert not page.runs.view.isColumnHidden(page.runs_model.column_of("compare"))


def test_larger_text_has_wider_columns(qtbot, varied, show):
    page = show(varied)
    status = page.runs_model.column_of("status")
    before = page.runs.view.columnWidth(status)
    varied.theme.choose("light", 1.3)
    try:
        assert page.runs.view.columnWidth(status) > 1.25 * before
        qtbot.waitUntil(lambda: page.runs.view.horizontalScrollBar().maximum() == 0)
    finally:
        varied.theme.choose("light", 1.0)


def test_the_page_opens_on_the_first_row_with_its_details(varied, show):
    page = show(varied)
    first = page.runs_model.records[0]
    assert [run.id for run in page.runs.selected()] == [first.id]
    assert page.details.record == first


def test_a_long_file_name_does_not_cut_the_details(qtbot, varied, show):
    page = show(varied)
    page.details.results.set_rows([("File", "x" * 200)])
    qtbot.wait(20)
    inner = page.details.tags.mapTo(page.details, page.details.tags.rect().topRight())
    assert inner.x() <= page.details.width()


def test_chosen_columns_are_remembered(qtbot, varied, show):
    page = show(varied)
    seed = page.runs_model.column_of("seed")
    assert page.runs.view.isColumnHidden(seed)
    menu = page.runs.view.column_menu()
    entry = next(action for action in menu.actions() if action.text() == "Seed")
    entry.trigger()
    page.runs.view.setColumnWidth(seed, 77)
    page.runs.view.sortByColumn(page.runs_model.column_of("loss"), Qt.SortOrder.AscendingOrder)
    again = show(varied)
    assert not again.runs.view.isColumnHidden(seed)
    assert again.runs.view.columnWidth(seed) == 77
    losses = [r.loss for r in again.runs_model.records if r.loss is not None]
    assert losses == sorted(losses)
    again.runs.view.reset_columns()
    assert again.runs.view.isColumnHidden(seed)


def test_rows_are_exported_as_they_are_shown(qtbot, varied, show, monkeypatch, tmp_path):
    page = show(varied)
    pick(qtbot, page, "sinusoid-maml", "five modes")
    target = tmp_path / "rows.md"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a: (str(target), "Markdown (*.md)"))
    varied.actions.find("catalog.export_rows").trigger()
    lines = target.read_text().splitlines()
    assert lines[0].startswith("| Name | Status | Loss |")
    assert len(lines) == 4


def test_an_experiment_file_and_a_figure_are_exported(qtbot, varied, show, monkeypatch, tmp_path):
    from core.config import read

    page = show(varied)
    pick(qtbot, page, "sinusoid-maml")
    target = tmp_path / "again.toml"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a: (str(target), ""))
    varied.actions.find("catalog.export_experiment").trigger()
    assert read(target) == page.runs.selected()[0].experiment
    target = tmp_path / "figure.svg"
    with qtbot.waitSignal(varied.notified, timeout=20_000) as signal:
        varied.actions.find("catalog.export_figure").trigger()
    assert signal.args[0].text == f"Written: {target}"
    assert target.read_text().startswith("<?xml")


def test_a_runs_series_are_exported_for_other_tools(qtbot, varied, show, monkeypatch, tmp_path):
    page = show(varied)
    pick(qtbot, page, "sinusoid-maml")
    for key, target in (("export_series", tmp_path / "numbers.csv"), ("export_events", tmp_path / "board")):
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, target=target: (str(target), ""))
        with qtbot.waitSignal(varied.notified, timeout=60_000) as signal:
            varied.actions.find(f"catalog.{key}").trigger()
        assert signal.args[0].text == f"Written: {target}"
    assert (tmp_path / "numbers.csv").read_text().startswith("series,outer_step,inner_step")
    assert list((tmp_path / "board").iterdir())
    with qtbot.waitSignal(varied.notified, timeout=60_000) as signal:
        varied.actions.find("catalog.export_events").trigger()
    assert "is there and not empty" in signal.args[0].text


def test_a_file_is_imported_and_one_that_is_none_is_told(qtbot, varied, show, monkeypatch, tmp_path):
    from tests.core.export.made import start_file

    page = show(varied)
    before = {record.id for record in varied.catalog.initializations()}
    source = start_file(tmp_path)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *a: (str(source), ""))
    with qtbot.waitSignal(varied.notified, timeout=60_000) as signal:
        varied.actions.find("catalog.import_file").trigger()
    (record,) = (each for each in varied.catalog.initializations() if each.id not in before)
    assert signal.args[0].text == f"Imported: {record.name}"
    assert signal.args[0].action_title == "Show"
    page.open("initializations")
    qtbot.waitUntil(lambda: record.id in {each.id for each in page.starts.model.records})
    source.write_bytes(b"damaged")
    with qtbot.waitSignal(varied.notified, timeout=60_000) as signal:
        varied.actions.find("catalog.import_file").trigger()
    assert signal.args[0].kind == "error"
    assert "is not a readable .safetensors file" in signal.args[0].text


@pytest.mark.parametrize("by", ["preset", "file"])
def test_a_plain_state_dict_is_imported_once_its_network_is_known(qtbot, varied, show, monkeypatch, tmp_path, by):
    import torch

    (tmp_path / "mine.toml").write_text(
        '[tasks]\nkind = "sinusoid"\n[network]\nkind = "mlp"\nhidden = [40, 40]\n[method]\nkind = "maml"\n'
    )
    layers = {"body.0": (40, 1), "body.2": (40, 40), "head": (1, 40)}
    weights = {f"{name}.weight": torch.randn(shape) for name, shape in layers.items()}
    torch.save(
        {**weights, **{f"{name}.bias": torch.zeros(shape[0]) for name, shape in layers.items()}}, tmp_path / "own.pt"
    )
    page, asked = show(varied), []

    def answer(question):
        asked.append(question)
        if by == "file":
            child(question, QPushButton, "catalog.network.file").click()
        else:
            question.choice.setCurrentText("Preset sinusoid-maml")
        return question.DialogCode.Accepted

    chosen = iter([tmp_path / "own.pt", tmp_path / "mine.toml"])
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *a: (str(next(chosen)), ""))
    monkeypatch.setattr(NetworkQuestion, "exec", answer)
    with qtbot.waitSignal(varied.notified, timeout=60_000) as signal:
        varied.actions.find("catalog.import_file").trigger()
    assert signal.args[0].text == "Imported: own"
    assert asked[0].choice.count() > 3
    assert page.isVisible()


def test_a_state_dict_of_another_network_is_told_by_name(qtbot, varied, show, monkeypatch, tmp_path):
    import torch

    torch.save({"tail.weight": torch.zeros(2)}, tmp_path / "own.pt")
    show(varied)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *a: (str(tmp_path / "own.pt"), ""))
    monkeypatch.setattr(NetworkQuestion, "exec", lambda question: question.DialogCode.Accepted)
    with qtbot.waitSignal(varied.notified, timeout=60_000) as signal:
        varied.actions.find("catalog.import_file").trigger()
    assert signal.args[0].kind == "error"
    assert "tail.weight, which the experiment's network does not have" in signal.args[0].text


def test_initializations_have_a_table_of_their_own(qtbot, varied, show):
    page = show(varied)
    page.open("initializations")
    assert page.shelf is page.starts
    pick(qtbot, page, "imported", table=page.starts)
    assert not varied.actions.find("catalog.duplicate").enabled()
    with qtbot.waitSignal(varied.navigate) as signal:
        qtbot.keyClick(page.starts.view, Qt.Key.Key_Return)
    assert signal.args[0] == "initialization"


def test_an_initialization_is_exported_from_its_own_page(qtbot, varied, show):
    page = show(varied)
    page.open("initializations")
    pick(qtbot, page, "imported", table=page.starts)
    with qtbot.waitSignal(varied.navigate) as signal:
        varied.actions.find("catalog.export_file").trigger()
    assert signal.args == ["initialization", page.starts.selected()[0].id + "?export"]


def test_a_missing_file_is_told(qtbot, varied, show):
    next(r for r in varied.catalog.initializations() if r.name == "imported").path.unlink()
    page = show(varied)
    page.open("initializations")
    pick(qtbot, page, "imported", table=page.starts)
    assert "missing" in page.details.message.text()


@pytest.mark.parametrize("name", [shelf.LONG.strip()[:300], shelf.EMOJI])
def test_strange_names_neither_break_nor_widen_the_page(qtbot, varied, show, name):
    page = show(varied)
    width = page.width()
    pick(qtbot, page, name)
    qtbot.wait(20)
    assert page.width() == width
    assert page.minimumSizeHint().width() <= 940


def test_five_hundred_runs_open_in_200_ms(qtbot, make_workspace, tmp_path):
    workspace = make_workspace(shelf.many(tmp_path, 500))
    page = CatalogPage(workspace)
    qtbot.addWidget(page)
    page.resize(940, 680)
    page.show()
    qtbot.waitUntil(lambda: page.runs_model.rowCount() == 500)
    best = 9.0
    for _ in range(3):  # the fastest of three, in computing time: other processes share the machine
        workspace.catalog.set_star(page.runs_model.records[0].id, not page.runs_model.records[0].starred)
        page.runs_model.update_records([])
        began = time.process_time()
        page.open("")
        qtbot.waitUntil(lambda: page.runs_model.rowCount() == 500)
        page.grab()
        best = min(best, time.process_time() - began)
    assert best < 0.2


def test_every_button_and_field_has_a_name_for_screen_readers(varied, show):
    page = show(varied)
    for kind in (QPushButton, QLineEdit):
        for widget in page.findChildren(kind):
            assert widget.accessibleName() or (kind is QPushButton and widget.text()), widget.objectName()
            assert widget.objectName()


def test_a_status_may_be_unknown_to_no_one():
    assert {str(status) for status in Status} == {
        "queued", "running", "paused", "finished", "stopped", "failed", "interrupted",
    }  # fmt: skip


def test_the_catalog_of_one_run_is_no_special_case(qtbot, make_workspace, tmp_path, show):
    catalog = Catalog.open(tmp_path)
    shelf.add_run(catalog, "alone", evaluated=False)
    page = show(make_workspace(catalog))
    pick(qtbot, page, "alone")
    assert page.count_label.text().startswith("1 run")


def test_an_initialization_or_a_finished_run_can_be_tried(qtbot, varied, show):
    page = show(varied)
    button = child(page, QPushButton, "catalog.try.button")
    (key,) = pick(qtbot, page, "sinusoid-maml")
    with qtbot.waitSignal(varied.navigate) as signal:
        click(qtbot, page, "catalog.try.button")
    assert signal.args == ["tryit", f"run:{key}"]
    pick(qtbot, page, "diverged")
    assert not button.isEnabled()


def test_the_small_line_is_a_table_by_a_right_click(qtbot, varied, show):
    page = show(varied)
    pick(qtbot, page, "sinusoid-maml")
    run = next(run for run in page.runs_model.records if run.name == "sinusoid-maml")
    view = page.runs.view
    at = view.visualRect(view.currentIndex()).center()
    view.customContextMenuRequested.emit(at)  # what Qt sends for the right button and for the menu key
    menu = next(one for one in page.findChildren(QMenu) if one.isVisible())
    entry = next(action for action in menu.actions() if "as table" in action.text())
    qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(entry).center())
    dialog = next(iter(page.window().findChildren(TableDialog)))
    assert dialog.isVisible()
    assert [row[-1] for row in dialog._rows[1:]] == list(run.spark)
    dialog.close()


def test_a_random_start_is_told_by_what_its_run_is_told_by():
    loss = np.full((20, 2), 0.5)
    learned, fresh = Curves(loss, np.full((20, 2), 0.9)), Curves(loss, np.full((20, 2), 0.2))
    rows = dict(facts.tested(Evaluated(1, learned, fresh, "digest")))
    assert rows["Accuracy, 1 step"].startswith("90.0")
    assert rows["Random start"].startswith("20.0")
    assert dict(facts.tested(Evaluated(1, Curves(loss), Curves(2 * loss), "digest")))["Random start"].startswith("1.0")
