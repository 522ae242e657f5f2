"""What is understood of a table before it is used, on made-up tables and on the real ones."""

import csv

import pytest

from core.config import find, with_settings
from core.data.inspect import inspect
from core.errors import BadFile
from core.tasks import build

from .places import real
from .small_tables import HEADER, rats, text, write

TOO_FEW = {"Orange": 5, "Indometh": 6, "Glucose2": 7}
SURE = {
    "BodyWeight", "ChickWeight", "DNase", "Fatigue", "Milk", "Orthodont", "Ovary", "Soybean", "Spruce", "egsingle",
    "sleepstudy",
}  # fmt: skip
TABLES = (
    "BodyWeight", "ChickWeight", "DNase", "Dialyzer", "Fatigue", "Glucose2", "Indometh", "MathAchieve", "Milk", "Orange",
    "Orthodont", "Ovary", "Remifentanil", "Soybean", "Spruce", "Wafer", "egsingle", "gapminder", "parkinsons_updrs", "pbcseq",
    "sleepstudy",
)  # fmt: skip


def listed(name):
    """What the list of the real tables says of one."""
    with (real("regression") / "tables.csv").open(encoding="utf-8", newline="") as file:
        return next(row for row in csv.DictReader(file) if row["file"] == f"{name}.csv")


@pytest.mark.parametrize("name", TABLES)
def test_every_real_table_is_used_or_refused_with_its_reason(name):
    about = listed(name)
    found = inspect(
        real("regression") / f"{name}.csv", task_column=about["task_column"], inputs=(about["suggested_input"],),
        target=(about["suggested_target"],),
    )  # fmt: skip
    if name in TOO_FEW:
        assert len(found.problems) == 1
        assert f"has {TOO_FEW[name]} tasks of two rows or more" in found.problems[0]
        assert len(found.groups) == TOO_FEW[name]
        return
    assert found.problems == ()
    alone = sum("has one row" in one.why for one in found.left_out)
    assert len(found.groups) + alone == int(about["tasks"])
    assert sum(group.examples for group in found.groups) == int(about["rows"]) - len(found.left_out)
    assert len(found.left_out) - alone == int(about["missing_in_target"] or 0)
    wanted = [
        f"{key}={value}" for key, value in found.settings.items() if key.startswith("tasks.") and isinstance(value, int)
    ]
    chosen = with_settings(find("maml-table"), wanted).tasks.model_copy(update={
        "path": real("regression") / f"{name}.csv", "task_column": about["task_column"],
        "inputs": (about["suggested_input"],), "target": (about["suggested_target"],),
    })  # fmt: skip
    splits = build(chosen, data_folder=real("regression"))
    assert len(splits.test.spec.names) == len(found.groups)


@pytest.mark.parametrize("name", TABLES)
def test_roles_that_are_guessed_are_right_and_what_is_unsure_is_asked(name):
    about = listed(name)
    found = inspect(real("regression") / f"{name}.csv")
    roles = {column.name: column.role for column in found.columns}
    assert roles[about["task_column"]] == "task"
    unsure = [problem for problem in found.problems if problem.startswith("tasks.")]
    if name in SURE:
        assert not unsure
        assert roles[about["suggested_target"]] == "target"
        assert [column for column, role in roles.items() if role == "input"] == [about["suggested_input"]]
    elif name not in TOO_FEW:
        assert unsure
        assert all("choose" in problem for problem in unsure)


# made-up tables


def test_an_inspection_says_columns_tasks_and_what_to_run(tmp_path):
    rows = [[str(at + 1), *cells, "x"] for at, cells in enumerate(rats())]
    rows[3][3] = "lost"
    found = inspect(write(tmp_path / "t.csv", text(rows, header=["number", *HEADER, "room"])))
    assert found.usable
    assert [(c.name, c.type, c.role, c.missing, c.note) for c in found.columns] == [
        ("number", "number", "unused", 0, "counts the rows"),
        ("rat", "category", "task", 0, ""),
        ("day", "number", "input", 0, ""),
        ("weight", "number", "target", 0, "1 cell is no number, line 5: 'lost'"),
        ("room", "category", "unused", 0, "the same in every row"),
    ]
    assert [(one.what, one.why) for one in found.left_out] == [("line 5", "weight holds 'lost', which is no number")]
    assert {group.part for group in found.groups} == {"training", "validation", "test"}
    assert found.settings == {
        "tasks.kind": "table", "tasks.path": str(tmp_path / "t.csv"), "tasks.task_column": "rat", "tasks.inputs": ["day"],
        "tasks.target": ["weight"], "tasks.shots": 1, "tasks.queries": 5,
    }  # fmt: skip
    assert "weight is predicted from day" in found.sentence


def test_settings_are_kept_and_shape_what_is_said(tmp_path):
    rows = [[*cells, "ab"[int(cells[1]) % 2]] for cells in rats()]
    found = inspect(
        write(tmp_path / "t.csv", text(rows, header=[*HEADER, "state"])),
        target_type="class",
        inputs=("weight",),
        shots=2,
    )
    assert found.usable
    assert dict(found.facts)["classes"] == "a, b"
    assert found.settings["tasks.shots"] == 2
    assert found.settings["tasks.target_type"] == "class"


def test_a_shuffled_table_asks_unless_a_name_says_it(tmp_path):
    rows = sorted(rats(), key=lambda cells: (int(cells[1]), hash(cells[0])))
    coded = [[cells[0][1:], *cells[1:]] for cells in rows]
    known = inspect(write(tmp_path / "a.csv", text(coded, header=["subject", "day", "weight"])))
    assert known.settings["tasks.task_column"] == "subject"
    unknown = inspect(write(tmp_path / "b.csv", text(coded, header=["q", "day", "weight"])))
    assert any(problem.startswith("tasks.task_column: no column is clearly") for problem in unknown.problems)


def test_a_file_that_is_no_table_has_nothing_to_show(tmp_path):
    with pytest.raises(BadFile, match="has a header and no rows"):
        inspect(write(tmp_path / "t.csv", "a,b,c\n"))


def table_of(tmp_path, header, tasks, *, y=lambda task, row: f"{task + row / 2:.1f}"):
    rows = [[f"t{task}", str(row), *[y(task, row)] * (len(header) - 2)] for task in range(tasks) for row in range(6)]
    return write(tmp_path / "t.csv", text(rows, header=header))


def test_a_table_without_roles_says_which_columns_are_of_no_use_and_why(tmp_path):
    constant = inspect(table_of(tmp_path, ["task", "x", "y"], 12, y=lambda task, row: "5"))
    assert (
        "no column is left that could be an input; name one (not used: y is the same in every row)"
        in constant.problems[0]
    )
    twice = inspect(table_of(tmp_path, ["task", "x", "y", "y"], 12))
    assert "(not used: several columns are called y)" in twice.problems[0]


def test_a_table_of_one_task_says_so(tmp_path):
    found = inspect(table_of(tmp_path, ["task", "x", "y"], 1))
    assert "task is the same in every row: that is one task alone, and there must be several" in " ".join(
        found.problems
    )
