"""Which column says the task, which are inputs, which is the target: as asked for, else guessed where the guess is safe."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
from numpy.typing import NDArray

from core.errors import BadExperiment

from .table_columns import Cells

_TIMES = {
    "time", "times", "day", "days", "date", "dates", "year", "years", "month", "months", "week", "weeks", "hour", "hours",
    "minute", "minutes", "second", "seconds", "age", "t", "datetime", "timestamp", "visit",
}  # fmt: skip
_TASKS = {
    "id", "subject", "patient", "person", "participant", "individual", "user", "customer", "client", "case", "unit", "task",
    "country", "region", "city", "school", "shop", "store", "site", "station", "sensor", "device", "machine", "vehicle",
    "animal", "plant", "tree", "species", "batch", "run", "experiment", "group", "series", "household", "child", "student",
}  # fmt: skip
_GRID = 0.8
"""A column whose values recur in half of the tasks or more, in so many of its rows, is a design and no measurement."""


@dataclass(frozen=True)
class Roles:
    """targets, inputs: names of columns; order: the column that rows of a task are ordered by; guessed: sentences on what
    was not asked for; open: sentences on what is not decided (with the roles that a person would likely choose)."""

    task: str
    inputs: tuple[str, ...]
    targets: tuple[str, ...]
    order: str | None = None
    guessed: tuple[str, ...] = ()
    open: tuple[str, ...] = ()


@dataclass(frozen=True)
class Asked:
    """What the settings say; None or empty: not said."""

    task: str | None = None
    inputs: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    order: str | None = None
    classes: bool = False
    repeated: tuple[str, ...] = ()


def roles_of(columns: Sequence[Cells], asked: Asked) -> Roles:
    """Raises BadExperiment for a column that is not there or has two roles; what cannot be guessed is in `open`."""
    by_name = {cells.name: cells for cells in columns}
    inputs, targets = _listed(asked.inputs, by_name), _listed(asked.targets, by_name)
    for key, names in (
        ("task_column", (asked.task,)), ("inputs", inputs), ("target", targets), ("time_column", (asked.order,)),
    ):  # fmt: skip
        for name in names:
            if name is not None:
                _refuse_unknown(key, name, by_name, asked.repeated)
    guessed: list[str] = []
    undecided: list[str] = []
    rest = [c for c in columns if c.name not in (*inputs, *targets, asked.order, asked.task)]
    free = [c for c in columns if c.name not in (*inputs, *targets, asked.order) and _of_use(c, asked.repeated)]
    task = asked.task or _guess_task(free, rest, guessed, undecided)
    varying = _varying(free, by_name.get(task))
    if not targets:
        targets = _guess_target(varying, by_name.get(task), asked, guessed, undecided)
    if not inputs:
        inputs = _guess_inputs([c for c in varying if c.name not in targets], by_name.get(task), guessed, undecided)
    if (not targets or not inputs) and (why := _not_of_use(rest, asked.repeated)):
        undecided[-1] += f" (not used: {why})"
    _refuse_shared(task, inputs, targets)
    order = asked.order or next((name for name in inputs if by_name[name].type == "date"), None)
    return Roles(task, inputs, targets, order, tuple(guessed), tuple(undecided))


def is_counter(cells: Cells) -> bool:
    """1, 2, 3, ... down the whole table, and so nothing that anybody measured."""
    if cells.numbers is None or cells.type != "number" or len(cells.numbers) < 2:
        return False
    return bool((np.diff(cells.numbers) == 1).all())


def task_keys(cells: Cells) -> NDArray[np.int64]:
    """[rows] a number for every task, -1 where the cell is missing."""
    _, keys = np.unique(cells.text.astype(str), return_inverse=True)
    found: NDArray[np.int64] = np.where(cells.missing, -1, keys).astype(np.int64)
    return found


def _listed(names: tuple[str, ...], known: dict[str, Cells]) -> tuple[str, ...]:
    """ "Time, Diet" typed as one text means two columns, unless a column is called so."""
    if len(names) == 1 and names[0] not in known and "," in names[0]:
        return tuple(part.strip() for part in names[0].split(",") if part.strip())
    return names


def _refuse_unknown(key: str, name: str, known: dict[str, Cells], repeated: tuple[str, ...]) -> None:
    if name in repeated:
        raise BadExperiment(f"tasks.{key}: several columns are called {name}; give each a name of its own in the file")
    if name not in known:
        near = get_close_matches(name, known, n=1) or [k for k in known if k.lower() == name.lower()]
        hint = f"did you mean {near[0]}? " if near else ""
        listed = ", ".join(list(known)[:20]) + (", ..." if len(known) > 20 else "")
        raise BadExperiment(f"tasks.{key}: there is no column {name}; {hint}there are {listed}")


def _refuse_shared(task: str, inputs: tuple[str, ...], targets: tuple[str, ...]) -> None:
    for key, names in (("inputs", inputs), ("target", targets)):
        if task and task in names:
            raise BadExperiment(f"tasks.{key}: {task} is the task column; choose another column")
        if len(set(names)) < len(names):
            raise BadExperiment(
                f"tasks.{key}: {next(n for n in names if names.count(n) > 1)} is named twice; once is enough"
            )
    if both := [name for name in inputs if name in targets]:
        raise BadExperiment(f"tasks.inputs: {both[0]} is the target too; leave it out of one of them")


def _of_use(cells: Cells, repeated: tuple[str, ...]) -> bool:
    clean = re.sub(r" \(\d+\)$", "", cells.name)
    return cells.distinct > 1 and not is_counter(cells) and cells.name not in repeated and clean not in repeated


def _not_of_use(columns: Sequence[Cells], repeated: tuple[str, ...]) -> str:
    """Why columns are no candidates for anything: "y is the same in every row, ..."."""
    said = []
    for cells in columns:
        clean = re.sub(r" \(\d+\)$", "", cells.name)
        if clean in repeated:
            said.append(f"several columns are called {clean}")
        elif cells.distinct <= 1:
            said.append(f"{cells.name} is the same in every row")
        elif is_counter(cells):
            said.append(f"{cells.name} counts the rows")
    return ", ".join(list(dict.fromkeys(said))[:4])


def _words(name: str) -> set[str]:
    """ "test_time" and "testTime" -> test, time."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


