"""A damaged catalog is saved as far as it can be read; what its rows no longer say is read off the files."""

import json
import os
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from core.config import Experiment
from core.errors import DamagedCatalog, DiskFull, FolderInUse
from core.storage import rescue as module
from core.storage.adopt import adopt
from core.storage.catalog import FILE, Catalog
from core.storage.records import Status
from core.storage.rescue import KEPT, rescue

from .conftest import steps

RUNS = 40


def checkpoint(folder: Path, experiment: Experiment, step: int) -> Path:
    """As core.training.checkpoint writes them: what counts here is the card."""
    path = folder / f"step-{step:08d}.safetensors"
    card = {
        "checkpoint": 1,
        "step": step,
        "seconds": 2.5,
        "best_step": step,
        "best_loss": 0.5,
        "stale": 0,
        "validated": step,
    }
    save_file(
        {"now/x": np.zeros(2)}, path, {"headstart": json.dumps({**card, "experiment": experiment.plain(), "plan": {}})}
    )
    return path


def initialization(catalog: Catalog, experiment: Experiment, run: str) -> Path:
    path = catalog.initializations_folder / f"{run}.safetensors"
    evaluation = {"loss": [{"mean": 2.0}, *({"mean": 0.25},) * experiment.inner.evaluation_steps]}
    card = {"title": "learned", "experiment": experiment.plain(), "provenance": {"run": run, "outer_step": 7}}
    save_file({"x": np.zeros(2)}, path, {"headstart": json.dumps({**card, "evaluation": evaluation})})
    return path


@pytest.fixture
def filled(folder: Path, experiment: Experiment) -> Path:
    """Many runs with series; the first has a checkpoint and an initialization."""
    with Catalog.open(folder) as catalog:
        for number in range(RUNS):
            run = catalog.add_run(experiment)
            catalog.rename_run(run.id, f"run {number}")
            catalog.begin_run(run.id, "cpu", {}, {}, 0)
            catalog.append_series(run.id, steps(1, 900))
            catalog.end_run(run.id, Status.FINISHED, step=900, seconds=1.0, rates={})
        first = catalog.run("run 0").id
        checkpoint(catalog.run_folder(first), experiment, 5)
        path = initialization(catalog, experiment, first)
        start = catalog.add_initialization(path, name="mine", run=first, step=7, method="maml", tasks="t", network="n")
        catalog.set_note(start.id, "the one of the paper")
    return folder


def refused(folder: Path) -> bytes:
    """What is in the file, which cannot be used as it is."""
    with pytest.raises(DamagedCatalog, match="--rescue"), Catalog.open(folder) as catalog:
        catalog.runs()
    return (folder / FILE).read_bytes()


def test_a_file_cut_short_gives_back_what_is_left_of_it(filled: Path) -> None:
    os.truncate(filled / FILE, (filled / FILE).stat().st_size * 3 // 4)
    damaged = refused(filled)
    told = rescue(filled)
    assert (told.kept / FILE).read_bytes() == damaged
    assert told.kept.parent == filled / KEPT
    with Catalog.open(filled) as catalog:
        runs = catalog.runs()
        assert len(runs) == told.runs + told.adopted.runs >= RUNS // 2
        assert catalog.integrity() == []
        whole = [run for run in runs if len(catalog.series(run.id).steps) == 900]
        assert whole, "some curves came through as well"
        assert catalog.add_run(Experiment()).id, "and it can be written to"


def test_of_a_file_that_is_no_database_the_files_beside_it_come_back(filled: Path, experiment: Experiment) -> None:
    (filled / FILE).write_bytes(b"this is no database at all" * 1000)
    refused(filled)
    told = rescue(filled)
    assert (told.runs, told.initializations, told.adopted.runs, told.adopted.initializations) == (0, 0, 1, 1)
    assert told.sentence().startswith(
        "Saved 1 run and 1 initialization, 2 of them from their files. The damaged catalog"
    )
    with Catalog.open(filled) as catalog:
        [run], [start] = catalog.runs(), catalog.initializations()
        assert (run.status, run.step, run.status.resumable) == (Status.INTERRUPTED, 5, True)
        assert run.experiment.plain() == experiment.plain()
        assert [one.step for one in catalog.checkpoints(run.id)] == [5]
        assert (start.run, start.step, start.loss, start.present) == (run.id, 7, 0.25, True)


def test_rows_in_the_write_ahead_file_are_saved_too(filled: Path) -> None:
    with sqlite3.connect(filled / FILE) as live:
        live.execute("PRAGMA wal_autocheckpoint = 0")
        live.execute("UPDATE runs SET note = 'the newest commit'")
        live.commit()
        held = [(path.name, path.read_bytes()) for path in filled.glob(f"{FILE}*")]
    live.close()
    for name, content in held:
        (filled / name).write_bytes(content)
    told = rescue(filled)
    with Catalog.open(filled) as catalog:
        assert {run.note for run in catalog.runs()} == {"the newest commit"}
        assert catalog.initialization("mine").note == "the one of the paper"
    assert (told.runs, told.initializations) == (RUNS, 1)


def test_a_row_that_means_nothing_is_left_out_and_the_others_stay(filled: Path) -> None:
    with sqlite3.connect(filled / FILE) as live:
        live.execute("UPDATE runs SET experiment = 'garbage', engine = '{' WHERE name = 'run 3'")
        live.execute("UPDATE series SET block = x'00' WHERE run = (SELECT id FROM runs WHERE name = 'run 4')")
    live.close()
    told = rescue(filled)
    assert told.runs == RUNS - 1
    with Catalog.open(filled) as catalog:
        assert len(catalog.series(catalog.run("run 4").id).steps) == 0
        assert len(catalog.series(catalog.run("run 5").id).steps) == 900


def test_a_folder_in_use_and_a_full_disk_leave_all_as_it_was(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Catalog.open(filled), pytest.raises(FolderInUse):
        rescue(filled)
    os.truncate(filled / FILE, (filled / FILE).stat().st_size // 2)
    damaged = (filled / FILE).read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.shutil, "copyfile", full)
    with pytest.raises(DiskFull):
        rescue(filled)
    assert (filled / FILE).read_bytes() == damaged
    assert not list(filled.glob(".headstart-rescue-*"))
    monkeypatch.undo()
    assert rescue(filled).runs > 0


def test_what_says_nothing_of_itself_is_left_where_it_is(folder: Path, experiment: Experiment) -> None:
    with Catalog.open(folder) as catalog:
        (catalog.initializations_folder / "notes.txt").write_text("mine")
        (folder / "runs" / "empty").mkdir(parents=True)
        told = adopt(catalog)
        assert {path.name for path in told.unknown} == {"notes.txt", "empty"}
        assert (told.runs, told.initializations) == (0, 0)
    assert (folder / "initializations" / "notes.txt").read_text() == "mine"
