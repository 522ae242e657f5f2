"""New rows for an initialization that was learned on a table: the same columns, in whatever form the new file is."""

import numpy as np
import pandas as pd
import pytest

from core.config.own_data import Table
from core.deploy import load
from core.errors import BadExperiment, BadFile
from core.runs import enqueue, execute
from core.storage.catalog import Catalog
from core.tasks import build
from core.use.adapting import adapt
from core.use.tables import read
from tests.core.data.small_tables import HEADER, rats, text, write
from tests.core.training.helpers import tiny

NAMES = [*HEADER, "food", "when", "state"]


def rows():
    return [
        [
            *cells,
            "abc"[int(cells[1]) % 3],
            f"{int(cells[1]) + 1:02}.05.2024",
            "high" if float(cells[2]) > 150 else "low",
        ]
        for cells in rats(20)
    ]


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return write(tmp_path_factory.mktemp("table") / "rats.csv", text(rows(), header=NAMES))


ASKED = {"task_column": "rat", "inputs": ["day", "food", "when"], "target": "weight"}


def spec_of(table, **asked):
    return build(Table(path=table, **{**ASKED, **asked}), data_folder=table.parent).spec


def support(tmp_path, lines, header="rat,day,food,when,weight"):
    return write(tmp_path / "support.csv", "\n".join([header, *lines]) + "\n")


def test_rows_are_read_as_in_training(table, tmp_path):
    found = read(spec_of(table), support(tmp_path, ["n,1,b,02.05.2024,101.5", "n,3,a,04.05.2024,108"]), labelled=True)
    np.testing.assert_array_equal(found.x, [[1, 0, 1, 0, 19845], [3, 1, 0, 0, 19847]])
    np.testing.assert_array_equal(found.y, [[101.5], [108]])
    assert found.places == ("line 2", "line 3")
    assert found.warnings == ()
    assert found.frame["weight"].tolist() == [101.5, 108]


@pytest.mark.parametrize("form", ["semicolon", "excel", "parquet", "iso dates", "one row"])
def test_the_form_of_the_new_file_is_its_own(table, tmp_path, form):
    frame = pd.DataFrame(
        {"weight": [101.5, 108.0], "when": ["02.05.2024", "04.05.2024"], "food": ["b", "a"], "day": [1, 3]}
    )
    path = tmp_path / f"new.{'xlsx' if form == 'excel' else 'parquet' if form == 'parquet' else 'csv'}"
    if form == "semicolon":
        frame.to_csv(path, index=False, sep=";", decimal=",", encoding="utf-16")
    elif form == "excel":
        frame.assign(when=pd.to_datetime(frame["when"], format="%d.%m.%Y")).to_excel(path, index=False)
    elif form == "parquet":
        frame.assign(when=pd.to_datetime(frame["when"], format="%d.%m.%Y")).to_parquet(path)
    elif form == "iso dates":
        frame.assign(when=["2024-05-02", "2024-05-04"]).to_csv(path, index=False)
    else:
        frame.iloc[:1].to_csv(path, index=False)
    found = read(spec_of(table), path, labelled=True)
    np.testing.assert_array_equal(found.x, np.array([[1, 0, 1, 0, 19845], [3, 1, 0, 0, 19847]])[: len(found.x)])
    assert len(found.x) == (1 if form == "one row" else 2)


def test_a_query_needs_no_target_and_keeps_it_where_it_is(table, tmp_path):
    spec = spec_of(table)
    without = read(spec, support(tmp_path, ["1,b,02.05.2024"], "day,food,when"), labelled=False)
    assert without.y is None
    some = read(spec, support(tmp_path, ["n,1,b,02.05.2024,101.5", "n,3,a,04.05.2024,"]), labelled=False)
    np.testing.assert_array_equal(some.y, [[101.5], [np.nan]])


def test_what_training_did_not_know_is_said_and_bad_rows_are_left_out(table, tmp_path):
    lines = ["n,1,z,02.05.2024,101.5", "n,soon,a,04.05.2024,108", "n,2,a,x,108", "n,2,b,05.05.2024,"]
    found = read(spec_of(table), support(tmp_path, lines), labelled=True)
    assert len(found.x) == 1
    assert found.x[0].tolist() == [1, 0, 0, 0, 19845]
    assert [(one.what, one.why) for one in found.left_out] == [
        ("line 3", "day holds 'soon', which is no number"), ("line 4", "when holds 'x', which is no date"),
        ("line 5", "weight is missing"),
    ]  # fmt: skip
    assert "food = z, which no training task has (1 row)" in found.warnings
    assert any("3 rows are left out (line 3" in warning for warning in found.warnings)