def _is_time(cells: Cells) -> bool:
    return cells.type == "date" or bool(_words(cells.name) & _TIMES)


def _called_a_task(cells: Cells) -> bool:
    return bool(_words(cells.name) & _TASKS) or cells.name.lower().rstrip("#").endswith("id")


def _guess_task(columns: Sequence[Cells], every: Sequence[Cells], guessed: list[str], undecided: list[str]) -> str:
    """The finest column of names or whole numbers whose equal rows stand together; a shuffled table's by its name. every: the
    columns that are of no use, too."""
    found = [
        c for c in columns
        if c.type != "date" and not _is_time(c) and (c.numbers is None or c.whole) and c.missing.mean() < 0.5
        and 2 * c.distinct <= len(c.text)
    ]  # fmt: skip
    together = [c for c in found if _runs(c) <= 1.02 * c.distinct + 0.5]
    finest = max(together, key=lambda c: c.distinct, default=None)
    named = [c for c in found if _called_a_task(c)]
    finer = [c for c in found if finest is not None and c not in together and c.distinct > finest.distinct and _even(c)]
    if finest is not None and (not finer or _called_a_task(finest)):
        guessed.append(f"task column {finest.name}: equal rows stand together")
        return finest.name
    texts = [c for c in found if c.numbers is None and c.distinct >= 8]
    sure = named if len(named) == 1 else texts if len(texts) == 1 and not named else []
    if sure:
        guessed.append(f"task column {sure[0].name}: by its {'name' if named else 'cells'}")
        return sure[0].name
    likely = named or texts or [c for c in [finest] if c] or found
    alone = [c for c in every if c.distinct == 1 and (c.numbers is None or _called_a_task(c))]
    if not found and alone:
        undecided.append(f"tasks.task_column: {alone[0].name} is the same in every row: that is one task alone, and there must "
                         "be several to learn from; bring the rows of more tasks, or name another column")  # fmt: skip
        return ""
    known = ", ".join(c.name for c in (found or columns)[:8])
    undecided.append(f"tasks.task_column: no column is clearly the one that says the task; choose one of {known}")
    return likely[0].name if likely else ""


