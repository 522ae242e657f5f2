"""Runs and initializations whose files lie in the folder but that no row knows: their cards say what they are."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from core.config import Experiment
from core.errors import CoreError

from . import beside
from .catalog import Catalog
from .files import sha256_of
from .names import clean_name, clean_text
from .records import Status
from .rows import CheckpointRow, RunRow

_LOST = "its row in the catalog was lost; what was saved can be resumed"


@dataclass(frozen=True)
class Adopted:
    """How many were taken in; unknown: files and folders that say nothing of themselves and stay as they are."""

    runs: int = 0
    initializations: int = 0
    unknown: tuple[Path, ...] = ()


def counted(runs: int, initializations: int) -> str:
    """ "2 runs and 1 initialization"."""
    pairs = ((runs, "run"), (initializations, "initialization"))
    return " and ".join(f"{number:,} {what}{'' if number == 1 else 's'}" for number, what in pairs)


def adopt(catalog: Catalog) -> Adopted:
    """Take in what no row knows; runs first, so that initializations find theirs."""
    runs, starts = 0, 0
    unknown: list[Path] = []
    for path in catalog.files_without_rows():
        if path.is_dir():
            taken = _take_run(catalog, path)
            runs += taken
        else:
            taken = _take_initialization(catalog, path)
            starts += taken
        if not taken:
            unknown.append(path)
    return Adopted(runs, starts, tuple(unknown))


def _card(path: Path) -> dict[str, Any] | None:
    """The JSON card of a safetensors file; None where there is none."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(path), framework="np") as file:
            card = json.loads((file.metadata() or {})["headstart"])
    except (SafetensorError, OSError, KeyError, ValueError):
        return None
    return card if isinstance(card, dict) else None


def _experiment(card: dict[str, Any]) -> Experiment | None:
    from core.config import parse

    try:
        return parse(card["experiment"])
    except (CoreError, KeyError, TypeError):
        return None


def _take_run(catalog: Catalog, folder: Path) -> bool:
    """A run as the file beside its checkpoints knows it, curves and all; without one a run that was interrupted where its
    newest checkpoint stands."""
    cards = {path: card for path in folder.glob("*.safetensors") if (card := _card(path)) and "checkpoint" in card}
    known = {path: experiment for path, card in cards.items() if (experiment := _experiment(card)) is not None}
    if not known:
        return False
    newest = max(known, key=lambda path: int(cards[path]["step"]))
    card, experiment, written = cards[newest], known[newest], newest.stat().st_mtime
    kept = beside.read(folder)
    told: dict[str, Any] = {
        "name": clean_name(experiment.title()), "status": Status.INTERRUPTED, "created": folder.stat().st_ctime,
        "started": folder.stat().st_ctime, "ended": written, "step": int(card["step"]),
        "seconds": float(card.get("seconds") or 0.0), "best_step": card.get("best_step"), "best_loss": card.get("best_loss"),
    }  # fmt: skip
    told |= {} if kept is None else kept.columns()
    told |= {} if kept is not None and kept.ended else {"message": _LOST}
    row = RunRow(
        id=folder.name,
        method=experiment.method.kind,
        tasks=experiment.tasks.kind,
        network=experiment.network.kind,
        experiment=clean_text(experiment.model_dump_json(exclude_none=True)),
        total_steps=experiment.outer.steps,
        **told,
    )
    checkpoints = [
        CheckpointRow(
            run=folder.name, step=int(cards[path]["step"]), path=catalog._stored(path), sha256=sha256_of(path),
            size=path.stat().st_size, reason="rescued",
        )
        for path in known
    ]  # fmt: skip

    def put(session: Session) -> None:
        session.add(row)
        session.flush()  # checkpoints refer to it
        session.add_all([*checkpoints, *([] if kept is None else kept.rows(folder.name))])

    catalog._write(put)
    return True


def _take_initialization(catalog: Catalog, path: Path) -> bool:
    card = _card(path) if path.suffix == ".safetensors" else None
    experiment = _experiment(card) if card else None
    if card is None or experiment is None:
        return False
    origin = card.get("provenance") or {}
    found = card.get("evaluation")
    loss, accuracy = (_mean(found, kind, experiment.best_after()) for kind in ("loss", "accuracy"))
    step = origin.get("outer_step")
    catalog.add_initialization(
        path, name=str(card.get("title") or path.stem), run=_run(catalog, origin.get("run")),
        step=step if isinstance(step, int) else 0, method=experiment.method.kind, tasks=experiment.tasks.kind,
        network=experiment.network.kind, loss=loss, accuracy=accuracy,
    )  # fmt: skip
    return True


def _run(catalog: Catalog, reference: object) -> str | None:
    try:
        return catalog.run(str(reference)).id if reference else None
    except CoreError:
        return None


def _mean(found: Any, kind: str, at: int) -> float | None:
    try:
        return float(found[kind][at]["mean"])
    except (TypeError, KeyError, IndexError, ValueError):
        return None
