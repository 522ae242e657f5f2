"""How columns become the arrays of a network, and back in the words of the file: learned on training tasks, kept in the card,
applied to the rows that a person brings later."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import BadFile

from .table_columns import DATE_FORMATS, MOST_CATEGORIES, Cells

LARGEST = 1e100
"""Beyond it a number is an error of the file, and its square no longer a number."""
Floats = NDArray[np.float64]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Input(_Part):
    """A column that a network is given. categories: of a category, each an input of its own that is 0 or 1; format: of dates,
    which are days since 1970-01-01; filled: what stands for a missing number, where that is done; seen: the smallest and
    the largest number of the training tasks."""

    name: str
    type: Literal["number", "date", "category"]
    categories: Annotated[tuple[str, ...], Field(max_length=MOST_CATEGORIES)] = ()
    format: str = ""
    filled: float | None = None
    seen: tuple[float, float] | None = None

    @property
    def width(self) -> int:
        return len(self.categories) if self.type == "category" else 1

    @property
    def labels(self) -> tuple[str, ...]:
        """Of the network's inputs, with what a person must know to read them."""
        if self.type == "category":
            return tuple(f"{self.name} = {category}" for category in self.categories)
        return (f"{self.name} [days since 1970]" if self.type == "date" else self.name,)


class TableEncoding(_Part):
    """task: the task column; classes: names of the target's classes, in the order of the labels (none: numbers);
    missing: "drop" or "impute"; order: what rows are ordered by where support comes before query."""

    kind: Literal["table"] = "table"
    task: str
    inputs: Annotated[tuple[Input, ...], Field(min_length=1)]
    targets: Annotated[tuple[str, ...], Field(min_length=1)]
    classes: tuple[str, ...] = ()
    missing: Literal["drop", "impute"] = "drop"
    order: str | None = None

    @property
    def width(self) -> int:
        return sum(column.width for column in self.inputs)

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(label for column in self.inputs for label in column.labels)

    def plain(self) -> dict[str, Any]:
        """As a card keeps it (TaskSpec.encoding); "ranges": of each input of the network what training saw, None of parts of
        categories."""
        ranges = [column.seen and list(column.seen) for column in self.inputs for _ in range(column.width)]
        return {**self.model_dump(mode="json"), "ranges": ranges}


def encoding_from(values: Any, source: str) -> TableEncoding:
    """Out of a card. Raises BadFile, which names `source`."""
    try:
        found = TableEncoding.model_validate(values)
    except ValidationError as error:
        item = error.errors()[0]
        raise BadFile(f"{source} does not say how its table was read ({'.'.join(map(str, item['loc']))})") from None
    if any(column.format not in DATE_FORMATS for column in found.inputs):
        raise BadFile(f"{source} names dates of a form that this version does not know; update the program")
    return found


@dataclass(frozen=True)
class Faults:
    """why [rows]: one clause for a row that cannot be used, "" for the others; counts: how many rows by what is wrong."""

    why: NDArray[Any]
    counts: dict[str, int]

    @property
    def good(self) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = self.why == ""
        return found


def faults(
    task: Cells | None, inputs: Sequence[Cells], targets: Sequence[Cells], *, missing: str, classes: bool
) -> Faults:
    """The first thing that is wrong with each row. task: None where rows are of one task."""
    rows = len(inputs[0].text)
    why = np.full(rows, "", object)
    counts: Counter[str] = Counter()

    def note(cells: Cells, wrong: NDArray[np.bool_], kind: str, clause: str) -> None:
        fresh = wrong & (why == "")
        for row in np.flatnonzero(fresh):
            why[row] = f"{cells.name} {clause.format(_short(cells.text[row]))}"
        if fresh.any():
            counts[f"{cells.name} {kind}"] += int(fresh.sum())

    if task is not None:
        note(task, task.missing, "is missing", "is missing, so it belongs to no task")
    for cells in targets:
        note(cells, cells.missing, "is missing", "is missing")
        _note_spoiled(note, cells, as_class=classes)
    for cells in inputs:
        if missing == "drop":
            note(cells, cells.missing, "is missing", "is missing")
        _note_spoiled(note, cells, as_class=cells.type == "category")
    return Faults(why, dict(counts))


