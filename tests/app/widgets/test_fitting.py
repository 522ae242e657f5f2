"""Words that find their room: breaking inside words, heads with tools, boxes that end in an ellipsis."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.widgets import ComboBox, KeyValueTable, SpinBox, align
from app.widgets.breaking import BreakingLabel, breakable
from app.widgets.buttons import Button
from app.widgets.text import ElidedLabel, keep_room, label
from app.widgets.wrapped import HeadRow

PATH = "/home/somebody/a-folder-of-data/initializations/rkqjqgjncg9k.safetensors"


@pytest.fixture
def holder(qtbot):
    made = QWidget()
    qtbot.addWidget(made)
    return made


def test_a_short_word_is_left_whole_and_a_long_one_broken_behind_its_separators():
    assert breakable("a plain sentence") == "a plain sentence"
    assert breakable("truncated-normal").split("\u200b") == ["truncated-", "normal"]
    assert breakable("x" * 30).split("\u200b") == ["x" * 12, "x" * 12, "x" * 6]


def test_a_path_wraps_in_a_narrow_place_and_is_copied_as_it_is(qtbot, holder):
    shown = BreakingLabel(PATH, holder)
    shown.setFixedWidth(160)
    assert shown.minimumSizeHint().width() <= 160
    assert shown.heightForWidth(160) > 2 * shown.fontMetrics().height()
    assert shown.text() == PATH
    holder.show()
    shown.setFocus()
    shown.setSelection(0, len(breakable(PATH)))
    qtbot.keyClick(shown, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == PATH


def test_values_of_several_tables_stand_under_one_another(qtbot, holder):
    tables = [KeyValueTable([("Id", "1")], parent=holder), KeyValueTable([("A longer label", "2")], parent=holder)]
    column = QVBoxLayout(holder)
    for table in tables:
        column.addWidget(table)
    align(tables)
    holder.resize(400, 200)
    holder.show()
    places = {table.findChild(BreakingLabel).mapTo(holder, table.pos() * 0).x() for table in tables}
    assert len(places) == 1


@pytest.mark.parametrize(("width", "lines"), [(500, 1), (180, 2)])
def test_tools_go_below_a_heading_that_they_would_cut(qtbot, holder, width, lines):
    inner = QWidget(holder)
    row = HeadRow(inner)
    heading, tool = ElidedLabel("Per-task adaptation", "heading"), Button("A long button", "tool")
    heading.setSizePolicy(heading.sizePolicy().Policy.Preferred, heading.sizePolicy().Policy.Fixed)
    row.addWidget(heading)
    row.addWidget(tool)
    inner.resize(width, row.heightForWidth(width))
    holder.show()
    assert heading.width() >= heading.sizeHint().width()
    assert tool.width() == tool.sizeHint().width()
    assert (tool.geometry().top() > heading.geometry().bottom()) is (lines == 2)
    assert tool.geometry().right() == width - 1


def test_a_box_gives_way_and_the_wheel_leaves_it_alone(qtbot, holder):
    box = ComboBox(holder)
    box.addItems(["a name of many letters " * 10, "short"])
    assert box.minimumSizeHint().width() < 200 < box.sizeHint().width()
    assert box.focusPolicy() == Qt.FocusPolicy.StrongFocus


def test_a_number_stands_off_the_edge_of_its_box(qtbot, holder):
    assert SpinBox(holder).lineEdit().textMargins().left() > 4


def test_room_that_is_no_longer_kept_is_given_back(qapp):
    made = label("8 s", "strong")
    keep_room(made, "58 min 58 s")
    wide = made.sizeHint().width()
    keep_room(made, "")
    assert made.sizeHint().width() < wide


def test_a_name_read_from_right_to_left_stands_under_the_other_values(qtbot):
    table = KeyValueTable([("Run", "\N{HEBREW LETTER SHIN}\N{HEBREW LETTER LAMED}"), ("Step", "40")])
    qtbot.addWidget(table)
    table.resize(500, 80)
    table.show()

    def ink(value):
        """Columns of pixels with anything on them."""
        image = value.grab().toImage()
        ground = image.pixel(image.width() - 1, image.height() - 1)
        wide, high = range(image.width()), range(image.height())
        return [x for x in wide if any(image.pixel(x, y) != ground for y in high)]

    for _, value in table._pairs:
        columns = ink(value)
        assert columns
        assert max(columns) < 60, value.text()
