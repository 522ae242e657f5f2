"""The window is closed in the middle of something: it goes at once, nothing breaks, nothing stays behind."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog

from app.frame.commands import ask_for_folder
from core.storage.catalog import Catalog
from tests.app import shelf

HOME, CONTROL = Qt.Key.Key_Home, Qt.KeyboardModifier.ControlModifier


def looking_at_a_set_up(person):
    person.click("rail.setup")  # looks, samples and measures in the background


def editing_a_set_up(person):
    person.click("rail.setup")
    field = person.find("setup.outer.learning_rate")
    field.setFocus()
    field.selectAll()
    person.types("0.0")


def run_waiting_for_the_look(person):
    person.click("rail.setup")
    person.press(Qt.Key.Key_Return, CONTROL)


def the_palette(person):
    person.press(Qt.Key.Key_K, CONTROL)
    person.types("tour")


def the_tour(person):
    person.window.tour.start()
    person.press(Qt.Key.Key_Return)


def the_finished_runs_coming_in(person):
    person.click("home.explore")


def the_import(person):
    person.click("rail.setup")
    person.click("setup.tasks.own")
    person.wait(lambda: person.window.findChild(QDialog) is not None)


def the_choice_of_a_folder(person):
    ask_for_folder(person.window)


def a_comparison_loading(person):
    person.window.go("compare", ",".join(run.id for run in person.window.workspace.catalog.runs()))


def the_catalog_loading(person):
    person.click("rail.catalog")


def a_rename(person):
    person.click("rail.catalog")
    person.select_row("catalog.runs.table", 0)
    person.press(Qt.Key.Key_F2)


def predictions_being_computed(person):
    person.window.go("live", person.window.workspace.catalog.runs()[0].id)


def a_table(person):
    predictions_being_computed(person)
    person.click("live.loss.table")


def messages_and_queue(person):
    person.window.workspace.notify("Something to read.", "info", ("Undo", lambda: None))
    person.click("strip.messages")
    person.click("strip.queue")


@pytest.mark.gui
@pytest.mark.parametrize(
    "middle",
    [looking_at_a_set_up, editing_a_set_up, run_waiting_for_the_look, the_palette, the_tour, the_finished_runs_coming_in,
     the_import, the_choice_of_a_folder, a_comparison_loading, the_catalog_loading, a_rename, predictions_being_computed, a_table,
     messages_and_queue],
    ids=lambda middle: middle.__name__,
)  # fmt: skip
def test_the_window_closes_in_the_middle_of(qtbot, open_program, tmp_path, middle):
    with Catalog.open(tmp_path / "data") as catalog:
        for name in ("one", "two"):
            shelf.add_run(catalog, name)
    program, person = open_program(tmp_path / "data")
    middle(person)
    before = len(program.window.workspace.catalog.runs())
    program.window.close()
    if program.window.isVisible():  # a run had begun
        person.click("closing.stop")
    qtbot.waitUntil(lambda: not program.window.isVisible(), timeout=30_000)
    assert program.window.workspace is None
    qtbot.wait(50)
    assert program.reports.last == ""
    with Catalog.open(tmp_path / "data") as catalog:  # nobody holds the folder any more
        assert len(catalog.runs()) >= before
        assert catalog.integrity() == []
