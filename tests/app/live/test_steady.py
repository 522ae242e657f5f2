"""Nothing jumps while a run trains: numbers grow, and every widget stays where it is and as large as it is."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QHeaderView, QWidget

from app.plots.chart import Canvas
from app.screenshots import settle
from core.training.events import Checkpointed, PanelData, Stepped, Validated
from tests.app.fake_run import curves, views

UPDATES = 50
PANEL = PanelData("bars", "Step sizes", "One bar a tensor.", np.array([0.01, 0.02]), ("body", "head"))


def places(window):
    """Where what of the window is, and inside tables and plots where columns and axes are."""
    found = {}
    for at, widget in enumerate(window.findChildren(QWidget)):
        if not widget.isVisible():
            continue
        name = f"{at} {type(widget).__name__} {widget.objectName()}"
        found[name] = QRect(widget.mapTo(window, QPoint(0, 0)), widget.size()).getRect()
        if isinstance(widget, QHeaderView):
            found[f"{name} columns"] = tuple(widget.sectionSize(place) for place in range(widget.count()))
        if isinstance(widget, Canvas):
            found[f"{name} view"] = widget.plotItem.vb.sceneBoundingRect().toRect().getRect()
    return found


def tell(live, update, total):
    """Ten steps more, ever faster and then slow: seconds left run from one sign to many, losses over decades."""
    done = np.arange(10 * update + 1, 10 * update + 11)
    pace = (0.001, 0.0101, 0.15)[update % 3]
    live.sink(Stepped(done, 12.5 * 0.93 ** (done / 6.0), np.full(10, np.nan), pace * done))
    level = 12 * 0.8**update
    live.sink(Validated(int(done[-1]), pace * done[-1], curves(level), True, views(), panels=(PANEL,)))
    if update % 10 == 9:
        live.sink(Checkpointed(int(done[-1]), "somewhere", "0" * 64, 21, "last"))


@pytest.mark.parametrize("tab", ["tasks", "method"])
def test_only_contents_change_over_fifty_updates(qtbot, qapp, window, space, short, fake_run, tab):
    fake_run.gate.clear()
    [run] = space.runner.start(short(steps=10_000))
    window.go("live", run)
    live = space.runner.live
    qtbot.waitUntil(lambda: live.started is not None)
    page = window.pages["live"]
    texts, moved, first = set(), {}, {}
    for update in range(UPDATES):
        tell(live, update, 10_000)
        for _ in range(7):  # a panel a tick
            space.runner._drain()
        if update == 0:
            page.show_tasks() if tab == "tasks" else page.show_method()
        if update == 0:
            settle(300)
            first = places(window)
        qapp.processEvents()
        qapp.processEvents()  # what a layout asked for in the first
        texts.add(page.header._facts["Time left"].value.text())
        texts.add(page.header._facts["Outer steps"].value.text())
        moved.update(
            {name: (first.get(name), place) for name, place in places(window).items() if first.get(name) != place}
        )
    space.runner.stop()
    assert len(texts) > 10, "the numbers must have grown, or nothing was tested"
    assert not moved, "\n".join(f"{name}: {before} -> {after}" for name, (before, after) in moved.items())
