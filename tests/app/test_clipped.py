"""No words are cut off on any page of the least window: in the four text sizes, with long labels, with long names."""

import pytest
from PySide6.QtWidgets import QTabWidget

from app.frame.places import PLACES
from app.screenshots import settle
from app.widgets.buttons import Button, Chip
from tests.app import shelf
from tests.app.clipped import clipped
from tests.app.pages import arguments_of, make_workspace, theme, varied, varied_folder, window_on

__all__ = ["make_workspace", "theme", "varied", "varied_folder"]


@pytest.fixture
def opened(qtbot, varied):
    """A function: the window with text of a size."""

    def open_it(text):
        varied.theme.choose("light", text)
        return window_on(qtbot, varied)

    return open_it


def named(varied):
    """What each page is opened with: runs of ordinary names."""
    arguments = arguments_of(varied)
    return {**arguments, "catalog": arguments["live"]}


def check(window, arguments, *, whole=False):
    """Fails with all faults, since one cause has many."""
    if found := faults(window, arguments, whole=whole):
        pytest.fail("\n".join(found))


def faults(window, arguments, *, whole=False):
    """Of all pages, and of all tabs on them."""
    found = []
    for entry in PLACES:
        window.go(entry.name, arguments.get(entry.name, ""))
        settle(120)
        page = window.stack.currentWidget()
        assert page.objectName() != "trouble"
        for where in _fronts(page):
            found += [f"{entry.name}{where}: {fault}" for fault in lasting(page, whole=whole)]
    return found + [f"frame: {fault}" for part in (window.rail, window.strip) for fault in clipped(part)]


def lasting(page, *, whole):
    """What is still cut off once a layout that was on its way has arrived."""
    for _ in range(3):
        if not (found := clipped(page, whole=whole)):
            break
        settle(200)
    return found


def _fronts(page):
    """The page as it is, then with each other tab in front."""
    yield ""
    for tabs in page.findChildren(QTabWidget):
        if not tabs.isVisible():
            continue
        first = tabs.currentIndex()
        for place in range(tabs.count()):
            if place != first and tabs.isTabVisible(place):
                tabs.setCurrentIndex(place)
                settle(40)
                yield f", {tabs.tabText(place)}"
        tabs.setCurrentIndex(first)


@pytest.mark.parametrize("text", [1.0, 1.3])
def test_no_words_are_cut_off(opened, varied, text):
    check(opened(text), named(varied), whole=True)


def test_no_words_are_cut_off_where_labels_are_as_long_as_german_ones(opened, varied, monkeypatch):
    """Every button, box and fixed label says 1.6 times as much."""
    window = opened(1.0)
    lengthen(monkeypatch)
    check(window, named(varied))


def lengthen(monkeypatch):
    """Words of buttons and labels, from now on; numbers and names of runs come from the data and stay."""
    made = Button.__init__, Chip.__init__
    monkeypatch.setattr(
        Button, "__init__", lambda self, text, *rest, **more: made[0](self, longer(text), *rest, **more)
    )
    monkeypatch.setattr(Chip, "__init__", lambda self, text, *rest, **more: made[1](self, longer(text), *rest, **more))


def longer(text):
    """ "Export" -> "Exportmmmm": letters at the end, as an unbroken word grows."""
    return text + "m" * round(0.6 * len(text))


@pytest.mark.parametrize("name", [shelf.LONG.strip()[:300], shelf.EMOJI], ids=["long", "emoji"])
def test_no_page_grows_or_cuts_with_names_of_any_kind(opened, varied, name):
    for run in varied.catalog.runs():
        varied.catalog.rename_run(run.id, name)
    for start in varied.catalog.initializations():
        varied.catalog.rename_run(start.id, name)
    arguments = {"live": varied.catalog.runs("status:finished")[0].id, "compare": "", "initialization": ""}
    window = opened(1.0)
    check(window, arguments)
    assert window.width() == 1100
