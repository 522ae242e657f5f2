"""A table of one's own from the command line: inspected, trained on, asked for new rows; each bad table one line."""

import csv

import pytest

from core.storage.catalog import Catalog
from tests.core.data.places import real
from tests.core.data.small_tables import HEADER, rats, text, write
from tests.core.data.test_table_report import TABLES, TOO_FEW, listed

SHORT = (
    "--set", "engine.tier=eager", "--set", "evaluation.tasks=4", "--set", "evaluation.validation_tasks=2", "--set",
    "evaluation.validate_every=30", "--set", "inner.evaluation_steps=2", "--set", "inner.steps=2",
)  # fmt: skip


@pytest.fixture
def path(tmp_path):
    rows = rats(14)
    rows[5][2] = "lost"
    return write(tmp_path / "rats of 2024.csv", text(rows))


def columns(name):
    about = listed(name)
    pairs = {
        "task_column": about["task_column"],
        "target": about["suggested_target"],
        "inputs": about["suggested_input"],
    }
    return [part for key, value in pairs.items() for part in ("--set", f"tasks.{key}={value}")]


def test_a_table_is_trained_on_by_its_path_alone_and_answers_new_rows(type_, path, tmp_path):
    folder = tmp_path / "data"
    said = type_(
        "run", "maml-table", "--set", f"tasks.path={path}", "--steps", 3, *SHORT, "--data-folder", folder, "--json"
    )
    assert said.code == 0, said.err
    for words in ("task column rat", "target weight", "input day", "rows left out: weight is no number (1 row)"):
        assert words in said.err
    with Catalog.open(folder, write=False) as catalog:
        logged = str(catalog.log(said.json["run"]))
    assert "task column rat" in logged
    (tmp_path / "known.csv").write_text("day,weight\n0,150\n2,157\n")
    (tmp_path / "asked.csv").write_text("day\n1\n3\n")
    out = tmp_path / "out.csv"
    told = type_("adapt", said.json["initialization"]["id"], "--support", tmp_path / "known.csv", "--query", tmp_path / "asked.csv",
                 "--out", out, "--data-folder", folder, "--json")  # fmt: skip
    assert told.code == 0, told.err
    with out.open(newline="") as file:
        answers = list(csv.DictReader(file))
    assert [row["day"] for row in answers] == ["1", "3"]
    assert all(50 < float(row["predicted weight"]) < 350 for row in answers)


BAD = {
    "not there": (None, (), "there is no table at"),
    "empty": ("", (), "is empty"),
    "header only": (text([]), (), "has a header and no rows"),
    "one task": (text(rats(1)), ("tasks.task_column=rat",), "has one task in rat"),
    "few tasks": (text(rats(6)), (), "has 6 tasks of two rows or more in rat"),
    "constant target": (text([[*c[:2], "5"] for c in rats()]), ("tasks.target=weight",), "same value in all rows"),
    "unknown column": (text(rats()), ("tasks.target=wieght",), "tasks.target: there is no column wieght; did you mean weight?"),
    "roles to choose": (
        text([[*c, c[2] + "1"] for c in rats()], header=[*HEADER, "length"]), (),
        "tasks.target: several columns could be the target; choose one of weight, length",
    ),
    "a negative share": (text(rats()), ("tasks.test_share=-1",), "tasks.test_share: must be greater than or equal to 0.01"),
    "a strange separator": (text(rats()), ("tasks.separator=x",), "tasks.separator: must be 'auto', 'comma'"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "settings", "said"), BAD.values(), ids=BAD)
def test_a_bad_table_ends_with_one_line_and_leaves_no_run(type_, tmp_path, content, settings, said):
    path = tmp_path / "t.csv"
    if content is not None:
        write(path, content)
    pairs = [part for pair in (f"tasks.path={path}", *settings) for part in ("--set", pair)]
    told = type_("run", "maml-table", *pairs, "--steps", 2, *SHORT, "--data-folder", tmp_path / "data", "--json")
    assert told.code == 2, told.err
    assert said in told.err.strip().splitlines()[-1]
    with Catalog.open(tmp_path / "data") as catalog:
        assert catalog.runs() == []


def test_without_a_path_the_table_is_asked_for(type_, tmp_path):
    told = type_("run", "maml-table", "--data-folder", tmp_path / "data")
    assert told.code == 2
    assert "tasks.path: is missing; choose a table" in told.err


def run_real(type_, tmp_path, name, steps):
    path = real("regression") / f"{name}.csv"
    told = type_("run", "maml-table", "--set", f"tasks.path={path}", *columns(name), "--steps", steps, *SHORT,
                 "--data-folder", tmp_path / "data", "--json")  # fmt: skip
    if name in TOO_FEW:
        assert told.code == 2
        assert f"has {TOO_FEW[name]} tasks of two rows or more" in told.err
        return
    assert told.code == 0, told.err
    assert told.json["status"] == "finished"
    assert all(entry["mean"] is not None for entry in told.json["evaluation"]["loss"])


@pytest.mark.parametrize("name", ["ChickWeight", "pbcseq", "Orange"])
def test_a_real_table_is_trained_on_or_refused_with_its_reason(type_, tmp_path, name):
    run_real(type_, tmp_path, name, 2)


@pytest.mark.slow
@pytest.mark.parametrize("name", TABLES)
def test_every_real_table_is_trained_on_or_refused_with_its_reason(type_, tmp_path, name):
    run_real(type_, tmp_path, name, 30)
