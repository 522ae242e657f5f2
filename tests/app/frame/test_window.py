"""The frame as a person uses it: rail, shortcuts, palette, strip, toasts, and what is asked on closing."""

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtWidgets import QDialog, QLabel, QLineEdit, QListWidget, QPushButton, QToolButton, QWidget

from app.frame import places
from app.frame.palette import score
from app.frame.places import PLACES, known_actions
from core.storage.records import Status
from tests.app import shelf
from tests.app.conftest import ended


def press(qtbot, window, name, kind=QWidget):
    qtbot.mouseClick(child(window, name, kind), Qt.MouseButton.LeftButton)


def child(window, name, kind=QWidget):
    found = window.findChild(kind, name)
    assert found is not None, f"nothing is called {name}"
    return found


def test_the_rail_has_room_for_its_words_in_large_text(qtbot, window):
    theme = window.workspace.theme
    theme.choose(theme.choice, 1.5)
    for entry in places.PLACES:
        if entry.icon:
            made = child(window, f"rail.{entry.name}", QToolButton)
            qtbot.waitUntil(lambda made=made: made.width() >= made.sizeHint().width())
    theme.choose(theme.choice, 1.0)


def test_every_page_opens_from_the_rail(qtbot, window):
    for entry in places.PLACES:
        if entry.icon:
            press(qtbot, window, f"rail.{entry.name}", QToolButton)
            assert window.place == entry.name
            assert child(window, f"rail.{entry.name}", QToolButton).isChecked()
            assert window.findChild(QWidget, "trouble") is None, "the page could not be opened"


@pytest.mark.parametrize(("key", "page"), [(Qt.Key.Key_2, "setup"), (Qt.Key.Key_5, "catalog"), (Qt.Key.Key_1, "home")])
def test_digits_with_control_lead_to_the_pages(qtbot, window, key, page):
    qtbot.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)
    assert window.place == page


def test_a_page_that_is_not_there_says_so(qtbot, window, monkeypatch):
    missing = places.Place("nowhere", "Nowhere", "")
    monkeypatch.setattr("app.frame.window.PLACES", (*places.PLACES, missing))
    monkeypatch.setattr("app.frame.window.place", lambda name: missing)
    window.go("nowhere")
    assert "not here yet" in window.stack.currentWidget().title_label.text()


def test_a_page_that_breaks_leaves_the_window_alive(qtbot, window, monkeypatch):
    def broken(self, workspace):
        raise ValueError("no such luck")

    monkeypatch.setattr(places.Place, "build", broken)
    window.pages.pop("catalog", None)
    window.go("catalog")
    assert "no such luck" in child(window.stack.currentWidget(), "trouble.sentence", QLabel).text()
    monkeypatch.undo()
    window.go("catalog")
    assert window.place == "catalog"


def test_the_palette_finds_and_does(qtbot, window, space):
    qtbot.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    line = child(window, "palette.line", QLineEdit)
    qtbot.waitUntil(line.hasFocus)
    qtbot.keyClicks(line, "dark")
    assert "Dark" in child(window, "palette.list", QListWidget).item(0).text()
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert space.theme.name == "dark"
    assert not window.palette_box.isVisible()


def test_escape_leaves_the_palette_and_gives_the_focus_back(qtbot, window):
    rail = child(window, "rail.live", QToolButton)
    rail.setFocus()
    window.palette_box.open()
    qtbot.keyClick(child(window, "palette.line"), Qt.Key.Key_Escape)
    assert not window.palette_box.isVisible()
    assert rail.hasFocus()


def test_the_palette_holds_every_action(window, space):
    window.palette_box.open()
    assert len(window.palette_box.titles()) == len(space.actions.all())


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        ("ctl", "Go to Catalog", True),
        ("catalog", "Go to Catalog", True),
        ("xyz", "Go to Catalog", False),
        ("", "a", True),
    ],
)
def test_letters_match_in_their_order(query, text, found):
    assert (score(query, text) is not None) == found


def test_a_whole_word_comes_before_scattered_letters():
    assert score("live", "Go to Live") < score("live", "Lean in over the edge")


def test_no_two_actions_share_a_shortcut(qtbot, window, space):
    for entry in places.PLACES:
        window.go(entry.name)
    taken = [
        a.shortcut
        for a in space.actions.all()
        if a.shortcut and a.qaction.shortcutContext() == Qt.ShortcutContext.WindowShortcut
    ]
    assert len(taken) == len(set(taken))


def test_every_icon_button_has_an_accessible_name(qtbot, window):
    for entry in places.PLACES:
        window.go(entry.name)
    icons = [button for button in window.findChildren(QToolButton) if not button.icon().isNull() and not button.text()]
    assert icons
    ours = [button for button in icons if not isinstance(button.parent(), QLineEdit)]  # Qt's own button to clear a line
    assert [button.objectName() for button in ours if not button.accessibleName()] == []


