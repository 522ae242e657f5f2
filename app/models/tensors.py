"""An initialization's file, read without torch: its card, and its tensors as rows of a table, one in memory at a time."""

import json
import struct
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

from PySide6.QtCore import QObject

from app.models import words
from app.models.table import Column, RecordTable
from core.errors import BadFile

_LIMIT = 100_000_000
"""Bytes of a header that is believed; the format's own limit."""
_KINDS = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "U8": "|u1", "BOOL": "|b1"}


@dataclass(frozen=True)
class TensorRow:
    """role: "learned and adapted", "learned, fixed inside", "frozen" or the group of another meta-parameter."""

    name: str
    shape: tuple[int, ...]
    count: int
    role: str
    mean: float | None
    std: float | None


@dataclass(frozen=True)
class StartFile:
    """An initialization's file: its JSON card and its tensors, in the file's order."""

    card: dict[str, Any]
    tensors: tuple[TensorRow, ...]


def read_start(path: Path) -> StartFile:
    """Card, names, shapes, means and standard deviations. Raises BadFile; reads the file, so call it off the GUI thread."""
    try:
        with path.open("rb") as file:
            card, header, start = _header(file, path)
            adapts = frozenset(card["adapts"]) if "adapts" in card else None
            frozen = frozenset(card.get("frozen", ()))
            return StartFile(card, tuple(_row(file, start, name, header[name], adapts, frozen) for name in header))
    except FileNotFoundError:
        raise BadFile(
            f"{path.name} is not in {path.parent} any more; put it back, or move its row to the trash"
        ) from None
    except OSError as error:
        raise BadFile(f"cannot read {path}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        raise BadFile(f"{path.name} is damaged or is not a safetensors file; export it again from its run") from None


def _header(file: BinaryIO, path: Path) -> tuple[dict[str, Any], dict[str, Any], int]:
    """(card, tensors by name, where their bytes begin). Raises ValueError and kin for what is no such file."""
    first = file.read(8)
    length = struct.unpack("<Q", first)[0] if len(first) == 8 else 0
    if not 2 <= length <= min(_LIMIT, path.stat().st_size):
        raise ValueError
    held = json.loads(file.read(length))
    card = json.loads(held.pop("__metadata__", {}).get("headstart", "{}"))
    names = sorted(held, key=lambda name: held[name]["data_offsets"][0])
    return card, {name: held[name] for name in names}, 8 + length


def _row(
    file: BinaryIO, start: int, name: str, about: dict[str, Any], adapted: frozenset[str] | None, frozen: frozenset[str]
) -> TensorRow:
    shape = tuple(int(size) for size in about["shape"])
    mean, std = _moments(file, start, about)
    return TensorRow(name, shape, prod(shape), _role(name, adapted, frozen), mean, std)


def _moments(file: BinaryIO, start: int, about: dict[str, Any]) -> tuple[float | None, float | None]:
    import numpy as np

    kind = _KINDS.get(about["dtype"])
    first, last = about["data_offsets"]
    if kind is None or last <= first:
        return None, None
    file.seek(start + first)
    stored = file.read(last - first)
    if len(stored) != last - first:
        raise BadFile(f"{Path(file.name).name} ends in the middle of a tensor; export it again from its run")
    values = np.frombuffer(stored, dtype=kind).astype(np.float64)
    return float(values.mean()), float(values.std())


def _role(name: str, adapted: frozenset[str] | None, frozen: frozenset[str]) -> str:
    group, slash, bare = name.rpartition("/")
    if slash and group not in ("init", "network"):
        return f"meta-parameter: {group}"
    if adapted is None:
        return words.NOTHING
    if bare in adapted:
        return "frozen start, adapted" if bare in frozen else "learned and adapted"
    return "frozen" if bare in frozen else "learned, fixed inside"


TENSOR_COLUMNS: tuple[Column[TensorRow], ...] = (
    Column("name", "Tensor", lambda r: r.name, lambda r: r.name, lambda r: r.name, width=200),
    Column("shape", "Shape", lambda r: " × ".join(map(str, r.shape)) or "scalar", lambda r: r.shape, width=110),
    Column("count", "Numbers", lambda r: words.count(r.count), lambda r: r.count, numeric=True, width=80),
    Column("role", "Role", lambda r: r.role, lambda r: r.role, width=160),
    Column("mean", "Mean", lambda r: words.number(r.mean), lambda r: r.mean, numeric=True, pointed=True, width=90),
    Column("std", "Std", lambda r: words.number(r.std), lambda r: r.std, numeric=True, pointed=True, width=90,
           explanation="Standard deviation over the tensor's numbers."),
)  # fmt: skip


class TensorsModel(RecordTable[TensorRow]):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(TENSOR_COLUMNS, lambda row: row.name, parent)
