"""Rows of a table for an initialization that was learned on a table: the same columns, read as they were in training."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.data.inspection import LeftOut
from core.data.table_columns import Cells, as_category, as_date, as_number, columns_of
from core.data.table_encoding import TableEncoding, encoding_from, faults, inputs_of, targets_of
from core.data.table_file import Reading, TableFile, read_table
from core.data.table_numbers import decimal_of
from core.errors import BadExperiment, BadFile, MissingData
from core.types import TaskSpec

if TYPE_CHECKING:
    from pandas import DataFrame


class Rows(NamedTuple):
    """x: [rows, inputs] in the units of the file; y: [rows, outputs], NaN where it is not given, or labels [rows], -1 where
    it is not; None where no column is. frame: the kept rows as they stand in the file; places: where each stands ("line 12");
    class_names: of the labels; warnings: what a person should know before trusting the answer."""

    x: NDArray[np.float64]
    y: NDArray[Any] | None
    frame: "DataFrame"
    left_out: tuple[LeftOut, ...] = ()
    places: tuple[str, ...] = ()
    class_names: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def is_table(spec: TaskSpec) -> bool:
    return (spec.encoding or {}).get("kind") == "table"


def read(spec: TaskSpec, path: Path, *, labelled: bool) -> Rows:
    """labelled: rows without a target are left out; else the target may be missing, cell by cell or as a column.

    Raises BadFile, BadExperiment with the columns that are wanted.
    """
    encoding = encoding_from(spec.encoding, "the initialization's card")
    if not Path(path).expanduser().is_file():
        raise MissingData(f"there is no table {path}; name a CSV, TSV, Parquet or .xlsx file")
    table = read_table(Path(path).expanduser(), Reading(fewest=1))
    names = [column.name for column in encoding.inputs]
    given = [name for name in encoding.targets if name in table.names]
    _refuse_lacking(table, [*names, *(encoding.targets if labelled or given else ())])
    columns = {cells.name: cells for cells in _cells(table, encoding, [*names, *given])}
    warnings = _several_tasks(table, encoding, labelled=labelled)
    wrong = faults(
        None,
        [columns[name] for name in names],
        [columns[name] for name in given] if labelled else [],
        missing=encoding.missing,
        classes=bool(encoding.classes),
    )
    why = wrong.why
    if labelled and encoding.classes:
        why = _with_unknown_classes(why, columns[encoding.targets[0]], encoding)
    good = why == ""
    if not good.any():
        first = int(np.flatnonzero(~good)[0])
        raise BadFile(f"{table.path.name} has no row that can be used; {table.place(first)}: {why[first]}")
    left_out = (*table.left_out, *(LeftOut(table.place(int(row)), str(why[row])) for row in np.flatnonzero(~good)))
    kept = np.flatnonzero(good)
    used = {name: _at(cells, kept) for name, cells in columns.items()}
    x, said = inputs_of(encoding, used)
    warnings += [f"{phrase} ({count:,} {'row' if count == 1 else 'rows'})" for phrase, count in said.items()]
    if left_out:
        number = len(left_out)
        warnings.append(
            f"{number:,} {'row is' if number == 1 else 'rows are'} left out ({left_out[0].what}: {left_out[0].why})"
        )
    return Rows(
        x, _targets(encoding, used) if given else None, _frame(table, kept), left_out,
        tuple(table.place(int(row)) for row in kept), encoding.classes, tuple(warnings),
    )  # fmt: skip


def _refuse_lacking(table: TableFile, wanted: Sequence[str]) -> None:
    if lacking := [name for name in wanted if name not in table.names]:
        has = ", ".join(table.names[:12]) + (", ..." if len(table.names) > 12 else "")
        raise BadFile(
            f"{table.path.name} lacks the {'column' if len(lacking) == 1 else 'columns'} {', '.join(lacking)}; it has {has}. "
            "Name the columns as in training"
        )
    if twice := [name for name in wanted if name in table.repeated]:
        raise BadFile(f"{table.path.name} has several columns called {twice[0]}; give each a name of its own")


def _cells(table: TableFile, encoding: TableEncoding, names: Sequence[str]) -> list[Cells]:
    """Each column as the type that it had in training, whatever this file's few rows look like."""
    kinds = {column.name: column for column in encoding.inputs}
    texts = [column for column in table.columns if column.dtype.kind not in "fM"]
    decimal = decimal_of(texts, table.separator)
    found = []
    for name in names:
        column = table.columns[table.names.index(name)]
        kind = kinds[name].type if name in kinds else "category" if encoding.classes else "number"
        if kind == "category":
            found.append(as_category(name, column))
        elif kind == "number":
            found.append(as_number(name, column, decimal))
        else:
            found.append(_dates(name, column, table, kinds[name].format))
    return found


def _dates(name: str, column: Any, table: TableFile, form: str) -> Cells:
    """In the form of training, else in whatever form all of them have."""
    cells = as_date(name, column, form)
    if not cells.unreadable.any():
        return cells
    other = next(c for c in columns_of(replace(table, names=(name,), columns=(column,))) if c.name == name)
    return other if other.type == "date" else cells


def _several_tasks(table: TableFile, encoding: TableEncoding, *, labelled: bool) -> list[str]:
    """An adaptation is to one task: rows of several are refused as support, and said of a query."""
    if encoding.task not in table.names:
        return []
    task = as_category(encoding.task, table.columns[table.names.index(encoding.task)])
    values = list(dict.fromkeys(str(text) for text in task.text[~task.missing]))
    if len(values) < 2:
        return []
    named = ", ".join(values[:3]) + (", ..." if len(values) > 3 else "")
    if labelled:
        raise BadExperiment(
            f"{table.path.name} holds rows of {len(values):,} tasks ({encoding.task}: {named}); an initialization adapts to "
            "one at a time, keep the rows of one"
        )
    return [
        f"{table.path.name} holds rows of {len(values):,} tasks ({encoding.task}: {named}), all answered as the support's task"
    ]


def _with_unknown_classes(why: NDArray[Any], target: Cells, encoding: TableEncoding) -> NDArray[Any]:
    unknown = ~np.isin(target.text, np.array(encoding.classes, object)) & (why == "")
    said = why.copy()
    for row in np.flatnonzero(unknown):
        said[row] = (
            f"{target.name} is '{target.text[row]}', which is none of the classes {', '.join(encoding.classes[:10])}"
        )
    return said


def _targets(encoding: TableEncoding, columns: dict[str, Cells]) -> NDArray[Any]:
    y = targets_of(encoding, columns)
    return y if encoding.classes else np.where(np.isfinite(y), y, np.nan)


def _at(cells: Cells, rows: NDArray[np.int64]) -> Cells:
    numbers = None if cells.numbers is None else cells.numbers[rows]
    return replace(
        cells, numbers=numbers, text=cells.text[rows], missing=cells.missing[rows], unreadable=cells.unreadable[rows]
    )


def _frame(table: TableFile, rows: NDArray[np.int64]) -> "DataFrame":
    """As in the file; columns of numbers as numbers, so that they are written as such."""
    import pandas as pd

    columns = {}
    for cells, column in zip(columns_of(table), table.columns, strict=True):
        clean = cells.type == "number" and not cells.unreadable.any() and cells.numbers is not None
        values = pd.Series(cells.numbers).convert_dtypes() if clean else column
        columns[cells.name] = values.iloc[rows].reset_index(drop=True)
    return pd.DataFrame(columns)
