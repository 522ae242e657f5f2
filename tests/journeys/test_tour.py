"""The tour: offered once in a new data folder, led by the keyboard alone, skipped at any stop, found again under Help."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from app.frame.tour import STOPS
from app.main import Program
from core.config import Experiment
from core.storage.catalog import Catalog

Key = Qt.Key


@pytest.fixture
def start(qtbot, qapp, tmp_path):
    """The program on a folder, shown and active; called again: after a restart."""
    started = []

    def make(folder="data"):
        for old in started:
            old.window.close()
        program = Program()
        started.append(program)
        qtbot.addWidget(program.window)
        program.window.resize(1100, 720)
        program.window.show()
        program.open_folder(tmp_path / folder)
        program.window.activateWindow()
        qtbot.waitUntil(program.window.isActiveWindow)
        return program.window

    yield make
    for program in started:
        program.window.close()
        program.close()
        program.deleteLater()


def reads(window, name):
    return window.findChild(QLabel, name).text()


def press(qtbot, window, name):
    qtbot.mouseClick(window.findChild(QPushButton, name), Qt.MouseButton.LeftButton)


def framed(window):
    """What stands in the frame: rectangles in the coordinates of the window's middle."""
    return window.tour._frame.geometry()


def test_the_first_launch_offers_it_without_taking_the_focus(qtbot, start):
    window = start()
    assert window.tour.isVisible()
    assert reads(window, "tour.title") == "New here?"
    home = window.tour.parentWidget().rect()
    assert home.contains(window.tour.geometry())
    assert window.tour.geometry().left() > home.width() // 2, "in the corner, beside the three cards"
    assert not window.tour.isAncestorOf(window.focusWidget() or window)
    press(qtbot, window, "tour.end")
    assert not window.tour.isVisible()
    assert not start().tour.isVisible(), "once turned down it is not offered again"


def test_keys_lead_through_every_page_and_back_to_where_it_began(qtbot, start):
    window = start()
    press(qtbot, window, "tour.next")
    for number, stop in enumerate(STOPS, 1):
        assert reads(window, "tour.title") == stop.title
        assert reads(window, "tour.count") == f"{number} of {len(STOPS)}"
        assert window.place == stop.page
        target = window.findChild(QWidget, stop.target)
        assert framed(window).contains(target.mapTo(window.tour.parentWidget(), target.rect().center()))
        assert not window.tour.geometry().intersects(framed(window).adjusted(8, 8, -8, -8)), stop.title
        assert window.tour.parentWidget().rect().contains(window.tour.geometry()), stop.title
        assert stop.text in window.focusWidget().accessibleDescription(), "a screen reader says it"
        qtbot.keyClick(window.focusWidget(), Key.Key_Right)
    assert not window.tour.isVisible()
    assert window.workspace.settings.get("toured")
    assert not start().tour.isVisible()


def test_left_goes_back_and_enter_goes_on(qtbot, start):
    window = start()
    window.tour.start()
    qtbot.keyClick(window.focusWidget(), Key.Key_Return)
    assert window.place == "setup"
    qtbot.keyClick(window.focusWidget(), Key.Key_Left)
    assert window.place == "home"
    qtbot.keyClick(window.focusWidget(), Key.Key_Left)
    assert window.tour.stop == STOPS[0], "before the first stop is nothing"


def test_escape_ends_it_and_gives_the_focus_back(qtbot, start):
    window = start()
    rail = window.findChild(QWidget, "rail.compare")
    rail.setFocus()
    window.tour.start()
    assert window.tour.isAncestorOf(window.focusWidget())
    qtbot.keyClick(window.focusWidget(), Key.Key_Escape)
    assert not window.tour.isVisible()
    assert not window.tour._frame.isVisible()
    assert rail.hasFocus()


def test_whoever_goes_elsewhere_is_not_followed(qtbot, start):
    window = start()
    press(qtbot, window, "tour.next")
    qtbot.keyClick(window, Key.Key_5, Qt.KeyboardModifier.ControlModifier)
    assert window.place == "catalog"
    assert not window.tour.isVisible()


def test_the_offer_goes_with_the_first_page_that_is_opened(qtbot, start):
    window = start()
    qtbot.mouseClick(window.findChild(QWidget, "home.setup"), Qt.MouseButton.LeftButton)
    assert window.place == "setup"
    assert not window.tour.isVisible()
    assert window.workspace.settings.get("toured")


def test_a_folder_with_runs_offers_nothing_but_help_and_the_palette_have_it(qtbot, start, tmp_path):
    with Catalog.open(tmp_path / "old") as catalog:
        catalog.add_run(Experiment())
    window = start("old")
    assert not window.tour.isVisible()
    window.go("help")
    press(qtbot, window, "help.tour.button")
    assert window.tour.stop == STOPS[0]
    qtbot.keyClick(window.focusWidget(), Key.Key_Escape)
    qtbot.keyClick(window, Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(window.focusWidget(), "take the tour")
    qtbot.keyClick(window.focusWidget(), Key.Key_Return)
    assert window.tour.stop == STOPS[0]
