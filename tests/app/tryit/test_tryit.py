"""Try it, as a person uses it: by keys, by clicks, and with everything that can be wrong."""

import numpy as np
import pandas
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QPushButton,
    QTableView,
    QWidget,
)

from app.pages.help.topics import keyboard_text
from app.pages.tryit.sources import Drawn, Files, Sampled
from core.deploy import load
from core.use.question import Question
from core.use.trying import trace
from tests.app.pages import child
from tests.core.data.own_images.small_sets import files, folder

from .conftest import LONG, noise_as_built, settle


def press(qtbot, page, key, modifier=Qt.KeyboardModifier.NoModifier):
    qtbot.keyClick(QApplication.focusWidget() or page, key, modifier)


def click(qtbot, page, name):
    qtbot.mouseClick(child(page, QAbstractButton, name), Qt.MouseButton.LeftButton)
    settle(qtbot, page)


def click_at(qtbot, page, x, y, modifier=Qt.KeyboardModifier.NoModifier):
    """Into the plot, at a place of the data."""
    place = page.answers.plot.place_of(x, y).toPoint()
    qtbot.mouseClick(page.answers.plot.canvas.viewport(), Qt.MouseButton.LeftButton, modifier, place)
    settle(qtbot, page)


def segment(qtbot, page, text):
    found = next(button for button in page.source._kinds.buttons() if button.text() == text)
    qtbot.mouseClick(found, Qt.MouseButton.LeftButton)
    settle(qtbot, page)


def support(page):
    return page.desk.answer.question.support_x.ravel().tolist()


def test_a_sampled_task_is_tried_at_once_and_the_arrows_step(qtbot, learned, show):
    page = show(learned, "first")
    assert page.title_label.text() == "Try it: first"
    assert page.source.about.text() == "seed 0"
    assert QApplication.focusWidget() is page.player.slider
    assert (page.player.step, page.player.slider.maximum()) == (2, 10)
    assert page.sentence.text().startswith("After 2 steps ")
    press(qtbot, page, Qt.Key.Key_Right)
    assert page.player.step == 3
    assert page.sentence.text().startswith("After 3 steps ")
    for _ in range(3):
        press(qtbot, page, Qt.Key.Key_Left)
    assert page.sentence.text().startswith("Before any step ")


def test_the_shortcut_sheet_has_the_keys_and_fields_keep_theirs(qtbot, learned, show):
    """Right, Left, Space and R are heard by the page alone: a key that the window took would no longer reach a slider."""
    page = show(learned, "first")
    sheet = keyboard_text(learned.actions.all())
    for key, title in (
        ("R", "new sample"),
        ("Right", "one step forward"),
        ("Left", "one step back"),
        ("Space", "play"),
    ):
        assert f"| `{key}` | Try it: {title}" in sheet
        assert "(R)" not in sheet
    before = page.player.step
    page.player.slider.setFocus()
    qtbot.keyClick(page.player.slider, Qt.Key.Key_Right)
    assert page.player.step == before + 1
    assert learned.actions.find("tryit.forward").qaction.shortcut().isEmpty()


def test_what_is_shown_is_what_the_file_predicts(learned, show):
    page = show(learned, "first")
    question = page.desk.answer.question
    start = load(page.desk.loaded.record.path)
    wanted = start.adapt(question.support_x, question.support_y, steps=2).predict(page.answers.plot._grid)
    line = page.answers.plot._lines[0]
    np.testing.assert_allclose(line.y[2], wanted[:, 0], rtol=1e-5)
    assert [one.name for one in page.answers.plot._lines] == ["this start", "random start"]


def test_the_sentence_says_how_far_a_random_start_was_followed(learned, show):
    page = show(learned, "first")
    assert "a random start" in page.sentence.text()
    assert len(page.desk.random_results) == 41


def test_steps_beyond_those_of_training_are_flagged(qtbot, learned, show):
    page = show(learned, "first")
    page.player.slider.setValue(1)
    assert page.player.words.text() == "step 1 of 10"
    press(qtbot, page, Qt.Key.Key_Right)
    assert page.player.words.text() == "step 2 of 10 · beyond the 1 step of training"
    assert page.player.words.property("role") == "warn"


def test_r_takes_another_sample_and_the_same_seed_is_the_same_task(qtbot, learned, show):
    page = show(learned, "first")
    before = support(page)
    press(qtbot, page, Qt.Key.Key_R)
    settle(qtbot, page)
    assert page.source.about.text() == "seed 1"
    assert support(page) != before
    page._take(Sampled(0))
    settle(qtbot, page)
    assert support(page) == before


