"""What the catalog knows of a run, once more beside its checkpoints: a damaged catalog must not take the curves along.

One safetensors file, runs/ID/curves.safetensors, of bounded size: the series thinned to so many points, so many validations, the
random start, the evaluation, the last lines of the log, and the run's row. It is written at some checkpoints and at the end.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FiniteFloat
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import CoreError

from . import series, spark
from .blocks import unpack_alternatives, unpack_curves
from .catalog import Catalog
from .files import atomic_write
from .names import clean_name, clean_text
from .records import Status
from .rows import OF_A_RUN, CheckpointRow, EvaluationRow, LogRow, RandomStartRow, Row, ValidationRow
from .runs import _get, folder_size

FILE = "curves.safetensors"
FORMAT = 1
POINTS, VALIDATIONS, LINES = 5000, 200, 200
BYTES = 4_000_000
"""What validations may take together; of more than that some are left out, evenly."""

MOST_BYTES = 64 * 2**20
"""Of a file that is read: what lies in a data folder may come from elsewhere."""

_CARD = "headstart_run"
SERIES = ("steps", "seconds", "loss", "accuracy")

Arrays = dict[str, NDArray[Any]]
Name = Annotated[str, AfterValidator(clean_name)]
Text = Annotated[str, AfterValidator(clean_text)]
Steps = Annotated[int, Field(ge=0, lt=2**63)]


def keep(catalog: Catalog, run_id: str) -> Path:
    """Write the file anew. Raises DiskFull, DatabaseProblem or NotFound."""
    from safetensors.numpy import save

    card, arrays = catalog._read(lambda session: _gathered(session, run_id))
    path = catalog.run_folder(run_id) / FILE
    atomic_write(path, save(arrays, {_CARD: json.dumps({"format": FORMAT, **card})}))
    catalog._write(lambda session: setattr(_get(session, run_id), "size", folder_size(path.parent)))
    return path


def _gathered(session: Session, run_id: str) -> tuple[dict[str, Any], Arrays]:
    row = _get(session, run_id)
    run = {name: getattr(row, name) for name in _Run.model_fields}
    held, arrays = series.read(session, run_id), Arrays()
    chosen = _evenly(len(held.steps), POINTS)
    for name in SERIES:
        arrays[f"series/{name}"] = np.ascontiguousarray(getattr(held, name)[chosen])
    validations = _validations(session, run_id)
    arrays |= {f"validation/{at}": _bytes(entry.block) for at, entry in enumerate(validations)}
    started, tested = session.get(RandomStartRow, run_id), session.get(EvaluationRow, run_id)
    if started is not None:
        arrays["random_start"] = _bytes(started.block)
    if tested is not None:
        parts = ("block", "random_start", "alternatives")
        arrays |= {
            f"evaluation/{part}": _bytes(block) for part in parts if (block := getattr(tested, part)) is not None
        }
    lines = session.scalars(select(LogRow).where(LogRow.run == run_id).order_by(LogRow.id.desc()).limit(LINES))
    return {
        "run": run,
        "validations": [_plain(entry, ("step", "seconds", "best", "loss")) for entry in validations],
        "evaluation": None if tested is None else _plain(tested, ("step", "digest", "names", "target")),
        "log": [_plain(line, ("created", "step", "text")) for line in reversed(lines.all())],
    }, arrays


def _validations(session: Session, run_id: str) -> list[ValidationRow]:
    """As many as there is room for, the best and the last among them."""
    query = select(ValidationRow).where(ValidationRow.run == run_id).order_by(ValidationRow.step)
    found = list(session.scalars(query))
    most = max((len(entry.block) for entry in found), default=1)
    chosen = {int(at) for at in _evenly(len(found), max(1, min(VALIDATIONS, BYTES // most)))}
    best = [at for at, entry in enumerate(found) if entry.best][-1:]
    return [found[at] for at in sorted({*chosen, *best})]


def _evenly(count: int, most: int) -> NDArray[np.int64]:
    """Indices of at most `most` of `count`, the last one among them."""
    if count <= most:
        return np.arange(count)
    return np.unique(np.linspace(0, count - 1, most).round().astype(np.int64)) if most > 1 else np.array([count - 1])


def _plain(row: Row, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _bytes(block: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(block, dtype=np.uint8)


class _Run(BaseModel):
    """Columns of a run that are taken back; the others come from the checkpoint, or are of that process."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    name: Name
    status: Status
    group_name: str | None
    created: FiniteFloat
    started: FiniteFloat | None
    ended: FiniteFloat | None
    step: Steps
    seconds: FiniteFloat
    loss: float | None
    accuracy: float | None
    best_step: Steps | None
    best_loss: float | None
    device: str
    engine: dict[str, Any]
    counts: dict[str, Any]
    rates: dict[str, Any]
    versions: dict[str, Any]
    message: Text
    tags: list[str]
    note: Text
    starred: bool


class _Validation(BaseModel):
    step: Steps
    seconds: FiniteFloat
    best: bool
    loss: float | None


