"""Numbers of a column stand with their points under one another, however many digits each has."""

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QStyleOptionViewItem

from app.models.initializations import InitializationsModel
from app.models.runs import RunsModel
from app.models.table import behind_point
from app.models.tensors import TensorRow, TensorsModel
from app.pages.delegates import filled
from app.pages.initialization.cards import TensorsCard
from app.pages.record_view import RecordView
from tests.app import shelf
from tests.app.pages import make_workspace, theme, varied, varied_folder

__all__ = ["make_workspace", "theme", "varied", "varied_folder"]

LEVELS = (12.345, 0.351, 0.00123, 1234.5, 2.0)


@pytest.mark.parametrize(("text", "tail"), [("0.351", ".351"), ("1,234", ""), ("−0.5", ".5"), ("–", ""), ("not finite", ""),
                                            ("1.20×10⁻⁵", ".20×10⁻⁵")])  # fmt: skip
def test_what_stands_behind_a_point(text, tail):
    assert behind_point(text) == tail


def test_what_is_shorter_is_filled_up_to_the_longest():
    assert [len(tail + filled(tail, 4)) for tail in (".351", ".3", "")] == [4, 4, 4]


def shown(view, model, row, key):
    option = QStyleOptionViewItem()
    option.rect = QRect(0, 0, 90, 30)
    index = model.index(row, model.column_of(key))
    view.itemDelegateForColumn(index.column()).initStyleOption(option, index)
    return option.text


def test_means_of_tensors_below_zero_are_filled_up_too(qtbot):
    card = TensorsCard()
    qtbot.addWidget(card)
    card.set_tensors([TensorRow("a", (1,), 1, "init", -0.5, 0.25), TensorRow("b", (1,), 1, "init", -0.12345, 0.5)])
    texts = [shown(card.view, card.model, row, "mean") for row in range(2)]
    assert len({len(text[text.find(".") :]) for text in texts}) == 1, texts


def test_points_of_losses_stand_under_one_another_in_the_catalog(qtbot, varied):
    for level in LEVELS:
        shelf.add_run(varied.catalog, f"level {level}", level=level)
    made = RunsModel()
    made.update_records(varied.catalog.runs())
    view = RecordView(made, varied.settings, varied.theme, "points")
    qtbot.addWidget(view)
    view.ensurePolished()
    metrics = QFontMetrics(view.font())
    assert metrics.horizontalAdvance("\u2007") == metrics.horizontalAdvance("0")
    texts = [shown(view, made, row, "loss") for row in range(made.rowCount())]
    numbers = [text for text in texts if text[:1].isdigit()]
    assert len({len(text.strip("\u2007\u2008")) for text in numbers}) > 1, "numbers of several lengths"
    behind = {
        metrics.horizontalAdvance(text[text.rstrip("\u2007\u2008").find(".") :]) for text in numbers if "." in text
    }
    assert max(behind) - min(behind) <= 2, f"points apart: {texts}"
    plain = {made.index(row, made.column_of("loss")).data() for row in range(made.rowCount())}
    assert not any("\u2007" in text for text in plain), "what is copied and read aloud has no spaces"


def test_initializations_and_tensors_have_the_same_columns():
    for model, keys in ((InitializationsModel, {"loss"}), (TensorsModel, {"mean", "std"})):
        assert {column.key for column in model().columns if column.pointed} == keys


def test_the_room_behind_the_point_follows_the_rows(qtbot, varied):
    made = RunsModel()
    for level in (0.00123, 12.0):
        shelf.add_run(varied.catalog, f"level {level}", level=level)
    view = RecordView(made, varied.settings, varied.theme, "points")
    qtbot.addWidget(view)
    found = [varied.catalog.run(f"level {level}") for level in (0.00123, 12.0)]
    made.update_records(found)
    both = shown(view, made, made.row_of(found[1].id), "loss")
    made.update_records(found[1:])
    assert len(shown(view, made, 0, "loss")) < len(both)