def test_a_sampled_country_is_named(learned, show):
    page = show(learned, "countries")
    assert page.source.about.text().startswith("seed 0 · ")
    assert page.answers.plot.x_label == "year"
    grid = page.answers.plot._grid
    assert (grid.min(), grid.max()) == pytest.approx((1952, 2007))


def test_space_plays_to_the_end_and_begins_anew_there(qtbot, learned, show, monkeypatch):
    page = show(learned, "first")
    page.player._timer.setInterval(5)
    press(qtbot, page, Qt.Key.Key_Space)
    assert page.player.playing
    qtbot.waitUntil(lambda: page.player.step == 10)
    qtbot.waitUntil(lambda: not page.player.playing)
    press(qtbot, page, Qt.Key.Key_Space)
    assert page.player.step < 10
    press(qtbot, page, Qt.Key.Key_Space)
    assert not page.player.playing


def test_leaving_the_page_stops_the_play(qtbot, learned, show):
    page = show(learned, "first")
    press(qtbot, page, Qt.Key.Key_Space)
    page.hide()
    assert not page.player.playing


def test_more_steps_are_computed_when_they_are_asked_for(qtbot, learned, show):
    page = show(learned, "first")
    page.player.most.setValue(25)
    settle(qtbot, page)
    assert page.player.slider.maximum() == 25
    assert len(page.answers.plot._lines[0].y) == 26


def test_a_click_into_the_plot_sets_a_point_and_a_click_on_it_takes_it_away(qtbot, learned, show):
    page = show(learned, "first")
    before = support(page)
    click_at(qtbot, page, 4.0, 0.5)
    assert page.source.kind == "drawn"
    assert support(page)[:-1] == before
    assert support(page)[-1] == pytest.approx(4.0, abs=0.2)
    placed = page.desk.answer.question
    click_at(qtbot, page, placed.support_x[-1, 0], placed.support_y[-1, 0])
    assert support(page) == before


def test_shift_and_a_click_set_a_query_point(qtbot, learned, show):
    page = show(learned, "first")
    before = len(page.desk.answer.question.query_x)
    click_at(qtbot, page, 4.0, 0.5, Qt.KeyboardModifier.ShiftModifier)
    assert len(page.desk.answer.question.query_x) == before + 1


def test_points_are_typed_without_a_mouse(qtbot, learned, show):
    page = show(learned, "first")
    segment(qtbot, page, "Own points")
    click(qtbot, page, "tryit.point.clear")
    assert "first example" in page.answers.plot.note.text()
    assert not page.player.slider.isEnabled()
    assert not page.save_button.isEnabled()
    for axis, value in (("x", 1.5), ("y", -2.0)):
        box = child(page, QDoubleSpinBox, f"tryit.point.{axis}")
        box.setFocus()
        box.selectAll()
        qtbot.keyClicks(box, str(value))
        qtbot.keyClick(box, Qt.Key.Key_Tab)
    click(qtbot, page, "tryit.point.add")
    assert support(page) == [1.5]
    assert page.desk.answer.question.support_y.ravel().tolist() == [-2.0]
    assert page.results.plot.y_label == "support loss"
    assert page.sentence.text().startswith("After 2 steps the support loss is")
    click(qtbot, page, "tryit.point.undo")
    assert page.desk.answer is None


def test_another_initialization_stands_beside(qtbot, learned, show):
    page = show(learned, "first", beside="second")
    assert page.results.other.currentText() == "second"
    assert [one.name for one in page.answers.plot._lines] == ["this start", "random start", "second"]
    assert {row[0] for row in page.results.plot.as_table()[1:]} == {"this start", "random start", "second"}
    page.results.other.setCurrentIndex(0)
    settle(qtbot, page)
    assert [one.name for one in page.answers.plot._lines] == ["this start", "random start"]


def test_only_starts_of_the_same_tasks_are_offered(learned, show):
    page = show(learned, "first")
    offered = [page.results.other.itemText(at) for at in range(page.results.other.count())]
    assert offered[0] == "no other start"
    assert sorted(offered[1:])[-1] == "second"
    assert len(offered) == 3
    assert "countries" not in offered


def test_one_that_does_not_fit_is_told_and_the_rest_goes_on(learned, show):
    page = show(learned, "first", beside="pictures")
    assert "left out: it takes classification" in page.results.problem.text()
    assert [one.name for one in page.answers.plot._lines] == ["this start", "random start"]


