"""Runs: their life from queued to the end."""

import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from core.config import Experiment
from core.errors import NotFound

from . import listing, owner, series, spark
from .base import Base
from .convert import run_record
from .names import clean_name, clean_text, new_id, resolve
from .records import RunRecord, Series, Status
from .rows import CheckpointRow, EvaluationRow, RunRow, ValidationRow
from .versions import versions


class Runs(Base):
    def add_run(self, experiment: Experiment, *, group: str | None = None, status: Status = Status.QUEUED) -> RunRecord:
        row = RunRow(
            id=new_id(),
            name=clean_name(experiment.title()),
            status=status,
            method=experiment.method.kind,
            tasks=experiment.tasks.kind,
            network=experiment.network.kind,
            experiment=clean_text(experiment.model_dump_json(exclude_none=True)),
            group_name=group,
            created=time.time(),
            total_steps=experiment.outer.steps,
            versions=versions(),
        )
        self._write(lambda session: session.add(row))
        return self.run(row.id)

    def runs(
        self, query: str = "", *, trashed: bool = False, order: str = "-created", limit: int | None = None
    ) -> list[RunRecord]:
        """Newest first. Raises BadFilter naming the word of `query` that means nothing."""
        found = self._read(lambda s: listing.rows(s, listing.RUNS, query, trashed=trashed, order=order, limit=limit))
        return [run_record(row) for row in found]

    def run(self, reference: str) -> RunRecord:
        """By id, name or unique prefix of an id. Raises NotFound; a run in the trash answers to its whole id only."""

        reference = clean_text(reference)

        def find(session: Session) -> RunRecord:
            row = session.execute(select(listing.RUNS).where(listing.RUNS.c.id == reference)).mappings().first()
            if row is None:
                known = session.execute(select(RunRow.id, RunRow.name).where(RunRow.trashed.is_(None)))
                wanted = resolve(reference, [(i, name) for i, name in known], "run")
                row = session.execute(select(listing.RUNS).where(listing.RUNS.c.id == wanted)).mappings().one()
            return run_record(row)

        return self._read(find)

    def begin_run(
        self, run_id: str, device: str, engine: dict[str, Any], counts: dict[str, int], first_step: int
    ) -> None:
        """This process runs it from now on; numbers beyond `first_step` are dropped, they will come again."""

        if engine.get("changes"):  # it goes another way from here: what it had beyond is not on it
            self.drop_checkpoints(run_id, first_step)

        def begin(session: Session) -> None:
            row = _get(session, run_id)
            row.status, row.message, row.ended = Status.RUNNING, "", None
            row.device, row.engine, row.counts = device, engine, counts
            row.started = row.started or time.time()
            row.owner, row.heartbeat = owner.me(), time.time()
            _go_back(session, row, first_step)

        self._write(begin)
        self.run_folder(run_id)

    def drop_checkpoints(self, run_id: str, beyond: int) -> None:
        """Those of later steps, rows and files: the run goes on from an earlier one, on another way."""
        later = (CheckpointRow.run == run_id, CheckpointRow.step > beyond)
        paths = self._read(lambda session: list(session.scalars(select(CheckpointRow.path).where(*later))))
        if paths:
            self._write(lambda session: session.execute(delete(CheckpointRow).where(*later)))
        own = self.run_folder(run_id)
        for path in paths:
            target = self.folder / path
            if target.parent == own:  # a catalog from elsewhere may name any file
                with suppress(OSError):
                    target.unlink(missing_ok=True)

    def heartbeat(self, run_id: str) -> None:
        self._write(lambda session: setattr(_get(session, run_id), "heartbeat", time.time()))

    def set_engine(self, run_id: str, engine: dict[str, Any]) -> None:
        """Plan and tiers as they are from now on; what a resumed run replays."""
        self._write(lambda session: setattr(_get(session, run_id), "engine", engine))

    def set_status(self, run_id: str, status: Status, message: str = "") -> None:
        def change(session: Session) -> None:
            row = _get(session, run_id)
            row.status, row.message = status, clean_text(message)
            row.owner = (row.owner or owner.me()) if status.active else None

        self._write(change)

    def end_run(
        self,
        run_id: str,
        status: Status,
        *,
        step: int,
        seconds: float,
        rates: dict[str, float],
        message: str = "",
        loss: float | None = None,
        accuracy: float | None = None,
    ) -> None:
        def end(session: Session) -> None:
            row = _get(session, run_id)
            row.status, row.message, row.step, row.seconds = status, clean_text(message), step, seconds
            row.rates, row.ended, row.owner = rates, time.time(), None
            row.loss = row.loss if loss is None else loss
            row.accuracy = row.accuracy if accuracy is None else accuracy
            row.size = folder_size(self.folder / "runs" / run_id)

        self._write(end)


def _get(session: Session, run_id: str) -> RunRow:
    row = session.get(RunRow, run_id)
    if row is None:
        raise NotFound(f"no run {run_id!r}; `headstart runs` lists them")
    return row


def _go_back(session: Session, row: RunRow, step: int) -> None:
    """Only what was known after `step` outer steps stays."""
    session.execute(delete(ValidationRow).where(ValidationRow.run == row.id, ValidationRow.step > step))
    session.execute(delete(EvaluationRow).where(EvaluationRow.run == row.id))
    kept = series.truncate(session, row.id, step)
    row.spark = _line(kept).to_bytes()
    row.step, row.seconds = step, float(kept.seconds[-1]) if len(kept.seconds) else 0.0
    newest = select(func.max(ValidationRow.step)).where(ValidationRow.run == row.id, ValidationRow.best)
    best = session.scalars(
        select(ValidationRow).where(ValidationRow.run == row.id, ValidationRow.step == newest.scalar_subquery())
    ).first()
    row.best_step, row.best_loss = (best.step, best.loss) if best else (None, None)
    if best is None:
        row.loss = row.accuracy = None


def _line(kept: Series) -> spark.Spark:
    return spark.extended(spark.empty(), kept.steps, kept.loss) if len(kept.steps) else spark.empty()


def folder_size(folder: Path) -> int:
    """Bytes of all files below."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
