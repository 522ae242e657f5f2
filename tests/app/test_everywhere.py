"""What holds on every page: names for whoever cannot see or point, a table for every plot, an order for the Tab key."""

from itertools import chain

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QPlainTextEdit,
    QScrollBar,
    QTabBar,
    QTextEdit,
    QWidget,
)

from app.frame.places import PLACES
from app.frame.window import MainWindow
from app.plots.chart import Canvas, Chart
from app.scenes.dialogs import closing_scenes, export_scenes, import_scenes, table_scenes
from app.screenshots import settle
from app.widgets.described import DESCRIPTIONS
from tests.app import shelf
from tests.app.pages import arguments_of, make_workspace, theme, varied, varied_folder, window_on

__all__ = ["make_workspace", "theme", "varied", "varied_folder"]

KINDS = (
    QAbstractButton, QAbstractItemView, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit, QPlainTextEdit, QTextEdit, Canvas,
)  # fmt: skip
INSIDE = (QComboBox, QAbstractSpinBox, QLineEdit, QTabBar, QAbstractItemView, QScrollBar)
"""What Qt builds inside these is its own affair."""


@pytest.fixture
def window(qtbot, varied):
    return window_on(qtbot, varied)


def opened(window, varied):
    """Every page with something on it, one after the other."""
    arguments = arguments_of(varied)
    for entry in PLACES:
        window.go(entry.name, arguments.get(entry.name, ""))
        settle(200)
        yield entry.name, window.stack.currentWidget()


def interactive(page):
    """Also on tabs that are not in front; not what its page has hidden for now, such as a choice that does not apply."""
    for widget in page.findChildren(QWidget):
        if (
            not widget.isHidden()
            and isinstance(widget, KINDS)
            and not isinstance(widget, (QScrollBar, QHeaderView))
            and not _inside(widget, page)
        ):
            yield widget


def _inside(widget, page):
    parent = widget.parentWidget()
    while parent is not None and parent is not page:
        if isinstance(parent, INSIDE):
            return True
        parent = parent.parentWidget()
    return False


def spoken(widget):
    """What a screen reader says: the accessible name, else the text of a button."""
    return widget.accessibleName() or (widget.text().strip() if isinstance(widget, QAbstractButton) else "")


def told(page, widget):
    where = (
        widget.objectName() or f"child of {widget.parentWidget().objectName() or type(widget.parentWidget()).__name__}"
    )
    return f"{page}: {type(widget).__name__} {where}"


def lacks(name, widget):
    """What whoever cannot see or point misses of a control: its object name, its name, its description."""
    if not widget.objectName() or widget.objectName().startswith("qt_"):
        yield f"object name: {told(name, widget)}"
    if not spoken(widget):
        yield f"accessible name: {told(name, widget)}"
    if not (widget.accessibleDescription() or widget.toolTip()):  # Qt says the tooltip where there is no other
        yield f"description: {told(name, widget)}"


def test_every_control_of_every_page_has_an_object_name_an_accessible_name_and_a_description(qtbot, window, varied):
    missing, seen = set(), 0
    for name, page in chain(opened(window, varied), [("strip", window.strip)]):
        for widget in interactive(page):
            seen += 1
            missing.update(lacks(name, widget))
    assert seen > 150
    assert sorted(missing) == []


def dialogs(window, folder):
    """Every window that stands over a page, one after the other. folder: for what is offered to the import."""
    for scenes in (import_scenes, export_scenes, table_scenes, closing_scenes):
        yield from scenes(window, settle, folder)


def test_every_control_of_every_dialog_has_them_too(qtbot, window, varied, tmp_path_factory):
    missing, seen = set(), set()
    for name, dialog in dialogs(window, tmp_path_factory.mktemp("offered")):
        for widget in interactive(dialog):
            seen.add(widget.objectName())
            missing.update(lacks(name, widget))
    assert len(seen) > 40
    assert sorted(missing) == []


def test_every_plot_can_be_read_as_a_table(qtbot, window, varied):
    for name, page in opened(window, varied):
        for chart in page.findChildren(Chart):
            rows = chart.as_table()
            assert rows, f"{name}: {chart.objectName()} has no table"
            assert len({len(row) for row in rows}) == 1, f"{name}: {chart.objectName()} has a ragged table"
            assert chart.canvas.accessibleName()
            chart.open_table()
            dialog = chart.findChild(QWidget, "plot.table")
            assert dialog is not None
            dialog.close()