def test_without_the_random_start_nothing_is_said_of_it(qtbot, learned, show):
    page = show(learned, "first")
    page.results.random.setFocus()
    press(qtbot, page, Qt.Key.Key_Space)
    settle(qtbot, page)
    assert [one.name for one in page.answers.plot._lines] == ["this start"]
    assert "random" not in page.sentence.text()
    assert not page.player.playing


def test_pictures_are_rows_with_a_class_and_its_probability(learned, show, monkeypatch):
    monkeypatch.setattr("core.tasks.build", noise_as_built)
    page = show(learned, "pictures")
    model = page.answers.model
    assert page.results.plot.y_label == "right queries (%)"
    assert model.titles() == ["Query", "True", "this start", "random start"]
    assert model.rowCount() == 6
    text = model.data(model.index(0, 2))
    assert text[0] in "✓✗"
    assert " % class " in text
    assert not model.data(model.index(0, 0), Qt.ItemDataRole.DecorationRole).isNull()
    assert page.answers.strip.accessibleDescription() == "class 1: 2, class 2: 2, class 3: 2"
    assert not page.source._kinds.buttons()[1].isVisible()
    predicted = page.desk.answer.traces["learned"].predictions
    page.player.slider.setValue(7)
    assert f"{100 * predicted[7, 0].max():.0f} %" in model.data(model.index(0, 2))


@pytest.fixture
def tables(tmp_path):
    """Known rows of 2 sin(x - 1), and rows to predict."""
    x = np.array([-4.0, -2.0, 0.0, 1.5, 3.0, 4.0])
    pandas.DataFrame({"x": x, "y": 2 * np.sin(x - 1)}).to_csv(tmp_path / "known.csv", index=False)
    pandas.DataFrame({"x": [-1.0, 2.0, 9.0], "sensor": ["a", "b", "c"]}).to_csv(tmp_path / "asked.csv", index=False)
    return tmp_path / "known.csv", tmp_path / "asked.csv"


def choose_files(qtbot, page, monkeypatch, *paths):
    """By the two buttons and their dialogs."""
    segment(qtbot, page, "Own table")
    for name, path in zip(("support", "query"), paths, strict=False):
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_, path=path: (str(path), ""))
        click(qtbot, page, f"tryit.files.{name}")


def test_rows_of_a_table_are_tried_and_the_rest_of_it_is_asked(qtbot, learned, show, monkeypatch, tables):
    page = show(learned, "first")
    choose_files(qtbot, page, monkeypatch, tables[0])
    page.source.shots.setValue(4)
    settle(qtbot, page)
    assert support(page) == [-4, -2, 0, 1.5]
    assert page.desk.answer.question.query_x.ravel().tolist() == [3, 4]
    assert page.sentence.text().startswith("After 2 steps ")
    assert page.source.names.text() == "known.csv"


def test_a_query_file_is_predicted_warned_of_and_saved(qtbot, learned, show, monkeypatch, tables, tmp_path):
    page = show(learned, "first")
    choose_files(qtbot, page, monkeypatch, *tables)
    assert "1 of 3 query rows is outside of -5 to 5" in page.warning.text()
    assert page.results.plot.y_label == "prediction moved by"
    answers = [row[1] for row in page.answers.plot.as_table() if row[0] == "answer"]
    assert answers == [-1.0, 2.0, 9.0]
    assert page.sentence.text().startswith("Step 2 moved the predictions by")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "out.csv"), "CSV (*.csv)"))
    page.player.slider.setValue(3)
    click(qtbot, page, "tryit.save")
    written = pandas.read_csv(tmp_path / "out.csv")
    assert list(written.columns) == ["x", "sensor", "predicted y"]
    known = pandas.read_csv(tables[0])
    question = Question(known[["x"]].to_numpy(), known[["y"]].to_numpy(), written[["x"]].to_numpy())
    wanted = trace(load(page.desk.loaded.record.path), question, 3).predictions[3]
    np.testing.assert_allclose(written["predicted y"], wanted[:, 0], rtol=1e-6)
    assert "3 predictions written" in learned.messages[-1].text


