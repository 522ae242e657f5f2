"""Pictures of one's own through the commands: inspect, run, adapt."""

import csv
from pathlib import Path

import pytest

from tests.core.data.own_images import small_sets as small

from .conftest import Type

SMALL = [
    "--set", "tasks.ways=2", "--set", "tasks.shots=2", "--set", "tasks.queries=2", "--set", "tasks.side=8", "--set",
    "network.filters=4", "--set", "network.depth=2", "--set", "evaluation.tasks=4", "--set", "evaluation.validation_tasks=2",
    "--set", "engine.tier=eager",
]  # fmt: skip


@pytest.fixture
def photos(tmp_path: Path, folder: Path) -> Path:
    return small.zipped(tmp_path / "photos.zip", small.files(12, 6) | {"c03/broken.png": b"broken"})


def test_what_inspect_proposes_runs_and_its_file_serves_new_pictures(type_: Type, photos: Path, tmp_path: Path) -> None:
    found = type_("inspect", photos, "--json", "--left-out", tmp_path / "out.csv").json
    assert (found["usable"], found["kind"], len(found["groups"])) == (True, "images", 12)
    assert (tmp_path / "out.csv").read_text() == "what,why\nc03/broken.png,is no picture that Pillow knows\n"
    said = type_("run", "maml-images", "--steps", "3", "--set", f"tasks.path={photos}", *SMALL, "--json")
    assert (said.code, said.json["status"]) == (0, "finished"), said.err
    known = small.folder(
        tmp_path / "known",
        {f"{name}/{n}.png": small.png(at, n) for name, at in (("ash", 2), ("oak", 7)) for n in (0, 1)},
    )
    asked = small.folder(tmp_path / "asked", {f"{n}.png": small.png(2, n) for n in range(3)})
    said = type_(
        "adapt", said.json["initialization"]["id"], "--support", known, "--query", asked, "--out", tmp_path / "answers.csv"
    )  # fmt: skip
    assert said.code == 0, said.err
    rows = list(csv.DictReader((tmp_path / "answers.csv").read_text().splitlines()))
    assert [row["file"] for row in rows] == ["0.png", "1.png", "2.png"]
    assert {row["predicted class"] for row in rows} <= {"ash", "oak"}
    assert all(0 <= float(row["probability ash"]) <= 1 for row in rows)


def test_a_run_shows_how_far_the_decoding_is(type_: Type, photos: Path) -> None:
    said = type_("run", "maml-images", "--steps", "1", "--set", f"tasks.path={photos}", *SMALL, "--set", "tasks.side=9")
    assert "decoding pictures: 0 %" in said.err
    assert "decoding pictures: 100 %" in said.err


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ([], "tasks.path: is missing; choose a folder or archive"),
        (["--set", "tasks.path=nothing"], "nothing; set tasks.path to the folder or archive of pictures"),
        (["--set", "tasks.path=photos.zip", "--set", "tasks.ways=9"], "lower tasks.ways to"),
        (["--set", "tasks.path=photos.zip", "--set", "tasks.split=files"], "tasks.split is files, but there are no"),
        (["--set", "tasks.path=photos.zip", "--set", "tasks.side=4"], "tasks.side: must be greater than or equal to 8"),
    ],
)
def test_bad_settings_end_in_one_line_and_leave_no_run(
    type_: Type, photos: Path, monkeypatch: pytest.MonkeyPatch, settings: list[str], words: str
) -> None:
    monkeypatch.chdir(photos.parent)
    said = type_("run", "maml-images", "--steps", "1", *settings, "--json")
    assert said.code == 2
    assert words in said.json["error"]
    assert type_("runs", "--json").json == []
