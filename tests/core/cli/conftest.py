"""The commands as a person types them, in this process: exit code, standard output and standard error of each."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from core.cli import main

SHORT = [
    "--steps",
    "12",
    "--set",
    "evaluation.tasks=10",
    "--set",
    "evaluation.validation_tasks=5",
    "--set",
    "inner.evaluation_steps=3",
]


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Of the one line on standard output; NaN and Infinity are no JSON."""
        assert self.out.count("\n") == 1, self.out

        def refuse(word: str) -> None:
            raise AssertionError(f"{word} is no JSON")

        return json.loads(self.out, parse_constant=refuse)


Type = Callable[..., Said]


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with two short runs, made by the command line: "one" and "two"."""
    folder = tmp_path_factory.mktemp("trained")
    for seed, name in enumerate(("one", "two")):
        options = ["--seed", str(seed), "--name", name, "--data-folder", str(folder)]
        assert main(["run", "sinusoid-maml", *SHORT, *options]) == 0
    return folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder, found through the environment."""
    monkeypatch.setenv("HEADSTART_DATA_FOLDER", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def type_(capsys: pytest.CaptureFixture[str], folder: Path) -> Iterator[Type]:
    """headstart ..., with the empty data folder unless another is named."""

    def typed(*arguments: object) -> Said:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Said(code, captured.out, captured.err)

    return typed
