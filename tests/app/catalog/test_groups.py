"""Groups, completion and dragging in the catalog."""

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QComboBox

from app.frame.rail import Rail, runs_in
from app.models.groups import INITIALIZATIONS, RUNS
from app.models.runs import RunsModel
from app.models.suggestions import suggestions
from app.models.table import ROWS_DRAGGED
from app.pages.catalog.page import CatalogPage
from app.widgets.filter_line import FilterLine
from tests.app.pages import child
from tests.app.records import run


@pytest.fixture
def page(qtbot, varied):
    made = CatalogPage(varied)
    qtbot.addWidget(made)
    made.resize(1000, 680)
    made.show()
    qtbot.waitUntil(lambda: not made.runs.loading and made.runs.model.rowCount() > 0)
    return made


def headings(model):
    found = (model.heading(row) for row in range(model.rowCount()))
    return [heading.text for heading in found if heading is not None]


def group(page, key):
    box = child(page, QComboBox, "catalog.runs.groups")
    box.setCurrentIndex(box.findData(key))


def test_groups_stand_under_headings_with_their_number(page):
    group(page, "method")
    assert headings(page.runs.model) == ["MAML  ·  9 runs", "Meta-SGD  ·  1 run", "Reptile  ·  1 run"]
    assert page.runs.model.rowCount() == len(page.runs.model.records) + 3


def test_tags_and_setups_are_groups_too(page):
    group(page, "tag")
    assert headings(page.runs.model)[0] == "paper  ·  1 run"
    assert headings(page.runs.model)[-1].startswith("no tag")
    group(page, "setup")
    assert "sinusoid-maml  ·  8 runs" in headings(page.runs.model)


def test_the_grouping_is_remembered_and_can_be_left(qtbot, page, varied):
    group(page, "tasks")
    again = CatalogPage(varied)
    qtbot.addWidget(again)
    assert again.runs.groups.currentData() == "tasks"
    group(page, "")
    assert headings(page.runs.model) == []


def test_a_heading_cannot_be_selected_or_opened_and_the_selection_survives_grouping(page):
    page.runs.select([page.runs.model.records[4].id])
    kept = [record.id for record in page.runs.selected()]
    group(page, "method")
    assert [record.id for record in page.runs.selected()] == kept
    assert not page.runs.model.flags(page.runs.model.index(0, 1)) & Qt.ItemFlag.ItemIsSelectable
    page.runs._activated(0)
    page.runs.view.selectAll()
    assert len(page.runs.selected()) == len(page.runs.model.records)


def test_rows_sort_inside_their_groups(qapp):
    model = RunsModel()
    model.group_by(RUNS["method"][1])
    reptile = {"method": {"kind": "reptile"}}
    model.update_records([run(1, loss=0.3), run(2, loss=0.1), run(3, loss=0.2, settings=reptile)])
    model.sort(model.column_of("loss"), Qt.SortOrder.AscendingOrder)
    shown = [model.record(row).loss if model.record(row) else "-" for row in range(model.rowCount())]
    assert shown == ["-", 0.1, 0.3, "-", 0.2]


def test_a_group_comes_and_goes_with_its_rows(qapp, qtmodeltester):
    model = RunsModel()
    qtmodeltester.check(model)
    model.group_by(RUNS["tag"][1])
    model.update_records([run(1), run(2, tags=("b", "a"))])
    assert headings(model) == ["a, b  ·  1 run", "no tag  ·  1 run"]
    model.update_records([run(1), run(2), run(3, tags=("new",))])
    assert headings(model) == ["new  ·  1 run", "no tag  ·  2 runs"]
    model.update_records([])
    assert model.rowCount() == 0


def test_initializations_have_no_set_up_to_group_by():
    assert "setup" not in INITIALIZATIONS


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("", []), ("met", ["method:"]), ("METHOD:m", ["method:maml"]), ("status:f", ["status:finished", "status:failed"]),
        ("tag:", ["tag:paper", 'tag:"two words"']), ("star:", ["star:yes", "star:no"]), ("los", ["loss<"]),
        ("network:", ["network:mlp"]), ("nonsense", []), ("nonsense:x", []), ('"met', []),
    ],
)  # fmt: skip
def test_words_of_the_filter_are_completed(word, expected):
    records = [run(1, tags=("paper", "two words")), run(2, tags=("paper",))]
    assert suggestions(word, records) == expected


def test_typing_offers_and_tab_takes_the_first(qtbot):
    line = FilterLine("line", "Filter", "", lambda word: suggestions(word, [run(1)]))
    qtbot.addWidget(line)
    line.show()
    line.setFocus()
    qtbot.waitUntil(line.hasFocus)
    qtbot.keyClicks(line, "sinus stat")
    assert line.suggestions() == ["status:"]
    qtbot.keyClick(line, Qt.Key.Key_Tab)
    assert line.text() == "sinus status:"
    qtbot.keyClicks(line, "fi")
    qtbot.keyClick(line, Qt.Key.Key_Tab)
    assert line.text() == "sinus status:finished "


def test_the_word_at_the_cursor_is_the_one_inside_quotes(qtbot):
    line = FilterLine("line", "Filter", "", lambda word: [])
    qtbot.addWidget(line)
    line.setText('loss<1 tag:"two wor')
    assert line.word == 'tag:"two wor'


def test_rows_dragged_onto_the_rail_go_to_compare_or_set_up(qtbot, theme, page):
    page.runs.view.selectAll()
    model = page.runs.model
    data = model.mimeData(page.runs.view.selectionModel().selectedIndexes())
    assert runs_in(data) == [record.id for record in model.records]
    rail = Rail(theme)
    qtbot.addWidget(rail)
    rail.show()
    for name in ("compare", "setup"):
        where = QPointF(rail._buttons[name].geometry().center())
        drop = QDropEvent(
            where, Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        )
        with qtbot.waitSignal(rail.runs_dropped) as signal:
            rail.dropEvent(drop)
        assert signal.args == [name, ",".join(record.id for record in model.records)]


def test_initializations_and_foreign_things_are_not_taken():
    data = QMimeData()
    data.setData(ROWS_DRAGGED, b"initialization:abc")
    assert runs_in(data) == []
    assert runs_in(QMimeData()) == []
