"""What the cells of a column are: numbers, dates, categories or text; which are missing, and which do not fit."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .table_file import Reading, TableFile
from .table_numbers import decimal_of, numbers_of

MISSING = ("", "na", "n/a", "nan", "null", "none", "#n/a", "?", "-", ".")
MOST_CATEGORIES = 100
_FITTING = 0.75
"""Of the cells that are there, so many must be numbers (dates) for a column of numbers (dates) with spoiled cells."""
_DATES = {
    "year-first": ("ISO8601", "%Y/%m/%d", "%Y.%m.%d", "%Y/%m/%d %H:%M", "%Y/%m/%d %H:%M:%S"),
    "day-first": ("%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y %H:%M", "%d/%m/%Y %H:%M", "%d.%m.%y", "%d/%m/%y"),
    "month-first": ("%m/%d/%Y", "%m-%d-%Y", "%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%m/%d/%y"),
}
DATE_FORMATS = frozenset(form for forms in _DATES.values() for form in forms) | {""}


@dataclass(frozen=True)
class Cells:
    """One column. type: "number", "date", "category" or "text"; numbers [rows]: of numbers and dates (days since
    1970-01-01), NaN where there is none; text [rows]: the cells as text, "" where missing; missing, unreadable [rows]: no
    cell, a cell that is not of the type; note: what a person should know of how it was read; format: of dates."""

    name: str
    type: str
    numbers: NDArray[np.float64] | None
    text: NDArray[Any]
    missing: NDArray[np.bool_]
    unreadable: NDArray[np.bool_]
    distinct: int
    note: str = ""
    format: str = ""

    @property
    def whole(self) -> bool:
        """Are all its numbers whole?"""
        if self.numbers is None:
            return False
        there = self.numbers[np.isfinite(self.numbers)]
        return bool((there == np.rint(there)).all())

    @property
    def infinite(self) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = np.isinf(self.numbers) if self.numbers is not None else np.zeros_like(self.missing)
        return found


def columns_of(table: TableFile, reading: Reading = Reading(), categories: Sequence[str] = ()) -> tuple[Cells, ...]:
    """Every column with the type that nearly all of its cells have; `categories` are taken as such, numbers or not."""
    texts = [column for column in table.columns if not _typed(column)]
    decimal = decimal_of(texts, table.separator) if reading.decimal == "auto" else reading.decimal
    return tuple(
        as_category(name, column) if name in categories else _cells(name, column, decimal, reading.date_order)
        for name, column in zip(table.names, table.columns, strict=True)
    )


def _typed(column: Any) -> bool:
    return column.dtype.kind in "fM" if hasattr(column.dtype, "kind") else False


def _cells(name: str, column: Any, decimal: str, order: str) -> Cells:
    if _typed(column):
        return as_number(name, column, decimal) if column.dtype.kind == "f" else as_date(name, column, "")
    text = stripped(column)
    present = int((~_is_missing(text)).sum())
    if not present:
        return _categorical(name, text)
    found = as_number(name, text, decimal)
    share = 1 - int(found.unreadable.sum() - found.infinite.sum()) / present
    if share >= _FITTING:
        return found
    dates = _best_dates(name, text, order, present)
    if dates is not None:
        return dates
    cells = _categorical(name, text)
    return cells if share < 0.25 else _noted(cells, f"{round(share * present):,} of {present:,} cells are numbers")


def stripped(column: Any) -> Any:
    return column.fillna("").astype("string").str.strip()


def _is_missing(text: Any) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = text.str.lower().isin(MISSING).to_numpy(dtype=bool)
    return found


def as_number(name: str, column: Any, decimal: str) -> Cells:
    """The column read as numbers, whatever its cells are."""
    if _typed(column) and column.dtype.kind == "f":
        numbers = column.to_numpy(dtype=np.float64)
        text, missing = _number_texts(numbers), np.isnan(numbers)
        return Cells(name, "number", numbers, text, missing, np.isinf(numbers), _distinct(numbers[~missing]))
    text = stripped(_as_text(column))
    missing = _is_missing(text)
    numbers, note = numbers_of(text, decimal)
    numbers[missing] = np.nan
    unreadable = ~missing & ~np.isfinite(numbers)
    distinct = _distinct(numbers[np.isfinite(numbers)])
    return Cells(name, "number", numbers, _texts(text, missing), missing, unreadable, distinct, note)


def as_date(name: str, column: Any, form: str) -> Cells:
    """The column read as dates of that form ("" for cells that are dates already)."""
    import pandas as pd

    if _typed(column) and column.dtype.kind == "M":
        times, text, missing = column, column.astype("string").fillna(""), column.isna().to_numpy()
    else:
        text = stripped(_as_text(column))
        missing = _is_missing(text)
        times = pd.to_datetime(text.where(~missing, None), format=form or "ISO8601", errors="coerce", utc=True)
    if getattr(times.dt, "tz", None) is not None:
        times = times.dt.tz_convert("UTC").dt.tz_localize(None)
    there = times.notna().to_numpy()
    seconds = times.astype("datetime64[s]").to_numpy().astype("datetime64[s]").astype(np.int64)
    numbers = np.where(there, seconds / 86400.0, np.nan)
    return Cells(
        name, "date", numbers, _texts(text, missing), missing, ~missing & ~there, _distinct(numbers[there]), "", form
    )


def as_category(name: str, column: Any) -> Cells:
    """The column's cells as names of classes, numbers too."""
    text = stripped(_as_text(column))
    return _categorical(name, text, "category")