def test_no_page_opens_a_window_of_its_own_for_a_moment(qtbot, qapp, window, space):
    """A widget that is shown before it has a parent does, and takes the focus away."""

    class Watch(QObject):
        def eventFilter(self, watched, event):
            if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
                seen.append(f"{watched!r} {getattr(watched, 'text', str)()}")
            return False

    seen: list[str] = []
    watch = Watch()
    shelf.add_run(space.catalog, "first")
    qapp.installEventFilter(watch)
    for entry in places.PLACES:
        window.go(entry.name)
    qapp.removeEventFilter(watch)
    assert seen == []


def test_a_message_is_a_toast_and_stays_in_the_list(qtbot, window, space):
    space.notify("the disk is nearly full", "error")
    assert window.toasts.texts() == ["the disk is nearly full"]
    press(qtbot, window, "toast.close")
    assert window.toasts.texts() == []
    press(qtbot, window, "strip.messages")
    assert window.messages.isVisible()
    assert window.messages.texts() == ["the disk is nearly full"]


def test_a_toast_can_carry_an_action(qtbot, window, space):
    done = []
    space.notify("moved to the trash", "info", ("Undo", lambda: done.append(True)))
    press(qtbot, window, "toast.action", QPushButton)
    assert done == [True]
    assert window.toasts.texts() == []


def test_many_messages_do_not_fill_the_window(qtbot, window, space):
    for number in range(30):
        space.notify(f"message {number} " + "very long " * 60)
    assert len(window.toasts.texts()) <= 4
    assert window.rect().contains(window.toasts.geometry().topLeft())


def test_a_message_does_not_cover_run(qtbot, window, space):
    for number in range(3):
        space.notify(f"message {number} " + "very long " * 12, "error")
    assert window.toasts.geometry().right() > window.width() - 20, "at the right where nothing is in the way"
    window.go("setup")
    panel = child(window, "setup.summary")
    home = window.toasts.parentWidget()

    def shown():
        return QRect(panel.mapTo(home, QPoint(0, 0)), panel.size())

    qtbot.waitUntil(lambda: panel.isVisible() and not window.toasts.geometry().intersects(shown()))
    space.notify("another")
    qtbot.waitUntil(lambda: len(window.toasts.texts()) == 4)
    assert not window.toasts.geometry().intersects(shown())
    assert window.toasts.geometry().left() >= 0
    window.go("home")
    assert window.toasts.geometry().right() > window.width() - 20


def test_the_strip_shows_the_run_and_leads_to_live(qtbot, window, space, short, fake_run):
    fake_run.gate.clear()
    space.runner.start(short("first"), seeds=2)
    qtbot.waitUntil(lambda: "training" in child(window, "strip.run.text", QLabel).text())
    assert child(window, "strip.queue", QToolButton).text().strip() == "1 queued"
    press(qtbot, window, "strip.run")
    assert window.place == "live"
    fake_run.gate.set()
    qtbot.waitUntil(lambda: space.runner.current is None)
    assert child(window, "strip.queue", QToolButton).text().strip() == "0 queued"


def test_the_strip_says_what_is_left_of_the_disk(window):
    assert child(window, "strip.disk", QLabel).text().endswith("left")


def test_a_data_folder_that_vanishes_is_said(window, monkeypatch):
    def gone(path):
        raise FileNotFoundError(path)

    monkeypatch.setattr("shutil.disk_usage", gone)
    window.strip.look_at_disk()
    assert "not there" in child(window, "strip.disk", QLabel).text()


def close_while_training(qtbot, window, space, short, fake_run, answer):
    fake_run.gate.clear()
    [run] = space.runner.start(short(steps=1000))
    qtbot.waitUntil(lambda: space.runner.live.started is not None)
    window.close()
    assert window.isVisible(), "it must ask first"
    qtbot.mouseClick(child(window, f"closing.{answer}", QPushButton), Qt.MouseButton.LeftButton)
    return run


def test_closing_while_training_can_stop_and_keep(qtbot, window, space, short, fake_run):
    catalog = space.catalog
    seen = []
    space.run_ended.connect(lambda run: seen.append(catalog.run(run).status))
    close_while_training(qtbot, window, space, short, fake_run, "stop")
    qtbot.waitUntil(lambda: not window.isVisible())
    assert seen == [Status.STOPPED]


def test_closing_while_training_can_discard(qtbot, window, space, short, fake_run):
    catalog = space.catalog
    seen = []
    space.run_ended.connect(lambda run: seen.append(catalog.run(run).trashed is not None))
    close_while_training(qtbot, window, space, short, fake_run, "discard")
    qtbot.waitUntil(lambda: not window.isVisible())
    assert seen == [True]


def test_closing_while_training_can_stay(qtbot, window, space, short, fake_run):
    run = close_while_training(qtbot, window, space, short, fake_run, "stay")
    assert window.isVisible()
    assert space.runner.current == run
    space.runner.stop()
    qtbot.waitUntil(ended(space, run))


