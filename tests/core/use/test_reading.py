"""Files of a person, from the initialization that was learned on such files to predictions with names and units."""

import shutil

import numpy as np
import pandas
import pytest

from core.deploy import load
from core.errors import CoreError
from core.runs import enqueue, execute
from core.storage.catalog import Catalog
from core.types import TaskSpec
from core.use.adapting import adapt
from core.use.reading import _inked
from tests.core.data.own_images.small_sets import files, folder
from tests.core.training.helpers import tiny

QUICK = ("outer.steps=3", "evaluation.validate_every=3", "evaluation.alternatives=off")


def rows(task, count=8, *, target="number"):
    """y falls with x and differs by diet; a class is the sign of x."""
    draws = np.random.default_rng(task)
    x = draws.uniform(-2, 2, count)
    frame = pandas.DataFrame({"mouse": f"m{task:02d}", "dose": x, "diet": ["a", "b"] * (count // 2)})
    y = -3 * x + task if target == "number" else np.where(x > np.median(x), "up", "down")
    return frame.assign(**({"weight": y} if target == "number" else {"sign": y}))


def learned(place, *settings):
    """The initialization of a moment's training."""
    with Catalog.open(place / "data") as catalog:
        run = execute(catalog, enqueue(catalog, tiny(*QUICK, *settings)).id)
        assert run.status == "finished", run.message
        return load(catalog.initializations()[0].path)


@pytest.fixture(scope="module")
def on_table(tmp_path_factory):
    place = tmp_path_factory.mktemp("table")
    pandas.concat([rows(task) for task in range(12)]).to_csv(place / "mice.csv", index=False)
    names = (
        "tasks.kind=table",
        f"tasks.path={place / 'mice.csv'}",
        "tasks.task_column=mouse",
        'tasks.target=["weight"]',
        'tasks.inputs=["dose", "diet"]',
    )
    return learned(place, *names, "tasks.shots=3", "tasks.queries=3")


@pytest.fixture(scope="module")
def on_classes(tmp_path_factory):
    place = tmp_path_factory.mktemp("classes")
    pandas.concat([rows(task, target="class") for task in range(12)]).to_csv(place / "mice.csv", index=False)
    names = (
        "tasks.kind=table",
        f"tasks.path={place / 'mice.csv'}",
        "tasks.task_column=mouse",
        'tasks.target=["sign"]',
        'tasks.inputs=["dose", "diet"]',
    )
    return learned(place, *names, "tasks.target_type=class", "tasks.shots=2", "tasks.queries=2")


@pytest.fixture(scope="module")
def on_pictures(tmp_path_factory):
    place = tmp_path_factory.mktemp("pictures")
    folder(place / "shop", files(classes=10, each=6))
    network = ("network.kind=conv-strided", "network.filters=3", "network.depth=2", "inner.learning_rate=0.5")
    tasks = (
        "tasks.kind=images",
        f"tasks.path={place / 'shop'}",
        "tasks.side=12",
        "tasks.ways=2",
        "tasks.shots=1",
        "tasks.queries=2",
    )
    return learned(place, *tasks, *network)


@pytest.fixture
def mouse(tmp_path):
    """(support with its target, query without)."""
    mine = rows(40)
    mine[:4].to_csv(tmp_path / "support.csv", index=False)
    mine[4:].drop(columns="weight").to_csv(tmp_path / "query.csv", index=False)
    return tmp_path / "support.csv", tmp_path / "query.csv"


def test_rows_are_answered_in_the_units_of_the_target(on_table, mouse):
    found = adapt(on_table, *mouse, steps=2)
    assert list(found.table.columns) == ["mouse", "dose", "diet", "predicted weight"]
    x = np.column_stack([pandas.read_csv(mouse[0])["dose"], [1, 0, 1, 0], [0, 1, 0, 1]])
    asked = np.column_stack([pandas.read_csv(mouse[1])["dose"], [1, 0, 1, 0], [0, 1, 0, 1]])
    names = on_table.spec.input_names
    assert names == ("dose", "diet = a", "diet = b")
    wanted = on_table.adapt(x, pandas.read_csv(mouse[0])["weight"], steps=2).predict(asked)
    np.testing.assert_allclose(found.table["predicted weight"], wanted[:, 0], rtol=1e-6)


def test_an_unknown_category_and_a_value_out_of_range_are_warned_of(on_table, mouse):
    query = pandas.read_csv(mouse[1])
    query.loc[0, "diet"], query.loc[1, "dose"] = "z", 50.0
    query.to_csv(mouse[1], index=False)
    told = " ".join(adapt(on_table, *mouse).warnings)
    assert "diet = z, which no training task has (1 row)." in told
    assert "dose: 1 of 4 query rows is outside of" in told


def test_targets_that_stand_in_the_query_judge_it_row_by_row(on_table, mouse):
    query = rows(40)[4:]
    query.loc[query.index[0], "weight"] = np.nan
    query.to_csv(mouse[1], index=False)
    found = adapt(on_table, *mouse, steps=1)
    difference = (found.table["predicted weight"] - found.table["weight"])[1:]
    assert len(found.table) == 4
    assert found.by_step()[1]["error"] == pytest.approx(float(np.sqrt(np.mean(difference**2))), rel=1e-5)


def test_classes_of_a_table_are_answered_by_name_with_their_probabilities(on_classes, mouse):
    mine = rows(41, target="class")
    mine[:6].to_csv(mouse[0], index=False)
    mine[6:].drop(columns="sign").to_csv(mouse[1], index=False)
    table = adapt(on_classes, *mouse).table
    assert list(table.columns[-3:]) == ["predicted class", "probability down", "probability up"]
    np.testing.assert_allclose(table["probability down"] + table["probability up"], 1, atol=1e-6)
    assert set(table["predicted class"]) <= {"up", "down"}


def test_a_class_without_a_known_row_is_answered_all_the_same(on_classes, mouse):
    mine = rows(41, target="class")
    mine[mine["sign"] == "up"].to_csv(mouse[0], index=False)
    mine[mine["sign"] == "down"].to_csv(mouse[1], index=False)
    found = adapt(on_classes, *mouse)
    assert list(found.table.columns[-2:]) == ["probability down", "probability up"]
    assert found.by_step()[-1]["loss"] == pytest.approx(-np.log(found.table["probability down"]).mean(), rel=1e-4)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda frame: frame.drop(columns="dose"), "lacks the column dose"),
        (lambda frame: frame.assign(dose="many"), "no row that can be used"),
        (lambda frame: pandas.concat([frame, rows(3)]), "rows of 2 tasks"),
        (lambda frame: frame.drop(columns="weight"), "lacks the column weight"),
        (lambda frame: frame[:0], "support.csv"),
    ],
)
def test_a_support_that_cannot_be_used_says_what_to_change(on_table, mouse, change, told):
    change(pandas.read_csv(mouse[0])).to_csv(mouse[0], index=False)
    with pytest.raises(CoreError, match=told):
        adapt(on_table, *mouse)


