"""What a person does to runs and initializations alike: name, note, tags, star, trash."""

import shutil
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from core.errors import CoreError, NotFound

from . import owner
from .base import Base
from .names import clean_name, clean_text
from .records import Status
from .rows import InitializationRow, RunRow

Shelved = RunRow | InitializationRow


class Shelf(Base):
    def rename_run(self, id: str, name: str) -> None:
        """Any sign is allowed; at most 300. Raises CoreError for an empty or longer name."""
        cleaned = clean_name(name)
        self._change([id], lambda row: setattr(row, "name", cleaned))

    def set_note(self, id: str, text: str) -> None:
        self._change([id], lambda row: setattr(row, "note", clean_text(text)))

    def set_tags(self, id: str, tags: Iterable[str]) -> None:
        """In this order, each once."""
        cleaned = list(dict.fromkeys(clean_name(tag) for tag in tags))
        self._change([id], lambda row: setattr(row, "tags", cleaned))

    def set_star(self, id: str, starred: bool) -> None:
        self._change([id], lambda row: setattr(row, "starred", starred))

    def trash(self, ids: Iterable[str]) -> None:
        """Out of sight until restored or purged. A run that is training must be stopped first: CoreError."""
        self._change(ids, _put_away)

    def restore(self, ids: Iterable[str]) -> None:
        self._change(ids, lambda row: setattr(row, "trashed", None))

    def purge(self, ids: Iterable[str]) -> None:
        """Rows and files, for good. Initializations of a purged run stay."""
        wanted = list(dict.fromkeys(ids))
        doomed: list[Path] = []

        def remove(session: Session) -> None:
            for id in wanted:
                row = _get(session, id)
                _refuse_training(row)
                own = self.folder / ("runs" if isinstance(row, RunRow) else "initializations")
                target = own / row.id if isinstance(row, RunRow) else self.folder / row.path
                if target.parent == own or target.is_relative_to(own):
                    doomed.append(target)
                _delete(session, row)

        self._write(remove)
        for path in doomed:
            _remove(path)

    def _change(self, ids: Iterable[str], change: Callable[[Shelved], Any]) -> None:
        wanted = list(dict.fromkeys(ids))

        def work(session: Session) -> None:
            for id in wanted:
                change(_get(session, id))

        self._write(work)


def _get(session: Session, id: str) -> Shelved:
    row = session.get(RunRow, id) or session.get(InitializationRow, id)
    if row is None:
        raise NotFound(f"neither a run nor an initialization is called {id!r}")
    return row


def _put_away(row: Shelved) -> None:
    _refuse_training(row)
    row.trashed = time.time()


def _refuse_training(row: Shelved) -> None:
    if isinstance(row, RunRow) and Status(row.status).active and owner.alive(row.owner):
        raise CoreError(f"run {row.id} is training; stop it first")


def _delete(session: Session, row: Shelved) -> None:
    """By statement: the children go by the database's own cascade, without being loaded."""
    if isinstance(row, RunRow):
        session.execute(update(InitializationRow).where(InitializationRow.run == row.id).values(run=None))
        session.execute(delete(RunRow).where(RunRow.id == row.id))
    else:
        session.execute(delete(InitializationRow).where(InitializationRow.id == row.id))


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()