def test_closing_again_and_again_asks_once(qtbot, window, space, short, fake_run):
    fake_run.gate.clear()
    space.runner.start(short(steps=1000))
    for _ in range(3):
        window.close()
    assert len(window.findChildren(QDialog, "closing")) == 1
    qtbot.keyClick(child(window, "closing"), Qt.Key.Key_Escape)
    assert window.isVisible()
    qtbot.waitUntil(lambda: window.findChild(QDialog, "closing") is None)
    window.close()
    assert child(window, "closing").isVisible(), "and again, when it is closed again"
    press(qtbot, window, "closing.stop", QPushButton)
    qtbot.waitUntil(lambda: not window.isVisible())


def test_discard_at_closing_means_the_run_that_was_named(qtbot, window, space, short, fake_run):
    """While one reads the question the named run ends, and the next one begins."""
    catalog, fates = space.catalog, {}
    space.run_ended.connect(lambda run: fates.update({run: catalog.run(run).trashed is not None}))
    fake_run.gate.clear()
    first, second = space.runner.start(short(steps=1000), seeds=2)
    qtbot.waitUntil(lambda: space.runner.live.started is not None)
    window.close()
    space.runner.stop()
    qtbot.waitUntil(lambda: space.runner.current == second and space.runner.live.started is not None)
    press(qtbot, window, "closing.discard", QPushButton)
    qtbot.waitUntil(lambda: not window.isVisible())
    assert fates == {first: False, second: False}


def test_closing_while_training_can_go_on_in_the_background(qtbot, window, space, short, fake_run):
    """It closes by itself after the last run of the queue."""
    fake_run.gate.clear()
    catalog, fates = space.catalog, {}
    space.run_ended.connect(lambda run: fates.update({run: catalog.run(run).status}))
    runs = space.runner.start(short(), seeds=2)
    window.close()
    press(qtbot, window, "closing.background", QPushButton)
    assert window.isMinimized()
    fake_run.gate.set()
    qtbot.waitUntil(lambda: not window.isVisible())
    assert fates == dict.fromkeys(runs, Status.FINISHED)


def test_a_window_that_is_brought_back_from_the_background_stays(qtbot, window, space, short, fake_run):
    fake_run.gate.clear()
    [run] = space.runner.start(short())
    window.close()
    press(qtbot, window, "closing.background", QPushButton)
    window.showNormal()
    fake_run.gate.set()
    qtbot.waitUntil(ended(space, run))
    qtbot.wait(50)
    assert window.isVisible()


def test_the_theme_can_change_with_every_page_open(qtbot, window, space):
    for entry in places.PLACES:
        window.go(entry.name)
    for choice in ("dark", "contrast", "light"):
        space.actions.find(f"look.{choice}").trigger()
        assert space.theme.name == choice
        assert not window.grab().isNull()


def test_the_smallest_size_of_the_design_holds_every_page(qtbot, window):
    window.resize(1100, 720)
    for entry in places.PLACES:
        window.go(entry.name)
        assert (window.width(), window.height()) == (1100, 720)
        assert window.stack.currentWidget().minimumSizeHint().width() <= window.stack.width(), entry.name
        assert window.stack.currentWidget().minimumSizeHint().height() <= window.stack.height(), entry.name


def test_the_palette_knows_every_action_before_any_page_was_opened(qtbot, window, space):
    """Each page is then built, and what it adds was all known, under the same words and keys."""
    window.palette_box.open()
    early = {action.id: (action.title, action.shortcut, action.section) for action in space.actions.all()}
    qtbot.keyClick(window.palette_box, Qt.Key.Key_Escape)
    for entry in PLACES:
        window.go(entry.name)
    built = {action.id: (action.title, action.shortcut, action.section) for action in space.actions.all()}
    assert early == built
    assert {known.id for known in known_actions()} <= set(built)
    assert all(action.run.__name__ != "_nothing" for action in space.actions.all()), "and every one was bound"


def test_help_lists_the_keys_of_pages_that_were_never_opened(window):
    window.go("help", "keyboard")
    text = window.pages["help"].reader.toPlainText()
    assert "Ctrl+Return" in text.replace("Enter", "Return")
    assert "Try it: one step forward" in text
    assert "Move to trash" in text


def test_an_action_of_a_page_that_was_never_opened_is_done_there(qtbot, window, monkeypatch):
    done = []
    monkeypatch.setattr("app.pages.setup.page.Desk.sample_again", lambda desk: done.append(desk))
    qtbot.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    line = window.findChild(QLineEdit, "palette.line")
    qtbot.keyClicks(line, "sample tasks again")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert window.place == "setup"
    assert done == [window.pages["setup"].desk]


def test_an_action_of_a_page_is_done_on_that_page(qtbot, window, space):
    """Undo from Home would change a set-up that nobody sees."""
    window.go("setup")
    desk = window.pages["setup"].desk
    desk.set("inner.steps", 7)
    window.go("home")
    qtbot.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    line = window.findChild(QLineEdit, "palette.line")
    qtbot.keyClicks(line, "set up undo")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert window.place == "setup"
    assert not desk.draft.can_undo
