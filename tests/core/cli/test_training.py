"""run and resume, with real short trainings; how they end by signals is tried on a process of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import MissingData, NonFinite
from core.storage.catalog import Catalog
from core.storage.records import Status
from core.training.control import Control
from core.training.events import (
    Curves,
    Evaluated,
    Failed,
    Finished,
    PhaseChanged,
    Sink,
    Started,
    Stepped,
    Validated,
    Warned,
)
from tests.core.data.small_mnist import write_mnist

from .conftest import SHORT, Type

RUN_FIELDS = {
    "run", "status", "steps", "seconds", "steps_per_second", "steady_steps_per_second", "tasks_per_second", "engine", "device",
    "parameters", "initialization", "evaluation", "random_start",
}  # fmt: skip
ROOT = Path(__file__).parents[3]


def test_a_run_tells_all_that_is_promised(type_: Type, folder: Path) -> None:
    said = type_("run", "sinusoid-maml", *SHORT, "--name", "mine", "--json")
    assert said.code == 0
    run = said.json
    assert run.keys() >= RUN_FIELDS
    assert (run["name"], run["status"], run["steps"], run["parameters"]) == ("mine", "finished", 12, 1761)
    assert Path(run["initialization"]["file"]).is_file()
    evaluation = run["evaluation"]
    assert (evaluation["tasks"], evaluation["steps"]) == (10, 3)
    for part in (evaluation["loss"], run["random_start"]["loss"]):
        assert len(part) == 4
        assert all(entry.keys() == {"mean", "half_width"} for entry in part)
    assert "accuracy" not in evaluation
    with Catalog.open(folder, write=False) as catalog:
        assert catalog.run(run["run"]).status is Status.FINISHED


def test_a_stream_is_told_round_by_round(type_: Type, folder: Path, tmp_path: Path) -> None:
    write_mnist(tmp_path, 56 * 178, stem="t10k")
    changes = [
        f"tasks.path={tmp_path}", "tasks.rounds=2", "tasks.examples=40", "tasks.steps=2", "outer.steps=8", "outer.meta_batch=2",
        "network.kind=mlp", "network.hidden=[4]", "evaluation.tasks=2", "evaluation.validation_tasks=2", "engine.tier=eager",
    ]  # fmt: skip
    asked = [part for change in changes for part in ("--set", change)]
    told = type_("run", "rainbow-mnist-ftml", *asked, "--json").json
    assert [each["number"] for each in told["stream"]] == [1, 2]
    for each in told["stream"]:
        assert each["arrived"] == [20, 40]
        assert each["examples_to_threshold"] in (None, 20, 40)
        assert np.isfinite([each["regret"], each["suffered"], *each["accuracy"]]).all()
    assert type_("run", "sinusoid-maml", *SHORT, "--json").json["stream"] is None


def test_a_run_tells_people_what_came_out_and_where_it_lies(type_: Type) -> None:
    said = type_("run", "sinusoid-maml", *SHORT)
    assert said.code == 0
    assert "finished after 12 of 12 outer steps" in said.out
    assert "random start" in said.out
    assert ".safetensors" in said.out
    assert "training" in said.err


def test_an_experiment_file_runs_and_options_beat_it(type_: Type, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('name = "from the file"\nseed = 3\n[inner]\nsteps = 2\n')
    run = type_("run", file, *SHORT, "--seed", 7, "--json").json
    shown = type_("show", run["run"], "--json").json
    assert shown["name"] == "from the file"
    assert (shown["experiment"]["seed"], shown["experiment"]["inner"]["steps"]) == (7, 2)


def test_the_data_folder_may_stand_before_the_command(type_: Type, tmp_path: Path) -> None:
    said = type_("--data-folder", tmp_path / "else", "runs", "--json")
    assert (said.code, said.json) == (0, [])


def test_a_finished_run_cannot_be_resumed(type_: Type, trained: Path) -> None:
    said = type_("resume", "one", "--data-folder", trained)
    assert said.code == 2
    assert "is finished" in said.err


# what the command line makes of each way to end, with a training that is played


def _play(events: list[Any]) -> Callable[..., None]:
    """core.training.train with these events."""

    def train(experiment: Any, sink: Sink, control: Control, folder: Path, data_folder: Path, **more: object) -> None:
        sink(PhaseChanged("loading the tasks"))
        for event in events:
            sink(event(control) if callable(event) else event)

    return train


BEGUN = Started(0, 100, "cpu", {"tier": "eager"}, {"total": 5, "adapted": 5})
STEPS = Stepped(np.arange(1, 11), np.linspace(4, 1, 10), np.full(10, np.nan), np.arange(10) * 0.1)
CURVES = Curves(np.array([[1.0, np.nan], [3.0, 0.5]]), np.array([[0.2, 0.4], [0.2, 0.6]]), np.array([0, 0]))


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def play(*events: Any) -> None:
        import core.training.run

        monkeypatch.setattr(core.training.run, "train", _play(list(events)))

    return play


def test_a_run_that_fails_on_its_way_is_kept_and_ends_with_3(type_: Type, play: Callable[..., None]) -> None:
    problem = NonFinite("the outer loss became nan at step 11; lower outer.learning_rate")
    play(BEGUN, STEPS, Failed(str(problem), True, 10, details={"exit_code": problem.exit_code}))
    said = type_("run", "sinusoid-maml", "--json")
    assert said.code == 3
    assert (said.json["status"], said.json["steps"], said.json["exit_code"]) == ("failed", 10, 3)
    assert said.json["error"] == str(problem)
    assert said.err.splitlines()[-1] == f"headstart: {problem}"
    assert len(type_("runs", "status:failed", "--json").json) == 1


def test_input_that_keeps_a_run_from_beginning_leaves_no_run(type_: Type, play: Callable[..., None]) -> None:
    play(Failed("no pictures", True, 0, details={"exit_code": MissingData.exit_code}))
    said = type_("run", "sinusoid-maml", "--json")
    assert (said.code, said.json["run"], said.json["error"]) == (2, None, "no pictures")
    assert type_("runs", "--json").json == []


def test_a_bug_in_the_training_ends_with_1_and_a_report(type_: Type, play: Callable[..., None], folder: Path) -> None:
    play(BEGUN, STEPS, Failed("KeyError: 'x'", False, 10, "Traceback: the whole story"))
    said = type_("run", "sinusoid-maml", "--json")
    assert said.code == 1
    report = Path(said.json["report"])
    assert report.parent == folder / "reports"
    assert "the whole story" in report.read_text()
    assert str(report) in said.err


def test_groups_are_distinct_tasks_and_non_finite_numbers_are_null(type_: Type, play: Callable[..., None]) -> None:
    play(BEGUN, STEPS, Evaluated(10, CURVES, CURVES, "digest"), Finished("finished", 10, 1.0, float("inf"), 10.0))
    said = type_("run", "sinusoid-maml", "--set", "inner.evaluation_steps=1", "--json")
    assert said.code == 0
    evaluation = said.json["evaluation"]
    assert (evaluation["tasks"], evaluation["distinct_tasks"]) == (2, 1)
    assert evaluation["loss"] == [{"mean": 2.0, "half_width": None}, {"mean": None, "half_width": None}]
    assert evaluation["accuracy"][1]["mean"] == 0.5
    assert said.json["steps_per_second"] is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_training_and_keeps_it(type_: Type, play: Callable[..., None], number: int) -> None:
    def ended(control: Control) -> Finished:
        os.kill(os.getpid(), number)
        while not control.stopping:
            time.sleep(0.01)
        return Finished("stopped", 10, 1.0, 10.0, 10.0)

    play(BEGUN, STEPS, ended)
    said = type_("run", "sinusoid-maml", "--json")
    assert said.code == 130
    assert (said.json["status"], said.json["steps"]) == ("interrupted", 10)
    assert f"headstart resume {said.json['run']}" in said.err.splitlines()[-1]


def test_a_terminated_process_is_resumed_to_its_end(type_: Type, folder: Path) -> None:
    """The real training: SIGTERM once steps are counted, exit code 130, then resume."""
    options = ["--set", "evaluation.tasks=10", "--set", "evaluation.validation_tasks=5", "--steps", "200"]
    command = [
        sys.executable,
        "-m",
        "core.cli",
        "run",
        "sinusoid-maml",
        *options,
        "--json",
        "--data-folder",
        str(folder),
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        while process.stderr.readline().strip() != "training":
            pass
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate()
    assert process.returncode == 130
    told = json.loads(out)
    assert told["status"] == "interrupted"
    assert told["steps"] < 200
    again = type_("resume", told["run"][:6], "--json")
    assert (again.code, again.json["status"], again.json["steps"]) == (0, "finished", 200)


# --download


def test_download_fetches_first_and_then_trains(
    type_: Type, play: Callable[..., None], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Path] = []

    def download(data_folder: Path, progress: Callable[[str, float], None]) -> None:
        asked.append(data_folder)
        for share in (0.0, 0.1, 0.3, 1.0):
            progress("downloading images_background.zip", share)

    monkeypatch.setattr("core.data.omniglot.download", download)
    play(BEGUN, STEPS, Finished("finished", 10, 1.0, 10.0, 10.0))
    said = type_("run", "omniglot-maml", "--download", "--json")
    assert (said.code, asked) == (0, [folder])
    told = [line for line in said.err.splitlines() if line.startswith("downloading")]
    assert told == [f"downloading images_background.zip: {share} %" for share in (0, 25, 100)]


def test_a_download_without_a_network_is_one_line_and_leaves_no_run(
    type_: Type, monkeypatch: pytest.MonkeyPatch
) -> None:
    def download(*arguments: object) -> None:
        raise MissingData("no network; set tasks.path to the folder with the archives")

    monkeypatch.setattr("core.data.omniglot.download", download)
    said = type_("run", "omniglot-maml", "--download")
    assert (said.code, said.err) == (2, "headstart: no network; set tasks.path to the folder with the archives\n")
    assert type_("runs", "--json").json == []


def test_the_bar_goes_through_a_whole_run(capsys: pytest.CaptureFixture[str]) -> None:
    from core.cli.progress import Bar

    with Bar() as bar:
        bar.share("downloading", 0.5)
        for event in (PhaseChanged("training"), BEGUN, STEPS, Validated(10, 1.0, CURVES, True), Warned("slow disk")):
            bar(event)
        later = Stepped(np.arange(11, 21), np.full(10, 0.5), np.full(10, np.nan), np.arange(10) * 0.1 + 1.0)
        bar(later)
        assert bar.rate == pytest.approx(10.0)
        assert bar.left == pytest.approx(8.0)
        bar(PhaseChanged("evaluating on the test tasks"))
    assert "slow disk" in capsys.readouterr().err
