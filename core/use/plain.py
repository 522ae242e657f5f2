"""A plain table for an initialization that keeps no encoding (drawn families, shipped figures): columns by their names."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.data.inspection import LeftOut
from core.data.table_file import BOOKS, MOST_BYTES
from core.data.table_text import PACKED, unpacked_size
from core.errors import BadFile
from core.types import TaskSpec

if TYPE_CHECKING:
    from pandas import DataFrame


class Rows(NamedTuple):
    """x: [rows, inputs]; y: [rows, outputs], NaN where it is not given (query), None where no column is; frame: the kept rows
    as they stand in the file."""

    x: NDArray[np.float64]
    y: NDArray[np.float64] | None
    frame: "DataFrame"
    left_out: tuple[LeftOut, ...] = ()


def read(spec: TaskSpec, path: Path, *, labelled: bool) -> Rows:
    """Columns under the names of inputs and targets, with or without their unit, or x (x1, x2, ...) and y. labelled: rows
    without a target are left out. Raises BadFile with the names that are wanted."""
    frame = table(path)
    inputs = [_found(frame, path, name, plain) for name, plain in _names(spec.input_names, spec.input_shape[0], "x")]
    wanted = _names(spec.output_names, spec.outputs, "y")
    targets = [_column(frame, name, plain) for name, plain in wanted]
    if labelled or all(column is not None for column in targets):
        targets = [_found(frame, path, name, plain) for name, plain in wanted]
    x = _numbers(frame, inputs)
    y = _numbers(frame, [str(column) for column in targets]) if None not in targets else None
    numbers = np.hstack([x, y]) if labelled and y is not None else x
    good = [i for i, row in enumerate(numbers) if np.isfinite(row).all()]
    if not good:
        raise BadFile(f"{path.name} has no row with numbers in {', '.join(inputs)}; see its columns and decimal signs")
    why = "an input or the target is missing or no number"
    bad = tuple(LeftOut(f"row {i + 1}", why) for i in sorted(set(range(len(numbers))) - set(good)))
    return Rows(x[good], None if y is None else y[good], frame.iloc[good].reset_index(drop=True), bad)


def table(path: Path) -> "DataFrame":
    """CSV and kin, Parquet or Excel by the ending. Raises BadFile."""
    import pandas

    if not path.exists():
        raise BadFile(f"there is no file {path}")
    if path.suffix.lower() in PACKED:
        unpacked_size(path, MOST_BYTES)
    try:
        if path.suffix == ".parquet":
            frame = pandas.read_parquet(path)
        elif path.suffix.lower() in BOOKS:
            frame = pandas.read_excel(path)
        else:
            frame = pandas.read_csv(path, sep=None, engine="python", encoding="utf-8-sig")
    except Exception as error:  # every library behind pandas has its own kinds
        raise BadFile(f"{path.name} cannot be read as a table ({_first_line(error)})") from None
    if frame.empty:
        raise BadFile(f"{path.name} holds no rows")
    return frame.rename(columns=lambda name: str(name).strip())


def _names(names: tuple[str, ...], count: int, letter: str) -> list[tuple[str, str]]:
    """(the stored name, the plain one) of each column."""
    plain = [letter] if count == 1 else [f"{letter}{i + 1}" for i in range(count)]
    stored = names if len(names) == count else plain
    return list(zip(stored, plain, strict=True))


def _column(frame: "DataFrame", name: str, plain: str) -> str | None:
    """The column of that name, without regard to case and unit."""
    there = {str(column).casefold(): str(column) for column in reversed(list(frame.columns))}
    for wanted in (name, name.partition("[")[0].strip(), plain):
        if wanted.casefold() in there:
            return there[wanted.casefold()]
    return None


def _found(frame: "DataFrame", path: Path, name: str, plain: str) -> str:
    column = _column(frame, name, plain)
    if column is None:
        has = ", ".join(map(str, list(frame.columns)[:8]))
        either = f"{name!r}" if name == plain else f"{name!r} (or {plain!r})"
        raise BadFile(f"{path.name} has no column {either}; it has {has}. Name the columns as in training")
    return column


def _numbers(frame: "DataFrame", columns: list[str]) -> NDArray[np.float64]:
    import pandas

    found: Any = [pandas.to_numeric(frame[column], errors="coerce").to_numpy(dtype=np.float64) for column in columns]
    return np.stack(found, 1)


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:160]
