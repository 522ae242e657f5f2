"""headstart worth: many random splits, kept one by one; and what it refuses."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.config import find, with_settings
from core.errors import Interrupted
from core.splits import over_splits, summary
from core.training.control import Control
from core.training.events import ignore

from .conftest import Type

SMALL = [
    "--set", "outer.steps=3", "--set", "outer.meta_batch=3", "--set", "evaluation.tasks=8",
    "--set", "evaluation.validation_tasks=4",    "--set", "network.hidden=[8]", "--set", "engine.tier=eager", "--splits", "2",
]  # fmt: skip


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Twelve tasks: lines with a slope and a level of their own."""
    draw = np.random.default_rng(0)
    lines = ["plot,day,height"]
    for plot in range(12):
        slope, level = draw.normal(2, 1), draw.normal(0, 3)
        lines += [f"p{plot},{day},{slope * day + level + draw.normal(0, 0.1):.4f}" for day in range(9)]
    path = tmp_path / "plots.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.training.joint.LEAST_STEPS", 3)


def own(table: Path) -> list[str]:
    columns = ["tasks.task_column=plot", 'tasks.inputs=["day"]', "tasks.target=height"]
    return [
        "worth",
        "table-few-tasks",
        "--set",
        f"tasks.path={table}",
        *(w for c in columns for w in ("--set", c)),
        *SMALL,
    ]


def test_it_says_what_is_best_and_on_how_many_tasks(type_: Type, folder: Path, table: Path) -> None:
    found = type_(*own(table), "--json").json
    assert (found["tasks"], found["test"], found["splits"]) == (12, 4, 2)
    assert found["train"] + found["validation"] + found["test"] == 12
    assert (found["metric"], found["unit"]) == ("loss", "RMSE / std")
    kinds = [row["kind"] for row in found["alternatives"]]
    assert kinds == ["random-start", "joint", "pooled-line", "task-line", "shrunk-line"]
    assert found["best_alternative"] in ("task-line", "shrunk-line")  # the law of the table is a line per task
    assert found["helps"] is not True  # three outer steps beat nothing
    shrunk = next(row for row in found["alternatives"] if row["kind"] == "shrunk-line")
    assert shrunk["mean"] < 0.1
    assert shrunk["difference"]["mean"] == pytest.approx(found["learned"]["mean"] - shrunk["mean"])
    assert f"Over 2 splits of 12 tasks ({found['train']} to learn from, 4 held out)" in found["sentence"]


def test_splits_hold_out_other_tasks(type_: Type, folder: Path, table: Path) -> None:
    first, second = type_(*own(table), "--json").json["each"]
    assert first["alternatives"]["pooled-line"] != second["alternatives"]["pooled-line"]


def test_what_is_finished_is_kept_and_a_damaged_split_is_measured_anew(
    type_: Type, folder: Path, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = type_(*own(table), "--json").json
    one, two = sorted(Path(before["folder"]).glob("split-*.json"))
    two.write_text("{")
    said = type_(*own(table), "--json")
    assert "kept from before" in said.err
    assert said.json["each"][0] == before["each"][0]
    again = said.json["each"][1]
    assert again["learned"] == before["each"][1]["learned"]
    assert json.loads(two.read_text()) == again
    assert one.exists()


def test_other_settings_are_another_measurement(type_: Type, folder: Path, table: Path) -> None:
    first = type_(*own(table), "--json").json
    second = type_(*own(table), "--set", "tasks.shots=4", "--json").json
    assert first["folder"] != second["folder"]


def test_the_same_for_people(type_: Type, folder: Path, table: Path) -> None:
    said = type_(*own(table))
    assert said.code == 0
    for words in (
        "the learned initialization",
        "a curve for all and a shrunk line per task",
        "Over 2 splits",
        "RMSE / std",
    ):
        assert words in said.out
    assert "split 1 of 2" in said.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["worth", "sinusoid-maml"], "tasks.kind: sinusoid has no split to vary; choose table or images"),
        (["worth", "table-few-tasks"], "tasks.path"),
        (["worth", "table-few-tasks", "--set", "tasks.path=nowhere.csv"], "nowhere.csv"),
        (["worth", "table-few-tasks", "--splits", "1"], "--splits"),
        (["worth", "maml-images", "--set", "tasks.split=folders"], "choose classes"),
        (["worth", "nothing"], "`headstart presets` lists them"),
    ],
)
def test_what_cannot_be_split_is_refused_in_one_line(
    type_: Type, folder: Path, words: list[str], sentence: str
) -> None:
    said = type_(*words)
    assert said.code == 2
    assert sentence in said.err
    assert said.err.count("\n") == 1
    assert not (folder / "worth").exists()


