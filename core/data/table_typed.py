"""Tables whose cells have types already: Parquet through pyarrow, Excel through openpyxl, old Excel and OpenDocument through
xlrd and odfpy where they are installed."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

from core.errors import BadFile

from .table_file import MOST_BYTES, TableFile, named


def read_parquet(path: Path) -> TableFile:
    """Raises BadFile. Nested columns (lists, structs) are left out and said."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            about = file.metadata
            unpacked = sum(about.row_group(i).total_byte_size for i in range(about.num_row_groups))
            if unpacked > MOST_BYTES:
                raise BadFile(f"{path.name} unpacks to {unpacked / 2**30:.1f} GiB, more than 1 GiB; keep what matters")
            table = file.read()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise BadFile(f"{path.name} is no readable Parquet file ({_first_line(error)}); write it again") from None
    flat = [at for at, field in enumerate(table.schema) if not pa.types.is_nested(field.type)]
    notes = tuple(
        f"{field.name} holds lists or records and is left out" for field in table.schema if pa.types.is_nested(field.type)
    )  # fmt: skip
    if table.num_rows == 0 or not flat:
        raise BadFile(f"{path.name} has no {'rows' if flat else 'columns'}; choose a table with columns and rows")
    names, repeated, renamed = named([table.schema[at].name for at in flat], path.name, len(flat))
    columns = tuple(_plain(table.column(at).to_pandas()) for at in flat)
    lines = np.arange(1, table.num_rows + 1, dtype=np.int64)
    return TableFile(path, names, columns, lines, "row", "Parquet", "", repeated, (), (*notes, *renamed))


class _Book(NamedTuple):
    """Who reads it. engine: as pandas calls it; module: what is imported; package: what is installed for it."""

    engine: Literal["openpyxl", "xlrd", "odf"]
    module: str
    package: str
    words: str
    is_archive: bool = True


_EXCEL = _Book("openpyxl", "openpyxl", "openpyxl", "Excel")
_BOOKS = {
    ".xlsx": _EXCEL,
    ".xlsm": _EXCEL,
    ".xls": _Book("xlrd", "xlrd", "xlrd", "Excel 97-2003", is_archive=False),
    ".ods": _Book("odf", "odf", "odfpy", "OpenDocument"),
}


def read_book(path: Path, sheet: str | None = None) -> TableFile:
    """One sheet of a workbook. sheet: its name; None: the first. Raises BadFile, where the package for it is missing too."""
    kind = _BOOKS[path.suffix.lower()]
    if find_spec(kind.module) is None:
        raise BadFile(
            f"{path.name}: reading {path.suffix.lower()} takes the package {kind.package} (pip install {kind.package}); "
            "install it, or save the table as .xlsx or CSV"
        )
    if kind.is_archive:
        _refuse_bomb(path)
    chosen, cells = _cells(path, kind, sheet)
    return _with_header(path, cells, chosen, kind.words)


def _cells(path: Path, kind: _Book, sheet: str | None) -> tuple[str, Any]:
    """(name of the sheet, its cells)."""
    import warnings

    import pandas as pd

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl tells of styles that it leaves out
            with pd.ExcelFile(path, engine=kind.engine) as book:
                chosen = _sheet(path, [str(name) for name in book.sheet_names], sheet)
                return chosen, book.parse(chosen, header=None, dtype=object, na_filter=False)
    except BadFile:
        raise
    except Exception as error:  # a damaged file fails in each library in its own many ways
        ending = path.suffix.lower()
        raise BadFile(
            f"{path.name} is no readable {ending} file ({_first_line(error)}); save it as .xlsx or CSV"
        ) from None


def _with_header(path: Path, cells: Any, sheet: str, kind: str) -> TableFile:
    import pandas as pd

    values = cells.to_numpy(dtype=object)
    there = np.vectorize(lambda cell: str(cell).strip() not in ("", "nan"), otypes=[bool])(values)
    rows = np.flatnonzero(there.any(1)) if values.size else np.array([], np.int64)
    if not len(rows):
        raise BadFile(f"the sheet {sheet} of {path.name} is empty; choose another one with tasks.sheet")
    used = np.flatnonzero(there.any(0))
    if len(rows) == 1:
        raise BadFile(f"the sheet {sheet} of {path.name} has a header and no rows; add rows")
    names, repeated, notes = named(
        ["" if not there[rows[0], at] else values[rows[0], at] for at in used], path.name, len(used)
    )
    body = values[rows[1:]]
    columns = tuple(_plain(pd.Series(list(body[:, at]), dtype=object)) for at in used)
    return TableFile(path, names, columns, rows[1:] + 1, "row", f"{kind}, sheet {sheet}", "", repeated, (), notes)


def _plain(column: Any) -> Any:
    """float64, datetime64 or text: integers and booleans with gaps, categories, mixed cells."""
    import pandas as pd
    from pandas.api import types

    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    if types.is_bool_dtype(column.dtype):
        return column.astype("string")
    if types.is_datetime64_any_dtype(column.dtype):
        return column
    if types.is_numeric_dtype(column.dtype):
        return column.astype("float64")
    kind = types.infer_dtype(column.replace("", None), skipna=True)
    if kind in ("integer", "floating", "mixed-integer-float", "decimal"):
        return pd.to_numeric(column.replace("", None), errors="coerce").astype("float64")
    if kind in ("datetime", "datetime64", "date"):
        return pd.to_datetime(column.replace("", None), errors="coerce")
    return column.map(_text).astype("string")


def _text(cell: Any) -> str:
    """As a person would type it: 3 for 3.0."""
    if cell is None or cell != cell:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _sheet(path: Path, names: list[str], wanted: str | None) -> str:
    if wanted is None:
        return names[0]
    if wanted not in names:
        raise BadFile(f"{path.name} has no sheet {wanted}; set tasks.sheet to one of: {', '.join(names)}")
    return wanted


def _refuse_bomb(path: Path) -> None:
    """An .xlsx or .ods is an archive: what it unpacks to is said inside."""
    from zipfile import BadZipFile, ZipFile

    try:
        with ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except (BadZipFile, OSError, ValueError):
        ending = path.suffix.lower()
        raise BadFile(f"{path.name} is no {ending} file, whatever its name says; save it as .xlsx or CSV") from None
    if unpacked > MOST_BYTES:
        raise BadFile(f"{path.name} unpacks to {unpacked / 2**30:.1f} GiB, more than 1 GiB; keep what matters")


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:120]
