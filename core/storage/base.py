"""What every part of the catalog stands on: the folder, its lock, the writer, the readers."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self, TypeVar

from filelock import BaseFileLock
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from core.errors import CoreError, DatabaseProblem

from . import engine as engines
from . import lock, owner, schema
from .files import make_folder, sweep
from .folders import default_folder
from .migrations import SCHEMA
from .records import Status
from .rows import RunRow
from .writer import Writer

FILE = "catalog.sqlite"
T = TypeVar("T")


class Base:
    """Functions of a session go to `_write` (one transaction on the writer thread) or `_read` (any thread)."""

    def __init__(self, folder: Path, readers: Engine, writer: Writer | None, held: BaseFileLock | None) -> None:
        self.folder = folder
        self._readers, self._writer, self._held = readers, writer, held
        self._opened = _identity(folder / FILE)

    @classmethod
    def open(cls, folder: Path | None = None, *, write: bool = True) -> Self:
        """Raises FolderInUse where another process writes, DatabaseProblem where the file cannot be used, CoreError where the
        place is no folder.

        Opening for writing migrates the file, calls runs of dead processes interrupted and sweeps half-written files.
        """
        place = default_folder(folder)
        if place.exists() and not place.is_dir():
            raise CoreError(f"{place} is a file, not a folder; choose another --data-folder")
        return cls._open_to_write(place) if write else cls(place, _readers_only(place / FILE), None, None)

    @classmethod
    def _open_to_write(cls, folder: Path) -> Self:
        make_folder(folder)
        held = lock.take(folder)
        writing: Engine | None = None
        try:
            sweep(folder)
            writing = engines.writing(folder / FILE)
            schema.migrate(writing, folder / FILE)
            writer = Writer(writing, folder / FILE)
        except BaseException:
            if writing is not None:
                writing.dispose()
            held.release()
            raise
        catalog = cls(folder, engines.reading(folder / FILE), writer, held)
        try:
            writer.submit(_bury_the_dead)
        except BaseException:
            catalog.close()
            raise
        return catalog

    def close(self) -> None:
        """What was submitted is committed first. May be called twice."""
        self._readers.dispose()
        if self._writer is not None:
            self._writer.close()
        if self._held is not None:
            self._held.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def writable(self) -> bool:
        return self._writer is not None

    @property
    def is_there(self) -> bool:
        """Whether the file that was opened still lies where it was: a drive can be taken out, a folder be moved or deleted."""
        return _identity(self.path) == self._opened

    @property
    def changes(self) -> int:
        """Grows with every commit of this catalog."""
        return 0 if self._writer is None else self._writer.changes

    @property
    def path(self) -> Path:
        return self.folder / FILE

    def run_folder(self, run_id: str) -> Path:
        """Where a run keeps its files; made when the catalog may write."""
        folder = self.folder / "runs" / run_id
        return make_folder(folder) if self.writable else folder

    @property
    def initializations_folder(self) -> Path:
        folder = self.folder / "initializations"
        return make_folder(folder) if self.writable else folder

    def _write(self, function: Callable[[Session], T]) -> T:
        if self._writer is None:
            raise DatabaseProblem(f"{self.folder} was opened for reading only")
        return self._writer.submit(function)

    def _read(self, function: Callable[[Session], T]) -> T:
        with engines.sentences(self.path), Session(self._readers) as session:
            return function(session)

    def _stored(self, path: Path) -> str:
        """Below the data folder as a relative path, so that the folder can be moved."""
        absolute = path.absolute()
        return absolute.relative_to(self.folder).as_posix() if absolute.is_relative_to(self.folder) else str(absolute)


def _identity(path: Path) -> tuple[int, int] | None:
    """What tells a file from another one of the same name; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _readers_only(path: Path) -> Engine:
    """No catalog yet reads as an empty one; an older one is migrated in memory, for a reader may not touch the file."""
    if not path.exists():
        return _migrated_copy(None, path)
    readers = engines.reading(path)
    try:
        found = schema.schema_of(readers, path)
    except BaseException:
        readers.dispose()
        raise
    if found == SCHEMA:
        return readers
    copy = _migrated_copy(readers, path)
    readers.dispose()
    return copy


def _migrated_copy(source: Engine | None, path: Path) -> Engine:
    memory = engines.in_memory()
    if source is not None:
        with engines.sentences(path):
            engines.copy(source, memory)
    schema.upgrade(memory)
    return memory


def _bury_the_dead(session: Session) -> None:
    """The folder is ours alone now, so a run of another process can only be alive in a folder whose lock failed."""
    active: Sequence[RunRow] = session.scalars(
        select(RunRow).where(RunRow.status.in_([Status.RUNNING, Status.PAUSED]))
    ).all()
    for row in active:
        if row.owner == owner.me() or not owner.alive(row.owner):
            row.status, row.owner = Status.INTERRUPTED, None
            row.ended = row.heartbeat or time.time()
            row.message = row.message or f"its process ended at step {row.step:,}; what was saved can be resumed"
