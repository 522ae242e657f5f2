"""Initializations: files beside the catalog, each with a row that says where it comes from."""

import time
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import BadFile

from . import listing
from .base import Base
from .convert import initialization_record
from .files import sha256_of
from .names import clean_name, clean_text, new_id, resolve
from .records import InitializationRecord
from .rows import InitializationRow


class Initializations(Base):
    def add_initialization(
        self,
        path: Path,
        *,
        name: str,
        run: str | None,
        step: int,
        method: str,
        tasks: str,
        network: str,
        loss: float | None = None,
        accuracy: float | None = None,
    ) -> InitializationRecord:
        """The file is whole before its row is written, so no row is without its file. Raises BadFile.

        A file that has a row already (a resumed run wrote it again) keeps that row, its name, tags and note; checksum,
        size and results become those of the new file.
        """
        if not path.is_file():
            raise BadFile(f"there is no file {path}")
        row = InitializationRow(
            id=new_id(),
            name=clean_name(name),
            run=run,
            step=step,
            path=self._stored(path),
            sha256=sha256_of(path),
            size=path.stat().st_size,
            created=time.time(),
            method=method,
            tasks=tasks,
            network=network,
            loss=loss,
            accuracy=accuracy,
        )

        def put(session: Session) -> str:
            known = session.scalar(select(InitializationRow).where(InitializationRow.path == row.path))
            if known is None:
                session.add(row)
                return row.id
            known.sha256, known.size, known.created = row.sha256, row.size, row.created
            known.loss, known.accuracy = row.loss, row.accuracy
            return known.id

        return self.initialization(self._write(put))

    def initializations(self, query: str = "", *, trashed: bool = False) -> list[InitializationRecord]:
        """Newest first, by the same filter line as runs."""
        found = self._read(lambda s: listing.rows(s, listing.INITIALIZATIONS, query, trashed=trashed))
        return [initialization_record(row, self.folder) for row in found]

    def initialization(self, reference: str) -> InitializationRecord:
        """By id, name or unique prefix of an id. Raises NotFound."""
        table, reference = listing.INITIALIZATIONS, clean_text(reference)

        def find(session: Session) -> InitializationRecord:
            row = session.execute(select(table).where(table.c.id == reference)).mappings().first()
            if row is None:
                known = session.execute(select(table.c.id, table.c.name).where(table.c.trashed.is_(None)))
                wanted = resolve(reference, [(i, name) for i, name in known], "initialization")
                row = session.execute(select(table).where(table.c.id == wanted)).mappings().one()
            return initialization_record(row, self.folder)

        return self._read(find)
