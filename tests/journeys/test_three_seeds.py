"""Three seeds are set up, queued, put into another order, trained, and compared as one group: by clicks and keys."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QComboBox, QMenu, QPushButton, QToolButton

from core.storage.records import Status
from tests.app.conftest import fake_run, short, space, window
from tests.journeys.person import Person

__all__ = ["fake_run", "short", "space", "window"]


@pytest.fixture
def person(qtbot, window):
    return Person(qtbot, window)


def types_into(person, name, text):
    field = person.find(name)
    field.setFocus()
    field.selectAll()
    person.qtbot.keyClicks(field, text)


@pytest.mark.gui
def test_a_queue_of_three_seeds_becomes_one_group_in_compare(qtbot, window, space, person, fake_run):
    fake_run.gate.clear()
    person.click("rail.setup")
    types_into(person, "setup.name", "wave")
    types_into(person, "setup.seed", "3")
    types_into(person, "setup.seeds", "3")
    types_into(person, "setup.outer.steps", "30")
    assert person.find("setup.run", QPushButton).text() == "Run 3 seeds"
    person.click("setup.run")
    person.wait(lambda: window.place == "live")
    ids = [space.runner.current, *space.runner.waiting]
    assert [space.catalog.run(run).experiment.seed for run in ids] == [3, 4, 5]

    qtbot.mouseClick(window.strip.findChild(QToolButton, "strip.queue"), Qt.MouseButton.LeftButton)
    qtbot.mouseClick(window.queue.findChild(QPushButton, "queue.down"), Qt.MouseButton.LeftButton)
    qtbot.keyClick(window.queue.list, Qt.Key.Key_Escape)
    fake_run.gate.set()
    qtbot.waitUntil(lambda: space.runner.current is None and not space.runner.waiting, timeout=30_000)
    assert fake_run.executed == [ids[0], ids[2], ids[1]]
    assert {space.catalog.run(run).status for run in ids} == {Status.FINISHED}

    person.click("rail.catalog")
    page = window.pages["catalog"]
    qtbot.waitUntil(lambda: not page.runs.loading and len(page.runs.model.records) == 3)
    groups = page.findChild(QComboBox, "catalog.runs.groups")
    groups.setCurrentIndex(groups.findData("setup"))
    assert page.runs.model.heading(0).text == "wave  ·  3 runs"
    page.runs.view.selectAll()
    person.click("catalog.compare.button")

    compare = window.pages["compare"]
    qtbot.waitUntil(lambda: not compare.loading and len(compare.runs) == 3)
    assert len(compare.curves.curves()) == 3
    qtbot.mouseClick(compare.group, Qt.MouseButton.LeftButton)
    assert [curve.name for curve in compare.curves.curves()] == ["wave (n = 3)"]
    assert [row[0] for row in compare.settings.model.rows] == ["Seed"]


@pytest.mark.gui
def test_a_discarded_run_is_kept_after_all_by_the_toast(qtbot, window, space, person, short, fake_run):
    """Discard is in the menu of Live; the run has reached the trash by the time that one thinks better of it."""
    fake_run.gate.clear()
    [run] = space.runner.start(short(steps=1000))
    window.go("live", run)
    person.wait(lambda: space.runner.live.started is not None)
    menu = person.find("live.more").menu()
    menu.popup(window.mapToGlobal(QPoint(100, 100)))
    choose(qtbot, menu, "Discard the run")
    fake_run.gate.set()
    person.is_idle()
    assert space.catalog.run(run).trashed is not None
    person.click("toast.action")
    assert space.catalog.run(run).trashed is None


@pytest.mark.gui
def test_a_discarded_run_comes_back_from_the_trash_of_the_catalog(qtbot, window, space, person, short, fake_run):
    fake_run.gate.clear()
    [run] = space.runner.start(short(steps=1000))
    person.wait(lambda: space.runner.live.started is not None)
    person.press(Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    person.types("discard")
    person.press(Qt.Key.Key_Return)
    fake_run.gate.set()
    person.is_idle()
    assert space.catalog.run(run).trashed is not None
    person.click("rail.catalog")
    person.click("catalog.show_trash")
    page = window.pages["catalog"]
    person.wait(lambda: [record.id for record in page.runs.model.records] == [run])
    person.select_row("catalog.runs.table", 0)
    person.click("catalog.restore.button")
    person.wait(lambda: space.catalog.run(run).trashed is None)


def choose(qtbot, menu, text):
    """A click on one line of an open menu."""
    assert isinstance(menu, QMenu)
    qtbot.waitUntil(menu.isVisible)
    [action] = [one for one in menu.actions() if one.text() == text]
    qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())
    QApplication.processEvents()