def _note_spoiled(note: Any, cells: Cells, *, as_class: bool) -> None:
    if as_class or cells.numbers is None:
        return
    large = ~np.isnan(cells.numbers) & (np.abs(cells.numbers) > LARGEST)
    note(cells, cells.infinite, "is infinite", "is infinite")
    note(cells, large, "is too large", "is {}, too large for a number")
    what = "date" if cells.type == "date" else "number"
    note(cells, cells.unreadable & ~cells.infinite, f"is no {what}", f"holds '{{}}', which is no {what}")


def learn(
    task: str, inputs: Sequence[Cells], targets: Sequence[Cells], training: NDArray[np.bool_], usable: NDArray[np.bool_],
    *, missing: str, classes: bool, order: str | None = None,
) -> TableEncoding:  # fmt: skip
    """Categories, medians and ranges of the rows in `training`; the classes of all `usable` rows, as a class is a name that
    a person gave and no number that is learned."""
    labels = tuple(_sorted({str(text) for text in targets[0].text[usable]})) if classes else ()
    return TableEncoding(
        task=task,
        inputs=tuple(_learned(cells, training, missing == "impute") for cells in inputs),
        targets=tuple(cells.name for cells in targets),
        classes=labels,
        missing="impute" if missing == "impute" else "drop",
        order=order,
    )


def _learned(cells: Cells, training: NDArray[np.bool_], impute: bool) -> Input:
    if cells.type == "category":
        seen = {str(text) for text in cells.text[training & ~cells.missing]}
        return Input(name=cells.name, type="category", categories=tuple(_sorted(seen)))
    assert cells.numbers is not None  # numbers and dates have them
    numbers = cells.numbers[training & np.isfinite(cells.numbers)]
    return Input(
        name=cells.name,
        type="date" if cells.type == "date" else "number",
        format=cells.format,
        filled=float(np.median(numbers)) if impute and len(numbers) else None,
        seen=(float(numbers.min()), float(numbers.max())) if len(numbers) else None,
    )


def inputs_of(encoding: TableEncoding, columns: Mapping[str, Cells]) -> tuple[Floats, dict[str, int]]:
    """(x [rows, inputs] in the units of the file; how many cells were filled in or are of a category that training did not
    see, by a phrase). Rows that `faults` found must not be used."""
    parts, said = [], {}
    for column in encoding.inputs:
        cells = columns[column.name]
        if column.type == "category":
            parts.append((cells.text[:, None] == np.array(column.categories, object)[None, :]).astype(np.float64))
            unknown = ~cells.missing & ~parts[-1].any(1)
            for category in _sorted({str(text) for text in cells.text[unknown]})[:5]:
                said[f"{column.name} = {category}, which no training task has"] = int((cells.text == category).sum())
            continue
        assert cells.numbers is not None  # numbers and dates have them
        empty = np.isnan(cells.numbers)
        if column.filled is not None and (empty & cells.missing).any():
            said[f"{column.name} missing, taken as {column.filled:g}"] = int((empty & cells.missing).sum())
        parts.append(np.where(empty, column.filled or 0.0, cells.numbers)[:, None])
    return np.concatenate(parts, 1), said


def targets_of(encoding: TableEncoding, columns: Mapping[str, Cells]) -> NDArray[Any]:
    """y [rows, outputs] in the units of the file, or labels [rows] (-1 for a class that is not known)."""
    if encoding.classes:
        text = columns[encoding.targets[0]].text
        known = {name: label for label, name in enumerate(encoding.classes)}
        return np.array([known.get(str(name), -1) for name in text], np.int64)
    found = [columns[name].numbers for name in encoding.targets]
    return np.stack([numbers for numbers in found if numbers is not None], 1)


def _sorted(names: set[str]) -> list[str]:
    """2 before 10."""
    return sorted(names, key=lambda name: (0, float(name), name) if _number(name) else (1, 0.0, name))


def _number(name: str) -> bool:
    try:
        return float(name) == float(name)
    except ValueError:
        return False


def _short(cell: Any) -> str:
    text = " ".join(str(cell).split())
    return text if len(text) <= 40 else text[:37] + "..."
