"""Series of a run as blocks of about a thousand outer steps. Functions of a session, for the writer thread."""

import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.training.events import Stepped

from .blocks import Arrays, pack, unpack
from .records import Series
from .rows import SeriesRow

BLOCK = 1000
_NAMES = ("steps", "seconds", "loss", "accuracy")


def append(session: Session, run: str, event: Stepped) -> None:
    """Fill the open last block up, then begin new ones: many small events still make few rows."""
    arrays = _arrays(event)
    tail = session.scalars(
        select(SeriesRow).where(SeriesRow.run == run).order_by(SeriesRow.first_step.desc()).limit(1)
    ).first()
    if tail is not None and tail.count < BLOCK:
        arrays = _joined([unpack(tail.block), arrays])
        session.delete(tail)
        session.flush()
    session.add_all(rows_of(run, arrays))


def truncate(session: Session, run: str, last_step: int) -> Series:
    """Drop all steps beyond `last_step`; what is left."""
    kept = read(session, run)
    session.execute(delete(SeriesRow).where(SeriesRow.run == run))
    keep = kept.steps <= last_step
    arrays = {name: getattr(kept, name)[keep] for name in _NAMES}
    session.add_all(rows_of(run, arrays))
    return Series(**arrays)


def read(session: Session, run: str) -> Series:
    query = select(SeriesRow.block).where(SeriesRow.run == run).order_by(SeriesRow.first_step)
    return Series(**_joined([unpack(block) for block in session.scalars(query)]))


def _arrays(event: Stepped) -> Arrays:
    return {
        "steps": np.asarray(event.steps, np.int64),
        "seconds": np.asarray(event.seconds, np.float64),
        "loss": np.asarray(event.loss),
        "accuracy": np.asarray(event.accuracy),
    }


def _joined(blocks: list[Arrays]) -> Arrays:
    """All-NaN accuracies are not stored."""
    if not blocks:
        return {"steps": np.zeros(0, np.int64), **{name: np.zeros(0) for name in _NAMES[1:]}}
    return {name: _column(blocks, name) for name in _NAMES}


def _column(blocks: list[Arrays], name: str) -> NDArray[Any]:
    if not any(name in block for block in blocks):
        return _nothing(sum(len(block["steps"]) for block in blocks), blocks[0])
    return np.concatenate([block[name] if name in block else _nothing(len(block["steps"]), block) for block in blocks])


def _nothing(count: int, like: Arrays) -> NDArray[Any]:
    return np.full(count, np.nan, like["loss"].dtype)


def rows_of(run: str, arrays: Arrays) -> list[SeriesRow]:
    total = len(arrays["steps"])
    cuts = [*range(0, total, BLOCK), total]
    return [_row(run, {name: arrays[name][a:b] for name in _NAMES}) for a, b in itertools.pairwise(cuts) if b > a]


def _row(run: str, part: Arrays) -> SeriesRow:
    steps = part["steps"]
    stored = {name: value for name, value in part.items() if name != "accuracy" or not np.isnan(value).all()}
    return SeriesRow(run=run, first_step=int(steps[0]), last_step=int(steps[-1]), count=len(steps), block=pack(stored))