class _Evaluation(BaseModel):
    step: Steps
    digest: str
    names: list[str] | None
    target: dict[str, Any] | None


class _Line(BaseModel):
    created: FiniteFloat
    step: Steps | None
    text: Text


class _Card(BaseModel):
    """Types are checked here, before anything becomes a row."""

    format: int
    run: _Run
    validations: list[_Validation]
    evaluation: _Evaluation | None
    log: list[_Line]


@dataclass(frozen=True)
class Kept:
    """A file that was read whole."""

    card: _Card
    arrays: Arrays

    @property
    def ended(self) -> bool:
        """Whether the run had ended when this was written; what was under way was interrupted."""
        return not (self.card.run.status.active or self.card.run.status is Status.QUEUED)

    def columns(self) -> dict[str, Any]:
        """Of the run's row."""
        steps, loss = self.arrays["series/steps"], self.arrays["series/loss"]
        line = spark.extended(spark.empty(), steps, loss) if len(steps) else spark.empty()
        status = self.card.run.status if self.ended else Status.INTERRUPTED
        return {**self.card.run.model_dump(), "status": status, "spark": line.to_bytes()}

    def rows(self, run_id: str) -> list[Row]:
        """All that belongs to the run but its own row and its checkpoints."""
        card, blocks = self.card, {name: leaf.tobytes() for name, leaf in self.arrays.items()}
        found: list[Row] = [
            ValidationRow(run=run_id, block=blocks[f"validation/{at}"], **entry.model_dump())
            for at, entry in enumerate(card.validations)
        ]
        if "random_start" in blocks:
            found.append(RandomStartRow(run=run_id, block=blocks["random_start"]))
        if card.evaluation is not None:
            parts = {part: blocks.get(f"evaluation/{part}") for part in ("block", "random_start", "alternatives")}
            found.append(EvaluationRow(run=run_id, **card.evaluation.model_dump(), **parts))
        found += [LogRow(run=run_id, **line.model_dump()) for line in card.log]
        return found + list(series.rows_of(run_id, {name: self.arrays[f"series/{name}"] for name in SERIES}))


def read(folder: Path) -> Kept | None:
    """What lies in a run's folder; None where nothing does that can be used."""
    from safetensors import SafetensorError, safe_open

    try:
        if (folder / FILE).stat().st_size > MOST_BYTES:
            return None
        with safe_open(str(folder / FILE), framework="np") as file:
            card = _Card.model_validate_json((file.metadata() or {})[_CARD])
            arrays: Arrays = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - not a dict
        _check(card, arrays)
    except (SafetensorError, OSError, KeyError, ValueError, TypeError, AttributeError, CoreError):
        return None
    return Kept(card, arrays)


def _check(card: _Card, arrays: Arrays) -> None:
    """Everything can be read that will be read later. Raises KeyError, ValueError or DatabaseProblem."""
    if card.format > FORMAT or len({len(arrays[f"series/{name}"]) for name in SERIES}) != 1:
        raise ValueError("of a newer version, or of several lengths")
    steps = arrays["series/steps"]
    numbers = [arrays[f"series/{name}"] for name in SERIES[1:]]
    if steps.ndim != 1 or steps.dtype != np.int64 or any(one.ndim != 1 or one.dtype.kind != "f" for one in numbers):
        raise ValueError("not a series")
    if len(steps) and (steps[0] < 1 or (np.diff(steps) <= 0).any()):
        raise ValueError("steps that do not rise")
    if len({seen.step for seen in card.validations}) != len(card.validations):
        raise ValueError("two validations of one step")
    for step, changed in card.run.engine.get("changes", []):
        if any(type(value) not in (int, float) for value in (step, *changed.values())):
            raise ValueError("a change that is no number")
    blocks = [f"validation/{at}" for at in range(len(card.validations))]
    blocks += ["evaluation/block", "evaluation/random_start"] if card.evaluation is not None else []
    for name in (*blocks, *(["random_start"] if "random_start" in arrays else [])):
        unpack_curves(arrays[name].tobytes())
    if "evaluation/alternatives" in arrays:
        unpack_alternatives(arrays["evaluation/alternatives"].tobytes(), {})


def refill(catalog: Catalog) -> int:
    """Give runs back what of theirs could not be read any more; how many got something."""
    runs = [*catalog.runs(), *catalog.runs(trashed=True)]
    return sum(_refilled(catalog, run.id) for run in runs)


def _refilled(catalog: Catalog, run_id: str) -> bool:
    kept = read(catalog.folder / "runs" / run_id)
    if kept is None:
        return False

    def put(session: Session) -> bool:
        lost = {kind for kind in OF_A_RUN if kind is not CheckpointRow and not _any(session, kind, run_id)}
        rows = [row for row in kept.rows(run_id) if type(row) in lost]
        session.add_all(rows)
        return bool(rows)

    return catalog._write(put)


def _any(session: Session, kind: Any, run_id: str) -> bool:
    return session.scalars(select(kind).where(kind.run == run_id).limit(1)).first() is not None
