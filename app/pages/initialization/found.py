"""All that the page shows, read in the background."""

from dataclasses import dataclass, field
from typing import Any

from app.models.tensors import TensorRow, read_start
from core.errors import BadFile, NotFound
from core.storage.catalog import Catalog
from core.storage.records import EvaluationRecord, InitializationRecord, RunRecord


@dataclass(frozen=True, eq=False)
class Found:
    """problem: one sentence where the file cannot be read; card and tensors are empty then. others: initializations of the same
    tasks, the newest first."""

    record: InitializationRecord
    run: RunRecord | None = None
    evaluation: EvaluationRecord | None = None
    card: dict[str, Any] = field(default_factory=dict)
    tensors: tuple[TensorRow, ...] = ()
    problem: str = ""
    others: tuple[InitializationRecord, ...] = ()


def find(catalog: Catalog, reference: str) -> Found:
    """Raises NotFound where the catalog has no such initialization."""
    record = catalog.initialization(reference)
    run = _run(catalog, record.run)
    evaluation = None if run is None else catalog.evaluation(run.id)
    try:
        file = read_start(record.path)
    except BadFile as error:
        return Found(record, run, evaluation, problem=str(error))
    return Found(record, run, evaluation, file.card, file.tensors, others=_others(catalog, record))


def _others(catalog: Catalog, record: InitializationRecord) -> tuple[InitializationRecord, ...]:
    there = [one for one in catalog.initializations() if one.present and one.tasks == record.tasks]
    return tuple(one for one in there if one.id != record.id)


def _run(catalog: Catalog, run_id: str | None) -> RunRecord | None:
    try:
        return None if run_id is None else catalog.run(run_id)
    except NotFound:
        return None


def verify(record: InitializationRecord) -> bool:
    """Whether the file's bytes are those that were saved. Raises BadFile where it cannot be read."""
    from core.storage.files import sha256_of

    return sha256_of(record.path) == record.sha256
