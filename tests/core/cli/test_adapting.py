"""`headstart adapt` as a person types it."""

from pathlib import Path

import numpy as np
import pandas
import pytest

from core.deploy import load
from core.storage.catalog import Catalog

from .conftest import Type


@pytest.fixture
def sets(tmp_path: Path) -> tuple[Path, Path]:
    """Support and query of 2 sin(x - 1); the query has a name a row and no target."""
    x = np.array([-4.0, -2.0, 0.0, 1.5, 3.0])
    pandas.DataFrame({"x": x, "y": 2 * np.sin(x - 1)}).to_csv(tmp_path / "support.csv", index=False)
    pandas.DataFrame({"sensor": ["a", "b", "c"], "x": [-1.0, 2.0, 9.0]}).to_csv(tmp_path / "query.csv", index=False)
    return tmp_path / "support.csv", tmp_path / "query.csv"


def adapt(type_: Type, trained: Path, sets: tuple[Path, Path], out: Path, *more: object) -> object:
    return type_(
        "adapt", "one", "--support", sets[0], "--query", sets[1], "--out", out, "--data-folder", trained, *more
    )


def file_of(trained: Path) -> Path:
    with Catalog.open(trained, write=False) as catalog:
        return catalog.initialization("one").path


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".parquet", ".xlsx"])
def test_predictions_are_those_of_the_core_beside_the_rows(type_, trained, sets, tmp_path, ending):
    out = tmp_path / f"out{ending}"
    said = adapt(type_, trained, sets, out, "--json", "--steps", 2)
    assert said.code == 0, said.err
    read = {".csv": pandas.read_csv, ".parquet": pandas.read_parquet, ".xlsx": pandas.read_excel}
    table = pandas.read_csv(out, sep="\t") if ending == ".tsv" else read[ending](out)
    assert list(table.columns) == ["sensor", "x", "predicted y"]
    known = pandas.read_csv(sets[0])
    wanted = load(file_of(trained)).adapt(known["x"], known["y"], steps=2).predict(table["x"].to_numpy())
    np.testing.assert_allclose(table["predicted y"], wanted[:, 0], rtol=1e-6)


def test_json_says_how_the_prediction_moves_and_what_lies_outside(type_, trained, sets, tmp_path):
    said = adapt(type_, trained, sets, tmp_path / "out.csv", "--json")
    told = said.json
    assert told["support"]["examples"] == 5
    assert (told["rows"], told["steps"], len(told["by_step"])) == (3, 3, 4)
    assert [entry["moved"] is None for entry in told["by_step"]] == [True, False, False, False]
    assert told["by_step"][3]["support_loss"] < told["by_step"][0]["support_loss"]
    assert "loss" not in told["by_step"][0]
    assert told["warnings"] == ["x: 1 of 3 query rows is outside of -5 to 5, which was seen in training (as far as 9)."]
    assert "outside of -5 to 5" in said.err


def test_a_query_with_targets_is_judged(type_, trained, sets, tmp_path):
    said = adapt(type_, trained, (sets[0], sets[0]), tmp_path / "out.csv", "--json")
    last = said.json["by_step"][-1]
    assert last["loss"] == pytest.approx(last["support_loss"])
    assert last["error"] == pytest.approx(last["loss"] ** 0.5)


def test_every_step_can_be_written_as_columns(type_, trained, sets, tmp_path):
    assert adapt(type_, trained, sets, tmp_path / "out.csv", "--steps-table").code == 0
    table = pandas.read_csv(tmp_path / "out.csv")
    assert list(table.columns[3:]) == ["y before any step", "y after 1 step", "y after 2 steps", "y after 3 steps"]
    np.testing.assert_allclose(table["predicted y"], table["y after 3 steps"])


def test_an_exported_file_needs_no_catalog(type_, trained, sets, tmp_path):
    type_("export", "one", tmp_path / "away.safetensors", "--data-folder", trained)
    said = type_(
        "adapt", tmp_path / "away.safetensors", "--support", sets[0], "--query", sets[1], "--out", tmp_path / "a.csv"
    )
    assert (said.code, "3 predictions after 3 steps on 5 examples" in said.out) == (0, True), said.err


def test_rows_that_are_no_numbers_are_left_out_and_named(type_, trained, sets, tmp_path):
    sets[0].write_text("x,y\n1,2\nnothing,3\n2,\n3,1\n")
    said = adapt(type_, trained, sets, tmp_path / "out.csv", "--json")
    assert said.json["support"]["examples"] == 2
    assert [one["what"] for one in said.json["support"]["left_out"]] == ["row 2", "row 3"]


@pytest.mark.parametrize(
    ("support", "named"),
    [
        ("a,b\n1,2\n", "has no column 'x'; it has a, b"),
        ("x,z\n1,2\n", "has no column 'y'"),
        ("x,y\n", "holds no rows"),
        ("", "cannot be read as a table"),
        ("x,y\none,two\n", "no row with numbers"),
        (None, "there is no file"),
    ],
)
def test_what_cannot_be_read_is_one_line(type_, trained, sets, tmp_path, support, named):
    if support is None:
        sets[0].unlink()
    else:
        sets[0].write_text(support)
    said = adapt(type_, trained, sets, tmp_path / "out.csv")
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert named in said.err
    assert not (tmp_path / "out.csv").exists()


def test_where_the_answer_cannot_go_is_said_before_anything_is_read(type_, trained, sets, tmp_path):
    sets[0].unlink()
    for out, named in (
        (tmp_path / "out.pdf", ".parquet or .xlsx"),
        (tmp_path / "no" / "out.csv", "there is no folder"),
    ):
        said = adapt(type_, trained, sets, out)
        assert (said.code, named in said.err) == (2, True), said.err