def test_saving_where_nothing_can_be_written_is_told(qtbot, learned, show, monkeypatch, tmp_path):
    page = show(learned, "first")
    (tmp_path / "file").write_text("")
    for path, told in ((tmp_path / "file" / "out.csv", "no folder"), (tmp_path / "out.pdf", ".parquet or .xlsx")):
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, path=path: (str(path), "CSV (*.csv)"))
        click(qtbot, page, "tryit.save")
        assert told in learned.messages[-1].text


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "there is no file"),
        ("", "cannot be read"),
        ("a;b\n1;2\n", "has no column 'x'"),
        ("x,y\n", "holds no rows"),
        ("x,y\none,two\n", "no row with numbers"),
        ("x,y\n1,2\n2,3\n", "none is left to predict"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_tried_says_why_and_a_sample_is_one_click_away(
    qtbot, learned, show, monkeypatch, tmp_path, content, told
):
    page = show(learned, "first")
    if content is not None:
        (tmp_path / "bad.csv").write_text(content)
    choose_files(qtbot, page, monkeypatch, tmp_path / "bad.csv")
    assert page.answers.empty.isVisible()
    assert told in page.answers.empty.text_label.text()
    assert page.sentence.text() == ""
    assert not page.save_button.isEnabled()
    segment(qtbot, page, "Sampled task")
    assert page.answers.plot.isVisible()
    assert page.save_button.isEnabled()


def test_choosing_own_files_says_what_to_name_first(qtbot, learned, show):
    page = show(learned, "first")
    segment(qtbot, page, "Own table")
    assert page.answers.empty.title_label.text() == "Name the known examples"
    assert not page.player.slider.isEnabled()


def test_files_that_are_dropped_are_support_and_query(qtbot, learned, show, tables):
    page = show(learned, "first")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in tables])
    action, buttons = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    page.dropEvent(QDropEvent(QPointF(5, 5), action, data, buttons, Qt.KeyboardModifier.NoModifier))
    settle(qtbot, page)
    assert page.desk.source == Files(tables[0], tables[1], page.source.shots.value())
    assert page.source.names.text() == "known.csv → asked.csv"
    assert len(page.desk.answer.question.query_x) == 3


def test_without_any_initialization_the_next_action_is_offered(qtbot, empty, show):
    page = show(empty)
    assert page.picker.stack.currentWidget() is page.picker.empty
    with qtbot.waitSignal(empty.navigate) as signal:
        qtbot.mouseClick(child(page, QPushButton, "tryit.empty.action"), Qt.MouseButton.LeftButton)
    assert signal.args == ["setup", ""]


def test_one_is_picked_from_the_list_by_enter(qtbot, learned, show):
    page = show(learned)
    assert page.stack.currentWidget() is page.picker
    view = page.picker.view
    names = [page.picker.model.record(row).name for row in range(page.picker.model.rowCount())]
    view.setCurrentIndex(page.picker.model.index(names.index("second"), 1))
    qtbot.keyClick(view, Qt.Key.Key_Return)
    settle(qtbot, page)
    assert page.title_label.text() == "Try it: second"
    click(qtbot, page, "tryit.all")
    assert page.stack.currentWidget() is page.picker


@pytest.mark.parametrize("harm", ["missing", "damaged", "unknown"])
def test_a_file_that_cannot_be_loaded_leads_back_to_the_list(qtbot, learned, show, harm):
    record = next(one for one in learned.catalog.initializations() if one.name == "first")
    if harm == "missing":
        record.path.unlink()
    elif harm == "damaged":
        record.path.write_bytes(b"nonsense")
    page = show(learned, "nothing" if harm == "unknown" else "first")
    assert page.stack.currentWidget() is page.gone
    assert ("nothing" if harm == "unknown" else record.path.name) in page.gone.text_label.text()
    qtbot.mouseClick(child(page, QPushButton, "tryit.gone.action"), Qt.MouseButton.LeftButton)
    settle(qtbot, page)
    assert page.stack.currentWidget() is page.picker


def test_a_set_that_is_not_here_leaves_own_examples(qtbot, learned, show, monkeypatch, tables):
    from core.errors import MissingData

    def missing(*_, **__):
        raise MissingData("the set is not here; fetch it")

    monkeypatch.setattr("core.tasks.build", missing)
    page = show(learned, "first")
    assert page.answers.empty.text_label.text() == "the set is not here; fetch it"
    choose_files(qtbot, page, monkeypatch, *tables)
    assert page.answers.plot.isVisible()


def test_the_page_of_the_initialization_is_one_click_away(qtbot, learned, show):
    page = show(learned, "first")
    with qtbot.waitSignal(learned.navigate) as signal:
        qtbot.mouseClick(child(page, QPushButton, "tryit.initialization"), Qt.MouseButton.LeftButton)
    assert signal.args == ["initialization", page.desk.loaded.record.id]


def test_a_long_name_does_not_push_the_page_wider(learned, show):
    page = show(learned, LONG.strip()[:290], beside="first")
    assert page.minimumSizeHint().width() <= 948
    page.source.choose("drawn")
    assert page.minimumSizeHint().width() <= 948
    assert page.width() == 948


