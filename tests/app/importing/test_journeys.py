"""Add your own, as a person clicks through it."""

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QFileDialog, QLabel, QLineEdit, QProgressBar, QPushButton, QTableView, QTabWidget
from shiboken6 import isValid

from app.pages.importing import dialog as dialogs
from app.pages.importing.dialog import ImportDialog
from app.pages.importing.thumbs import Thumbs
from tests.app.setup.conftest import find
from tests.core.data.own_images import small_sets as small


def click(qtbot, widget):
    qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)


@pytest.fixture
def opened(qtbot, page):
    """The dialog, opened by the button of step 1."""
    click(qtbot, find(page, "setup.tasks.own", QPushButton))
    made = find(page, "importing.dialog", ImportDialog)
    yield made
    if isValid(made):
        made.reject()


def choose(qtbot, opened, path):
    line = find(opened, "importing.path", QLineEdit)
    line.clear()
    qtbot.keyClicks(line, str(path))
    qtbot.keyClick(line, Qt.Key.Key_Return)


def looked(opened):
    return lambda: not opened.look.busy and opened.stack.currentWidget() is not opened.pages["waiting"]


def text(opened, name):
    return find(opened, name, QLabel).text()


def rows(view):
    model = view.model()
    return [[model.index(r, c).data() for c in range(model.columnCount())] for r in range(model.rowCount())]


def rows_of(opened):
    return rows(find(opened, "importing.columns", QTableView))


def titles(opened):
    tabs = find(opened, "importing.tabs", QTabWidget)
    return [tabs.tabText(at) for at in range(tabs.count()) if tabs.isTabVisible(at)]


def test_a_picture_archive_from_the_button_to_the_tasks(qtbot, page, opened, photos, monkeypatch, tmp_path):
    add = find(opened, "importing.add", QPushButton)
    assert not add.isEnabled()
    assert text(opened, "importing.reason") == "Choose something first."
    choose(qtbot, opened, photos)
    qtbot.waitUntil(looked(opened))
    assert text(opened, "importing.sentence").startswith("160 pictures of 20 classes, 8 each")
    assert titles(opened) == ["Overview", "Classes (20)", "Left out (1)"]
    assert rows(find(opened, "importing.groups", QTableView))[0][:2] == ["c00", "8"]
    assert rows(find(opened, "importing.left", QTableView)) == [["c03/broken.png", "is no picture that Pillow knows"]]
    thumbs = find(opened, "importing.thumbs", Thumbs)
    assert thumbs.isVisible()
    shown = [part for part in thumbs.findChildren(QLabel) if part.objectName().startswith("importing.thumb.")]
    assert len(shown) == 6 * 6
    assert shown[7].accessibleName() == "c01, picture 2 of 6"
    assert not any(part.pixmap().isNull() for part in shown)
    saved = tmp_path / "left.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(saved), "CSV (*.csv)"))
    find(opened, "importing.left.save", QPushButton).click()
    assert saved.read_text() == "what,why\nc03/broken.png,is no picture that Pillow knows\n"
    click(qtbot, add)
    draft = page.desk.draft
    assert (draft.kind("tasks"), draft.get("tasks.path"), draft.get("tasks.ways")) == ("images", str(photos), 5)
    assert (draft.kind("network"), draft.get("outer.meta_batch")) == ("conv-strided", 4)
    assert not [problem for problem in draft.problems() if problem.blocking]
    assert draft.origin.reference == "preset:maml-images"
    assert set(draft.differences()) == {"tasks.path", "tasks.shots", "tasks.queries"}
    draft.undo()
    assert draft.kind("tasks") == "sinusoid"