@pytest.fixture
def shop(tmp_path):
    """(a folder per class, a flat folder)."""
    known = files(classes=2, each=3)
    folder(tmp_path / "known", known)
    folder(tmp_path / "asked", {f"{at}.png": content for at, content in enumerate(list(known.values())[::2])})
    return tmp_path / "known", tmp_path / "asked"


def test_pictures_are_answered_by_file_and_class_name(on_pictures, shop):
    found = adapt(on_pictures, *shop, steps=2)
    names = found.support.class_names
    assert list(found.table.columns) == ["file", "predicted class", *(f"probability {name}" for name in names)]
    assert found.table["file"].tolist() == ["0.png", "1.png", "2.png"]
    wanted = on_pictures.adapt(found.support.x, found.support.y, steps=2).predict(found.query.x)
    np.testing.assert_allclose(found.table[f"probability {names[0]}"], wanted[:, 0], rtol=1e-6)


def test_more_classes_than_a_fixed_head_learned_are_refused_with_the_limit(on_pictures, shop, tmp_path):
    shutil.rmtree(shop[0])
    folder(shop[0], files(classes=4, each=2))
    with pytest.raises(CoreError, match=r"fixed head for 2 classes and cannot take 4.*shared"):
        adapt(on_pictures, *shop)


@pytest.mark.parametrize(
    ("support", "query", "told"),
    [
        ({"a/1.png": b"no picture"}, None, "no picture can be read|one class"),
        ({}, None, "no picture|empty|holds no"),
        (files(classes=1, each=3), None, "one class"),
        (None, {}, "no pictures|empty|holds no"),
        (None, {"1.png": b"no picture"}, "no picture can be read"),
    ],
)
def test_folders_that_cannot_be_used_say_what_to_change(on_pictures, shop, support, query, told):
    for path, content in zip(shop, (support, query), strict=True):
        if content is not None:
            shutil.rmtree(path)
            path.mkdir()
            folder(path, content)
    with pytest.raises(CoreError, match=told):
        adapt(on_pictures, *shop)


def test_dark_ink_is_turned_for_the_sets_that_hold_ink_as_light():
    spec = TaskSpec("classification", (1, 2, 2), 2, 1, 1, "omniglot")
    paper = np.array([[[[1.0, 1.0], [1.0, 0.0]]]])
    turned, told = _inked(spec, paper)
    assert turned.ravel().tolist() == [0, 0, 0, 1]
    assert told
    assert _inked(spec, 1 - paper)[1] == ()
    assert _inked(spec._replace(encoding={"kind": "images"}), paper)[1] == ()
