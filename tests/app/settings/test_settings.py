"""The settings page."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QPushButton, QRadioButton

from app.pages.settings.facts import folder_use
from app.pages.settings.page import SettingsPage
from app.services.device import Device
from app.services.settings import Settings
from app.widgets import Card
from tests.app.pages import child


@pytest.fixture
def page(qtbot, empty):
    made = SettingsPage(empty)
    qtbot.addWidget(made)
    made.resize(940, 680)
    made.show()
    made.open("")
    qtbot.waitUntil(lambda: len(made.folder.rows()) == 3)
    return made


@pytest.mark.parametrize("choice", ["light", "dark", "contrast"])
def test_a_theme_is_shown_at_once_and_remembered(qtbot, page, empty, theme, choice):
    qtbot.mouseClick(child(page, QRadioButton, f"settings.theme.{choice}"), Qt.MouseButton.LeftButton)
    assert theme.name == choice
    assert Settings(empty.folder).get("theme") == choice


def test_the_text_size_is_kept_beside_the_theme(page, empty, theme):
    before = theme.size("body")
    page.scale.setCurrentIndex(page.scale.count() - 1)
    page.scale.activated.emit(page.scale.currentIndex())
    assert theme.size("body") > before
    assert Settings(empty.folder).get("text_scale") == 1.3


def test_a_theme_chosen_elsewhere_is_followed(page, empty):
    empty.settings.set("theme", "contrast")
    assert child(page, QRadioButton, "settings.theme.contrast").isChecked()


def test_the_folder_says_what_it_holds(page, empty):
    rows = dict(page.folder.rows())
    assert rows["Folder"] == str(empty.folder)
    assert "file" in rows["Holds"]


def test_the_use_of_a_folder_counts_bytes_and_files(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x").write_bytes(b"12345")
    (tmp_path / "y").write_bytes(b"67")
    use = folder_use(tmp_path)
    assert (use.bytes, use.files) == (7, 2)
    assert use.free > 0


def test_the_folder_is_changed_by_the_windows_own_action(qtbot, page, empty):
    done = []
    empty.actions.add("folder.change", "Change", lambda: done.append("change"))
    empty.actions.add("folder.show", "Show", lambda: done.append("show"))
    for name in ("change", "show"):
        qtbot.mouseClick(child(page, QPushButton, f"settings.folder.{name}"), Qt.MouseButton.LeftButton)
    assert done == ["change", "show"]


def test_the_device_appears_once_it_is_found(page, empty):
    assert dict(page.device.rows()) == {"Device": "Looking for devices …"}
    empty.device_found(Device("CPU, 2 cores", "cpu", "No GPU is used.", "2.13"))
    assert dict(page.device.rows()) == {"Device": "CPU, 2 cores", "GPU": "No GPU is used.", "PyTorch": "2.13"}


def test_versions_are_told(page):
    rows = dict(page.about.rows())
    assert rows["Licence"] == "MIT"
    assert rows["Qt"].startswith("6.")


def test_a_wide_window_has_two_columns_and_a_narrow_one_cuts_no_card(qtbot, page):
    cards = [child(page, Card, f"settings.{name}") for name in ("look", "folder", "device", "about")]
    for width, columns in ((1440, 2), (940, 1), (1440, 2)):
        page.resize(width, 680)
        qtbot.waitUntil(lambda columns=columns: len({card.mapTo(page, QPoint()).x() for card in cards}) == columns)
        right = max(card.mapTo(page, card.rect().topRight()).x() for card in cards)
        assert width - 60 <= right <= width, "nothing is empty at the right, nothing is cut"
        assert all(card.height() >= card.minimumSizeHint().height() for card in cards)
