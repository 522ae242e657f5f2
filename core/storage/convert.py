"""Rows and values -> the frozen records that leave core.storage."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from core.config import Experiment

from . import owner, spark
from .records import InitializationRecord, RunRecord, Status

_UNREADABLE = "this version of Headstart does not know all of its settings; unknown ones are left out here"


@lru_cache(maxsize=4096)
def experiment_of(text: str) -> tuple[Experiment, str]:
    """The stored experiment and "" - or what of it this version understands, and a sentence that says so."""
    import json

    try:
        return Experiment.model_validate_json(text), ""
    except ValidationError as error:
        values = json.loads(text)
        for item in error.errors():
            values.pop(item["loc"][0], None) if item["loc"] else values.clear()
    try:
        return Experiment.model_validate(values), _UNREADABLE
    except ValidationError:
        return Experiment(), _UNREADABLE


def moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def run_record(row: Mapping[Any, Any]) -> RunRecord:
    """row: the columns of RunRow by name. A run whose process is gone reads as interrupted."""
    experiment, problem = experiment_of(row["experiment"])
    status = Status(row["status"])
    if status.active and not owner.alive(row["owner"]):
        status = Status.INTERRUPTED
    return RunRecord(
        id=row["id"],
        name=row["name"],
        status=status,
        method=row["method"],
        tasks=row["tasks"],
        experiment=experiment,
        group=row["group_name"],
        created=datetime.fromtimestamp(row["created"], UTC),
        started=moment(row["started"]),
        ended=moment(row["ended"]),
        step=row["step"],
        total_steps=row["total_steps"],
        seconds=row["seconds"],
        loss=row["loss"],
        accuracy=row["accuracy"],
        best_step=row["best_step"],
        best_loss=row["best_loss"],
        device=row["device"],
        engine=row["engine"],
        counts=row["counts"],
        rates=row["rates"],
        message="; ".join(part for part in (row["message"], problem) if part),
        tags=tuple(row["tags"]),
        note=row["note"],
        starred=row["starred"],
        trashed=moment(row["trashed"]),
        bytes=row["bytes"],
        spark=spark.from_bytes(row["spark"]).points() if row["spark"] else (),
        versions=row["versions"],
    )


def initialization_record(row: Mapping[Any, Any], folder: Path) -> InitializationRecord:
    path = folder / row["path"]
    return InitializationRecord(
        id=row["id"],
        name=row["name"],
        run=row["run"],
        step=row["step"],
        path=path,
        sha256=row["sha256"],
        bytes=row["bytes"],
        created=datetime.fromtimestamp(row["created"], UTC),
        method=row["method"],
        tasks=row["tasks"],
        network=row["network"],
        loss=row["loss"],
        accuracy=row["accuracy"],
        present=path.exists(),
        tags=tuple(row["tags"]),
        note=row["note"],
        starred=row["starred"],
        trashed=moment(row["trashed"]),
    )
