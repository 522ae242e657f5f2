"""Everything without a mouse: from the first card to Run."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton

from app.pages.setup.cards import ChoiceCard
from tests.app.setup.conftest import find


def press(qtbot, key, modifier=Qt.KeyboardModifier.NoModifier):
    qtbot.keyClick(QApplication.focusWidget(), key, modifier)


def active(qtbot, page):
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)


def test_cards_fields_and_run_by_keys_alone(qtbot, page, started):
    active(qtbot, page)
    find(page, "setup.tasks.kind.sinusoid", ChoiceCard).setFocus()
    press(qtbot, Qt.Key.Key_Right)
    assert page.desk.draft.kind("tasks") == "sinusoid-line"
    press(qtbot, Qt.Key.Key_Tab)
    assert QApplication.focusWidget().objectName() == "setup.tasks.shots"
    press(qtbot, Qt.Key.Key_Up)
    assert page.desk.draft.get("tasks.shots") == 6
    press(qtbot, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(started), timeout=8000)
    assert started[0][0].tasks.shots == 6


def test_the_page_opens_with_the_focus_and_the_step_in_it(qtbot, page):
    active(qtbot, page)
    page.open("")
    assert QApplication.focusWidget() is page.header.picker
    assert [name for name, button in page.stepper.buttons.items() if button.isChecked()] == ["tasks"]
    find(page, "setup.inner.learning_rate").setFocus()
    page.open("")
    assert QApplication.focusWidget().objectName() == "setup.inner.learning_rate"


def test_undo_in_a_line_is_the_pages_undo(qtbot, page):
    active(qtbot, page)
    line = find(page, "setup.inner.learning_rate")
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, "0.5")
    press(qtbot, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert (page.desk.draft.get("inner.learning_rate"), line.text()) == (0.01, "0.01")
    press(qtbot, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert line.text() == "0.5"


def test_r_samples_again_but_not_while_typing(qtbot, page):
    active(qtbot, page)
    qtbot.waitUntil(lambda: page.tasks.seed.text() == "Drawn with seed 0")
    find(page, "setup.tasks.kind.sinusoid", ChoiceCard).setFocus()
    press(qtbot, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: page.tasks.seed.text() == "Drawn with seed 1")
    find(page, "setup.name").setFocus()
    press(qtbot, Qt.Key.Key_R)
    assert page.desk.draft.get("name") == "r"
    assert page.tasks.seed.text() == "Drawn with seed 1"


def test_space_goes_through_the_answers_of_the_tree(qtbot, page):
    tree = page.subset.tree
    tree.setFocus()
    tree.setCurrentItem(tree.topLevelItem(0))
    seen = []
    for _ in range(3):
        qtbot.keyClick(tree, Qt.Key.Key_Space)
        seen.append((page.desk.draft.get("subset.adapt"), page.desk.draft.get("subset.freeze")))
    assert seen == [(["body.2.*", "head.*"], []), (["body.2.*", "head.*"], ["body.0.*"]), (None, [])]


def test_tab_reaches_everything_and_comes_round(qtbot, page):
    active(qtbot, page)
    find(page, "setup.preset").setFocus()
    names = []
    for _ in range(200):
        press(qtbot, Qt.Key.Key_Tab)
        name = QApplication.focusWidget().objectName()
        if name == "setup.preset":
            break
        names.append(name)
    assert name == "setup.preset"
    for wanted in (
        "setup.go.tasks", "setup.tasks.kind.sinusoid", "setup.tasks.again", "setup.network.kind.mlp",
        "setup.network.hidden", "setup.method.kind.maml", "setup.subset.tree", "setup.subset.adapt", "setup.inner.steps",
        "setup.inner.order.second", "setup.outer.schedule", "setup.seeds", "setup.name", "setup.review.command.copy",
        "setup.run",
    ):  # fmt: skip
        assert wanted in names
    assert names.index("setup.go.tasks") < names.index("setup.tasks.shots") < names.index("setup.inner.steps")
    assert names.index("setup.inner.steps") < names.index("setup.name") < names.index("setup.run")


def test_every_widget_that_takes_the_focus_has_a_name(page):
    for widget in (*page.findChildren(QPushButton), *page.findChildren(QToolButton), *page.findChildren(ChoiceCard)):
        if widget.focusPolicy() != Qt.FocusPolicy.NoFocus and widget.isVisible():
            assert widget.objectName(), widget.text()
            assert widget.accessibleName() or widget.text()


def test_control_return_leads_to_what_is_in_the_way_and_runs_once_that_is_mended(qtbot, page, started, empty):
    active(qtbot, page)
    line = find(page, "setup.inner.learning_rate")
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, "fast")
    empty.actions.refresh()  # as whenever a page is opened or a run ends
    find(page, "setup.outer.learning_rate").setFocus()
    press(qtbot, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.focusWidget() is line
    assert page.summary.reason.text().startswith("✕ Cannot run:")
    line.selectAll()
    qtbot.keyClicks(line, "0.1")
    press(qtbot, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(started), timeout=8000)


def test_control_z_is_heard_although_there_was_nothing_to_undo_before(qtbot, page, empty):
    active(qtbot, page)
    empty.actions.refresh()
    assert not empty.actions.find("setup.undo").qaction.isEnabled()
    card = find(page, "setup.tasks.kind.sinusoid", ChoiceCard)
    card.setFocus()
    press(qtbot, Qt.Key.Key_Right)
    assert page.desk.draft.kind("tasks") == "sinusoid-line"
    press(qtbot, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert page.desk.draft.kind("tasks") == "sinusoid"