def test_tab_goes_down_and_to_the_right_through_what_can_be_seen(qtbot, window, varied):
    """Not against the reading order by more than a group: of neighbours in the chain few lie far above the one before."""
    for name, page in opened(window, varied):
        chain, widget = [], page.nextInFocusChain()
        while widget is not page and len(chain) < 2000:
            if page.isAncestorOf(widget) and widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
                chain.append(widget)
            widget = widget.nextInFocusChain()
        tops = [widget.mapTo(page, widget.rect().topLeft()).y() for widget in chain]
        assert tops == [] or tops[0] <= min(tops) + 160, f"{name}: Tab begins below {chain[0].objectName()}"


def walked(qtbot, window):
    """What the Tab key passes until it comes round, and what of that does not show that it has the focus."""
    passed, unseen = [], []
    for _ in range(400):
        before = QApplication.focusWidget()
        with_focus = None if before is None else before.grab().toImage()
        qtbot.keyClick(before or window, Qt.Key.Key_Tab)
        now = QApplication.focusWidget()
        if now is before:  # a text goes through its links first
            continue
        if before is not None and before.grab().toImage() == with_focus:
            unseen.append(before)
        if now in passed:
            break
        passed.append(now)
    return passed, unseen


def test_tab_reaches_all_that_can_be_seen_on_every_page_comes_round_and_is_seen(qtbot, window, varied):
    """No page holds the Tab key, nothing that works needs a mouse, and one always sees where one is."""
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    found, hidden = [], []
    for name, page in opened(window, varied):
        passed, unseen = walked(qtbot, window)
        groups = {one.group() for one in passed if isinstance(one, QAbstractButton) and one.group()}
        missed = [
            told(name, widget)
            for widget in page.findChildren(QWidget)
            if widget.isVisible() and widget.isEnabled() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
            and widget not in passed and widget.focusProxy() is None
            and not (isinstance(widget, QAbstractButton) and widget.group() in groups)
        ]  # fmt: skip
        found += missed
        hidden += [told(name, widget) for widget in unseen]
        assert any(window.strip.isAncestorOf(one) for one in passed), f"{name}: Tab never leaves the page"
    assert found == []
    assert hidden == []


@pytest.mark.parametrize("count", [0, 1, 500])
def test_every_page_opens_with_no_run_one_run_and_five_hundred(qtbot, make_workspace, tmp_path, count):
    workspace = make_workspace(shelf.many(tmp_path, count))
    made = MainWindow(workspace.theme)
    qtbot.addWidget(made)
    made.show_workspace(workspace)
    made.resize(1100, 720)
    made.show()
    for entry in PLACES:
        made.go(entry.name)
        settle(100)
        assert made.stack.currentWidget().objectName() != "trouble"
    assert [message.text for message in workspace.messages if message.kind == "error"] == []


def test_runs_and_initializations_in_any_state_and_of_any_name_open_on_their_pages(qtbot, window, varied):
    """Failed, interrupted, stopped and queued runs, one point, no number at all, emoji, right to left, 300 signs."""
    catalog = varied.catalog
    shelf.add_run(catalog, "one point", steps=1, evaluated=False)
    shelf.add_run(catalog, "finished without a number", level=float("nan"))
    first, second, *_ = catalog.initializations()
    catalog.rename_run(first.id, shelf.EMOJI)
    catalog.rename_run(second.id, shelf.LONG.strip()[:300])
    every = ",".join(run.id for run in catalog.runs())
    visits = [("compare", every), ("catalog", every)]
    visits += [("live", run.id) for run in catalog.runs()]
    visits += [(page, start.id) for start in catalog.initializations() for page in ("initialization", "tryit")]
    for page, argument in visits:
        window.go(page, argument)
        settle(60)
        assert window.place == page
        assert window.stack.currentWidget().objectName() != "trouble", (page, argument)
    assert [message.text for message in varied.messages if message.kind == "error"] == []


def test_every_page_can_be_open_while_its_run_is_deleted(qtbot, window, varied):
    list(opened(window, varied))
    ids = [run.id for run in varied.catalog.runs()] + [start.id for start in varied.catalog.initializations()]
    varied.catalog.trash(ids)
    varied.catalog.purge(ids)
    varied.look()
    for entry in PLACES:
        window.go(entry.name)
        settle(150)
    assert varied.catalog.runs() == []


def test_no_sentence_of_a_screen_reader_is_left_behind(qtbot, window, varied, tmp_path_factory):
    """Each belongs to a control that there is."""
    there = set()
    for _, page in chain(opened(window, varied), dialogs(window, tmp_path_factory.mktemp("offered"))):
        there |= {widget.objectName() for widget in page.findChildren(QWidget)}
    names = there | {f"{name.rpartition('.')[0]}." for name in there}
    assert sorted(set(DESCRIPTIONS) - names) == []
