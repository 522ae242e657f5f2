"""An initialization measured again after a person's own data changed: in its own units, and not silently on what it trained on."""

import numpy as np
import pytest

from core.config import parse
from core.data.own_images.splits import by_hash
from core.data.tables import split_by_name
from core.errors import BadExperiment
from core.runs import enqueue, evaluate, execute
from core.storage.catalog import Catalog
from tests.core.data.own_images import small_sets as small
from tests.core.data.small_tables import HEADER, rats, text, write

BRIEF = {
    "inner": {"steps": 1, "evaluation_steps": 2, "learning_rate": 0.05},
    "outer": {"steps": 2, "meta_batch": 2},
    "evaluation": {"tasks": 8, "validation_tasks": 2, "alternatives": "off"},
    "engine": {"tier": "eager", "trial": False},
}


def learned(folder, **parts):
    with Catalog.open(folder) as catalog:
        run = execute(catalog, enqueue(catalog, parse({**BRIEF, **parts})).id)
        return catalog.initializations(f"run:{run.id}")[0].path


@pytest.fixture
def of_rats(tmp_path):
    """(folder, its table, the file)."""
    path = write(tmp_path / "rats.csv", text(rats(14)))
    table = {
        "kind": "table",
        "path": str(path),
        "task_column": "rat",
        "inputs": ["day"],
        "target": ["weight"],
        "shots": 2,
        "queries": 2,
    }
    return tmp_path / "data", path, learned(tmp_path / "data", tasks=table, network={"kind": "mlp", "hidden": [8]})


def means(found):
    return [entry["mean"] for entry in found["loss"]]


def test_tasks_are_judged_in_the_units_that_the_initialization_was_learned_in(of_rats):
    folder, path, file = of_rats
    before = evaluate(file, folder, [])
    rows = rats(14)
    trained = split_by_name(tuple(sorted({row[0] for row in rows})), 2, 4).train
    name = sorted({row[0] for row in rows})[int(trained[0])]
    write(path, text([[rat, day, str(50 * float(weight)) if rat == name else weight] for rat, day, weight in rows]))
    after = evaluate(file, folder, [])
    assert before["warnings"] == after["warnings"] == []
    np.testing.assert_allclose(means(after), means(before), rtol=1e-4)


def test_other_splits_and_grown_tables_say_which_tests_were_trained_on(of_rats):
    folder, path, file = of_rats
    (told,) = evaluate(file, folder, ["tasks.split_seed=3"])["warnings"]
    assert "test tasks have the name of one that it was trained on (r" in told
    write(path, text([[f"new {rat}", day, weight] for rat, day, weight in rats(14)]))
    assert evaluate(file, folder, [])["warnings"] == []


def test_a_table_with_other_categories_is_refused(tmp_path):
    def kept(kinds):
        rows = [[*row, kinds[n % 2]] for n, row in enumerate(rats(14))]
        return write(tmp_path / "rats.csv", text(rows, header=[*HEADER, "food"]))

    table = {"kind": "table", "path": str(kept(("oats", "rye"))), "task_column": "rat", "inputs": ["day", "food"],
             "target": ["weight"], "shots": 2, "queries": 2}  # fmt: skip
    file = learned(tmp_path / "data", tasks=table, network={"kind": "mlp", "hidden": [8]})
    kept(("corn", "rye"))
    with pytest.raises(BadExperiment, match=r"food = corn.*learned with.*food = oats"):
        evaluate(file, tmp_path / "data", [])


def test_a_grown_folder_says_which_test_classes_were_trained_on(tmp_path):
    pictures = {"kind": "images", "path": str(small.folder(tmp_path / "a", small.files(12, 4))), "ways": 2, "shots": 1,
                "queries": 1, "side": 8}  # fmt: skip
    network = {"kind": "conv-strided", "filters": 4, "depth": 2}
    file = learned(tmp_path / "data", tasks=pictures, network=network)
    assert evaluate(file, tmp_path / "data", [])["warnings"] == []
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    was, now = by_hash(names), by_hash(names, 2)
    again = {name for name in names if was[name] == "train" and now[name] == "test"}
    (told,) = evaluate(file, tmp_path / "data", ["tasks.split_seed=2", "evaluation.tasks=40"])["warnings"]
    assert again
    assert told.startswith(f"{len(again)} of {sum(part == 'test' for part in now.values())} test classes")
