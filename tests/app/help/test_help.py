"""The help page, its texts and what is generated into them."""

import re

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QTextTable
from PySide6.QtWidgets import QLineEdit

from app.frame.places import PLACES
from app.pages.help.page import HelpPage
from app.pages.help.topics import fields, find, topics
from core.config import known_keys
from core.methods.registry import METHODS
from core.nets.registry import NETWORKS
from core.tasks.registry import TASKS
from tests.app.pages import child


@pytest.fixture
def page(qtbot, empty):
    made = HelpPage(empty)
    qtbot.addWidget(made)
    made.resize(940, 680)
    made.show()
    return made


def text(name):
    return next(topic.text for topic in topics() if topic.name == name)


def test_the_page_that_is_read_is_marked_in_the_list(page):
    page.list.setFocus()
    page.open("")
    assert [item.text() for item in page.list.selectedItems()] == ["What Headstart is"]


def test_every_page_has_a_title_and_says_something():
    for topic in topics():
        assert topic.text.startswith("# "), topic.name
        assert len(topic.text) > 60, topic.name
        assert "{" not in re.sub(r"`[^`]*`", "", topic.text), topic.name
    titles = [topic.title for topic in topics()]
    assert len(set(titles)) == len(titles)


def test_links_lead_somewhere():
    names = {topic.name for topic in topics()}
    places = {place.name for place in PLACES}
    for topic in topics():
        for scheme, target in re.findall(r"\]\((\w+):([\w-]+)\)", topic.text):
            assert scheme in ("help", "go"), topic.name
            assert target in (names if scheme == "help" else places), f"{topic.name}: {scheme}:{target}"
        assert "http" not in topic.text, topic.name


def test_methods_tasks_and_networks_come_from_their_registries():
    for entry in METHODS.values():
        assert entry.paper in text("methods")
    for entry in TASKS.values():
        assert entry.sentence in text("tasks")
    for entry in NETWORKS.values():
        assert entry.sentence in text("networks")


def test_every_setting_is_explained_by_its_own_sentence():
    settings = text("settings")
    keys = {key for key in known_keys() if not key.endswith(".kind")}
    assert keys <= fields().keys() | {"tasks", "network", "method", "subset", "inner", "outer", "evaluation", "engine"}
    for key, spec in fields().items():
        assert f"`{key}`" in settings
        assert spec.sentence in settings


@pytest.mark.parametrize(
    ("asked", "shown"),
    [("inner.steps", ("settings", "inner.steps")), ("field:seed", ("settings", "seed")), ("subset", ("what-adapts", "")),
     ("tasks.nonsense", ("tasks", "")), ("setup", ("first-steps", "")), ("initialization", ("exported-files", "")),
     ("settings", ("window", "")), ("tasks.path@table", ("settings", "Tasks: table/tasks.path")),
     ("inner.steps@maml", ("settings", "inner.steps")), ("method.kind.maml", ("methods", "MAML")),
     ("keyboard", ("keyboard", "")), ("nonsense", ("what", "")), ("loops", ("loops", ""))],
)  # fmt: skip
def test_f1_finds_the_page_of_a_field_a_section_or_a_place(asked, shown):
    assert find(asked) == shown


def test_a_field_is_brought_to_the_top_and_marked(page):
    page.open("outer.clip_norm")
    assert page.topic == "settings"
    marked = page.reader.extraSelections()
    assert len(marked) == 1
    assert marked[0].cursor.block().text() == "Clip norm outer.clip_norm"
    assert page.reader.verticalScrollBar().value() > 0


def test_a_setting_that_kinds_understand_differently_is_shown_with_the_kind(page):
    page.open("tasks.path@table")
    [mark] = page.reader.extraSelections()
    assert "The table: CSV" in mark.cursor.block().next().text()
    page.open("tasks.path@images")
    [mark] = page.reader.extraSelections()
    assert "A folder or an archive" in mark.cursor.block().next().text()


def test_without_a_topic_the_last_page_stays(page):
    page.open("")
    assert page.topic == "what"
    page.open("compare")
    page.open("")
    assert page.topic == "compare"


