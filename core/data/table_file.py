"""A table from a file, through pandas: text (CSV and kin, packed or not), Parquet, Excel, OpenDocument. Cells as they
stand; what they mean is decided in table_columns."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import BadFile, MissingData

from .inspection import LeftOut
from .table_text import PACKED, Form, form_of, records, unpacked_size

MOST_BYTES = 2**30
MOST_COLUMNS = 10_000
BOOKS, PARQUET = frozenset({".xlsx", ".xlsm", ".xls", ".ods"}), frozenset({".parquet", ".pq"})
_CHUNK = 1 << 16


@dataclass(frozen=True)
class Reading:
    """How to read a file where it should not be guessed. date_order: "auto", "year-first", "day-first", "month-first".
    fewest: columns that there have to be; to learn from takes two, to be answered one input is enough."""

    sheet: str | None = None
    separator: str = "auto"
    decimal: str = "auto"
    encoding: str = "auto"
    date_order: str = "auto"
    fewest: int = 2


@dataclass(frozen=True)
class TableFile:
    """names: of the columns, each once; columns: a pandas Series each (text, numbers or times); lines: of the file where each
    row begins [rows] (of Excel and Parquet the row, the header of Excel counted); unit: "line" or "row"; words: how the
    file is written; repeated: names that the header has more than once; left_out: lines that are no rows."""

    path: Path
    names: tuple[str, ...]
    columns: tuple[Any, ...]
    lines: NDArray[np.int64]
    unit: str
    words: str
    separator: str = ""
    repeated: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()

    def place(self, row: int) -> str:
        """ "line 12": where a person finds a row again."""
        return f"{self.unit} {self.lines[row]}"


_recent: dict[Any, TableFile] = {}


def read_table(path: Path, reading: Reading = Reading()) -> TableFile:
    """The file as a table with a header. The last one read is kept in memory, as previews and runs ask for it again.

    Raises MissingData, BadFile.
    """
    path = Path(path).expanduser()
    if not path.exists():
        raise MissingData(f"there is no table at {path}; set tasks.path to a CSV, TSV, Parquet or .xlsx file")
    if path.is_dir():
        raise BadFile(f"{path} is a folder; set tasks.path to a table in it")
    try:
        state = path.stat()
        key = (str(path), state.st_mtime_ns, state.st_size, reading)
        if key not in _recent:
            table = _read(path, state.st_size, reading)
            _recent.clear()
            _recent[key] = table
    except OSError as error:
        raise BadFile(f"{path} cannot be read ({error.strerror or error})") from None
    return _recent[key]


def _read(path: Path, size: int, reading: Reading) -> TableFile:
    suffix = path.suffix.lower()
    if suffix == ".zip" or (suffix in PACKED and Path(path.stem).suffix.lower() in {*BOOKS, *PARQUET}):
        raise BadFile(f"{path.name} is packed; unpack it and choose the table itself")
    if size > MOST_BYTES:
        raise BadFile(f"{path.name} has {size / 2**30:.1f} GiB, more than 1 GiB; keep the columns and rows that matter")
    if size == 0:
        raise BadFile(f"{path.name} is empty; choose a table with a header and rows")
    if suffix in BOOKS:
        from .table_typed import read_book

        return read_book(path, reading.sheet)
    if suffix in PARQUET:
        from .table_typed import read_parquet

        return read_parquet(path)
    if suffix in PACKED:
        unpacked_size(path, MOST_BYTES)
    return _read_text(path, form_of(path, reading.encoding, reading.separator, reading.fewest))


def _read_text(path: Path, form: Form) -> TableFile:
    import pandas as pd

    every = records(path, form)
    left_out: list[LeftOut] = []
    header = _header(path, form, every, left_out)
    names, repeated, notes = named(header, path.name, form.width)
    chunks, lines = [], []
    for numbers, rows in _chunks(every, len(names), left_out, path.name):
        lines.append(np.array(numbers, np.int64))
        chunks.append([pd.Series(pd.array(list(column), dtype="string")) for column in zip(*rows, strict=True)])
    if not lines:
        raise BadFile(
            f"{path.name} has a header and no rows{_said(left_out)}; add rows, or check that the separator is right"
        )
    columns = tuple(pd.concat(parts, ignore_index=True) for parts in zip(*chunks, strict=True))
    return TableFile(
        path, names, columns, np.concatenate(lines), "line", form.words, form.separator, repeated, tuple(left_out), notes
    )  # fmt: skip


def _header(path: Path, form: Form, every: Iterator[tuple[int, list[str]]], left_out: list[LeftOut]) -> list[str]:
    """The first record that is about as wide as the others; narrower ones above it are a title."""
    for line, record in every:
        if len(record) >= form.width - 1:
            return record
        left_out.append(LeftOut(f"line {line}", "stands above the header"))
    raise BadFile(f"{path.name} has no header; its first line must name the columns")


def named(header: Sequence[str], name: str, width: int) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """(names of `width` columns, each once; those that occur more often in the header; what was done about it)."""
    cells = [" ".join(str(cell).split()) for cell in header]
    if len(cells) == width - 1:
        cells = ["row names", *cells]
    if len(cells) > MOST_COLUMNS:
        raise BadFile(f"{name} has {len(cells):,} columns; at most {MOST_COLUMNS:,} are read")
    if all(_is_number(cell) for cell in cells if cell):
        raise BadFile(f"{name} has no header: its first line holds numbers alone; add a line that names the columns")
    counts = Counter(cell for cell in cells if cell)
    repeated = tuple(cell for cell, count in counts.items() if count > 1)
    names: list[str] = []
    for at, cell in enumerate(cells, 1):
        wanted = cell or f"column {at}"
        taken = wanted
        number = 2
        while taken in names or (taken != wanted and taken in counts):
            taken, number = f"{wanted} ({number})", number + 1
        names.append(taken)
    notes = tuple(
        f"{counts[cell]} columns are called {cell}; the later ones are called {cell} (2) and so on here" for cell in repeated
    )  # fmt: skip
    return tuple(names), repeated, notes


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", "."))
    except ValueError:
        return False
    return True


def _chunks(
    every: Iterator[tuple[int, list[str]]], width: int, left_out: list[LeftOut], name: str
) -> Iterator[tuple[list[int], list[list[str]]]]:
    """Rows of the right width by the chunk; the others go to `left_out`."""
    last: tuple[int, list[str]] = (0, [])
    while chunk := list(islice(every, _CHUNK)):
        last = chunk[-1]
        good = [(line, record) for line, record in chunk if len(record) == width and not _nul(record)]
        if len(good) < len(chunk):
            left_out.extend(
                LeftOut(f"line {line}", _why(record, width))
                for line, record in chunk
                if len(record) != width or _nul(record)
            )
        if good:
            yield [line for line, _ in good], [record for _, record in good]
    if len(last[1]) not in (0, width) and any(cell.count("\n") > 1 for cell in last[1]):
        raise BadFile(f"{name}: line {last[0]} opens a quote that is never closed, and swallows the rest; close it")


def _nul(record: list[str]) -> bool:
    return any("\0" in cell for cell in record)


def _why(record: list[str], width: int) -> str:
    if _nul(record):
        return "holds a NUL byte"
    return f"has {len(record)} {'cell' if len(record) == 1 else 'cells'} where the header has {width}"


def _said(left_out: list[LeftOut]) -> str:
    return f" ({len(left_out):,} lines do not fit it; {left_out[0].what} {left_out[0].why})" if left_out else ""


def only(table: TableFile, keep: NDArray[np.bool_]) -> TableFile:
    """Those rows alone."""
    return replace(
        table, columns=tuple(column[keep].reset_index(drop=True) for column in table.columns), lines=table.lines[keep]
    )
