"""Which schema a catalog's file has, and bringing it to the program's own: a copy first, a transaction a step."""

import os
import secrets
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, text

import core
from core.errors import DatabaseProblem

from .engine import outside_transaction, sentences
from .files import as_core_error, make_folder, sync_folder
from .migrations import SCHEMA

KEPT_COPIES = 3


def migrate(engine: Engine, path: Path) -> None:
    """Bring the file to SCHEMA. Raises DatabaseProblem where a newer program wrote it, or where it is damaged."""
    with sentences(path):
        found = schema_of(engine, path)
        if found == SCHEMA:
            return
        if found is not None:
            keep_a_copy(path, found)
        upgrade(engine)


def schema_of(engine: Engine, path: Path) -> str | None:
    """The file's schema, None for an empty file. Raises DatabaseProblem where it is not ours to read."""
    with sentences(path), engine.connect() as connection:
        tables = set(connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'")))
        if not tables:
            return None
        if "alembic_version" not in tables:
            raise DatabaseProblem(f"{path} is a database, but not a catalog of Headstart; choose another --data-folder")
        found = connection.scalar(text("SELECT version_num FROM alembic_version"))
        program = (
            connection.scalar(text("SELECT value FROM facts WHERE key = 'program'")) if "facts" in tables else None
        )
    if found is not None and found > SCHEMA:
        raise DatabaseProblem(
            f"the catalog {path} was written by Headstart {program} (schema {found}), this is {core.__version__} "
            f"(schema {SCHEMA}); update Headstart or choose another --data-folder"
        )
    return None if found is None else str(found)


def keep_a_copy(path: Path, schema: str) -> Path:
    """A whole copy in backups/, of which the last three stay."""
    folder = make_folder(path.parent / "backups")
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    target, part = (
        folder / f"{path.stem}-{moment}-schema-{schema}.sqlite",
        folder / f".headstart-{secrets.token_hex(8)}.part",
    )
    try:
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(part)) as copy:
            source.backup(copy)
        os.replace(part, target)
    except OSError as error:
        raise as_core_error(error, target) or error from error
    sync_folder(folder)
    for old in sorted(folder.glob(f"{path.stem}-*.sqlite"))[:-KEPT_COPIES]:
        old.unlink(missing_ok=True)
    return target


def upgrade(engine: Engine) -> None:
    """All missing migrations, each with its record in one transaction."""
    with engine.connect() as connection:
        _upgrade(connection)


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    # no effect inside a transaction, and a migration that rebuilds a table must not cascade into its children
    outside_transaction(connection, "PRAGMA foreign_keys = OFF")
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    outside_transaction(connection, "PRAGMA foreign_keys = ON")
    with connection.begin():
        connection.execute(
            text("INSERT INTO facts VALUES ('program', :v) ON CONFLICT (key) DO UPDATE SET value = :v"),
            {"v": core.__version__},
        )
