from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget

from app.actions import Actions
from app.services.theme import Theme
from app.widgets import ActionButton, Card, ElidedLabel, EmptyState, KeyValueTable, StatusPill, icons
from app.widgets.status import word
from app.widgets.wrapped import WrappedRow
from core.storage.records import Status


def test_a_card_is_pressed_by_mouse_and_by_keys(qtbot):
    card = Card("Title", "Text", clickable=True)
    qtbot.addWidget(card)
    card.show()
    pressed = []
    card.clicked.connect(lambda: pressed.append(True))
    qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
    qtbot.keyClick(card, Qt.Key.Key_Return)
    qtbot.keyClick(card, Qt.Key.Key_Space)
    assert len(pressed) == 3
    assert card.accessibleName() == "Title"


def test_a_plain_card_is_no_button(qtbot):
    card = Card("Title")
    qtbot.addWidget(card)
    pressed = []
    card.clicked.connect(lambda: pressed.append(True))
    qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
    assert pressed == []


def test_an_empty_page_carries_the_next_action(qtbot):
    done = []
    page = EmptyState("Nothing yet", "Begin here.", ("Begin", lambda: done.append(True)), icon="live", name="x")
    qtbot.addWidget(page)
    page.show()
    qtbot.mouseClick(page.findChild(QPushButton, "x.action"), Qt.MouseButton.LeftButton)
    assert done == [True]


def test_a_long_name_is_cut_and_told_whole_by_the_tooltip(qtbot):
    name = ElidedLabel("n" * 300)
    qtbot.addWidget(name)
    name.resize(100, 20)
    name.show()
    assert name.toolTip() == "n" * 300
    assert name.minimumSizeHint().width() < 100
    name.setText("short")
    assert name.toolTip() == ""


def test_a_name_is_never_read_as_html(qtbot):
    name = ElidedLabel("<b>bold</b>\nand more")
    qtbot.addWidget(name)
    assert name.text() == "<b>bold</b> and more"
    assert name.textFormat() == Qt.TextFormat.PlainText


def test_pairs_are_replaced_not_piled_up(qtbot):
    table = KeyValueTable([("a", "1"), ("b", "2")])
    qtbot.addWidget(table)
    table.show()
    table.set_rows([("c", "3")])
    assert table.rows() == [("c", "3")]


def test_every_status_has_a_word_and_an_icon(qtbot):
    theme = Theme("light")
    for status in Status:
        pill = StatusPill(theme, str(status))
        qtbot.addWidget(pill)
        pill.show()
        assert pill.accessibleName() == word(status) != ""
        assert not pill.grab().isNull()


def test_every_icon_is_drawn(qapp):
    color = Theme("light").text
    for name in [*icons.names(), "mark"]:
        picture = icons.pixmap(name, color, 24).toImage()
        assert any(picture.pixelColor(x, y).alpha() for x in range(24) for y in range(24)), name


def test_an_action_button_follows_its_action(qtbot):
    state = {"enabled": False, "done": 0}

    def run():
        state["done"] += 1

    actions = Actions()
    action = actions.add("x.y", "Do it", run, enabled=lambda: state["enabled"])
    made = ActionButton(action)
    qtbot.addWidget(made)
    made.show()
    actions.refresh()
    assert not made.isEnabled()
    state["enabled"] = True
    actions.refresh()
    qtbot.mouseClick(made, Qt.MouseButton.LeftButton)
    assert state["done"] == 1
    assert actions.find("x.y") is action


def test_a_wrapped_row_goes_on_below_and_cuts_no_word(qtbot):
    holder = QWidget()
    qtbot.addWidget(holder)
    row = WrappedRow(holder)
    tools = [QPushButton(f"A rather long word {i}") for i in range(5)]
    for tool in tools:
        row.addWidget(tool)
    holder.resize(2000, row.heightForWidth(2000))
    holder.show()
    assert len({tool.y() for tool in tools}) == 1
    holder.resize(row.sizeHint().width() // 2, 400)
    qtbot.waitUntil(lambda: len({tool.y() for tool in tools}) > 1)
    assert all(tool.width() == tool.sizeHint().width() for tool in tools)
    assert all(tool.geometry().right() <= holder.width() for tool in tools)
    assert row.heightForWidth(2000) < row.heightForWidth(holder.width())


def test_an_elided_line_keeps_its_first_characters(qtbot):
    line = ElidedLabel("Compare of very many runs", least=7)
    qtbot.addWidget(line)
    assert line.minimumSizeHint().width() >= line.fontMetrics().horizontalAdvance("Compare")
    assert line.minimumSizeHint().width() < line.sizeHint().width()
