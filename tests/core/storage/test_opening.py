"""Opening: locks, dead owners, files of other programs, folders that cannot be written."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.config import Experiment
from core.errors import CoreError, DatabaseProblem, DiskFull, FolderInUse
from core.storage import owner
from core.storage.catalog import FILE, Catalog, default_folder
from core.storage.records import Status

from .conftest import steps

ROOT = Path(__file__).parents[3]

WRITES_FOR_EVER = """
import sys
from pathlib import Path
from core.config import presets
from core.storage.catalog import Catalog
from tests.core.storage.conftest import steps

catalog = Catalog.open(Path(sys.argv[1]))
run = catalog.add_run(presets()["sinusoid-maml"].experiment)
catalog.begin_run(run.id, "cpu", {}, {}, 0)
print(run.id, flush=True)
(catalog.run_folder(run.id) / ".headstart-0000000000000000.part").write_bytes(b"half")
for first in range(1, 10**9, 7):
    catalog.append_series(run.id, steps(first, first + 6))
    print(first + 6, flush=True)
"""


def test_a_killed_process_loses_nothing_that_was_committed(folder: Path) -> None:
    command = [sys.executable, "-c", WRITES_FOR_EVER, str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        run = process.stdout.readline().strip()
        last = [process.stdout.readline() for _ in range(40)][-1]
        with pytest.raises(FolderInUse, match="--data-folder"):
            Catalog.open(folder)
        with Catalog.open(folder, write=False) as beside:
            assert beside.run(run).status is Status.RUNNING
        process.send_signal(signal.SIGKILL)
        committed = ([int(last)] + [int(line) for line in process.stdout.read().split()])[-1]
    with Catalog.open(folder, write=False) as reader:
        assert reader.run(run).status is Status.INTERRUPTED
    with Catalog.open(folder) as again:
        record, series = again.run(run), again.series(run)
        assert (record.status, record.step) == (Status.INTERRUPTED, series.steps[-1])
        assert "can be resumed" in record.message
        assert record.ended is not None
        assert len(series.steps) >= committed
        np.testing.assert_array_equal(series.steps, np.arange(1, len(series.steps) + 1))
        assert again.integrity() == []
        assert list(again.run_folder(run).iterdir()) == []


def test_a_second_writer_is_sent_away_and_readers_are_not(
    catalog: Catalog, experiment: Experiment, folder: Path
) -> None:
    run = catalog.add_run(experiment)
    with pytest.raises(FolderInUse, match=r"another Headstart writes to .*--data-folder"):
        Catalog.open(folder)
    with Catalog.open(folder, write=False) as reader:
        assert reader.run(run.id).name == run.name
        with pytest.raises(DatabaseProblem, match="for reading only"):
            reader.set_star(run.id, True)
    catalog.close()
    with Catalog.open(folder) as again:
        assert len(again.runs()) == 1


def test_a_reader_sees_what_is_committed_while_it_is_open(
    catalog: Catalog, experiment: Experiment, folder: Path
) -> None:
    with Catalog.open(folder, write=False) as reader:
        assert reader.runs() == []
        catalog.add_run(experiment)
        assert len(reader.runs()) == 1


def test_a_reader_of_a_new_folder_sees_nothing_and_makes_nothing(folder: Path) -> None:
    with Catalog.open(folder, write=False) as reader:
        assert reader.runs() == []
        assert reader.initializations() == []
    assert not folder.exists()


def test_a_run_left_running_is_interrupted_at_the_next_opening(folder: Path, experiment: Experiment) -> None:
    with Catalog.open(folder) as first:
        running, paused, queued = (first.add_run(experiment) for _ in range(3))
        first.begin_run(running.id, "cpu", {}, {}, 0)
        first.begin_run(paused.id, "cpu", {}, {}, 0)
        first.set_status(paused.id, Status.PAUSED)
    with Catalog.open(folder) as second:
        assert [second.run(r.id).status for r in (running, paused, queued)] == ["interrupted", "interrupted", "queued"]


@pytest.mark.parametrize("change", [{"boot": "another"}, {"process": 2**22 + 1}, {"born": 0.0}])
def test_another_process_with_our_number_is_not_the_owner(change: dict[str, object]) -> None:
    assert owner.alive(owner.me())
    assert not owner.alive({**owner.me(), **change})
    assert not owner.alive(None)


def test_closing_twice_is_closing_once(folder: Path) -> None:
    catalog = Catalog.open(folder)
    catalog.close()
    catalog.close()


def test_the_folder_is_the_override_else_the_environment_else_the_platform_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADSTART_DATA_FOLDER", "/somewhere")
    assert default_folder(Path("/else")) == Path("/else")
    assert default_folder() == Path("/somewhere")
    monkeypatch.delenv("HEADSTART_DATA_FOLDER")
    assert default_folder().name == "headstart"


@pytest.mark.parametrize("name", ["a b", "100%", "a#b?c", "größe", "it's"])
def test_any_folder_name_works(tmp_path: Path, experiment: Experiment, name: str) -> None:
    with Catalog.open(tmp_path / name) as catalog:
        catalog.add_run(experiment)
        assert len(catalog.runs()) == 1


def _truncate(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def _overwrite(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[4096:] = os.urandom(len(content) - 4096)
    file.write_bytes(content)


def _replace(file: Path) -> None:
    file.write_bytes(b"this is no database at all" * 1000)


@pytest.mark.parametrize("damage", [_truncate, _overwrite, _replace])
@pytest.mark.parametrize("write", [True, False])
def test_a_damaged_file_is_one_sentence(
    folder: Path, experiment: Experiment, damage: Callable[[Path], None], write: bool
) -> None:
    with Catalog.open(folder) as catalog:
        catalog.add_run(experiment)
    damage(folder / FILE)
    with (
        pytest.raises(DatabaseProblem, match=f"{FILE} is damaged") as problem,
        Catalog.open(folder, write=write) as again,
    ):
        again.runs()
    assert "\n" not in str(problem.value)
    with pytest.raises(DatabaseProblem), Catalog.open(folder, write=write) as again:  # the lock was given back
        again.runs()


def test_a_file_of_another_program_is_left_alone(folder: Path) -> None:
    folder.mkdir()
    other = sqlite3.connect(folder / FILE)
    other.execute("CREATE TABLE songs (title)")
    other.close()
    with pytest.raises(DatabaseProblem, match="not a catalog of Headstart"):
        Catalog.open(folder)


def test_a_newer_file_is_refused_with_both_versions(folder: Path, experiment: Experiment) -> None:
    with Catalog.open(folder) as catalog:
        catalog.add_run(experiment)
        catalog._write(lambda s: s.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '0999'"))
        catalog._write(lambda s: s.connection().exec_driver_sql("UPDATE facts SET value = '9.9' WHERE key = 'program'"))
    for write in (True, False):
        with pytest.raises(DatabaseProblem, match=r"9\.9 \(schema 0999\), this is 0.* \(schema 0002\); update"):
            Catalog.open(folder, write=write)


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(CoreError, match="cannot write"):
        Catalog.open(tmp_path / "file" / "data")


def _lose_power() -> None:
    os.seteuid(65534 if os.geteuid() == 0 else os.geteuid())


def test_a_read_only_folder_is_one_sentence_for_writers(powerless: Path) -> None:
    powerless.chmod(0o555)
    _lose_power()
    with pytest.raises(DatabaseProblem, match="choose another --data-folder"):
        Catalog.open(powerless / "data")
    with pytest.raises(DatabaseProblem, match="choose another --data-folder"):
        Catalog.open(powerless)


def test_a_read_only_folder_can_be_read(powerless: Path, folder: Path, experiment: Experiment) -> None:
    with Catalog.open(folder) as catalog:
        catalog.add_run(experiment)
    shutil.copy(folder / FILE, powerless / FILE)
    powerless.chmod(0o555)
    _lose_power()
    with Catalog.open(powerless, write=False) as reader:
        assert len(reader.runs()) == 1
    with pytest.raises(DatabaseProblem, match="choose another --data-folder"):
        Catalog.open(powerless)


def test_a_full_disk_is_one_sentence_and_keeps_what_was_there(catalog: Catalog, experiment: Experiment) -> None:
    run = catalog.add_run(experiment)
    catalog.begin_run(run.id, "cpu", {}, {}, 0)
    catalog.append_series(run.id, steps(1, 100))
    catalog._write(lambda s: s.connection().exec_driver_sql("PRAGMA max_page_count = 1").close())
    with pytest.raises(DiskFull, match="no space left for the catalog"):
        catalog.append_series(run.id, steps(101, 90_000))
    catalog._write(lambda s: s.connection().exec_driver_sql("PRAGMA max_page_count = 1000000").close())
    assert len(catalog.series(run.id).steps) == 100
    catalog.append_series(run.id, steps(101, 200))
    assert len(catalog.series(run.id).steps) == 200


def test_without_shared_memory_the_journal_is_a_plain_one(
    folder: Path, experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite's dotfile locking stands for a file system that has no shared memory: it answers no to WAL."""
    connect = sqlite3.connect

    def without_shared_memory(path: object, **options: Any) -> sqlite3.Connection:
        text = str(path)
        uri = f"{text}&vfs=unix-dotfile" if text.startswith("file:") else f"file:{text}?vfs=unix-dotfile"
        return connect(uri, **{**options, "uri": True})

    monkeypatch.setattr("core.storage.engine.sqlite3.connect", without_shared_memory)
    with Catalog.open(folder) as catalog:
        (mode,) = catalog._read(lambda s: s.connection().exec_driver_sql("PRAGMA journal_mode").one())
        assert mode == "delete"
        run = catalog.add_run(experiment)
        catalog.begin_run(run.id, "cpu", {}, {}, 0)
        catalog.append_series(run.id, steps(1, 2000))
        assert len(catalog.series(run.id).steps) == 2000
