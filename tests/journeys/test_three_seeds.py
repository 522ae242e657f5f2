"""Three seeds are queued, put into another order, trained, and compared as one group: by clicks and keys."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QPushButton, QToolButton

from core.storage.records import Status
from tests.app.conftest import fake_run, short, space, window

__all__ = ["fake_run", "short", "space", "window"]


@pytest.mark.gui
def test_a_queue_of_three_seeds_becomes_one_group_in_compare(qtbot, window, space, short, fake_run):
    fake_run.gate.clear()
    ids = space.runner.start(short(name="wave", seed=3), seeds=3)

    qtbot.mouseClick(window.strip.findChild(QToolButton, "strip.queue"), Qt.MouseButton.LeftButton)
    qtbot.mouseClick(window.queue.findChild(QPushButton, "queue.down"), Qt.MouseButton.LeftButton)
    qtbot.keyClick(window.queue.list, Qt.Key.Key_Escape)
    fake_run.gate.set()
    qtbot.waitUntil(lambda: space.runner.current is None and not space.runner.waiting, timeout=30_000)
    assert fake_run.executed == [ids[0], ids[2], ids[1]]
    assert {space.catalog.run(run).status for run in ids} == {Status.FINISHED}

    window.go("catalog")
    page = window.pages["catalog"]
    qtbot.waitUntil(lambda: not page.runs.loading and len(page.runs.model.records) == 3)
    groups = page.findChild(QComboBox, "catalog.runs.groups")
    groups.setCurrentIndex(groups.findData("setup"))
    assert page.runs.model.heading(0).text == "wave  ·  3 runs"
    page.runs.view.selectAll()
    qtbot.mouseClick(page.findChild(QPushButton, "catalog.compare.button"), Qt.MouseButton.LeftButton)

    compare = window.pages["compare"]
    qtbot.waitUntil(lambda: not compare.loading and len(compare.runs) == 3)
    assert len(compare.curves.curves()) == 3
    qtbot.mouseClick(compare.group, Qt.MouseButton.LeftButton)
    assert [curve.name for curve in compare.curves.curves()] == ["wave (n = 3)"]
    assert [row[0] for row in compare.settings.model.rows] == ["Seed"]


@pytest.mark.gui
def test_a_discarded_run_lies_in_the_trash_until_it_is_kept_after_all(qtbot, window, space, short, fake_run):
    fake_run.gate.clear()
    [run] = space.runner.start(short(steps=1000))
    qtbot.waitUntil(lambda: space.runner.live.started is not None)
    window.go("catalog")
    space.actions.find("run.discard").trigger()
    fake_run.gate.set()
    qtbot.waitUntil(lambda: space.runner.current is None)
    assert space.catalog.run(run).trashed is not None
    space.runner.keep(run)
    assert space.catalog.run(run).trashed is None
