"""Connections to the catalog's file: one that writes, many that cannot; SQLite's riddles are translated here alone."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, QueuePool, StaticPool, create_engine, event
from sqlalchemy.exc import DBAPIError

from core.errors import CoreError, DamagedCatalog, DatabaseProblem, DiskFull

from .files import writable

BUSY_MILLISECONDS = 10_000


def writing(path: Path) -> Engine:
    """The engine of the writer thread: one connection, every transaction begins by taking the write lock."""
    return _engine(lambda: _open_for_writing(path), "BEGIN IMMEDIATE", StaticPool)


def reading(path: Path) -> Engine:
    """Connections that only read; they never check the write-ahead file in (SQLite before 3.51.3 can lose there)."""
    return _engine(lambda: _open_for_reading(path), "BEGIN", QueuePool)


def in_memory() -> Engine:
    """An empty database of its own: what a reader sees where there is no catalog yet, or an older one."""
    return _engine(
        lambda: sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False), "BEGIN", StaticPool
    )


def copy(source: Engine, target: Engine) -> None:
    """The whole database, as it is now."""
    with source.connect() as ours, target.connect() as other:
        _handle(ours).backup(_handle(other))


def _handle(connection: Connection) -> sqlite3.Connection:
    handle = connection.connection.driver_connection
    assert isinstance(handle, sqlite3.Connection)
    return handle


def outside_transaction(connection: Connection, statement: str) -> None:
    """For the pragmas that a transaction would swallow."""
    _handle(connection).execute(statement).fetchall()


@contextmanager
def sentences(path: Path) -> Iterator[None]:
    """Known troubles of the file as errors that say what to do."""
    try:
        yield
    except DBAPIError as error:
        known = _known(str(error.orig), path)
        if known is None:
            raise
        raise known from error
    except sqlite3.Error as error:
        known = _known(str(error), path)
        if known is None:
            raise
        raise known from error


def _engine(connect: Callable[[], sqlite3.Connection], begin: str, pool: type[QueuePool] | type[StaticPool]) -> Engine:
    engine = create_engine("sqlite://", creator=connect, poolclass=pool)

    def explicit_begin(connection: Connection) -> None:
        # sqlite3's own begin comes too late: a migration's CREATE TABLE would be outside of the transaction
        connection.exec_driver_sql(begin)

    event.listen(engine, "begin", explicit_begin)
    return engine


def _open_for_writing(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=BUSY_MILLISECONDS / 1000)
    _pragmas(connection, f"busy_timeout = {BUSY_MILLISECONDS}", "foreign_keys = ON")
    try:
        (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    except sqlite3.OperationalError as error:
        if _known(str(error), path) is not None:
            raise
        mode = "refused"
    if mode != "wal":  # a file system without shared memory
        _pragmas(connection, "journal_mode = DELETE")
    _pragmas(connection, "synchronous = FULL")
    return connection


def _open_for_reading(path: Path) -> sqlite3.Connection:
    """Read-only where that works; a rollback journal that a killed process left needs a connection that may write;
    a write-ahead file in a folder that is read-only needs one that looks for no other process."""
    failure: sqlite3.Error | None = None
    alone = () if writable(path.parent) else ("mode=ro&immutable=1",)
    for how in ("mode=ro", "mode=rw", *alone):
        try:
            return _opened(f"file:{quote(str(path.absolute()))}?{how}")
        except sqlite3.OperationalError as error:
            failure = failure or error
    raise failure or sqlite3.OperationalError("unable to open database file")


def _opened(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        uri, uri=True, isolation_level=None, check_same_thread=False, timeout=BUSY_MILLISECONDS / 1000
    )
    try:
        _pragmas(connection, f"busy_timeout = {BUSY_MILLISECONDS}", "query_only = ON")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _pragmas(connection: sqlite3.Connection, *settings: str) -> None:
    for setting in settings:
        connection.execute(f"PRAGMA {setting}").fetchall()


def _known(message: str, path: Path) -> CoreError | None:
    text = message.lower()
    if "full" in text:
        return DiskFull(f"no space left for the catalog in {path.parent}; free some, or choose another --data-folder")
    if "malformed" in text or "not a database" in text or "no such table" in text or "disk image" in text:
        return DamagedCatalog(
            f"the catalog {path} is damaged ({message}); headstart doctor --rescue, or opening the window on this folder, saves "
            "what can be read and keeps the damaged file"
        )
    if "unable to open" in text and not path.exists():
        return DatabaseProblem(
            f"the catalog {path} is gone (was its drive taken out, or its folder moved?); bring it back, or choose another "
            "--data-folder"
        )
    if "readonly" in text or "unable to open" in text:
        return DatabaseProblem(f"the catalog {path} cannot be opened for writing; choose another --data-folder")
    if "locked" in text:
        return DatabaseProblem(
            f"another program keeps the catalog {path} locked; close it or choose another --data-folder"
        )
    if "disk i/o" in text:
        return DatabaseProblem(
            f"the disk fails to read or write the catalog {path} (or is full); choose another --data-folder"
        )
    return None
