"""A table of one's own as tasks: what training sees, what a person is shown, and what the experiment file says."""

import numpy as np
import pytest
import torch

from core.config import find, with_settings
from core.config.own_data import Table
from core.config.problems import problems
from core.draws import at_step
from core.errors import BadExperiment
from core.tasks import build, fixed_tasks, preview
from tests.core.data.small_tables import HEADER, rats, text, write


@pytest.fixture
def path(tmp_path):
    rows = [[*cells, "ab"[int(cells[1]) % 2]] for cells in rats(20)]
    return write(tmp_path / "t.csv", text(rows, header=[*HEADER, "state"]))


def splits(path, **asked):
    return build(Table(path=path, **asked), data_folder=path.parent)


def ids(distribution):
    return set(distribution.sample(at_step(0, "x"), 100).about["id"].tolist())


ASKED = {"task_column": "rat", "inputs": "day", "target": "weight"}
CLASSES = {"task_column": "rat", "inputs": ["day", "weight"], "target": "state", "target_type": "class"}


def test_parts_share_no_task_and_hold_all(path):
    found = splits(path, **ASKED)
    parts = [ids(part) for part in found[:3]]
    assert [len(part) for part in parts] == [11, 3, 6]
    assert len(set.union(*parts)) == 20


def test_training_tasks_have_mean_0_and_deviation_1(path):
    task = splits(path, **ASKED, shots=2, queries=4).train.sample(at_step(0, "x"), 11)
    for leaf in ("x", "y"):
        values = torch.cat([getattr(task.support, leaf), getattr(task.query, leaf)], 1)
        assert values.mean().item() == pytest.approx(0, abs=1e-5)
        assert values.std(correction=0).item() == pytest.approx(1, abs=1e-5)


def test_a_preview_is_in_the_units_of_the_file_and_names_the_task(path):
    seen = preview(Table(path=path, **ASKED), data_folder=path.parent, count=6)
    assert seen.axes == ("day", "weight")
    assert set(np.unique(seen.support_x.round(4))) <= {0, 1, 2, 3, 4, 5}
    assert 90 < np.nanmin(seen.query_y) < np.nanmax(seen.query_y) < 350
    assert all(name.startswith("r") for name in seen.names)


def test_a_preview_of_classes_holds_rows_in_units_and_says_which_slots_are_empty(path):
    seen = preview(Table(path=path, **CLASSES, shots=2, queries=9), data_folder=path.parent, count=6)
    assert seen.query_x.shape == (6, 18, 2)
    assert (np.isnan(seen.query_x).all(-1) == (seen.query_y == -1)).all()
    assert (seen.query_y == -1).any()
    assert np.nanmin(seen.query_x[..., 1]) > 90
    assert seen.class_names == (("a", "b"),) * 6


def test_classes_keep_their_label_and_the_network_has_an_output_each(path):
    found = splits(path, **CLASSES, shots=1)
    assert (found.spec.task_type, found.spec.outputs, found.spec.class_names) == ("classification", 2, ("a", "b"))
    task = found.train.sample(at_step(0, "x"), 11)
    scaling = found.spec.scaling
    day = task.support.x[..., 0] * scaling["x_std"][0] + scaling["x_mean"][0]
    assert task.support.y.equal(day.round().long() % 2)


@pytest.mark.parametrize("split", ["tasks", "time"])
@pytest.mark.parametrize("asked", [ASKED, CLASSES], ids=["numbers", "classes"])
def test_the_spec_knows_whether_slots_stay_empty(path, split, asked):
    for shots, queries in ((1, 2), (2, 9)):
        found = splits(path, **asked, split=split, shots=shots, queries=queries).test
        task = found.sample(at_step(0, "x"), 50)
        empty = bool((task.support.weight == 0).any() | (task.query.weight == 0).any())
        assert found.spec.padded == empty


def test_fixed_tasks_are_the_same_wherever_the_file_lies(path, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    other = write(tmp_path / "elsewhere" / "u.csv", path.read_bytes())
    digests = {
        fixed_tasks(splits(place, **ASKED).test, Table(path=place, **ASKED).evaluation_key(), "test", 20)[1]
        for place in (path, other)
    }
    assert len(digests) == 1


def test_what_was_guessed_is_told(path):
    assert any("task column rat" in note for note in splits(path, target="weight", inputs="day").notes)


def test_more_shots_than_any_task_has_rows_are_told(path):
    asked = {"target": "weight", "inputs": "day"}
    assert any("(asked: 999)" in note for note in splits(path, **asked, shots=999).notes)
    assert not any("asked" in note for note in splits(path, **asked, shots=1).notes)


def test_the_preset_lacks_its_table_alone(path):
    preset = find("maml-table")
    assert [problem.field for problem in problems(preset) if problem.blocking] == ["tasks.path"]
    assert not [p for p in problems(with_settings(preset, [f"tasks.path={path}"])) if p.blocking]
    with pytest.raises(BadExperiment, match=r"tasks\.path is empty"):
        build(preset.tasks, data_folder=path.parent)


def test_names_are_given_alone_in_a_list_or_as_numbers():
    chosen = with_settings(
        find("maml-table"), ["tasks.inputs=Time", 'tasks.target=["a b", "c"]', "tasks.task_column=1998"]
    ).tasks
    assert (chosen.inputs, chosen.target, chosen.task_column) == (("Time",), ("a b", "c"), "1998")


@pytest.mark.parametrize(
    ("pairs", "field"),
    [
        (["tasks.target_type=class", "network.head=shared"], "network.head"),
        (["tasks.target_type=class", 'tasks.target=["a","b"]'], "tasks.target"),
    ],
)
def test_settings_that_do_not_go_together_are_named(path, pairs, field):
    found = problems(with_settings(find("maml-table"), [f"tasks.path={path}", *pairs]))
    assert field in [problem.field for problem in found if problem.blocking]
