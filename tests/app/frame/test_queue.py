"""The queue of runs as a person sees and orders it."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QListWidget, QPushButton, QToolButton

from core.storage.records import Status
from tests.app.conftest import ended


@pytest.fixture
def queued(qtbot, window, space, short, fake_run):
    """Three seeds of which the first trains, and the open panel. A test ends with `over`: before the window goes."""
    fake_run.gate.clear()
    ids = space.runner.start(short(seed=5), seeds=3)
    qtbot.mouseClick(window.strip.findChild(QToolButton, "strip.queue"), Qt.MouseButton.LeftButton)
    assert window.queue.isVisible()
    return ids


@pytest.fixture
def over(qtbot, space, fake_run):
    def end():
        space.runner.end_all()
        fake_run.gate.set()
        qtbot.waitUntil(lambda: space.runner.current is None)

    return end


def rows(window):
    shown = window.queue.findChild(QListWidget, "queue.list")
    return [shown.item(row).text() for row in range(shown.count())]


def press(qtbot, window, name):
    qtbot.mouseClick(window.queue.findChild(QPushButton, name), Qt.MouseButton.LeftButton)


def test_the_strip_counts_and_the_panel_shows_what_trains_and_what_waits(window, space, queued, over):
    assert window.strip.findChild(QToolButton, "strip.queue").text().strip() == "2 queued"
    assert window.queue.running.text() == "Now: short"
    assert [text.splitlines()[1].strip() for text in rows(window)] == [
        "MAML · Sinusoid · seed 6",
        "MAML · Sinusoid · seed 7",
    ]
    over()


def test_a_run_is_moved_by_button_and_by_key(qtbot, window, space, queued, over):
    first, second = queued[1:]
    press(qtbot, window, "queue.down")
    assert space.runner.waiting == (second, first)
    assert window.queue.selected == first
    assert not window.queue.down.isEnabled()
    qtbot.keyClick(window.queue.list, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert space.runner.waiting == (first, second)
    over()


def test_a_run_is_taken_out_and_the_toast_puts_it_back(qtbot, window, space, queued, over):
    first, second = queued[1:]
    qtbot.keyClick(window.queue.list, Qt.Key.Key_Delete)
    assert space.runner.waiting == (second,)
    assert space.catalog.run(first).status == Status.QUEUED
    space.messages[-1].action()
    assert space.runner.waiting == (second, first)
    over()


def test_the_order_is_what_is_trained(qtbot, window, space, queued, over, fake_run):
    first, second = queued[1:]
    press(qtbot, window, "queue.down")
    fake_run.gate.set()
    qtbot.waitUntil(ended(space, first))
    assert fake_run.executed == [queued[0], second, first]
    assert rows(window) == []
    assert window.queue.none.isVisible()
    over()


def test_a_run_deleted_while_it_waits_is_shown_as_gone_and_skipped(qtbot, window, space, queued, over):
    space.catalog.purge([queued[1]])
    window.queue.refresh()
    assert "no longer in the catalog" in rows(window)[0]
    over()


def test_escape_closes_the_panel(qtbot, window, queued, over):
    qtbot.keyClick(window.queue.list, Qt.Key.Key_Escape)
    assert not window.queue.isVisible()
    over()


def test_an_empty_queue_is_no_higher_than_its_words_and_offers_nothing_dead(qtbot, window):
    qtbot.mouseClick(window.strip.findChild(QToolButton, "strip.queue"), Qt.MouseButton.LeftButton)
    assert window.queue.height() < 160
    assert [made.objectName() for made in window.queue.findChildren(QPushButton) if made.isVisible()] == []
    assert window.queue.none.isVisible()
    qtbot.keyClick(window.queue, Qt.Key.Key_Escape)
    assert not window.queue.isVisible()
