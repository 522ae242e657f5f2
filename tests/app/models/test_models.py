"""The item models obey Qt's rules and keep what the person selected."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QPersistentModelIndex, Qt

from app.models.initializations import InitializationsModel
from app.models.runs import RunsModel, SparkRole, StatusRole
from app.models.table import RecordRole
from core.storage.records import Status
from tests.app.records import initialization, run

EMOJI = "🧠" * 20 + "x" * 280


@pytest.fixture
def model(qtmodeltester):
    made = RunsModel()
    qtmodeltester.check(made)
    return made


def _cell(model, row, key, role=Qt.ItemDataRole.DisplayRole):
    return model.data(model.index(row, model.column_of(key)), role)


def test_changes_of_all_kinds_follow_qts_rules(model):
    model.update_records([])
    model.update_records([run(1)])
    model.update_records([run(1), run(2), run(3)])
    model.sort(model.column_of("loss"))
    model.update_records([run(3), run(4), run(2, loss=9.0)])
    model.update_records([run(7), run(8)])
    model.update_records([])
    assert model.rowCount() == 0


def test_initializations_follow_qts_rules(qtmodeltester):
    made = InitializationsModel()
    made.update_records([initialization(1), initialization(2, present=False, run=None, accuracy=0.9)])
    qtmodeltester.check(made)
    assert _cell(made, 1, "present") == "Missing"
    assert _cell(made, 1, "present", StatusRole) == "missing"
    assert _cell(made, 1, "accuracy") == "90.0 %"


def test_sorting_puts_missing_values_last_both_ways(model):
    model.update_records([run(1, loss=None), run(2, loss=0.2), run(3, loss=0.1)])
    model.sort(model.column_of("loss"))
    assert [r.loss for r in model.records] == [0.1, 0.2, None]
    model.sort(model.column_of("loss"), Qt.SortOrder.DescendingOrder)
    assert [r.loss for r in model.records] == [0.2, 0.1, None]


def test_nan_losses_do_not_upset_the_order(model):
    nan = float("nan")
    model.update_records([run(1, loss=nan), run(2, loss=0.2), run(3, loss=nan), run(4, loss=0.1)])
    model.sort(model.column_of("loss"))
    assert [r.id[-1] for r in model.records][:2] == ["4", "2"]


def test_a_selected_run_stays_selected_when_rows_come_go_and_move(model):
    model.update_records([run(n) for n in (1, 2, 3)])
    model.sort(model.column_of("name"), Qt.SortOrder.DescendingOrder)
    kept = QPersistentModelIndex(model.index(model.row_of(run(2).id), 1))
    gone = QPersistentModelIndex(model.index(model.row_of(run(1).id), 1))
    model.update_records([run(2, name="zzz"), run(3), run(9)])
    assert kept.isValid()
    assert kept.row() == 0
    assert kept.data() == "zzz"
    assert not gone.isValid()


def test_an_unchanged_list_says_nothing(model, qtbot):
    model.update_records([run(1), run(2)])
    with qtbot.assertNotEmitted(model.dataChanged), qtbot.assertNotEmitted(model.layoutChanged):
        model.update_records([run(1), run(2)])


def test_a_changed_value_tells_its_row_alone(model, qtbot):
    model.update_records([run(1), run(2)])
    with qtbot.waitSignal(model.dataChanged) as signal:
        model.update_records([run(1), replace(run(2), status=Status.FAILED, message="out of memory")])
    assert [signal.args[0].row(), signal.args[1].row()] == [1, 1]
    assert _cell(model, 1, "status") == "Failed"
    assert _cell(model, 1, "status", Qt.ItemDataRole.ToolTipRole) == "out of memory"


def test_renaming_goes_through_the_owner_and_refuses_emptiness():
    renamed = []
    made = RunsModel(rename=lambda record, text: renamed.append((record.id, text)) is None)
    made.update_records([run(1)])
    index = made.index(0, made.column_of("name"))
    assert made.flags(index) & Qt.ItemFlag.ItemIsEditable
    assert not made.setData(index, "  ")
    assert not made.setData(index, "run 1")
    assert made.setData(index, f"  {EMOJI}  ")
    assert renamed == [(run(1).id, EMOJI)]


def test_cells_speak_where_pictures_do_not(model):
    model.update_records([run(1, starred=True), run(2, spark=())])
    spoken = Qt.ItemDataRole.AccessibleTextRole
    assert _cell(model, 0, "star", spoken) == "starred"
    assert _cell(model, 0, "spark", spoken) == "outer loss from 3 to 0.500"
    assert _cell(model, 1, "spark", spoken) == "no losses yet"
    assert _cell(model, 0, "spark", SparkRole) == (3.0, 1.0, 0.5)
    assert _cell(model, 0, "name", RecordRole).id == run(1).id
