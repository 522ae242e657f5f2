"""What a run tells: series, validations, the evaluation, checkpoints, the log."""

import time
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.analysis.intervals import interval
from core.config import Experiment
from core.training.events import Checkpointed, Curves, Evaluated, Stepped, Target, Validated

from . import series, spark
from .base import Base
from .blocks import pack_alternatives, pack_curves, unpack_alternatives, unpack_curves
from .convert import experiment_of
from .names import clean_text
from .records import CheckpointRecord, EvaluationRecord, Series, ValidationRecord
from .rows import CheckpointRow, EvaluationRow, LogRow, RandomStartRow, RunRow, ValidationRow
from .runs import _get, folder_size

TARGET = ("names", "scale", "spread")
"""Parts of a Target, as JSON holds them."""


class Results(Base):
    def append_series(self, run_id: str, event: Stepped) -> None:
        """Outer steps behind those already there; also a heartbeat."""

        def append(session: Session) -> None:
            row = _get(session, run_id)
            series.append(session, run_id, event)
            row.heartbeat = time.time()
            if len(event.steps):
                row.step, row.seconds = int(event.steps[-1]), float(event.seconds[-1])
                row.spark = spark.extended(spark.from_bytes(row.spark), event.steps, event.loss).to_bytes()

        self._write(append)

    def add_validation(self, run_id: str, event: Validated) -> None:
        """The best one so far also gives the run's loss and accuracy, until the evaluation does."""

        def add(session: Session) -> None:
            row = _get(session, run_id)
            experiment, _ = experiment_of(row.experiment)
            loss = _mean(event.curves, "loss", experiment.best_after())
            session.execute(delete(ValidationRow).where(ValidationRow.run == run_id, ValidationRow.step == event.step))
            block = pack_curves(_single(event.curves))
            session.add(
                ValidationRow(
                    run=run_id, step=event.step, seconds=event.seconds, best=event.best, loss=loss, block=block
                )
            )
            if event.best:
                row.best_step, row.best_loss = event.step, loss
                _tell(row, event.curves, experiment)

        self._write(add)

    def add_random_start(self, run_id: str, curves: Curves) -> None:
        self._write(lambda session: session.merge(RandomStartRow(run=run_id, block=pack_curves(curves))))

    def add_evaluation(self, run_id: str, event: Evaluated) -> None:
        def add(session: Session) -> None:
            row = _get(session, run_id)
            session.merge(
                EvaluationRow(
                    run=run_id,
                    step=event.step,
                    digest=event.digest,
                    names=None if event.names is None else list(event.names),
                    block=pack_curves(event.curves),
                    random_start=pack_curves(event.random_start),
                    alternatives=pack_alternatives(event.alternatives, event.curves.groups),
                    target=_told(event),
                )
            )
            _tell(row, event.curves, experiment_of(row.experiment)[0])

        self._write(add)

    def add_checkpoint(self, run_id: str, event: Checkpointed) -> None:
        """A later checkpoint at the same path takes the earlier one's place."""
        stored = self._stored(Path(event.path))

        def add(session: Session) -> None:
            row = _get(session, run_id)
            session.execute(delete(CheckpointRow).where(CheckpointRow.run == run_id, CheckpointRow.path == stored))
            session.add(
                CheckpointRow(
                    run=run_id, step=event.step, path=stored, sha256=event.sha256, size=event.bytes, reason=event.reason
                )
            )
            row.size = folder_size(self.folder / "runs" / run_id)

        self._write(add)

    def add_log(self, run_id: str, text: str, step: int | None = None) -> None:
        line = clean_text(text)
        self._write(lambda session: session.add(LogRow(run=run_id, created=time.time(), step=step, text=line)))

    def series(self, run_id: str) -> Series:
        return self._read(lambda session: series.read(session, run_id))

    def validations(self, run_id: str) -> list[ValidationRecord]:
        def find(session: Session) -> list[ValidationRecord]:
            query = select(ValidationRow).where(ValidationRow.run == run_id).order_by(ValidationRow.step)
            return [
                ValidationRecord(row.step, row.seconds, unpack_curves(row.block), row.best)
                for row in session.scalars(query)
            ]

        return self._read(find)

    def random_start(self, run_id: str) -> Curves | None:
        block = self._read(lambda s: s.scalar(select(RandomStartRow.block).where(RandomStartRow.run == run_id)))
        return None if block is None else unpack_curves(block)

    def evaluation(self, run_id: str) -> EvaluationRecord | None:
        row = self._read(lambda session: session.get(EvaluationRow, run_id))
        if row is None:
            return None
        names = None if row.names is None else tuple(row.names)
        curves, reference = unpack_curves(row.block), unpack_curves(row.random_start)
        told = row.target or {}
        others = unpack_alternatives(row.alternatives, told.get("titles", {}))
        target = Target(*(tuple(told[part]) for part in TARGET)) if "scale" in told else None
        return EvaluationRecord(run_id, row.step, row.digest, curves, reference, names, others, target)

    def checkpoints(self, run_id: str) -> list[CheckpointRecord]:
        """By step; `present` says whether the file is still there."""

        def find(session: Session) -> list[CheckpointRecord]:
            query = (
                select(CheckpointRow).where(CheckpointRow.run == run_id).order_by(CheckpointRow.step, CheckpointRow.id)
            )
            return [_checkpoint(row, self.folder) for row in session.scalars(query)]

        return self._read(find)

    def log(self, run_id: str) -> list[tuple[int | None, str]]:
        query = select(LogRow.step, LogRow.text).where(LogRow.run == run_id).order_by(LogRow.id)
        return self._read(lambda session: [(step, text) for step, text in session.execute(query)])


def _told(event: Evaluated) -> dict[str, Any] | None:
    titles = {"titles": {each.kind: each.title for each in event.alternatives}} if event.alternatives else {}
    target = {} if event.target is None else {part: list(getattr(event.target, part)) for part in TARGET}
    return {**titles, **target} or None


def _checkpoint(row: CheckpointRow, folder: Path) -> CheckpointRecord:
    path = folder / row.path
    return CheckpointRecord(row.run, row.step, path, row.sha256, row.size, row.reason, path.exists())


def _single(curves: Curves) -> Curves:
    """Validations are for plots, and there are many: half the bytes are enough (evaluations keep every bit)."""
    with np.errstate(over="ignore"):
        accuracy = None if curves.accuracy is None else curves.accuracy.astype(np.float32)
        return Curves(curves.loss.astype(np.float32), accuracy, curves.groups, curves.by_target)


def _mean(curves: Curves, what: str, inner_step: int) -> float | None:
    """Mean over (distinct) tasks after `inner_step` inner steps; None where there is no such number."""
    values: np.ndarray[Any, Any] | None = getattr(curves, what)
    if values is None or values.shape[1] == 0:
        return None
    mean = float(interval(values, curves.groups).mean[min(inner_step, values.shape[1] - 1)])
    return None if np.isnan(mean) else mean


def _tell(row: RunRow, curves: Curves, experiment: Experiment) -> None:
    row.loss = _mean(curves, "loss", experiment.inner.evaluation_steps)
    row.accuracy = _mean(curves, "accuracy", experiment.inner.evaluation_steps)
