"""The catalog of a data folder: runs, their numbers, and the initializations they left.

All methods may be called from any thread; those that write return when the change is on the disk.
"""

from pathlib import Path

from sqlalchemy import select, text

from .base import FILE
from .folders import default_folder
from .initializations import Initializations
from .results import Results
from .rows import InitializationRow, RunRow
from .runs import Runs
from .shelf import Shelf

__all__ = ["FILE", "Catalog", "default_folder"]


class Catalog(Runs, Results, Initializations, Shelf):
    """See core.storage.base.Base.open for opening and closing."""

    def schema(self) -> str:
        """Of the file as it is read here (an older one is migrated in memory by a reader)."""
        return str(self._read(lambda session: session.scalar(text("SELECT version_num FROM alembic_version"))))

    def integrity(self) -> list[str]:
        """What SQLite finds wrong with its own file; empty where all is well."""
        found = self._read(lambda session: list(session.scalars(text("PRAGMA integrity_check(20)"))))
        return [] if found == ["ok"] else [str(line) for line in found]

    def rows_without_files(self) -> list[str]:
        """Ids of initializations whose file is gone."""
        known = self._read(lambda s: s.execute(select(InitializationRow.id, InitializationRow.path)).all())
        return [id for id, path in known if not (self.folder / path).exists()]

    def files_without_rows(self) -> list[Path]:
        """Run folders and initialization files that no row knows."""
        runs = set(self._read(lambda s: list(s.scalars(select(RunRow.id)))))
        known = {self.folder / path for path in self._read(lambda s: list(s.scalars(select(InitializationRow.path))))}
        lost = [folder for folder in _inside(self.folder / "runs") if folder.name not in runs]
        return lost + [path for path in _inside(self.folder / "initializations") if path not in known]


def _inside(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []
