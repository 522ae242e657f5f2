"""A hurried person in front of a run in progress: pages in any order, clicks that come twice, keys that come too early."""

import random

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from core.storage.records import Status
from tests.app import shelf
from tests.app.conftest import ended, fake_run, short, space, window
from tests.journeys.person import Person

__all__ = ["fake_run", "short", "space", "window"]
PAGES = ("home", "setup", "live", "compare", "catalog", "settings", "help")


@pytest.fixture
def person(qtbot, window):
    return Person(qtbot, window)


def strike_twice(window, widget):
    """A double click at a place of the window, as the system sends it: the second half goes to whatever is there by then."""
    handle, place = window.windowHandle(), widget.mapTo(window, widget.rect().center())
    QTest.mouseDClick(handle, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)


@pytest.mark.gui
def test_pages_in_any_order_while_a_run_trains_and_validates(qtbot, window, space, person, short, fake_run):
    done = shelf.add_run(space.catalog, "before")
    fake_run.pace = 0.01
    [run] = space.runner.start(short(steps=1500))
    order = random.Random(4)
    while space.runner.current == run:
        place = order.choice(PAGES)
        window.go(place, order.choice(["", done.id, run]) if place in ("live", "compare") else "")
        qtbot.wait(order.choice([0, 0, 20]))
        assert window.place == place
    assert space.catalog.run(run).status == Status.FINISHED
    window.go("live", run)
    assert person.reads("live.fact.step") == "1,500 of 1,500"
    assert len(window.pages["live"].loss.plot.as_table()) > 1500
    assert [message for message in space.messages if message.kind == "error"] == []


@pytest.mark.gui
def test_a_double_click_on_the_example_is_one_run(window, space, person, fake_run):
    fake_run.gate.clear()
    strike_twice(window, person.find("home.example"))
    assert window.place == "live"
    assert len(space.catalog.runs()) == 1
    assert not space.runner.live.paused
    assert not space.runner.live.stopping


@pytest.mark.gui
def test_a_double_click_on_run_is_one_run(window, space, person, fake_run):
    fake_run.gate.clear()
    person.click("rail.setup")
    strike_twice(window, person.find("setup.run"))
    person.wait(lambda: window.place == "live")
    assert len(space.catalog.runs()) == 1


@pytest.mark.gui
def test_a_double_click_on_resume_resumes_and_nothing_else(qtbot, window, space, person, short, fake_run):
    run = shelf.add_run(space.catalog, "stopped", status=Status.STOPPED)
    fake_run.gate.clear()
    window.go("live", run.id)
    strike_twice(window, person.find("live.resume"))
    assert space.runner.current == run.id
    assert not space.runner.live.paused
    assert not space.runner.live.stopping


@pytest.mark.gui
def test_stop_is_asked_again_and_again_and_ends_once(qtbot, window, space, person, short, fake_run):
    fake_run.gate.clear()
    [run] = space.runner.start(short(steps=1000))
    window.go("live", run)
    for _ in range(3):
        person.press(Qt.Key.Key_Period, Qt.KeyboardModifier.ControlModifier)
    person.wait(ended(space, run))
    assert space.catalog.run(run).status == Status.STOPPED


@pytest.mark.gui
def test_a_run_that_trains_cannot_be_deleted_under_it(window, space, person, short, fake_run):
    fake_run.gate.clear()
    [run] = space.runner.start(short(steps=1000))
    person.click("rail.catalog")
    page = window.pages["catalog"]
    person.wait(lambda: [record.id for record in page.runs.model.records] == [run])
    person.select_row("catalog.runs.table", 0)
    page.runs.view.setFocus()
    person.press(Qt.Key.Key_Delete)
    assert space.catalog.run(run).trashed is None
    assert "is training; stop it first" in space.messages[-1].text
