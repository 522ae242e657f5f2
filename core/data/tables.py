"""Tables with a task column: ragged arrays, a fixed split of the tasks, standardization by the training tasks alone."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .pictures import Split

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Tables:
    """x: [tables, most rows, inputs], y: [tables, most rows, outputs], zeros behind the last row; rows: [tables]."""

    x: Floats
    y: Floats
    rows: NDArray[np.int64]
    names: tuple[str, ...]
    input_names: tuple[str, ...]
    output_names: tuple[str, ...]

    @property
    def filled(self) -> NDArray[np.bool_]:
        """Where there is a row [tables, most rows]."""
        filled: NDArray[np.bool_] = np.arange(self.x.shape[1]) < self.rows[:, None]
        return filled


def ragged(tables: Mapping[str, Sequence[Any]], input_names: tuple[str, ...], output_names: tuple[str, ...]) -> Tables:
    """Pairs of inputs [rows, inputs] and outputs [rows, outputs] by name, sorted by name and padded."""
    names = tuple(sorted(tables))
    rows = np.array([len(tables[name][0]) for name in names], np.int64)
    x = np.zeros((len(names), rows.max(), len(input_names)))
    y = np.zeros((len(names), rows.max(), len(output_names)))
    for index, name in enumerate(names):
        x[index, : rows[index]], y[index, : rows[index]] = tables[name]
    return Tables(x, y, rows, names, input_names, output_names)


def split_by_name(names: tuple[str, ...], validation: int, test: int, seed: int = 0) -> Split:
    """So many for validation and test, the rest for training, in the order of a hash of the name; another order for every
    seed below 2**31."""
    salt = seed.to_bytes(4, "big") if seed else b""
    order = sorted(range(len(names)), key=lambda index: hashlib.blake2b(names[index].encode(), salt=salt).digest())
    parts = order[validation + test :], order[:validation], order[validation : validation + test]
    return Split(*(np.array(sorted(part), np.int64) for part in parts))


def standardized(tables: Tables, training: NDArray[np.int64]) -> tuple[Tables, dict[str, list[float]]]:
    """Every column with mean 0 and standard deviation 1 over the rows of the training tables, and the numbers that
    undo it ("x_mean", "x_std", "y_mean", "y_std"). A constant column keeps its scale."""
    seen = tables.filled[training]
    scaling: dict[str, list[float]] = {}
    scaled = {}
    for axis, values in (("x", tables.x), ("y", tables.y)):
        mean, std = values[training][seen].mean(0), values[training][seen].std(0)
        std = np.where(std > 0, std, 1.0)
        scaling |= {f"{axis}_mean": mean.tolist(), f"{axis}_std": std.tolist()}
        scaled[axis] = np.where(tables.filled[..., None], (values - mean) / std, 0.0)
    return replace(tables, x=scaled["x"], y=scaled["y"]), scaling
