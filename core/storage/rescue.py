"""A damaged catalog: what can still be read goes into a new file, what lies in the folder is taken in again, and the
damaged file is kept beside.

The new file is built apart and takes the old one's place in one step: killed at any moment, the folder holds the one or the
other, whole.
"""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Column, Table, delete, select

from . import beside, lock, schema
from . import engine as engines
from .adopt import Adopted, adopt, counted
from .catalog import FILE, Catalog
from .files import known_errors, make_folder, sync_folder
from .rows import (
    OF_A_RUN,
    CheckpointRow,
    EvaluationRow,
    InitializationRow,
    LogRow,
    RandomStartRow,
    Row,
    RunRow,
    SeriesRow,
    ValidationRow,
)

KEPT = "damaged"
_BESIDE = ("-wal", "-shm", "-journal")
_ALL: tuple[type[Row], ...] = (RunRow, *OF_A_RUN, InitializationRow)
_READERS: dict[type[Row], Callable[[Catalog, str], object]] = {
    SeriesRow: Catalog.series, ValidationRow: Catalog.validations, RandomStartRow: Catalog.random_start,
    EvaluationRow: Catalog.evaluation, CheckpointRow: Catalog.checkpoints, LogRow: Catalog.log,
}  # fmt: skip


@dataclass(frozen=True)
class Rescued:
    """kept: the folder with the damaged file; runs, initializations: in the new catalog that came from the old one;
    adopted: what came from the files of the folder instead."""

    kept: Path
    runs: int
    initializations: int
    adopted: Adopted

    def sentence(self) -> str:
        """For people: what there is now, and where the damaged file lies."""
        runs, starts = self.runs + self.adopted.runs, self.initializations + self.adopted.initializations
        again = self.adopted.runs + self.adopted.initializations
        tail = f", {again} of them from their files" if again else ""
        return f"Saved {counted(runs, starts)}{tail}. The damaged catalog is kept in {self.kept}."


def rescue(folder: Path) -> Rescued:
    """Make the folder usable again. Raises FolderInUse, DiskFull or DatabaseProblem; then all is as it was."""
    held = lock.take(folder)
    try:
        with (
            known_errors(folder / FILE),
            tempfile.TemporaryDirectory(prefix=".headstart-rescue-", dir=folder) as temporary,
        ):
            fresh = _build(folder / FILE, Path(temporary))
            with Catalog.open(fresh.parent) as catalog:
                _drop_unreadable(catalog)
                runs = len(catalog.runs()) + len(catalog.runs(trashed=True))
                starts = len(catalog.initializations()) + len(catalog.initializations(trashed=True))
            kept = _keep(folder)
            for ending in _BESIDE:  # of the damaged file: beside the new one they would be taken for its own
                (folder / f"{FILE}{ending}").unlink(missing_ok=True)
            os.replace(fresh, folder / FILE)
            sync_folder(folder)
    finally:
        held.release()
    with Catalog.open(folder) as catalog:
        beside.refill(catalog)
        return Rescued(kept, runs, starts, adopt(catalog))


def _build(damaged: Path, place: Path) -> Path:
    """A new catalog with every row that can be read and stored."""
    (source := place / "copy").mkdir()
    (target := place / "new").mkdir()
    for ending in ("", *_BESIDE[:1]):  # the write-ahead file may hold the newest commits
        if (old := damaged.with_name(damaged.name + ending)).exists():
            shutil.copyfile(old, source / old.name)
    fresh = target / FILE
    writing = engines.writing(fresh)
    try:
        schema.migrate(writing, fresh)
    finally:
        writing.dispose()
    with closing(sqlite3.connect(fresh, isolation_level=None)) as out:
        out.execute("PRAGMA foreign_keys = ON")
        out.execute("BEGIN")
        for kind in _ALL:
            for row in _rows(source / damaged.name, _table(kind)):
                with suppress(sqlite3.Error):  # of a run that was lost, or damaged itself
                    _insert(out, _table(kind), row)
        out.execute("COMMIT")
    return fresh


def _table(kind: type[Row]) -> Table:
    return kind.__table__  # type: ignore[return-value]


def _insert(out: sqlite3.Connection, table: Table, row: dict[str, Any]) -> None:
    if table.name == "initializations" and row.get("run") is not None:
        known = out.execute("SELECT 1 FROM runs WHERE id = ?", (row["run"],)).fetchone()
        row = row if known else {**row, "run": None}
    names = ", ".join(f'"{name}"' for name in row)
    marks = ", ".join("?" * len(row))
    out.execute(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", tuple(row.values()))


def _rows(path: Path, table: Table) -> Iterator[dict[str, Any]]:
    """From the first row on up to what cannot be read, then from the last one back."""
    seen: set[int] = set()
    for order in ("ASC", "DESC"):
        with suppress(sqlite3.Error), closing(_reading(path)) as source:
            there = {row[1] for row in source.execute(f"PRAGMA table_info({table.name})")}
            names = [column.name for column in table.columns if column.name in there]
            listed = ", ".join(f'"{name}"' for name in names)
            query = f"SELECT rowid, {listed} FROM {table.name} NOT INDEXED ORDER BY rowid {order}"
            for rowid, *values in source.execute(query):
                if rowid in seen:
                    break
                seen.add(rowid)
                yield dict(zip(names, values, strict=True))


def _reading(path: Path) -> sqlite3.Connection:
    source = sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=rw", uri=True, isolation_level=None)
    source.text_factory = lambda held: held.decode("utf-8", "replace")
    source.execute("PRAGMA writable_schema = ON")  # else a file that was cut short is refused as a whole
    return source


def _drop_unreadable(catalog: Catalog) -> None:
    """SQLite has no checksums: a row may be there and mean nothing."""
    runs, starts = _table(RunRow), _table(InitializationRow)
    for id in _ids(catalog, runs):
        _drop_unless_read(catalog, runs.c.id, id, Catalog.run)
        for kind, read in _READERS.items():
            _drop_unless_read(catalog, _table(kind).c.run, id, read)
    for id in _ids(catalog, starts):
        _drop_unless_read(catalog, starts.c.id, id, Catalog.initialization)


def _ids(catalog: Catalog, table: Table) -> list[str]:
    return catalog._read(lambda session: list(session.scalars(select(table.c.id))))


def _drop_unless_read(catalog: Catalog, of: Column[Any], id: str, read: Callable[[Catalog, str], object]) -> None:
    """of: the column that holds the id."""
    try:
        read(catalog, id)
    except Exception:  # whatever a damaged block makes of its reader
        catalog._write(lambda session: session.execute(delete(of.table).where(of == id)))


def _keep(folder: Path) -> Path:
    """A copy of the damaged file and of what belongs to it."""
    kept = make_folder(folder / KEPT / datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f"))
    for ending in ("", *_BESIDE):
        if (old := folder / f"{FILE}{ending}").exists():
            shutil.copy2(old, kept / old.name)
    sync_folder(kept)
    return kept
