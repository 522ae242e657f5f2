"""Every picture of numbers on every page, whatever draws it, has a button that shows its numbers as a table."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QProgressBar, QTabWidget, QWidget

from app.frame.places import PLACES
from app.pages.setup.samples import SampleStrip
from app.plots.chart import Canvas
from app.plots.curve import Curve, CurvePlot
from app.plots.spark import Sparkline
from app.plots.table import TableDialog
from app.screenshots import settle
from tests.app.pages import arguments_of, make_workspace, theme, varied, varied_folder, window_on

__all__ = ["make_workspace", "theme", "varied", "varied_folder"]

NO_NUMBERS = {
    "Picture": "a card's drawing of an idea", "StatusPill": "a word with an icon", "Handle": "of a splitter",
    "_Bar": "of the counts, whose numbers stand beside it", "Dot": "a sign of the stepper",
    "Tick": "the sign of what is chosen", "SwitchField": "a check box",
    "Elided": "text", "StepButton": "a button",
}  # fmt: skip
"""What paints itself and shows no data, or shows it in words."""


@pytest.fixture
def window(qtbot, varied):
    return window_on(qtbot, varied)


def drawn(page):
    """Widgets that can be seen and paint something of their own that is no text and no control."""
    for widget in page.findChildren(QWidget):
        kind = type(widget)
        ours = kind.__module__.startswith("app.") and "paintEvent" in vars(kind)
        control = isinstance(widget, (QAbstractButton, QComboBox, QLabel, QProgressBar)) or kind.__name__ in NO_NUMBERS
        if widget.isVisible() and (isinstance(widget, Canvas) or (ours and not control)):
            yield widget


def tables(qtbot, page):
    """Who opens a table by a button that can be seen -> its rows."""
    found = {}
    for made in page.findChildren(QAbstractButton):
        if made.isVisible() and made.isEnabled() and "as table" in (made.toolTip() or made.accessibleName()):
            qtbot.mouseClick(made, Qt.MouseButton.LeftButton)
            for dialog in page.window().findChildren(TableDialog):
                found[dialog.parentWidget()] = dialog._rows
                dialog.close()
            settle(0)
    return found


def without(qtbot, page):
    """Pictures of numbers that no button beside them shows as a table."""
    opened = tables(qtbot, page)

    def covered(widget):
        return any(owner is widget or (owner is not page and owner.isAncestorOf(widget)) for owner in opened)

    return [f"{type(one).__name__} {one.objectName()}" for one in drawn(page) if not covered(one)], opened


def fronts(page):
    """The page with each of its tabs in front."""
    yield ""
    for tabs in page.findChildren(QTabWidget):
        for place in range(tabs.count()):
            if tabs.isVisible() and tabs.isTabVisible(place):
                tabs.setCurrentIndex(place)
                settle(40)
                yield tabs.tabText(place)


def test_every_picture_of_numbers_on_every_page_has_its_table(qtbot, window, varied):
    missing, seen, arguments = [], 0, arguments_of(varied)
    for entry in PLACES:
        window.go(entry.name, arguments.get(entry.name, ""))
        settle(200)
        page = window.stack.currentWidget()
        if entry.name == "setup":
            qtbot.waitUntil(lambda page=page: page.findChild(SampleStrip).as_table() != [("task",)], timeout=20_000)
        for front in fronts(page):
            lost, opened = without(qtbot, page)
            seen += len(opened)
            missing += [f"{entry.name}, {front}: {one}" for one in lost]
            for owner, rows in opened.items():
                assert len({len(row) for row in rows}) == 1, f"{entry.name}, {front}: {owner} has a ragged table"
    assert seen > 10
    assert missing == []


def test_the_walk_finds_a_plot_without_a_table(qtbot, window, varied, theme):
    """The test above can fail: a chart and a small line that nobody offers as a table are found."""
    window.go("settings")
    page = window.stack.currentWidget()
    chart, line = CurvePlot(theme, "x", "y", name="bare", about="Nothing"), Sparkline(theme, [3.0, 1.0])
    chart.set_curves([Curve("bare", np.arange(3.0), np.arange(3.0))])
    for widget in (chart, line):
        widget.setParent(page)
        widget.show()
    settle(40)
    lost, _ = without(qtbot, page)
    assert [one.partition(" ")[0] for one in lost] == ["Canvas", "Sparkline"]


def test_six_sampled_tasks_as_numbers_and_as_counts_of_pictures(qtbot, window):
    window.go("setup")
    page = window.stack.currentWidget()
    strip = page.findChild(SampleStrip)
    qtbot.waitUntil(lambda: strip.as_table() != [("task",)], timeout=20_000)
    rows = strip.as_table()
    assert rows[0] == ("task", "set", "x", "y")
    shots = page.desk.draft.experiment().tasks.shots
    first = [row for row in rows if row[0] == "1" and row[1] == "support"]
    assert len(first) == shots
    assert {row[0] for row in rows[1:]} == set("123456")
    page.desk.draft.choose("tasks", "glyphs")
    page.desk.refresh()
    qtbot.waitUntil(lambda: strip.as_table()[0][1] == "class", timeout=20_000)
    assert len(strip.as_table()) == 1 + 6 * 5
    assert {row[2] for row in strip.as_table()[1:]} == {1}