def _runs(cells: Cells) -> int:
    text = cells.text[~cells.missing]
    return 1 + int((text[1:] != text[:-1]).sum()) if len(text) else 0


def _even(cells: Cells) -> bool:
    """Names, or whole numbers that each have about as many rows, as tasks do and counts or weights do not."""
    rows = np.unique(cells.text[~cells.missing].astype(str), return_counts=True)[1]
    return cells.numbers is None or bool(rows.std() < 0.5 * rows.mean())


def _varying(columns: Sequence[Cells], task: Cells | None) -> list[Cells]:
    """Columns that are not the same in all rows of every task."""
    if task is None:
        return list(columns)
    keys = task_keys(task)
    return [c for c in columns if c is not task and not _same_within(c, keys)]


def _same_within(cells: Cells, keys: NDArray[np.int64]) -> bool:
    there = ~cells.missing & (keys >= 0)
    values = np.unique(cells.text[there].astype(str), return_inverse=True)[1]
    pairs = np.unique(np.stack([keys[there], values]), axis=1).shape[1]
    return bool(pairs == len(np.unique(keys[there])))


def _is_grid(cells: Cells, task: Cells | None) -> bool:
    """Do its values recur over the tasks, as those of a design do?"""
    if task is None:
        return False
    keys = task_keys(task)
    there = ~cells.missing & (keys >= 0)
    values = np.unique(cells.text[there].astype(str), return_inverse=True)[1]
    tasks = np.unique(np.stack([values, keys[there]]), axis=1)[0]
    often = np.bincount(tasks) * 2 >= len(np.unique(keys[there]))
    return bool(often[values].mean() >= _GRID) if len(values) else False


def _guess_target(
    varying: list[Cells], task: Cells | None, asked: Asked, guessed: list[str], undecided: list[str]
) -> tuple[str, ...]:
    wanted = [c for c in varying if (c.type == "category") == asked.classes and c.type in ("number", "category")]
    measured = [c for c in wanted if not _is_time(c) and not _is_grid(c, task)] or [
        c for c in wanted if not _is_time(c)
    ]
    if len(measured) == 1:
        guessed.append(f"target {measured[0].name}: the only {'category' if asked.classes else 'measured number'} left")
        return (measured[0].name,)
    candidates = measured or wanted
    what = "categories" if asked.classes else "numbers"
    if not candidates:
        undecided.append(f"tasks.target: no column of {what} is left that varies within a task; name the target")
        return ()
    undecided.append(f"tasks.target: several columns could be the target; choose one of {_some(candidates)}")
    return (candidates[0].name,)


def _guess_inputs(
    varying: list[Cells], task: Cells | None, guessed: list[str], undecided: list[str]
) -> tuple[str, ...]:
    usable = [c for c in varying if c.type in ("number", "date", "category")]
    times = [c for c in usable if _is_time(c) and c.type != "category"]
    grids = [c for c in usable if c.type == "number" and c not in times and _is_grid(c, task)]
    for found, why in ((times, "it says the time"), ([] if times else grids, "its values recur over the tasks"),
                       ([] if times or grids else usable, "the only column left")):  # fmt: skip
        if len(found) == 1:
            more = [c.name for c in usable if c is not found[0]]
            also = f" (there {'are' if len(more) > 1 else 'is'} also {', '.join(more[:6])})" if more else ""
            guessed.append(f"input {found[0].name}: {why}{also}")
            return (found[0].name,)
    likely = times or grids or usable
    if not likely:
        undecided.append("tasks.inputs: no column is left that could be an input; name one")
        return ()
    undecided.append(f"tasks.inputs: several columns could be inputs; choose among {_some(usable)}")
    return tuple(c.name for c in likely[:8])


def _some(columns: Sequence[Cells]) -> str:
    return ", ".join(c.name for c in columns[:10]) + (", ..." if len(columns) > 10 else "")