def test_the_list_is_searched_by_content(page):
    page.open("")
    child(page, QLineEdit, "help.search").setText("transductive")
    shown = [page.list.item(row).text() for row in range(page.list.count()) if not page.list.item(row).isHidden()]
    assert "Networks and batch norm" in shown
    assert "Command line" not in shown
    page.search.setText("no such word anywhere")
    assert page.nothing.isVisible()


def test_links_turn_pages_and_lead_into_the_window(qtbot, page, empty):
    page.open("")
    page.reader.anchorClicked.emit(QUrl("help:methods"))
    assert page.topic == "methods"
    with qtbot.waitSignal(empty.navigate) as signal:
        page.reader.anchorClicked.emit(QUrl("go:catalog"))
    assert signal.args == ["catalog", ""]


def test_a_foreign_link_leads_nowhere(qtbot, page, empty):
    page.open("")
    with qtbot.assertNotEmitted(empty.navigate):
        page.reader.anchorClicked.emit(QUrl("https://example.org"))
    assert page.topic == "what"


def test_the_keyboard_page_lists_the_actions_that_are_there(page, empty):
    empty.actions.add("test.thing", "Do the thing", lambda: None, shortcut="Ctrl+Shift+9", section="Tests")
    page.open("keyboard")
    assert "Do the thing" in page.reader.toPlainText()


def test_a_change_of_theme_keeps_the_page(page, theme):
    page.open("methods")
    before = page.reader.toPlainText()
    theme.choose("light")
    assert page.reader.toPlainText() == before


def test_the_recipes_are_shown_with_what_was_measured_in_this_data_folder(page, empty):
    from core.recipes import Measured, recipes, write_results
    from core.recipes.results import FOLDER, Entry

    found = Measured(status="measured", loss=(Entry(mean=0.1234, half_width=0.01),) * 11, device="a made-up device")
    write_results("sinusoid-5-shot", {"MAML": found}, empty.catalog.folder / FOLDER)
    page.open("reproduced")
    shown = page.reader.toPlainText()
    assert all(recipe.title in shown for recipe in recipes().values())
    assert "0.123 ± 0.010" in shown
    assert "a made-up device" in shown


def test_damaged_results_do_not_keep_the_help_from_opening(page, empty):
    from core.recipes.results import FOLDER

    (empty.catalog.folder / FOLDER).mkdir()
    (empty.catalog.folder / FOLDER / "sinusoid-5-shot.json").write_text("{")
    page.open("reproduced")
    assert "holds no results of a recipe" in page.reader.toPlainText()


@pytest.mark.parametrize("name", [topic.name for topic in topics()])
def test_no_page_scrolls_sideways_in_the_least_window(page, name):
    page.open(name)
    page.show_topic(name)
    assert page.reader.horizontalScrollBar().maximum() == 0


def test_a_measured_row_fits_the_page_without_a_break_inside_a_number(page):
    number = "0.412 ± 0.051"
    row = f"| Predict from activations | 100 | {number} | {number} | −{number} | missed: reduced budget |"
    page.reader.show_text(
        "\n".join(["| Method | After | Published | Measured | Minus MAML | Verdict |", "| --- " * 6 + "|", row])
    )
    assert page.reader.horizontalScrollBar().maximum() == 0
    block = page.reader.document().begin()
    while block.isValid():
        lines = block.layout().lineCount()
        assert lines == 1 or "±" not in block.text(), block.text()
        block = block.next()


def test_a_row_that_was_not_run_keeps_its_cells(page):
    page.open("reproduced")
    table = next(frame for frame in page.reader.document().rootFrame().childFrames() if isinstance(frame, QTextTable))
    assert all(table.cellAt(1, column).columnSpan() == 1 for column in range(table.columns()))


def test_the_list_has_room_for_its_titles(page):
    assert page.list.viewport().width() >= page.list.sizeHintForColumn(0)


def test_lines_of_a_wide_window_stay_as_long_as_one_likes_to_read(qtbot, page):
    page.resize(1800, 900)
    qtbot.waitUntil(lambda: page.reader.width() > 1200)
    text = page.reader.viewport()
    assert text.width() <= 830
    left = text.mapTo(page.reader, text.rect().topLeft()).x()
    assert abs(left - (page.reader.width() - left - text.width())) <= 30, "in the middle"
