"""Lists of rows by filter line and order: one query, no ORM object, nothing per row but its record."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, select
from sqlalchemy.orm import Session

from core.errors import CoreError

from . import query
from .rows import InitializationRow, RunRow

RUNS: Table = RunRow.__table__  # type: ignore[assignment]
INITIALIZATIONS: Table = InitializationRow.__table__  # type: ignore[assignment]


def rows(
    session: Session,
    table: Table,
    text: str = "",
    *,
    trashed: bool = False,
    order: str = "-created",
    limit: int | None = None,
) -> list[Mapping[Any, Any]]:
    """order: a column's name, with "-" in front from the greatest down; rows without a value come last."""
    test = query.parse(text)
    statement: Select[Any] = select(table).order_by(*_order(table, order))
    statement = statement.where(table.c.trashed.is_not(None) if trashed else table.c.trashed.is_(None))
    if limit is not None and not text.strip():
        statement = statement.limit(limit)
    found = [row for row in session.execute(statement).mappings() if test(_seen(row))]
    return list(found if limit is None else found[:limit])


def _seen(row: Mapping[Any, Any]) -> Mapping[Any, Any]:
    return {**row, "group": row["group_name"]} if "group_name" in row else row


def _order(table: Table, order: str) -> list[ColumnElement[Any]]:
    name = order.lstrip("-")
    if name not in table.c:
        near = get_close_matches(name, list(table.c.keys()), n=1)
        raise CoreError(f"cannot order by {name!r}" + (f"; did you mean {near[0]}?" if near else ""))
    column = table.c[name]
    return [column.is_(None), column.desc() if order.startswith("-") else column.asc(), table.c.id]
