"""From a table and what the settings say of it to rows in tasks: what is used, what is left out and why, which tasks train."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import BadExperiment, BadFile

from .inspection import LeftOut
from .pictures import Split
from .table_columns import Cells, as_category, columns_of
from .table_encoding import Faults, TableEncoding, faults, inputs_of, learn, targets_of
from .table_file import Reading, TableFile, read_table
from .table_roles import Asked, Roles, roles_of, task_keys
from .tables import split_by_name

LEAST_TASKS = 8
"""Two for the test, two for validation, four to learn from."""
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class TableRows:
    """Rows in the units of the file, task after task, within a task in their order (by time, else as in the file).

    x [rows, inputs]; y [rows, outputs], or labels [rows] where the target is a class; first, count [tasks]: of the rows;
    names: of the tasks, sorted; split: positions in names; lines [rows]: where each row stands in the file.
    """

    x: Floats
    y: NDArray[Any]
    first: NDArray[np.int64]
    count: NDArray[np.int64]
    names: tuple[str, ...]
    split: Split
    lines: NDArray[np.int64]
    encoding: TableEncoding
    notes: tuple[str, ...]
    left_out: tuple[LeftOut, ...]

    def rows_of(self, tasks: NDArray[np.int64]) -> NDArray[np.int64]:
        """Positions of all rows of these tasks."""
        return np.concatenate([np.arange(self.first[t], self.first[t] + self.count[t]) for t in tasks])

    def scaling(self) -> dict[str, list[float]]:
        """Mean and standard deviation of every column over the rows of the training tasks. A constant column and the parts
        of a category keep their scale; labels have none."""
        rows = self.rows_of(self.split.train)
        kept = np.concatenate([np.full(c.width, c.type == "category") for c in self.encoding.inputs])
        mean, std = _moments(self.x[rows])
        found = {"x_mean": np.where(kept, 0.0, mean).tolist(), "x_std": np.where(kept, 1.0, std).tolist()}
        y_mean, y_std = _moments(self.y[rows]) if not self.encoding.classes else (np.empty(0), np.empty(0))
        return {**found, "y_mean": y_mean.tolist(), "y_std": y_std.tolist()}


@dataclass(frozen=True)
class Understood:
    """A table before its tasks are counted: columns, roles, and which rows can be used at all."""

    table: TableFile
    columns: tuple[Cells, ...]
    roles: Roles

    def named(self, name: str) -> Cells:
        return next(cells for cells in self.columns if cells.name == name)


def understand(settings: Any) -> Understood:
    """settings: core.config.own_data.Table. Raises MissingData, BadFile, BadExperiment."""
    if settings.path is None:
        raise BadExperiment("tasks.path is empty; choose a table (CSV, TSV, Parquet or .xlsx)")
    reading = Reading(
        settings.sheet, settings.separator, settings.decimal, settings.encoding, settings.date_order
    )  # fmt: skip
    table = read_table(Path(settings.path), reading)
    classes = settings.target_type == "class"
    asked = Asked(
        settings.task_column, settings.inputs, settings.target, settings.time_column, classes, table.repeated
    )  # fmt: skip
    if asked.task and asked.inputs and asked.targets:  # the others need not be looked at
        table = _columns_alone(table, {asked.task, *asked.inputs, *asked.targets, asked.order, *settings.categories})
    columns = columns_of(table, reading, settings.categories)
    roles = roles_of(columns, asked)
    if classes:
        columns = tuple(_as_class(cells, table) if cells.name in roles.targets else cells for cells in columns)
    return Understood(table, columns, roles)


def rows_in_tasks(settings: Any, understood: Understood) -> TableRows:
    """Raises BadExperiment (roles that are not decided, columns of a type that does not fit, too few tasks) or BadFile."""
    roles, table = understood.roles, understood.table
    if roles.task:
        _refuse_single(understood.named(roles.task), table)
    if roles.open:
        raise BadExperiment("; ".join(roles.open))
    inputs, constant = _informative([understood.named(name) for name in roles.inputs])
    targets = [understood.named(name) for name in roles.targets]
    classes = settings.target_type == "class"
    _refuse_types(inputs, targets, classes=classes, table=table)
    task = understood.named(roles.task)
    wrong = faults(task, inputs, targets, missing=settings.missing, classes=classes)
    left_out = [
        *table.left_out,
        *(LeftOut(table.place(int(row)), str(wrong.why[row])) for row in np.flatnonzero(~wrong.good)),
    ]
    if not wrong.good.any():
        raise BadFile(f"{table.path.name} has no row that can be used: {_counted(wrong)}")
    keys = np.where(wrong.good, task_keys(task), -1)
    keys, skipped = _large_enough(keys, task, targets[0] if classes else None)
    left_out += skipped
    names, rows, first, count = _grouped(keys, task, understood, roles.order if settings.split == "time" else None)
    _refuse_few(names, len(skipped), task, table)
    split = split_of(names, settings)
    training = np.zeros(len(keys), bool)
    training[rows[_rows(first, count, split.train)]] = True
    used = np.zeros(len(keys), bool)
    used[rows] = True
    _refuse_constant(targets, used, classes=classes, name=table.path.name)
    order = roles.order if settings.split == "time" else None
    encoding = learn(
        roles.task, inputs, targets, training, used, missing=settings.missing, classes=classes, order=order
    )
    by_name = {cells.name: _at(cells, rows) for cells in (*inputs, *targets)}
    x, said = inputs_of(encoding, by_name)
    notes = (*table.notes, *roles.guessed, *constant, *_left_out_notes(table, wrong, len(skipped)), *_filled(said))
    return TableRows(
        x, targets_of(encoding, by_name), first, count, names, split, table.lines[rows], encoding, notes, tuple(left_out)
    )  # fmt: skip


def split_of(names: tuple[str, ...], settings: Any) -> Split:
    """By a hash of the names (and settings.split_seed); at least two tasks for the test and for validation."""
    test = max(2, round(settings.test_share * len(names)))
    validation = max(2, round(settings.validation_share * len(names)))
    if len(names) - test - validation < 2:
        raise BadExperiment(
            f"tasks.test_share and tasks.validation_share leave {max(0, len(names) - test - validation)} of {len(names)} "
            "tasks to learn from; lower them"
        )
    return split_by_name(names, validation, test, settings.split_seed)


def _columns_alone(table: TableFile, names: set[str | None]) -> TableFile:
    """Only the columns that are named; all of them where one is not there, so that it can be said which there are."""
    if not {name for name in names if name} <= {*table.names}:
        return table
    kept = [at for at, name in enumerate(table.names) if name in names]
    return replace(table, names=tuple(table.names[at] for at in kept), columns=tuple(table.columns[at] for at in kept))


def _as_class(cells: Cells, table: TableFile) -> Cells:
    return as_category(cells.name, table.columns[table.names.index(cells.name)])


def _informative(inputs: list[Cells]) -> tuple[list[Cells], list[str]]:
    """Without columns that have one value, and what was left out."""
    kept = [cells for cells in inputs if cells.distinct > 1]
    if not kept:
        raise BadExperiment(
            f"tasks.inputs: {inputs[0].name} has the same value in every row; choose an input that varies"
        )
    return kept, [
        f"input {cells.name} has the same value in every row and is left out" for cells in inputs if cells not in kept
    ]


def _refuse_types(inputs: list[Cells], targets: list[Cells], *, classes: bool, table: TableFile) -> None:
    for cells in inputs:
        if cells.type == "text":
            raise BadExperiment(
                f"tasks.inputs: {cells.name} is text of {cells.distinct:,} kinds ({_example(cells, table)}); "
                f"choose numbers, dates or categories{_hint(cells)}"
            )
    for cells in targets:
        if not classes and cells.type != "number":
            change = (
                "set tasks.target_type = class to tell classes apart" if cells.distinct <= 100 else "choose a number"
            )
            raise BadExperiment(
                f"tasks.target: {cells.name} holds {_plural(cells)} ({_example(cells, table)}), no numbers; {change}{_hint(cells)}"
            )
        if classes and not 2 <= cells.distinct <= 100:
            raise BadExperiment(
                f"tasks.target: {cells.name} has {cells.distinct:,} different values; classes are 2 to 100"
            )


def _plural(cells: Cells) -> str:
    return {"date": "dates", "category": "categories", "text": "text"}[cells.type]


def _example(cells: Cells, table: TableFile) -> str:
    row = int(np.flatnonzero(~cells.missing)[0]) if not cells.missing.all() else 0
    return f"{table.place(row)}: '{str(cells.text[row])[:40]}'"


def _hint(cells: Cells) -> str:
    return f" ({cells.note})" if cells.note else ""


def _refuse_single(task: Cells, table: TableFile) -> None:
    """Said before all else: with one task nothing varies between tasks, and no role can be guessed."""
    if task.distinct > 1:
        return
    raise BadExperiment(
        f"{table.path.name} has one task in {task.name}; learning to adapt needs at least {LEAST_TASKS} tasks, choose a task "
        "column with more values"
    )


def _refuse_few(names: tuple[str, ...], skipped: int, task: Cells, table: TableFile) -> None:
    if len(names) >= LEAST_TASKS:
        return
    also = f" ({skipped:,} more have too few rows)" if skipped else ""
    if task.distinct * 2 > len(task.text):
        raise BadExperiment(
            f"tasks.task_column: {task.name} has {task.distinct:,} values in {len(task.text):,} rows, so hardly any task has "
            "two rows; choose a column whose values recur"
        )
    raise BadExperiment(
        f"{table.path.name} has {len(names)} tasks of two rows or more in {task.name}{also}, too few to split into training, "
        f"validation and test; at least {LEAST_TASKS} are needed"
    )


def _refuse_constant(targets: Sequence[Cells], used: NDArray[np.bool_], *, classes: bool, name: str) -> None:
    for cells in targets:
        values = cells.text[used] if classes or cells.numbers is None else cells.numbers[used]
        if len(set(values.tolist())) < 2:
            raise BadExperiment(
                f"tasks.target: {cells.name} has the same value in all rows of {name}; nothing is to be learned"
            )


def _large_enough(
    keys: NDArray[np.int64], task: Cells, target: Cells | None
) -> tuple[NDArray[np.int64], list[LeftOut]]:
    """Keys of tasks that give support and query at once; the others are listed. Of classes one must come twice."""
    names, found = _task_names(keys, task)
    rows = np.bincount(keys[keys >= 0], minlength=len(names))
    most = rows
    why = "has one row, and support and query need one each"
    if target is not None:
        labels = np.unique(target.text.astype(str), return_inverse=True)[1]
        pairs = np.zeros((len(names), labels.max() + 1), np.int64)
        np.add.at(pairs, (keys[keys >= 0], labels[keys >= 0]), 1)
        most, why = pairs.max(1), "has no class with two rows, and support and query need one each"
    small = [key for key in found if most[key] < 2]
    return np.where(np.isin(keys, small), -1, keys), [LeftOut(f"task {names[key]}", why) for key in small]


def _task_names(keys: NDArray[np.int64], task: Cells) -> tuple[list[str], list[int]]:
    """(the name of every key up to the largest; the keys that occur)."""
    found, at = np.unique(keys, return_index=True)
    names = [""] * (int(keys.max(initial=-1)) + 1)
    for key, row in zip(found.tolist(), at.tolist(), strict=True):
        if key >= 0:
            names[key] = str(task.text[row])
    return names, [key for key in found.tolist() if key >= 0]


def _grouped(
    keys: NDArray[np.int64], task: Cells, understood: Understood, order: str | None
) -> tuple[tuple[str, ...], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """(names, rows task after task, first, count)."""
    within = _times(understood.named(order)) if order else np.arange(len(keys))
    rows = np.lexsort((np.arange(len(keys)), within, keys))
    rows = rows[keys[rows] >= 0]
    names, found = _task_names(keys, task)
    count = np.bincount(np.searchsorted(found, keys[rows]), minlength=len(found)).astype(np.int64)
    return tuple(names[key] for key in found), rows, np.cumsum(count) - count, count


def _times(cells: Cells) -> NDArray[Any]:
    if cells.numbers is None:
        raise BadExperiment(f"tasks.time_column: {cells.name} holds {_plural(cells)}; choose a number or a date")
    return np.where(np.isnan(cells.numbers), np.inf, cells.numbers)


def _rows(first: NDArray[np.int64], count: NDArray[np.int64], tasks: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([np.arange(first[t], first[t] + count[t]) for t in tasks])


def _at(cells: Cells, rows: NDArray[np.int64]) -> Cells:
    return replace(
        cells, numbers=None if cells.numbers is None else cells.numbers[rows], text=cells.text[rows],
        missing=cells.missing[rows], unreadable=cells.unreadable[rows],
    )  # fmt: skip


def _moments(values: NDArray[Any]) -> tuple[Floats, Floats]:
    mean, std = values.mean(0), values.std(0)
    return mean, np.where(std > 0, std, 1.0)


def _counted(wrong: Faults) -> str:
    return ", ".join(f"{kind} ({number:,} {'row' if number == 1 else 'rows'})" for kind, number in wrong.counts.items())


def _left_out_notes(table: TableFile, wrong: Faults, tasks: int) -> list[str]:
    found = []
    if table.left_out:
        found.append(f"{len(table.left_out):,} {'line is' if len(table.left_out) == 1 else 'lines are'} left out "
                     f"({table.left_out[0].what} {table.left_out[0].why})")  # fmt: skip
    if wrong.counts:
        found.append(f"rows left out: {_counted(wrong)}")
    if tasks:
        found.append(
            f"{tasks:,} {'task has' if tasks == 1 else 'tasks have'} too few rows and {'is' if tasks == 1 else 'are'} left out"
        )
    return found


def _filled(said: dict[str, int]) -> list[str]:
    return [f"{phrase} ({number:,} {'row' if number == 1 else 'rows'})" for phrase, number in said.items()]