def test_a_missing_input_is_filled_as_in_training_where_that_was_chosen(table, tmp_path):
    path = support(tmp_path, ["n,,b,02.05.2024,101.5", "n,2,b,02.05.2024,101.5"])
    spec = spec_of(table, missing="impute")
    assert read(spec, path, labelled=True).x[0, 0] == spec.encoding["inputs"][0]["filled"]
    assert len(read(spec_of(table), path, labelled=True).x) == 1


def test_classes_are_named_and_one_that_is_not_known_is_left_out(table, tmp_path):
    spec = spec_of(table, inputs=["day", "weight"], target="state", target_type="class")
    path = support(tmp_path, ["1,101,low", "2,200,high", "3,150,middle"], "day,weight,state")
    found = read(spec, path, labelled=True)
    assert (found.y.tolist(), found.class_names) == ([1, 0], ("high", "low"))
    assert found.left_out[0].why == "state is 'middle', which is none of the classes high, low"
    assert read(spec, path, labelled=False).y.tolist() == [1, 0, -1]


@pytest.mark.parametrize(
    ("header", "lines", "error", "said"),
    [
        ("day,when,weight", ["1,02.05.2024,3"], BadFile, "lacks the column food; it has day, when, weight"),
        ("day,food,when", ["1,b,02.05.2024"], BadFile, "lacks the column weight"),
        ("day,day,food,when,weight", ["1,1,b,02.05.2024,3"], BadFile, "several columns called day"),
        ("rat,day,food,when,weight", ["a,1,b,02.05.2024,3", "b,1,b,02.05.2024,3"], BadExperiment, "rows of 2 tasks"),
        ("day,food,when,weight", ["x,b,02.05.2024,3"], BadFile, "no row that can be used; line 2: day holds 'x'"),
        ("day,food,when,weight", [], BadFile, "a header and no rows"),
    ],
)
def test_a_support_that_does_not_fit_is_one_sentence(table, tmp_path, header, lines, error, said):
    with pytest.raises(error, match=said) as caught:
        read(spec_of(table), support(tmp_path, lines, header), labelled=True)
    assert "\n" not in str(caught.value)


# through a learned file


@pytest.fixture(scope="module", params=["weight", "state"])
def learned(request, table, tmp_path_factory):
    """(the file, the kind of target) of a finished run."""
    pairs = [
        f"tasks.path={table}",
        "tasks.task_column=rat",
        f"tasks.target={request.param}",
        "tasks.kind=table",
        "tasks.shots=2",
    ]
    classes = ["tasks.target_type=class", 'tasks.inputs=["day","weight"]']
    pairs += classes if request.param == "state" else ['tasks.inputs=["day","food","when"]']
    with Catalog.open(tmp_path_factory.mktemp("learned") / "data") as catalog:
        run = execute(catalog, enqueue(catalog, tiny("tasks.kind=table", *pairs, "outer.steps=3")).id)
        assert run.status == "finished", run.message
        return catalog.initializations()[0].path, request.param


def test_a_learned_file_answers_new_rows_in_the_units_of_the_table(learned, tmp_path):
    path, target = learned
    start = load(path)
    known = support(tmp_path, ["1,b,02.05.2024,100,low", "3,a,04.05.2024,110,low"], "day,food,when,weight,state")
    asked = write(tmp_path / "query.csv", "day,food,when,weight\n2,c,03.05.2024,105\n9,c,03.06.2024,200\n")
    found = adapt(start, known, asked)
    assert len(found.table) == 2
    if target == "weight":
        assert found.table["predicted weight"].between(50, 400).all()
        assert any("outside of 0 to 5" in warning for warning in found.warnings)
    else:
        assert set(found.table["predicted class"]) <= {"high", "low"}
        assert start.class_names == ("high", "low")


def test_a_support_need_not_show_every_class(learned):
    path, target = learned
    start = load(path)
    if target == "weight":
        assert start.class_names == ()
        return
    chances = start.adapt([[1.0, 100.0], [2.0, 105.0]], [1, 1]).predict([[3.0, 110.0]])
    assert chances.shape == (1, 2)
    with pytest.raises(BadExperiment, match="0 = high, 1 = low"):
        start.adapt([[1.0, 100.0]], [2])