def _as_text(column: Any) -> Any:
    import pandas as pd

    if not _typed(column):
        return column
    if column.dtype.kind == "f":
        return pd.Series(_number_texts(column.to_numpy(dtype=np.float64)), dtype="string")
    return column.astype("string").fillna("")


def _categorical(name: str, text: Any, kind: str | None = None) -> Cells:
    missing = _is_missing(text)
    values = _texts(text, missing)
    there = values[~missing]
    distinct = len(set(there.tolist()))
    category = distinct <= min(MOST_CATEGORIES, max(2, len(there) // 2))
    chosen = kind or ("category" if category else "text")
    return Cells(name, chosen, None, values, missing, np.zeros(len(values), bool), distinct)


def _best_dates(name: str, text: Any, order: str, present: int) -> Cells | None:
    """The form that fits most cells; where day and month first fit equally well, the day is taken to be first, and said."""
    if not text.str.contains(r"\d").any():
        return None
    found: list[tuple[int, str, Cells]] = []
    for kind, forms in _DATES.items():
        for form in forms if order in ("auto", kind) else ():
            cells = as_date(name, text, form)
            found.append((present - int(cells.unreadable.sum()), kind, cells))
    most = max(fitting for fitting, _, _ in found)
    if most < max(1, _FITTING * present):
        return None
    best = [(kind, cells) for fitting, kind, cells in found if fitting == most]
    kinds = {kind for kind, _ in best}
    if {"day-first", "month-first"} <= kinds:
        return _noted(best[0][1], "dates read with the day first; set tasks.date_order if the month is first")
    return best[0][1]


def _noted(cells: Cells, note: str) -> Cells:
    from dataclasses import replace

    return replace(cells, note=note)


def _texts(text: Any, missing: NDArray[np.bool_]) -> NDArray[Any]:
    values: NDArray[Any] = text.to_numpy(dtype=object)
    return np.where(missing, "", values)


def _number_texts(numbers: NDArray[np.float64]) -> NDArray[Any]:
    """3 for 3.0, as a task or a class is called."""
    return np.array(
        ["" if v != v else str(int(v)) if v == np.rint(v) and abs(v) < 1e15 else repr(float(v)) for v in numbers],
        object,
    )


def _distinct(values: NDArray[np.float64]) -> int:
    return len(np.unique(values))
