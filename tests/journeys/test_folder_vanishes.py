"""A drive is pulled out, a folder is moved or deleted, while the window is open on it."""

import shutil

import pytest
from PySide6.QtCore import Qt

from core.storage.catalog import Catalog
from tests.app import shelf
from tests.journeys.test_things_go_wrong import example


@pytest.fixture
def folder(tmp_path):
    """A data folder with one finished run."""
    with Catalog.open(tmp_path / "data") as catalog:
        shelf.add_run(catalog, "kept")
    return tmp_path / "data"


def is_gone(person):
    person.wait(lambda: person.window.findChild(object, "trouble.sentence") is not None)
    return person.reads("trouble.sentence")


@pytest.mark.gui
def test_a_folder_that_is_moved_away_and_back_goes_on_where_it_was(open_program, folder, tmp_path):
    program, person = open_program(folder)
    person.click("rail.catalog")
    folder.rename(tmp_path / "elsewhere")
    assert str(folder) in is_gone(person)
    person.click("rail.compare")
    person.press(Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    assert person.find("trouble.sentence").isVisible(), "no page can be read now, so none is opened"
    assert not folder.exists(), "and nothing is begun in its place"
    (tmp_path / "elsewhere").rename(folder)
    person.wait(lambda: not program.window.workspace.is_lost)
    assert program.window.place == "catalog"
    assert program.window.pages["catalog"].isVisible()
    person.click("rail.home")
    assert program.window.pages["home"].isVisible()
    assert program.reports.last == ""


@pytest.mark.gui
def test_a_folder_that_is_deleted_while_a_run_trains_leads_to_another_one(qtbot, open_program, folder, tmp_path):
    program, person = open_program(folder)
    space = program.window.workspace
    space.runner.start(example("outer.steps=100000", "engine.tier=eager"))
    program.window.go("live")
    person.wait(lambda: len(space.runner.live.numbers) > 30)
    shutil.rmtree(folder, ignore_errors=True)
    is_gone(person)
    program.window.folder_chosen.emit(str(tmp_path / "new"))  # as the chooser of folders does
    person.wait(lambda: program.window.workspace is not space)
    assert program.window.workspace.folder == tmp_path / "new"
    assert program.window.place == "home"
    assert program.window.workspace.catalog.runs() == []
    assert program.reports.last == ""


@pytest.mark.gui
def test_a_copy_in_the_place_of_the_lost_folder_is_opened_on_demand(open_program, folder, tmp_path):
    program, person = open_program(folder)
    folder.rename(tmp_path / "elsewhere")
    is_gone(person)
    person.click("trouble.again")
    assert f"{folder} is not there yet." in program.window.toasts.texts()
    shutil.copytree(tmp_path / "elsewhere", folder)
    person.click("trouble.again")
    person.wait(lambda: not program.window.workspace.is_lost)
    assert [run.name for run in program.window.workspace.catalog.runs()] == ["kept"]
    assert program.reports.last == ""
