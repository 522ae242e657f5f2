"""The terminal's example, shortened to a few steps."""

import os
from pathlib import Path

import pytest

from core.errors import BadFile
from core.example import run_example
from core.storage.catalog import Catalog
from core.storage.records import Status
from core.training.control import Control

SHORT = ["outer.steps=4", "evaluation.tasks=8", "evaluation.validation_tasks=4"]


@pytest.fixture
def catalog(tmp_path: Path):
    with Catalog.open(tmp_path / "data") as opened:
        yield opened


def test_the_example_ends_with_an_exported_initialization_and_a_picture(catalog, tmp_path):
    import core

    example = run_example(catalog, tmp_path / "out", settings=SHORT)
    assert example.run.status is Status.FINISHED
    assert example.figure.read_bytes().startswith(b"\x89PNG")
    prediction = core.load(example.initialization).adapt([[0.0], [1.0]], [0.0, 1.0]).predict([[2.0]])
    assert prediction.shape == (1, 1)
    assert "On 8 new tasks" in example.sentence


def test_the_example_tells_its_progress_to_the_sink(catalog, tmp_path):
    heard = []
    run_example(catalog, tmp_path, heard.append, settings=SHORT)
    assert [type(event).__name__ for event in heard][-1] == "Finished"


def test_a_stopped_example_still_leaves_its_files(catalog, tmp_path):
    control = Control()

    def stop(event: object) -> None:
        if type(event).__name__ == "Stepped":
            control.stop()

    example = run_example(catalog, tmp_path, stop, control, ["outer.steps=500000", *SHORT[1:]])
    assert example.run.status is Status.STOPPED
    assert example.initialization.exists()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_named_before_the_training(catalog, tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(BadFile, match="cannot write into"):
        run_example(catalog, tmp_path / "out", settings=SHORT)


def test_a_file_in_the_place_of_the_folder_is_named(catalog, tmp_path):
    (tmp_path / "out").write_text("")
    with pytest.raises(BadFile, match="cannot write into"):
        run_example(catalog, tmp_path / "out", settings=SHORT)


def test_the_command_ends_with_the_paths_of_both_files(tmp_path, capsys):
    from core.cli import main

    settings = [part for text in SHORT for part in ("--set", text)]
    code = main(["example", str(tmp_path / "out"), *settings, "--data-folder", str(tmp_path / "data")])
    said = capsys.readouterr().out.splitlines()
    assert code == 0
    assert [Path(line.split(": ")[1].strip()).exists() for line in said[-2:]] == [True, True]
    assert said[-2].endswith(".safetensors")
    assert said[-1].endswith(".png")