def test_a_table_gets_its_roles_before_it_is_added(qtbot, page, opened, trees, asked):
    choose(qtbot, opened, trees)
    qtbot.waitUntil(looked(opened))
    assert titles(opened) == ["Overview", "Columns (4)", "Tasks (9)", "Left out (1)"]
    view = find(opened, "importing.columns", QTableView)
    assert [row[2] for row in rows(view)] == ["Task column", "Input", "Target", "Not used"]
    buttons = {role: find(opened, f"importing.role.{role}", QPushButton) for role in ("task", "input", "unused")}
    assert not any(made.isEnabled() for made in buttons.values())
    view.selectRow(3)
    assert all(made.isEnabled() for made in buttons.values())
    buttons["input"].click()
    qtbot.waitUntil(lambda: not opened.look.busy)
    assert asked[-1] == {"task_column": "tree", "inputs": ("age", "note"), "target": ("height",)}
    assert rows(view)[3][2] == "Input"
    click(qtbot, find(opened, "importing.add", QPushButton))
    draft = page.desk.draft
    assert draft.kind("tasks") == "table"
    assert (draft.get("tasks.task_column"), draft.get("tasks.inputs"), draft.get("tasks.target")) == (
        "tree", ["age", "note"], ["height"],
    )  # fmt: skip


def test_a_real_table_from_a_drop_to_tasks_that_can_run(qtbot, page, tmp_path):
    rows = [f"tree {t},{age},{10 + 3 * age * (1 + t % 3) + t}" for t in range(12) for age in range(6)]
    (tmp_path / "trees.csv").write_text("\n".join(["tree,age,height", *rows]) + "\n")
    made = page.add_own()
    made.open_path(tmp_path / "trees.csv")
    qtbot.waitUntil(looked(made), timeout=20000)
    assert titles(made)[:3] == ["Overview", "Columns (3)", "Tasks (12)"]
    assert [row[2] for row in rows_of(made)] == ["Task column", "Input", "Target"]
    click(qtbot, find(made, "importing.add", QPushButton))
    draft = page.desk.draft
    assert (draft.kind("tasks"), draft.get("tasks.task_column")) == ("table", "tree")
    assert not [problem for problem in draft.problems() if problem.blocking]
    assert draft.origin.reference == "preset:maml-table"


def test_a_role_that_cannot_be_is_told_and_what_was_understood_stays(qtbot, opened, trees, asked):
    choose(qtbot, opened, trees)
    qtbot.waitUntil(looked(opened))
    view = find(opened, "importing.columns", QTableView)
    view.selectRow(2)
    find(opened, "importing.role.unused", QPushButton).click()
    qtbot.waitUntil(lambda: not opened.look.busy)
    assert text(opened, "importing.problems") == "✕ No column to predict; say which one is the target."
    assert not find(opened, "importing.add", QPushButton).isEnabled()
    view.selectRow(3)
    find(opened, "importing.role.target", QPushButton).click()
    qtbot.waitUntil(lambda: not opened.look.busy)
    assert text(opened, "importing.problems").startswith("✕ note: a text cannot be predicted")
    assert opened.stack.currentWidget() is opened.preview
    assert not find(opened, "importing.add", QPushButton).isEnabled()


def test_an_option_of_pictures_looks_again(qtbot, opened, tmp_path):
    nested = {
        f"kind{k}/thing{t}/{n}.png": small.png(3 * k + t, n) for k in range(8) for t in range(2) for n in range(4)
    }
    choose(qtbot, opened, small.folder(tmp_path / "set", nested))
    qtbot.waitUntil(looked(opened))
    assert "Classes (16)" in titles(opened)
    opened.preview.option_changed.emit("tasks.level", "top")
    qtbot.waitUntil(lambda: not opened.look.busy)
    assert "Classes (8)" in titles(opened)
    with qtbot.waitSignal(opened.added) as added:
        click(qtbot, find(opened, "importing.add", QPushButton))
    assert added.args[0]["tasks.level"] == "top"


