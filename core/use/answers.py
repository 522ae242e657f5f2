"""Predictions as a table: what was asked beside what was answered, in class names or in the target's own units."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import BadFile, CoreError
from core.storage.files import atomic_write
from core.types import TaskSpec

from .question import Question
from .trying import Trace

if TYPE_CHECKING:
    from pandas import DataFrame

ENDINGS = (".csv", ".tsv", ".parquet", ".xlsx")


def refuse_ending(path: Path) -> None:
    """Raises CoreError before anything is computed for a file that could not be written."""
    if path.suffix.lower() not in ENDINGS:
        raise CoreError(f"{path.name}: choose a name that ends in {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}")
    if not path.parent.is_dir():
        raise BadFile(f"there is no folder {path.parent}; make it, or choose another place for {path.name}")


def answers(
    spec: TaskSpec,
    question: Question,
    traced: Trace,
    frame: "DataFrame | None" = None,
    *,
    step: int | None = None,
    by_step: bool = False,
) -> "DataFrame":
    """One row a query: its own columns (frame), else its name and inputs; then the prediction after `step` steps (left out:
    the last). by_step: that of every step as well."""
    import pandas

    at = traced.steps if step is None else step
    table = _asked(spec, question) if frame is None else frame.reset_index(drop=True)
    made = pandas.DataFrame(_predicted(spec, question, traced.predictions[at]))
    if by_step:
        each = [pandas.DataFrame(_short(spec, question, traced.predictions[t], t)) for t in range(traced.steps + 1)]
        made = pandas.concat([made, *each], axis=1)
    return pandas.concat([table, made.rename(columns=_free(table, made))], axis=1)


def _asked(spec: TaskSpec, question: Question) -> "DataFrame":
    """What a query is, where no file says it."""
    import pandas

    what = "file" if len(spec.input_shape) == 3 and question.labels else "query"
    columns: dict[str, Any] = {what: list(question.labels) or [i + 1 for i in range(len(question.query_x))]}
    if len(spec.input_shape) == 1:
        for i, name in enumerate(_names(spec.input_names, spec.input_shape[0], "x")):
            columns[name] = np.asarray(question.query_x).reshape(len(question.query_x), -1)[:, i]
    if question.query_y is not None and spec.task_type == "classification":
        columns["true class"] = [_class(question, int(y)) if y >= 0 else None for y in question.query_y]
    elif question.query_y is not None:
        for i, name in enumerate(_names(spec.output_names, spec.outputs, "y")):
            columns[name] = question.query_y.reshape(len(question.query_y), -1)[:, i]
    return pandas.DataFrame(columns)


def _predicted(spec: TaskSpec, question: Question, out: Any) -> dict[str, Any]:
    if spec.task_type == "classification":
        chances = {f"probability {_class(question, way)}": out[:, way] for way in range(out.shape[1])}
        return {"predicted class": _classes(question, out), **chances}
    names = _names(spec.output_names, spec.outputs, "y")
    return {f"predicted {name}": out[:, i] for i, name in enumerate(names)}


def target_names(spec: TaskSpec) -> tuple[str, ...]:
    """Of numbers that are predicted; y (y1, y2, ...) where the tasks have no names for them."""
    return tuple(_names(spec.output_names, spec.outputs, "y"))


def _short(spec: TaskSpec, question: Question, out: Any, step: int) -> dict[str, Any]:
    """One step beside others."""
    after = "before any step" if step == 0 else "after 1 step" if step == 1 else f"after {step} steps"
    if spec.task_type == "classification":
        chances = {f"probability {_class(question, way)} {after}": out[:, way] for way in range(out.shape[1])}
        return {f"class {after}": _classes(question, out), **chances}
    return {f"{name} {after}": out[:, i] for i, name in enumerate(_names(spec.output_names, spec.outputs, "y"))}


def _classes(question: Question, out: Any) -> list[str | None]:
    """The most probable class of each query; None where the numbers are not finite."""
    best = np.asarray(out).argmax(1) if out.shape[1] else []
    return [_class(question, int(way)) if np.isfinite(row).all() else None for way, row in zip(best, out, strict=True)]


def _class(question: Question, way: int) -> str:
    return question.class_names[way] if way < len(question.class_names) else f"class {way + 1}"


def _names(names: tuple[str, ...], count: int, letter: str) -> list[str]:
    if len(names) == count:
        return list(names)
    return [letter] if count == 1 else [f"{letter}{i + 1}" for i in range(count)]


def _free(table: "DataFrame", made: "DataFrame") -> dict[str, str]:
    """Names that the file does not use already: nothing of a person's own is overwritten."""
    taken, renamed = set(map(str, table.columns)), {}
    for name in made.columns:
        free = name
        while free in taken:
            free += " (Headstart)"
        renamed[name] = free
    return renamed


def write(frame: "DataFrame", path: Path) -> None:
    """By the ending. Raises CoreError, BadFile."""
    import io

    refuse_ending(path)
    buffer = io.BytesIO()
    ending = path.suffix.lower()
    if ending == ".parquet":
        frame.to_parquet(buffer, index=False)
    elif ending == ".xlsx":
        frame.to_excel(buffer, index=False, engine="openpyxl")
    else:
        buffer.write(frame.to_csv(index=False, sep="\t" if ending == ".tsv" else ",").encode())
    try:
        atomic_write(path, buffer.getvalue())
    except OSError as error:
        raise BadFile(f"{path} cannot be written ({error.strerror}); choose another place") from None
