"""What the catalog hands out: frozen dataclasses, no ORM object, no session."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from core.config import Experiment
from core.training.events import Alternative, Curves, Target


class Status(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"
    INTERRUPTED = "interrupted"

    @property
    def resumable(self) -> bool:
        return self in (Status.STOPPED, Status.FAILED, Status.INTERRUPTED, Status.PAUSED)

    @property
    def active(self) -> bool:
        return self in (Status.RUNNING, Status.PAUSED)


@dataclass(frozen=True)
class RunRecord:
    """A row of the catalog. loss, accuracy: mean on the test tasks after inner.evaluation_steps steps, once evaluated
    (before that the best validation); spark: at most 60 points of the outer loss for a small line."""

    id: str
    name: str
    status: Status
    method: str
    tasks: str
    experiment: Experiment
    group: str | None
    created: datetime
    started: datetime | None
    ended: datetime | None
    step: int
    total_steps: int
    seconds: float
    loss: float | None
    accuracy: float | None
    best_step: int | None
    best_loss: float | None
    device: str
    engine: dict[str, Any]
    counts: dict[str, int]
    rates: dict[str, float]
    message: str
    tags: tuple[str, ...] = ()
    note: str = ""
    starred: bool = False
    trashed: datetime | None = None
    bytes: int = 0
    spark: tuple[float, ...] = ()
    versions: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Series:
    """Numbers by outer step, read back from blocks. steps, seconds, loss, accuracy: numpy arrays [n]."""

    steps: Any
    seconds: Any
    loss: Any
    accuracy: Any


@dataclass(frozen=True)
class ValidationRecord:
    step: int
    seconds: float
    curves: Curves
    best: bool


@dataclass(frozen=True)
class EvaluationRecord:
    """Per-task results on the fixed test tasks; equal digests mean the same tasks, so that runs compare in pairs."""

    run: str
    step: int
    digest: str
    curves: Curves
    random_start: Curves
    names: tuple[str, ...] | None = None
    alternatives: tuple[Alternative, ...] = ()
    target: Target | None = None


@dataclass(frozen=True)
class CheckpointRecord:
    run: str
    step: int
    path: Path
    sha256: str
    bytes: int
    reason: str
    present: bool = True


@dataclass(frozen=True)
class InitializationRecord:
    """A saved initialization. run is None for an imported file. loss, accuracy: as in RunRecord."""

    id: str
    name: str
    run: str | None
    step: int
    path: Path
    sha256: str
    bytes: int
    created: datetime
    method: str
    tasks: str
    network: str
    loss: float | None
    accuracy: float | None
    present: bool = True
    tags: tuple[str, ...] = ()
    note: str = ""
    starred: bool = False
    trashed: datetime | None = None
