"""From a table to tasks: roles, what is left out and why, the split, and what is learned of training tasks alone."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core.config.own_data import Table
from core.data.table_encoding import encoding_from
from core.data.table_rows import rows_in_tasks, understand
from core.errors import BadExperiment, BadFile

from .small_tables import HEADER, rats, text, write


def read(path, **asked):
    chosen = Table(path=path, **asked)
    return rows_in_tasks(chosen, understand(chosen))


def table(tmp_path, rows, header=HEADER, **asked):
    return read(write(tmp_path / "t.csv", text(rows, header=header)), **asked)


def changed(changes, rows=None):
    """changes: {(row, column): cell}."""
    found = [list(cells) for cells in (rows or rats())]
    for (row, column), cell in changes.items():
        found[row][column] = cell
    return found


# what a table gives


def test_rows_lie_task_after_task_whatever_their_order_in_the_file(tmp_path):
    rows = rats()
    draws = np.random.default_rng(1).permutation(len(rows))
    found = table(tmp_path, [rows[at] for at in draws], task_column="rat", inputs="day", target="weight")
    assert len(found.names) == 12
    assert found.count.tolist() == [6] * 12
    for task, name in enumerate(found.names):
        mine = slice(found.first[task], found.first[task] + 6)
        expected = {(float(day), float(weight)) for rat, day, weight in rows if rat == name}
        assert set(zip(found.x[mine, 0], found.y[mine, 0], strict=True)) == expected
        assert all(rows[draws[line - 2]][0] == name for line in found.lines[mine])


def test_by_time_rows_of_a_task_are_sorted_and_by_default_they_stay(tmp_path):
    rows = rats()[::-1]
    asked = {"task_column": "rat", "inputs": "day", "target": "weight"}
    assert table(tmp_path, rows, **asked).x[:6, 0].tolist() == [5, 4, 3, 2, 1, 0]
    assert table(tmp_path, rows, **asked, split="time").x[:6, 0].tolist() == [5, 4, 3, 2, 1, 0]
    assert table(tmp_path, rows, **asked, split="time", time_column="day").x[:6, 0].tolist() == [0, 1, 2, 3, 4, 5]


def test_a_date_among_the_inputs_orders_the_rows(tmp_path):
    rows = [[rat, f"2024-02-{20 - int(day):02}", weight] for rat, day, weight in rats()]
    found = table(tmp_path, rows, split="time")
    assert found.encoding.order == "day"
    assert (np.diff(found.x[:6, 0]) == 1).all()


def test_the_split_is_fixed_by_names_alone_and_changes_with_its_seed(tmp_path):
    asked = {"task_column": "rat", "inputs": "day", "target": "weight"}
    splits = [table(tmp_path, rats(40), **asked, split_seed=seed).split for seed in range(20)]
    for split in splits:
        assert [len(part) for part in (split.train, split.validation, split.test)] == [22, 6, 12]
        assert sorted(np.concatenate([split.train, split.validation, split.test]).tolist()) == list(range(40))
    assert len({tuple(split.test.tolist()) for split in splits}) == 20
    again = table(tmp_path, rats(40)[::-1], **asked).split
    np.testing.assert_array_equal(again.test, splits[0].test)


def test_scaling_is_of_the_training_tasks_alone(tmp_path):
    found = table(tmp_path, rats(20))
    rows = np.concatenate([np.arange(found.first[t], found.first[t] + 6) for t in found.split.train])
    scaling = found.scaling()
    assert scaling["y_mean"] == pytest.approx([found.y[rows].mean()])
    assert scaling["y_std"] == pytest.approx([found.y[rows].std()])
    assert scaling["y_mean"] != pytest.approx([found.y.mean()])


def test_categories_become_inputs_of_their_own_and_keep_their_scale(tmp_path):
    rows = [[*cells, "abc"[int(cells[1]) % 3]] for cells in rats()]
    found = table(tmp_path, rows, [*HEADER, "food"], inputs=["food", "day"], target="weight")
    assert found.encoding.labels == ("food = a", "food = b", "food = c", "day")
    np.testing.assert_array_equal(found.x[:3, :3], np.eye(3))
    scaling = found.scaling()
    assert (scaling["x_mean"][:3], scaling["x_std"][:3]) == ([0, 0, 0], [1, 1, 1])


def test_a_category_that_no_training_task_has_is_none_of_them_and_is_said(tmp_path):
    asked = {"inputs": ["food", "day"], "target": "weight", "task_column": "rat"}
    held_out = table(tmp_path, rats(), inputs="day", target="weight").split.test[0]
    names = table(tmp_path, rats(), inputs="day", target="weight").names
    rows = [[*c, "new" if c[0] == names[held_out] and c[1] == "2" else "ab"[int(c[1]) % 2]] for c in rats()]
    found = table(tmp_path, rows, [*HEADER, "food"], **asked)
    assert found.encoding.labels == ("food = a", "food = b", "day")
    assert "food = new, which no training task has (1 row)" in found.notes
    assert (found.x[:, :2].sum(1) == 0).sum() == 1


def test_several_targets_and_classes(tmp_path):
    rows = [[*cells, str(3 * int(cells[1])), "high" if float(cells[2]) > 150 else "low"] for cells in rats()]
    header = [*HEADER, "length", "state"]
    both = table(tmp_path, rows, header, inputs="day", target=["weight", "length"])
    assert both.y.shape == (72, 2)
    classes = table(tmp_path, rows, header, inputs=["day", "weight"], target="state", target_type="class")
    assert classes.encoding.classes == ("high", "low")
    assert set(classes.y.tolist()) == {0, 1}
    assert classes.scaling()["y_std"] == []


def test_numbers_may_be_classes_and_are_sorted_as_numbers(tmp_path):
    rows = [[*cells, str(10 * (int(cells[1]) % 3) + 2)] for cells in rats()]
    found = table(tmp_path, rows, [*HEADER, "grade"], inputs="day", target="grade", target_type="class")
    assert found.encoding.classes == ("2", "12", "22")


def test_what_is_learned_of_a_table_comes_back_from_its_card(tmp_path):
    rows = [[*cells, "abc"[int(cells[1]) % 3], f"2024-01-{int(cells[1]) + 1:02}"] for cells in rats()]
    found = table(
        tmp_path, rows, [*HEADER, "food", "when"], inputs=["food", "day", "when"], target="weight", missing="impute"
    )
    plain = found.encoding.plain()
    assert encoding_from(plain, "x") == found.encoding
    assert plain["ranges"] == [None, None, None, [0.0, 5.0], [19723.0, 19728.0]]
    with pytest.raises(BadFile, match="x does not say how its table was read"):
        encoding_from({**plain, "inputs": [{"name": "day", "type": "picture"}]}, "x")


# what is left out


@pytest.mark.parametrize(
    ("changes", "place", "why"),
    [
        ({(4, 2): "heavy"}, "line 6", "weight holds 'heavy', which is no number"),
        ({(4, 2): ""}, "line 6", "weight is missing"),
        ({(4, 2): "inf"}, "line 6", "weight is infinite"),
        ({(4, 2): "1e200"}, "line 6", "weight is 1e200, too large for a number"),
        ({(4, 1): "NA"}, "line 6", "day is missing"),
        ({(4, 1): "soon"}, "line 6", "day holds 'soon', which is no number"),
        ({(4, 0): "?"}, "line 6", "rat is missing, so it belongs to no task"),
    ],
)
def test_a_bad_row_is_left_out_with_its_line_and_the_others_are_used(tmp_path, changes, place, why):
    found = table(tmp_path, changed(changes))
    assert [(one.what, one.why) for one in found.left_out] == [(place, why)]
    assert len(found.lines) == 71
    assert any(note.startswith("rows left out") for note in found.notes)
    assert np.isfinite(found.x).all()
    assert np.isfinite(found.y).all()


def test_a_missing_input_can_be_the_median_of_the_training_tasks(tmp_path):
    rows = changed({(at, 1): "" for at in (4, 13)})
    found = table(tmp_path, rows, inputs="day", target="weight", missing="impute")
    filled = found.encoding.inputs[0].filled
    assert len(found.lines) == 72
    assert (found.x[np.isin(found.lines, [6, 15]), 0] == filled).all()
    assert f"day missing, taken as {filled:g} (2 rows)" in found.notes


def test_tasks_of_one_row_are_listed_and_not_dropped_in_silence(tmp_path):
    found = table(tmp_path, [*rats(), ["alone", "1", "3.5"]])
    assert "alone" not in found.names
    assert [(one.what, one.why) for one in found.left_out] == [
        ("task alone", "has one row, and support and query need one each")
    ]


def test_a_constant_input_is_left_out_and_said(tmp_path):
    rows = [[*cells, "7"] for cells in rats()]
    found = table(tmp_path, rows, [*HEADER, "room"], inputs=["day", "room"], target="weight")
    assert found.encoding.labels == ("day",)
    assert "input room has the same value in every row and is left out" in found.notes


NUMBERS = st.floats(-1e9, 1e9)
POINTS = st.lists(st.tuples(NUMBERS, NUMBERS), min_size=2, max_size=7)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(POINTS, min_size=8, max_size=14), st.integers(0, 2**31 - 1))
def test_every_good_row_of_any_table_is_in_one_task_once(tmp_path_factory, tasks, seed):
    rows = [(f"t{task}", x, y) for task, points in enumerate(tasks) for x, y in points]
    assume(all(len({row[at] for row in rows}) > 1 for at in (1, 2)))  # else it is refused, as nothing varies
    content = "".join(f"{task},{x!r},{y!r}\n" for task, x, y in rows)
    path = write(tmp_path_factory.mktemp("any") / "t.csv", "task,x,y\n" + content)
    found = read(path, task_column="task", inputs="x", target="y", split_seed=seed)
    names = np.repeat(found.names, found.count)
    assert sorted(zip(names, found.x[:, 0], found.y[:, 0], strict=True)) == sorted(rows)


# what is refused


def only(tasks):
    return text(rats(tasks))


REFUSED = {
    "one task": (only(1), {"task_column": "rat"}, "has one task in rat; learning to adapt needs at least 8"),
    "seven tasks": (only(7), {}, "has 7 tasks of two rows or more in rat, too few to split"),
    "as many tasks as rows": (
        text([[f"r{at}", str(at % 6), str(at)] for at in range(40)]),
        {"task_column": "rat", "inputs": "day", "target": "weight"},
        "tasks.task_column: rat has 40 values in 40 rows",
    ),
    "constant target": (text([[*c[:2], "5"] for c in rats()]), {"target": "weight"}, "weight has the same value in all rows"),
    "constant inputs": (
        text([[c[0], "5", c[2]] for c in rats()]), {"inputs": "day", "target": "weight"}, "day has the same value in every row",
    ),
    "no target at all": (text([[*c[:2], ""] for c in rats()]), {"target": "weight"}, "weight"),
    "a target of words": (
        text([[*c[:2], "ab"[int(c[1]) % 2]] for c in rats()]), {"target": "weight"},
        r"weight holds categories \(line 2: 'a'\), no numbers; set tasks.target_type = class",
    ),
    "classes without end": (only(40), {"target": "weight", "target_type": "class"}, "classes are 2 to 100"),
    "an unknown column": (only(12), {"target": "wieght"}, "no column wieght; did you mean weight"),
    "a column twice": (only(12), {"inputs": ["day", "day"], "target": "weight"}, "day is named twice"),
    "two roles": (only(12), {"inputs": ["day", "weight"], "target": "weight"}, "weight is the target too"),
    "the task as input": (only(12), {"inputs": ["rat"], "target": "weight", "task_column": "rat"}, "rat is the task column"),
    "two columns of one name": (
        text(rats(), header=["rat", "day", "day"]), {"target": "day"}, "several columns are called day; give each a name",
    ),
    "free text as input": (
        text([[*c, f"note {at}"] for at, c in enumerate(rats())], header=[*HEADER, "note"]),
        {"inputs": ["note"], "target": "weight"}, "note is text of 72 kinds",
    ),
    "nothing left to train on": (only(9), {"test_share": 0.8, "validation_share": 0.2}, "lower them"),
    "time that is a word": (
        text([[*c, "x" + c[1]] for c in rats()], header=[*HEADER, "phase"]),
        {"split": "time", "time_column": "phase", "inputs": "day", "target": "weight"}, "tasks.time_column: phase holds categories",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("content", "asked", "said"), REFUSED.values(), ids=REFUSED)
def test_a_table_that_cannot_be_used_says_what_to_change(tmp_path, content, asked, said):
    with pytest.raises((BadExperiment, BadFile), match=said) as caught:
        read(write(tmp_path / "t.csv", content), **asked)
    assert "\n" not in str(caught.value)


def test_a_text_with_commas_names_several_columns(tmp_path):
    rows = [[*cells, str(3 * int(cells[1]))] for cells in rats()]
    assert table(tmp_path, rows, [*HEADER, "length"], inputs="day, length", target="weight").encoding.width == 2
