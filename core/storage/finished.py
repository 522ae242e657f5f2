"""The finished runs that ship with the program, copied into a catalog on demand."""

import tempfile
import zipfile
from importlib.resources import as_file, files
from pathlib import Path, PurePosixPath
from typing import Any

from sqlalchemy import Table, insert, select
from sqlalchemy.orm import Session

from core.errors import BadFile

from .catalog import FILE, Catalog
from .files import atomic_write, make_folder
from .rows import OF_A_RUN, CheckpointRow, InitializationRow, LogRow, Row, RunRow, SeriesRow, ValidationRow

_OF_RUNS: tuple[type[Row], ...] = (*OF_A_RUN, InitializationRow)
_WITH_FILES: tuple[type[Row], ...] = (CheckpointRow, InitializationRow)
_NUMBERED = {SeriesRow, ValidationRow, CheckpointRow, LogRow}
"""Rows whose id counts up within one database."""


def import_finished(catalog: Catalog, archive: Path | None = None) -> list[str]:
    """Copy the archive's runs with all that belongs to them; ids of all its runs, newest first.

    What is there already is not copied again, what lies in the trash comes out of it. archive: None for the one that ships.
    Raises BadFile where it cannot be read; then nothing was copied.
    """
    if archive is None:
        with as_file(files("resources") / "finished" / "runs.zip") as shipped:
            return import_finished(catalog, shipped)
    with tempfile.TemporaryDirectory(prefix="headstart-") as temporary:
        folder = Path(temporary)
        _unpack(archive, folder)
        with Catalog.open(folder, write=False) as source:
            return _copy(source, catalog)


def _unpack(archive: Path, folder: Path) -> None:
    """Only files below `folder`, as the archive names them."""
    try:
        with zipfile.ZipFile(archive) as packed:
            names = [name for name in packed.namelist() if not name.endswith("/")]
            if FILE not in names or any(".." in PurePosixPath(name).parts or name.startswith("/") for name in names):
                raise BadFile(f"{archive} holds no finished runs of Headstart")
            packed.extractall(folder, names)
    except (OSError, zipfile.BadZipFile) as error:
        raise BadFile(f"{archive} cannot be read ({error}); install Headstart again") from None


def _copy(source: Catalog, target: Catalog) -> list[str]:
    runs = [run.id for run in source.runs()]
    here = {run.id for run in target.runs()}
    hidden = {run.id for run in target.runs(trashed=True)}
    target.restore(run for run in runs if run in hidden)
    fresh = [run for run in runs if run not in here | hidden]
    if fresh:
        _copy_files(source, target, fresh)
        kinds: tuple[type[Row], ...] = (RunRow, *_OF_RUNS)
        _insert(target, {kind: _rows(source, kind, fresh) for kind in kinds})
    return runs


def _rows(source: Catalog, kind: type[Row], runs: list[str]) -> list[dict[str, Any]]:
    table = _table(kind)
    of = table.c.id if kind is RunRow else table.c.run
    found = source._read(lambda session: session.execute(select(table).where(of.in_(runs))).mappings().all())
    left_out = {"id"} if kind in _NUMBERED else set()
    return [{name: value for name, value in row.items() if name not in left_out} for row in found]


def _table(kind: type[Row]) -> Table:
    """Its columns go by the database's names, which are not all those of the class."""
    return kind.__table__  # type: ignore[return-value]


def _copy_files(source: Catalog, target: Catalog, runs: list[str]) -> None:
    """Before their rows, so that no row is without its file."""
    wanted = [row["path"] for kind in _WITH_FILES for row in _rows(source, kind, runs)]
    lost = [name for name in wanted if not (source.folder / name).is_file()]
    if lost:
        raise BadFile(f"the archive of finished runs has no file {lost[0]}; install Headstart again")
    for name in wanted:
        path = target.folder / name
        make_folder(path.parent)
        atomic_write(path, (source.folder / name).read_bytes())


def _insert(target: Catalog, rows: dict[type[Row], list[dict[str, Any]]]) -> None:
    def put(session: Session) -> None:
        for kind, values in rows.items():
            known = (
                {key for (key,) in session.execute(select(InitializationRow.id))}
                if kind is InitializationRow
                else set()
            )
            fresh = [row for row in values if row.get("id") not in known]
            if fresh:
                session.execute(insert(_table(kind)), fresh)

    target._write(put)