def test_a_failed_split_is_named(type_: Type, folder: Path, table: Path) -> None:
    said = type_(*own(table), "--set", "outer.learning_rate=10", "--set", "inner.learning_rate=100", "--set", "method.kind=maml",
                 "--set", "outer.clip_norm=none")  # fmt: skip
    assert said.code == 3
    assert "split 1:" in said.err.splitlines()[-1]


def test_run_and_evaluate_tell_the_same_sentence(type_: Type, folder: Path, table: Path) -> None:
    words = [word for word in own(table)[2:] if word not in ("--splits", "2")]
    run = type_("run", "table-few-tasks", *words, "--json").json
    assert run["alternatives"][0]["kind"] == "random-start"
    assert run["worth"]["target"] == "height"
    assert run["worth"]["rmse"] == pytest.approx(run["worth"]["rmse_over_std"] * _spread(table))
    again = type_("evaluate", run["initialization"]["id"], "--json").json
    assert again["worth"]["sentence"] == run["worth"]["sentence"]
    shown = type_("run", "table-few-tasks", *words)
    assert run["worth"]["sentence"] in shown.out


def _spread(table: Path) -> float:
    return float(np.std([float(line.split(",")[2]) for line in table.read_text().splitlines()[1:]]))


def test_intervals_over_splits_by_hand() -> None:
    each = [
        {
            "metric": "loss",
            "unit": "RMSE / std",
            "learned": a,
            "alternatives": {"x": b},
            "titles": {"x": "the other"},
            "seconds": 1.0,
        }
        for a, b in ((0.1, 0.3), (0.2, 0.3), (0.3, 0.6))
    ]
    found = summary(each, {"tasks": 10, "train": 6, "validation": 0, "test": 3})
    (row,) = found["alternatives"]
    gap, spread = row["difference"], np.std([-0.2, -0.1, -0.3], ddof=1)
    assert gap["mean"] == pytest.approx(-0.2)
    assert gap["half_width"] == pytest.approx(4.3027 * spread / np.sqrt(3), rel=1e-4)
    assert gap["half_width_new"] == pytest.approx(4.3027 * spread * np.sqrt(1 / 3 + 3 / 6), rel=1e-4)
    assert (row["learned_better_in"], found["helps"]) == (3, None)


def test_a_split_that_ran_away_is_not_left_out() -> None:
    each = [
        {
            "metric": "loss",
            "unit": "loss",
            "learned": a,
            "alternatives": {"x": 1.0},
            "titles": {"x": "x"},
            "seconds": 1.0,
        }
        for a in (0.1, None)
    ]
    found = summary(each, {"tasks": 10, "train": 6, "validation": 0, "test": 3})
    assert found["learned"]["mean"] is None
    assert "ran away" in found["sentence"]


def test_a_changed_table_is_another_measurement(type_: Type, folder: Path, table: Path) -> None:
    first = type_(*own(table), "--json").json
    text = table.read_text().splitlines()
    table.write_text("\n".join([*text[:-1], "p11,8,99.0"]) + "\n")
    assert type_(*own(table), "--json").json["folder"] != first["folder"]


def test_a_stop_keeps_what_is_finished(folder: Path, table: Path) -> None:
    words = own(table)
    settings = [words[at + 1] for at, word in enumerate(words) if word == "--set"]
    experiment = with_settings(find("table-few-tasks"), settings)
    control, heard = Control(), list[int]()

    def told(split: int, one: dict[str, object], kept: bool) -> None:
        heard.append(split)
        control.stop()

    with pytest.raises(Interrupted, match="interrupted in split 2; the same command goes on"):
        over_splits(experiment, 3, folder, sink=ignore, control=control, told=told)
    assert heard == [0]
    assert len(list((folder / "worth").glob("*/split-*.json"))) == 1


def test_pictures_are_split_by_class(type_: Type, folder: Path, tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    for name in range(10):
        place = tmp_path / "pictures" / f"c{name}"
        place.mkdir(parents=True)
        for number in range(6):
            pixels = np.clip(draw.normal(20 * name, 30, (8, 8, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(place / f"{number}.png")
    settings = [
        f"tasks.path={tmp_path / 'pictures'}", "tasks.ways=2", "tasks.shots=2", "tasks.queries=3", "tasks.side=8",
        "network.filters=3", "network.depth=2", "inner.evaluation_steps=1",
    ]  # fmt: skip
    sets = [word for setting in settings for word in ("--set", setting)]
    at = SMALL.index("network.hidden=[8]")
    small = [*SMALL[: at - 1], *SMALL[at + 1 :]]
    found = type_("worth", "maml-images", *sets, *small, "--json").json
    assert (found["tasks"], found["metric"]) == (10, "accuracy")
    assert [row["kind"] for row in found["alternatives"]] == ["random-start", "joint", "nearest-mean"]
    assert "splits of 10 classes" in found["sentence"]
    first, second = (one["alternatives"]["nearest-mean"] for one in found["each"])
    assert first != second
