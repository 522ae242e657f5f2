"""No words are cut off on any page of the least window: in the four text sizes, with long labels, with long names."""

import pytest
from PySide6.QtWidgets import QTabWidget

from app.frame.places import PLACES
from app.scenes import SCENES
from app.screenshots import settle
from tests.app import shelf
from tests.app.clipped import clipped, lengthen
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


def check(window, arguments, *, whole=False, longer=False):
    """Fails with all faults, since one cause has many."""
    if found := faults(window, arguments, whole=whole, longer=longer):
        pytest.fail("\n".join(found))


def faults(window, arguments, *, whole=False, longer=False):
    """Of all pages, and of all tabs on them; longer: with every word 1.4 times as long."""
    found = []
    for part in (window.rail, window.strip) if longer else ():
        lengthen(part)
        window.theme.changed.emit()  # the rail is as wide as its words ask for
    for entry in PLACES:
        window.go(entry.name, arguments.get(entry.name, ""))
        settle(120)
        page = window.stack.currentWidget()
        assert page.objectName() != "trouble"
        for where in _fronts(page):
            if longer:
                lengthen(page)
                settle(40)
            found += [f"{entry.name}{where}: {fault}" for fault in lasting(page, whole=whole, longer=longer)]
    return found + [f"frame: {fault}" for part in (window.rail, window.strip) for fault in clipped(part)]


def lasting(page, *, whole, longer=False):
    """What is still cut off once a layout that was on its way has arrived."""
    for _ in range(3):
        if not (found := clipped(page, whole=whole, scrolling=longer)):
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


def test_no_words_are_cut_off_where_all_of_them_are_as_long_as_german_ones(opened, varied):
    """Labels, headings, buttons, boxes, tabs, columns, forms and menus: they wrap, end in an ellipsis with a tooltip, or
    scroll."""
    check(opened(1.0), named(varied), longer=True)


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


@pytest.mark.parametrize("text", [1.3, 1.0])
def test_no_words_are_cut_off_in_windows_over_a_page(qtbot, opened, varied, tmp_path, text):
    window, found = opened(text), []
    for beginnings, scenes in SCENES:
        if beginnings[0] in ("import", "export", "table", "closing"):
            for name, dialog in scenes(window, settle, tmp_path):
                found += [f"{name}: {fault}" for fault in lasting(dialog, whole=False)]
    assert found == []
