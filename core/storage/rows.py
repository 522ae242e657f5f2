"""The tables, typed. Rows never leave core.storage: records.py is what goes out.

Moments are seconds since 1970 (UTC). JSON columns hold what the record's field holds. Blocks: see blocks.py.
"""

from typing import Any

from sqlalchemy import JSON, Double, ForeignKey, Index, LargeBinary, MetaData, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Row(DeclarativeBase):
    metadata = MetaData(naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s"})
    type_annotation_map = {  # noqa: RUF012 - read by SQLAlchemy once
        dict[str, Any]: JSON(none_as_null=True),
        list[str]: JSON(none_as_null=True),
        float: Double,
        str: Text,
        bytes: LargeBinary,
    }


class FactRow(Row):
    """What the file says about itself: "program" is the version that migrated it last."""

    __tablename__ = "facts"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


class RunRow(Row):
    __tablename__ = "runs"
    __table_args__ = (Index(None, "status"), Index(None, "created"))

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    status: Mapped[str]
    method: Mapped[str]
    tasks: Mapped[str]
    network: Mapped[str]
    experiment: Mapped[str]
    """The experiment as JSON text: kept as text, so that equal set-ups are parsed once."""
    group_name: Mapped[str | None]
    created: Mapped[float]
    started: Mapped[float | None]
    ended: Mapped[float | None]
    step: Mapped[int] = mapped_column(default=0)
    total_steps: Mapped[int]
    seconds: Mapped[float] = mapped_column(default=0.0)
    loss: Mapped[float | None]
    accuracy: Mapped[float | None]
    best_step: Mapped[int | None]
    best_loss: Mapped[float | None]
    device: Mapped[str] = mapped_column(default="")
    engine: Mapped[dict[str, Any]] = mapped_column(default=dict)
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    rates: Mapped[dict[str, Any]] = mapped_column(default=dict)
    versions: Mapped[dict[str, Any]] = mapped_column(default=dict)
    message: Mapped[str] = mapped_column(default="")
    tags: Mapped[list[str]] = mapped_column(default=list)
    note: Mapped[str] = mapped_column(default="")
    starred: Mapped[bool] = mapped_column(default=False)
    trashed: Mapped[float | None]
    size: Mapped[int] = mapped_column("bytes", default=0)
    spark: Mapped[bytes | None]
    owner: Mapped[dict[str, Any] | None]
    """process, born, boot: of whom it runs in; None when nobody runs it."""
    heartbeat: Mapped[float | None]


class _OfRun:
    run: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))


class SeriesRow(_OfRun, Row):
    """About a thousand outer steps."""

    __tablename__ = "series"
    __table_args__ = (Index(None, "run", "first_step", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    first_step: Mapped[int]
    last_step: Mapped[int]
    count: Mapped[int]
    block: Mapped[bytes]


class ValidationRow(_OfRun, Row):
    __tablename__ = "validations"
    __table_args__ = (Index(None, "run", "step", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    step: Mapped[int]
    seconds: Mapped[float]
    best: Mapped[bool]
    loss: Mapped[float | None]
    """Mean after `Experiment.best_after` inner steps; accuracy and loss at evaluation_steps are read from the block."""
    block: Mapped[bytes]


class RandomStartRow(Row):
    __tablename__ = "random_starts"

    run: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    block: Mapped[bytes]


class EvaluationRow(Row):
    __tablename__ = "evaluations"

    run: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    step: Mapped[int]
    digest: Mapped[str]
    names: Mapped[list[str] | None]
    block: Mapped[bytes]
    random_start: Mapped[bytes]
    alternatives: Mapped[bytes | None]
    target: Mapped[dict[str, Any] | None]
    """titles of the alternatives by kind, in their order; names, scale and spread of the target columns."""


class CheckpointRow(_OfRun, Row):
    __tablename__ = "checkpoints"
    __table_args__ = (Index(None, "run", "path", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    step: Mapped[int]
    path: Mapped[str]
    """Below the data folder where it lies there, so that the folder can be moved."""
    sha256: Mapped[str]
    size: Mapped[int] = mapped_column("bytes")
    reason: Mapped[str]


class LogRow(_OfRun, Row):
    __tablename__ = "log"
    __table_args__ = (Index(None, "run"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    created: Mapped[float]
    step: Mapped[int | None]
    text: Mapped[str]


class InitializationRow(Row):
    __tablename__ = "initializations"
    __table_args__ = (Index(None, "run"), Index(None, "created"))

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    run: Mapped[str | None] = mapped_column(ForeignKey("runs.id", ondelete="SET NULL"))
    step: Mapped[int]
    path: Mapped[str]
    sha256: Mapped[str]
    size: Mapped[int] = mapped_column("bytes")
    created: Mapped[float]
    method: Mapped[str]
    tasks: Mapped[str]
    network: Mapped[str]
    loss: Mapped[float | None]
    accuracy: Mapped[float | None]
    tags: Mapped[list[str]] = mapped_column(default=list)
    note: Mapped[str] = mapped_column(default="")
    starred: Mapped[bool] = mapped_column(default=False)
    trashed: Mapped[float | None]


OF_A_RUN: tuple[type[Row], ...] = (SeriesRow, ValidationRow, RandomStartRow, EvaluationRow, CheckpointRow, LogRow)
"""Rows that a run alone is the reason of, in an order in which they can be stored behind it."""