def test_quick_changes_leave_the_last_one_standing(qtbot, learned, show):
    page = show(learned, "first")
    for seed in range(1, 6):
        page._take(Sampled(seed))
    settle(qtbot, page)
    assert page.source.about.text() == "seed 5"
    assert page.desk.answer.source == Sampled(5)


def test_everything_that_can_be_used_has_a_name(learned, show):
    page = show(learned, "first", beside="second")
    kinds = (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox, QTableView)
    for kind in kinds:
        for widget in page.findChildren(kind):
            if not widget.isVisible() or widget.objectName().startswith("qt_") or _inner(widget):
                continue
            spoken = widget.accessibleName() or getattr(widget, "text", str)()
            assert widget.objectName(), f"{widget!r} has no object name"
            assert spoken, f"{widget.objectName()} says nothing"


def _inner(widget: QWidget) -> bool:
    """A part that Qt makes itself: scroll bars, the corner of a table."""
    return "scroll" in type(widget).__name__.casefold() or isinstance(widget.parent(), QTableView)


def test_reading_order_reaches_every_control_by_tab(qtbot, learned, show):
    page = show(learned, "first")
    page.source._kinds.buttons()[0].setFocus()
    seen = []
    for _ in range(40):
        widget = QApplication.focusWidget()
        if widget is None or widget.objectName() in seen[1:]:
            break
        seen.append(widget.objectName())
        qtbot.keyClick(widget, Qt.Key.Key_Tab)
    for before, after in (
        ("tryit.sample", "tryit.random"),
        ("tryit.random", "tryit.step"),
        ("tryit.step", "tryit.save"),
    ):
        assert seen.index(before) < seen.index(after), seen


def test_own_points_compare_as_values():
    drawn = Drawn().with_point(1, 2).with_point(3, 4, query=True)
    assert (drawn.support.tolist(), drawn.query.tolist()) == ([[1, 2]], [[3, 4]])
    assert len(drawn.without_support(0).support) == len(drawn.without_query(0).query) == 0


@pytest.fixture
def folders(tmp_path):
    """A folder per class (three of them), and a flat folder."""
    known = files(classes=3, each=4)
    folder(tmp_path / "known", known)
    folder(tmp_path / "asked", {f"{at}.png": content for at, content in enumerate(list(known.values())[::3])})
    return tmp_path / "known", tmp_path / "asked"


def name_folders(qtbot, page, monkeypatch, *paths):
    segment(qtbot, page, "Own pictures")
    for name, path in zip(("support", "query"), paths, strict=False):
        monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_, path=path: str(path))
        click(qtbot, page, f"tryit.files.{name}")


def test_pictures_from_disk_are_classified_and_saved_with_their_names(
    qtbot, learned, show, monkeypatch, folders, tmp_path
):
    monkeypatch.setattr("core.tasks.build", noise_as_built)
    page = show(learned, "pictures")
    name_folders(qtbot, page, monkeypatch, *folders)
    assert page.answers.model.titles() == ["Query", "this start", "random start"]
    assert page.answers.strip.accessibleDescription() == "c00: 4, c01: 4, c02: 4"
    assert " % c0" in page.answers.model.data(page.answers.model.index(0, 1))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "out.csv"), ""))
    click(qtbot, page, "tryit.save")
    written = pandas.read_csv(tmp_path / "out.csv")
    assert list(written.columns) == ["file", "predicted class", *(f"probability c0{at}" for at in range(3))]
    assert written["file"].tolist() == [f"{at}.png" for at in range(4)]


def test_without_a_query_the_known_pictures_are_divided_and_judged(qtbot, learned, show, monkeypatch, folders):
    monkeypatch.setattr("core.tasks.build", noise_as_built)
    page = show(learned, "pictures")
    name_folders(qtbot, page, monkeypatch, folders[0])
    assert page.source.shots.value() == 2
    assert page.answers.model.titles() == ["Query", "True", "this start", "random start"]
    assert page.answers.model.rowCount() == 6
    assert " of 6 right" in page.sentence.text()


@pytest.mark.parametrize(("classes", "told"), [(0, "folder"), (1, "one class"), (5, "fixed head for 3 classes")])
def test_a_folder_that_cannot_be_tried_says_why(qtbot, learned, show, monkeypatch, tmp_path, classes, told):
    monkeypatch.setattr("core.tasks.build", noise_as_built)
    page = show(learned, "pictures")
    (tmp_path / "bad").mkdir()
    folder(tmp_path / "bad", files(classes=classes, each=4))
    name_folders(qtbot, page, monkeypatch, tmp_path / "bad")
    assert told in page.answers.empty.text_label.text()
