"""What was understood of a table before it is used: columns and their roles, tasks, what is left out, whether it suffices."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import BadExperiment, BadFile

from .inspection import Column, Group, Inspection
from .table_columns import Cells
from .table_roles import is_counter, task_keys
from .table_rows import TableRows, Understood, rows_in_tasks, understand

MOST_SHOTS, MOST_QUERIES = 10, 50
_PARTS = ("train", "validation", "test")
_WORDS = dict(zip(_PARTS, ("training", "validation", "test"), strict=True))


def inspect_table(path: Path, *, data_folder: Path | None = None, progress: Any = None, **options: Any) -> Inspection:
    """options: fields of core.config.own_data.Table (task_column, inputs, target, ...). Raises MissingData, BadFile or
    BadExperiment where there is nothing to show; a table that is read and cannot be used comes back with its problems."""
    from core.config.own_data import Table

    settings = Table(**{**options, "path": path})
    understood = understand(settings)
    looked = _looked(settings, understood)
    return Inspection(
        kind="table",
        path=str(path),
        title=understood.table.words,
        sentence=_sentence(understood, looked),
        facts=_facts(settings, understood, looked),
        groups=looked.groups,
        columns=tuple(_column(cells, understood, settings) for cells in understood.columns),
        left_out=looked.rows.left_out if looked.rows else understood.table.left_out,
        settings=_settings(settings, understood, looked),
        problems=looked.problems,
        notes=looked.rows.notes if looked.rows else (*understood.table.notes, *understood.roles.guessed),
    )


@dataclass(frozen=True)
class _Looked:
    """rows: None where the table cannot be used, for the reasons in problems; sizes: rows of each task, at best."""

    rows: TableRows | None
    problems: tuple[str, ...]
    groups: tuple[Group, ...]
    sizes: NDArray[np.int64]


def _looked(settings: Any, understood: Understood) -> _Looked:
    if understood.roles.open:
        return _unused(understood, understood.roles.open)
    try:
        rows = rows_in_tasks(settings, understood)
    except (BadExperiment, BadFile) as error:
        return _unused(understood, (str(error),))
    groups = tuple(
        Group(rows.names[task], int(rows.count[task]), _WORDS[part])
        for part in _PARTS for task in getattr(rows.split, part)
    )  # fmt: skip
    return _Looked(rows, (), groups, rows.count)


def _unused(understood: Understood, problems: tuple[str, ...]) -> _Looked:
    """The tasks as they stand in the file, where there is a column that says them."""
    if not understood.roles.task:
        return _Looked(None, problems, (), np.empty(0, np.int64))
    task = understood.named(understood.roles.task)
    counts = Counter(str(text) for text in task.text[~task.missing])
    groups = tuple(Group(name, count) for name, count in counts.items())
    return _Looked(None, problems, groups, np.array([*counts.values()], np.int64))


def _sentence(understood: Understood, looked: _Looked) -> str:
    table, roles = understood.table, understood.roles
    what = f"{table.path.name}: {len(table.lines):,} rows, {len(understood.table.names)} columns"
    if looked.rows is None:
        return f"{what}; it cannot be used yet."
    kinds = f", one of {len(looked.rows.encoding.classes)} classes" if looked.rows.encoding.classes else ""
    return (
        f"{what}. {len(looked.rows.names)} tasks ({roles.task}) of {_range(looked.sizes)} rows; "
        f"{', '.join(roles.targets)}{kinds} is predicted from {', '.join(c.name for c in looked.rows.encoding.inputs)}."
    )


def _facts(settings: Any, understood: Understood, looked: _Looked) -> tuple[tuple[str, str], ...]:
    table, roles, rows = understood.table, understood.roles, looked.rows
    found = [("form", table.words), ("rows", f"{len(table.lines):,}")]
    if roles.task:
        found.append(("task column", f"{roles.task}: {len(looked.sizes):,} tasks"))
    if len(looked.sizes):
        found.append(("rows of a task", _range(looked.sizes)))
    for name, columns in (("inputs", roles.inputs), ("target", roles.targets)):
        if columns:
            found.append((name, ", ".join(columns)))
    if rows is None:
        return tuple(found)
    if rows.encoding.classes:
        found.append(("classes", ", ".join(rows.encoding.classes)))
    found.append(("network's inputs", f"{rows.encoding.width}: {', '.join(rows.encoding.labels)}"))
    found.append(("rows used", f"{len(rows.lines):,}"))
    found.append(("missing cells", "rows are left out" if settings.missing == "drop" else "inputs are filled in"))
    found.append(("split", ", ".join(f"{len(getattr(rows.split, part))} {_WORDS[part]}" for part in _PARTS) + " tasks"))
    if settings.split == "time":
        found.append(("rows of a task are ordered by", rows.encoding.order or "their place in the file"))
    return tuple(found)


def _column(cells: Cells, understood: Understood, settings: Any) -> Column:
    roles = understood.roles
    role = (
        "task" if cells.name == roles.task
        else "target" if cells.name in roles.targets
        else "input" if cells.name in roles.inputs
        else "unused"
    )  # fmt: skip
    return Column(
        cells.name, cells.type, role, int(cells.missing.sum()), cells.distinct, "; ".join(_remarks(cells, understood))
    )


def _remarks(cells: Cells, understood: Understood) -> list[str]:
    bad = int((cells.unreadable & ~cells.infinite).sum())
    infinite = int(cells.infinite.sum())
    found = [cells.note] if cells.note else []
    if bad:
        row = int(np.flatnonzero(cells.unreadable & ~cells.infinite)[0])
        found.append(f"{bad:,} {'cell is' if bad == 1 else 'cells are'} no {cells.type}, "
                     f"{understood.table.place(row)}: '{str(cells.text[row])[:40]}'")  # fmt: skip
    if infinite:
        found.append(f"{infinite:,} infinite")
    if cells.missing.all():
        found.append("no cell is filled")
    elif cells.distinct == 1:
        found.append("the same in every row")
    elif is_counter(cells):
        found.append("counts the rows")
    elif cells.name != understood.roles.task and _constant_in_tasks(cells, understood):
        found.append("the same in all rows of a task")
    return found


def _constant_in_tasks(cells: Cells, understood: Understood) -> bool:
    if not understood.roles.task:
        return False
    keys = task_keys(understood.named(understood.roles.task))
    there = ~cells.missing & (keys >= 0)
    values = np.unique(cells.text[there].astype(str), return_inverse=True)[1]
    pairs = np.unique(np.stack([keys[there], values]), axis=1).shape[1]
    return bool(pairs == len(np.unique(keys[there])) < there.sum())


def _settings(settings: Any, understood: Understood, looked: _Looked) -> dict[str, Any]:
    """What a run would use: the roles, and shots and queries that fit the tasks' sizes."""
    roles = understood.roles
    kept = settings.model_dump(mode="json", exclude_defaults=True, exclude={"kind", "path"})
    found = {f"tasks.{name}": value for name, value in kept.items()}
    found |= {"tasks.kind": "table", "tasks.path": str(settings.path)}
    if roles.task:
        found["tasks.task_column"] = roles.task
    if roles.inputs:
        found["tasks.inputs"] = list(roles.inputs)
    if roles.targets:
        found["tasks.target"] = list(roles.targets)
    if looked.rows is not None:
        shots, queries = suggested(looked.rows)
        found.setdefault("tasks.shots", shots)
        found.setdefault("tasks.queries", queries)
    return found


def suggested(rows: TableRows) -> tuple[int, int]:
    """(shots, queries): a quarter of the median task is seen, the rest asked for; of classes, in each class."""
    median = float(np.median(rows.count)) / max(1, len(rows.encoding.classes))
    shots = int(np.clip(median // 4, 1, MOST_SHOTS))
    return shots, int(np.clip(median - shots, 1, MOST_QUERIES))


def _range(sizes: NDArray[np.int64]) -> str:
    low, middle, high = int(sizes.min()), float(np.median(sizes)), int(sizes.max())
    return f"{low:,}" if low == high else f"{low:,} to {high:,} (median {middle:,.0f})"
