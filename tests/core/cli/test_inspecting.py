"""inspect over a stand-in for the two inspectors: what a person and a program are told."""

import csv
from pathlib import Path
from typing import Any

import pytest

from core.data import inspect
from core.data.inspection import Column, Group, Inspection, LeftOut

from .conftest import Type

PROBLEM = "one task only; at least 3 are needed"


def stand_in(path: Path, **options: Any) -> Inspection:
    return Inspection(
        kind="table",
        path=str(path),
        title="a table",
        sentence="3 trees, 12 rows.",
        facts=(("rows", "12"),),
        groups=(Group("oak", 4, "train"), Group("ash", 5, "test")),
        columns=(Column("age", "number", "input", 1, 7),),
        left_out=(LeftOut("line 3", "the target is missing"),),
        settings={"tasks.kind": "table", "tasks.path": str(path), "tasks.inputs": ["age"]},
        problems=(PROBLEM,) if "few" in path.name else (),
        notes=("decimal comma",),
    )


@pytest.fixture
def trees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(inspect, "_LOOKED_AT_BY", dict.fromkeys(("images", "table"), f"{__name__}:stand_in"))
    monkeypatch.setenv("HEADSTART_DATA_FOLDER", str(tmp_path / "data"))
    path = tmp_path / "trees.csv"
    path.write_text("tree,age\n")
    return path


def test_a_person_reads_what_was_understood_and_the_command_that_uses_it(type_: Type, trees: Path) -> None:
    said = type_("inspect", trees)
    assert said.code == 0
    for words in (
        "3 trees, 12 rows.",
        "oak",
        "the target is missing",
        "note: decimal comma",
        "headstart run maml-table",
    ):
        assert words in said.out
    assert f"--set tasks.path={trees}" in said.out
    assert """--set 'tasks.inputs=["age"]'""" in said.out


def test_json_has_every_field_that_the_help_lists(type_: Type, trees: Path) -> None:
    found = type_("inspect", trees, "--json").json
    help_ = type_("inspect", "--help").out
    assert set(found) == {
        "kind", "path", "title", "sentence", "facts", "groups", "columns", "left_out", "settings", "problems", "notes",
        "usable", "left_out_file",
    }  # fmt: skip
    assert all(name in help_ for name in found)
    assert found["groups"][0] == {"name": "oak", "examples": 4, "part": "train"}


def test_what_is_left_out_is_saved_as_a_table(type_: Type, trees: Path, tmp_path: Path) -> None:
    saved = tmp_path / "left.csv"
    assert type_("inspect", trees, "--left-out", saved).code == 0
    rows = list(csv.DictReader(saved.read_text().splitlines()))
    assert rows == [{"what": "line 3", "why": "the target is missing"}]
    said = type_("inspect", trees, "--left-out", tmp_path / "left.txt")
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert ".csv" in said.err


def test_what_cannot_be_used_is_told_in_one_line_and_still_printed(type_: Type, trees: Path) -> None:
    few = trees.rename(trees.with_name("few.csv"))
    said = type_("inspect", few, "--json")
    assert (said.code, said.json["error"], said.json["usable"]) == (2, PROBLEM, False)
    assert said.json["facts"] == [["rows", "12"]]
    said = type_("inspect", few)
    assert "headstart run" not in said.out
    assert said.err == f"headstart: {PROBLEM}\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nothing-here"], "there is no"),
        (["trees.csv", "--set", "inner.steps=3"], "keys of tasks alone"),
        (["notes.doc"], "neither pictures nor a table"),
        (["one.png"], "a single picture"),
    ],
)
def test_what_is_no_data_is_refused_in_one_line(
    type_: Type, trees: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str
) -> None:
    monkeypatch.chdir(trees.parent)
    for name in ("notes.doc", "one.png"):
        Path(name).touch()
    said = type_("inspect", *arguments, "--json")
    assert (said.code, said.json["exit_code"]) == (2, 2)
    assert words in said.json["error"]
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.csv", "table"), ("a.CSV.gz", "table"), ("a.xlsx", "table"), ("a.zip", "images"), ("a.tar.xz", "images"),
     ("a.csv.zip", "table"), ("a.pkl", "images"), (".", "images")],
)  # fmt: skip
def test_the_ending_decides_who_looks(tmp_path: Path, name: str, kind: str) -> None:
    path = tmp_path / name
    if name != ".":
        path.touch()
    assert inspect.kind_of(path) == kind