@pytest.mark.parametrize(
    ("name", "make", "words"),
    [
        ("nothing", lambda path: None, "There is no"),
        ("empty", Path.mkdir, "holds no pictures"),
        ("notes.doc", Path.touch, "neither pictures nor a table"),
        ("one.png", lambda path: path.write_bytes(small.png()), "a single picture"),
        ("bad.zip", lambda path: path.write_bytes(b"no archive"), "is damaged or no archive"),
    ],
)
def test_what_cannot_be_used_says_why_and_another_may_be_chosen(qtbot, opened, tmp_path, photos, name, make, words):
    make(tmp_path / name)
    choose(qtbot, opened, tmp_path / name)
    qtbot.waitUntil(looked(opened))
    assert opened.stack.currentWidget() is opened.pages["refused"]
    assert words in opened.refusal.text_label.text()
    assert not find(opened, "importing.add", QPushButton).isEnabled()
    choose(qtbot, opened, photos)
    qtbot.waitUntil(lambda: find(opened, "importing.add", QPushButton).isEnabled())


def test_too_few_classes_are_shown_with_the_reason(qtbot, opened, tmp_path):
    choose(qtbot, opened, small.folder(tmp_path / "set", small.files(3, 8)))
    qtbot.waitUntil(looked(opened))
    assert opened.stack.currentWidget() is opened.preview
    assert "3 classes are too few to split" in text(opened, "importing.problems")
    assert not find(opened, "importing.add", QPushButton).isEnabled()


def test_progress_is_shown_and_cancel_ends_the_look(qtbot, opened, photos, monkeypatch):
    import threading

    from core.errors import Interrupted

    go_on, ended = threading.Event(), threading.Event()

    def slow(path, folder, heard, options):
        heard("decoding pictures", 0.25)
        go_on.wait(10)
        try:
            heard("decoding pictures", 0.5)
        except Interrupted:
            ended.set()
            raise

    monkeypatch.setattr("app.pages.importing.look.inspect", slow)
    choose(qtbot, opened, photos)
    bar = find(opened, "importing.progress", QProgressBar)
    qtbot.waitUntil(lambda: bar.value() == 250)
    assert text(opened, "importing.doing") == "Decoding pictures: 25 %"
    click(qtbot, find(opened, "importing.cancel", QPushButton))
    go_on.set()
    qtbot.waitUntil(ended.is_set)


def test_a_drop_on_set_up_opens_the_dialog_with_it(qtbot, page, photos):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(photos))])
    event = QDropEvent(
        QPointF(9, 9), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    page.dropEvent(event)
    made = find(page, "importing.dialog", ImportDialog)
    qtbot.waitUntil(looked(made))
    assert text(made, "importing.sentence").startswith("160 pictures")
    made.reject()


def test_what_may_be_dropped(tmp_path, photos, trees):
    for path, good in (
        (photos, True),
        (trees, True),
        (tmp_path, True),
        (tmp_path / "e.toml", False),
        (tmp_path / "a.doc", False),
    ):
        assert dialogs.is_data(path) is good


def test_the_buttons_ask_for_a_folder_and_for_a_file(qtbot, opened, photos, monkeypatch, tmp_path):
    folder = small.folder(tmp_path / "set", small.files(8, 4))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    click(qtbot, find(opened, "importing.folder", QPushButton))
    qtbot.waitUntil(looked(opened))
    assert "32 pictures" in text(opened, "importing.sentence")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(photos), ""))
    click(qtbot, find(opened, "importing.file", QPushButton))
    qtbot.waitUntil(lambda: "160 pictures" in text(opened, "importing.sentence"))


def test_everything_that_can_be_used_has_a_name(qtbot, opened, photos):
    choose(qtbot, opened, photos)
    qtbot.waitUntil(looked(opened))
    for kind in (QPushButton, QLineEdit, QTableView, QTabWidget, QProgressBar):
        for widget in opened.findChildren(kind):
            if widget.isVisibleTo(opened) and not widget.objectName().startswith("qt_"):
                assert widget.objectName(), widget
                assert widget.accessibleName() or widget.text(), widget.objectName()
