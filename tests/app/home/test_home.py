"""Home at the first launch and later."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from app.pages.home.runs import InterruptedRun, RecentRun
from app.services.device import Device
from core.errors import BadFile
from core.storage.records import Status
from tests.app import shelf
from tests.app.conftest import ended


@pytest.fixture
def home(window):
    return window.pages["home"]


def child(page, name, kind=QWidget):
    found = page.findChild(kind, name)
    assert found is not None, f"nothing is called {name}"
    return found


def rows(home):
    return [row for row in home.findChildren(RecentRun) if row.isVisible()]


def test_the_first_launch_offers_three_ways_and_says_there_are_no_runs(home):
    assert home.title_label.text() == "Welcome to Headstart"
    for way in ("example", "setup", "explore"):
        assert child(home, f"home.{way}").isVisible()
    assert "Seven real runs" in child(home, "home.explore").text_label.text()
    assert not child(home, "home.recent").isVisible()


def test_the_example_starts_at_once_and_lands_on_live(qtbot, home, window, space):
    qtbot.mouseClick(child(home, "home.example"), Qt.MouseButton.LeftButton)
    assert window.place == "live"
    assert space.catalog.run(space.runner.current).experiment.method.kind == "maml"
    space.runner.stop()
    qtbot.waitUntil(lambda: space.runner.current is None)


def test_the_ways_are_reached_by_keyboard(qtbot, home, window):
    child(home, "home.setup").setFocus()
    qtbot.keyClick(child(home, "home.setup"), Qt.Key.Key_Return)
    assert window.place == "setup"


def test_device_and_folder_are_shown(home, space):
    assert str(space.folder) in child(home, "home.folder", QLabel).text()
    space.device_found(Device("CPU, 2 cores", "cpu", "No GPU is used: no driver.", "2.13"))
    assert child(home, "home.device", QLabel).text() == "CPU, 2 cores (PyTorch 2.13)"
    assert child(home, "home.why", QLabel).text() == "No GPU is used: no driver."


def test_finished_runs_appear_with_a_small_line(qtbot, home, space):
    shelf.add_run(space.catalog, "first")
    shelf.add_run(space.catalog, shelf.LONG)
    space.look()
    qtbot.waitUntil(lambda: len(rows(home)) == 2)
    assert home.title_label.text() == "Home"


def test_explore_brings_the_shipped_runs_into_the_catalog_and_opens_compare(qtbot, home, window, space):
    qtbot.mouseClick(child(home, "home.explore"), Qt.MouseButton.LeftButton)
    assert "Putting them into the catalog" in child(home, "home.explore").text_label.text()
    qtbot.waitUntil(lambda: window.place == "compare", timeout=20_000)
    page = window.pages["compare"]
    qtbot.waitUntil(lambda: len(page.runs) == 6, timeout=20_000)
    assert {run.record.tasks for run in page.runs} == {"sinusoid"}
    assert len(space.catalog.runs("tag:shipped")) == 7


def test_exploring_again_opens_the_same_runs_and_adds_none(qtbot, home, window, space):
    for _ in range(2):
        window.go("home")
        qtbot.mouseClick(child(home, "home.explore"), Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: window.place == "compare", timeout=20_000)
    assert len(space.catalog.runs()) == 7


def test_an_archive_that_cannot_be_read_is_said(qtbot, home, space, monkeypatch):
    def broken(catalog):
        raise BadFile("runs.zip cannot be read; install Headstart again")

    monkeypatch.setattr("core.storage.finished.import_finished", broken)
    with qtbot.waitSignal(space.notified, timeout=10_000) as signal:
        qtbot.mouseClick(child(home, "home.explore"), Qt.MouseButton.LeftButton)
    assert signal.args[0].kind == "error"
    assert "Seven real runs" in child(home, "home.explore").text_label.text()


def test_a_recent_run_opens_live(qtbot, home, window, space):
    run = shelf.add_run(space.catalog, "first")
    space.look()
    qtbot.mouseClick(child(home, f"home.run.{run.id}"), Qt.MouseButton.LeftButton)
    assert window.place == "live"
    assert window.pages["live"].shown.run_id == run.id


def test_an_interrupted_run_is_on_top_and_resumes(qtbot, home, window, space):
    run = shelf.add_run(space.catalog, "cut", status=Status.INTERRUPTED, steps=40)
    space.look()
    card = child(home, f"home.interrupted.{run.id}", InterruptedRun)
    assert "was interrupted" in card.title_label.text()
    qtbot.mouseClick(child(card, "home.resume", QPushButton), Qt.MouseButton.LeftButton)
    assert window.place == "live"
    qtbot.waitUntil(ended(space, run.id))
    assert space.catalog.run(run.id).status == Status.FINISHED


def test_an_interrupted_run_can_wait(qtbot, home, space):
    run = shelf.add_run(space.catalog, "cut", status=Status.INTERRUPTED)
    space.look()
    card = child(home, f"home.interrupted.{run.id}")
    qtbot.mouseClick(child(card, "home.dismiss", QPushButton), Qt.MouseButton.LeftButton)
    assert not card.isVisible()
    assert space.catalog.run(run.id).status == Status.INTERRUPTED


def test_a_run_left_queued_can_be_started(home, space):
    run = shelf.add_run(space.catalog, "later", status=Status.QUEUED)
    space.look()
    assert "is waiting" in child(home, f"home.interrupted.{run.id}").title_label.text()


def test_a_hundred_runs_do_not_fill_the_page(qtbot, home, space, short):
    for number in range(120):
        space.catalog.add_run(short(f"run {number}"), status=Status.FINISHED)
    space.look()
    qtbot.waitUntil(lambda: len(rows(home)) == 8)


def test_what_a_finished_run_has_learned_is_tried_from_its_row(qtbot, home, space):
    done = shelf.add_run(space.catalog, "done")
    shelf.add_run(space.catalog, "broken", status=Status.FAILED)
    space.look()
    qtbot.waitUntil(lambda: len(rows(home)) == 2)
    buttons = {row.accessibleName(): row.try_button for row in rows(home)}
    assert not buttons["broken, Failed"].isVisible()
    with qtbot.waitSignal(space.navigate) as signal:
        qtbot.mouseClick(buttons["done, Finished"], Qt.MouseButton.LeftButton)
    assert signal.args == ["tryit", f"run:{done.id}"]


def test_runs_of_several_seeds_are_told_apart(qtbot, home, space, short):
    ids = space.runner.start(short(), 2)
    space.look()
    for run, seed in zip(ids, (0, 1), strict=True):
        words = " ".join(made.text() for made in child(home, f"home.run.{run}").findChildren(QLabel))
        assert f"seed {seed}" in words
    qtbot.waitUntil(ended(space, ids[1]))


def test_a_large_window_is_used_at_the_first_launch(qtbot, home, window, space):
    idea, picture = child(home, "home.idea"), home._ways._ideas[0]
    assert not idea.isVisible(), "in the least window the invitation to the tour would lie on it"
    before = picture.height()
    window.resize(1600, 1000)
    qtbot.waitUntil(idea.isVisible)
    assert picture.height() > 1.5 * before
    qtbot.mouseClick(child(home, "home.idea.help", QPushButton), Qt.MouseButton.LeftButton)
    assert window.place == "help"
    window.go("home")
    shelf.add_run(space.catalog, "first")
    space.look()
    qtbot.waitUntil(lambda: len(rows(home)) == 1)
    assert not idea.isVisible()
