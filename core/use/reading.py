"""Files of a person as examples that an initialization takes: rows of a table, or pictures."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.data.inspection import LeftOut
from core.types import TaskSpec

from .question import Question

if TYPE_CHECKING:
    from pandas import DataFrame

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Examples:
    """x: [examples, *input] in the units of the data; y: [examples, outputs], or labels [examples], None where no target is
    given; labels: row or file names; frame: of a table, the rows as they stand in the file; class_names: in the order of the
    labels; left_out: what could not be used, and why; warnings: what lies outside of what was learned."""

    x: Array
    y: Array | None
    labels: tuple[str, ...]
    frame: "DataFrame | None" = None
    class_names: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    warnings: tuple[str, ...] = ()


def is_pictures(spec: TaskSpec) -> bool:
    return len(spec.input_shape) == 3


def read(spec: TaskSpec, path: Path, *, labelled: bool) -> Examples:
    """labelled: the support (a table with its target, folders per class); else the query (the target may be missing, a flat
    folder). Raises BadFile, BadExperiment with what to change."""
    if is_pictures(spec):
        return _pictures(spec, path, labelled=labelled)
    return _table(spec, path, labelled=labelled)


def _pictures(spec: TaskSpec, path: Path, *, labelled: bool) -> Examples:
    from .outside import outside
    from .pictures import read as pictures

    found = pictures(spec, path, labelled=labelled)
    x, said = _inked(spec, found.x)
    what = "support pictures" if labelled else "query pictures"
    warnings = (*said, *outside(spec, x, what), *_told(found.left_out, "file", "files"))
    return Examples(x, found.y, found.names, None, found.class_names, found.left_out, warnings)


def _inked(spec: TaskSpec, x: Array) -> tuple[Array, tuple[str, ...]]:
    """The shipped sets of characters hold ink as 1 on 0 and keep no encoding; a person's are dark on light mostly."""
    if spec.encoding is not None or spec.input_shape[0] != 1 or float(np.median(x)) <= 0.5:
        return x, ()
    return 1 - x, ("Dark ink on light ground is taken the other way round, as it was learned.",)


def _told(left_out: tuple[LeftOut, ...], one: str, many: str) -> tuple[str, ...]:
    if not left_out:
        return ()
    number = f"1 {one} is" if len(left_out) == 1 else f"{len(left_out):,} {many} are"
    return (f"{number} left out ({left_out[0].what}: {left_out[0].why}).",)


def _table(spec: TaskSpec, path: Path, *, labelled: bool) -> Examples:
    from . import plain, tables
    from .outside import outside

    what = "support rows" if labelled else "query rows"
    if not tables.is_table(spec):
        rows = plain.read(spec, path, labelled=labelled)
        labels = tuple(f"row {i + 1}" for i in range(len(rows.frame)))
        warnings = (*outside(spec, rows.x, what), *_told(rows.left_out, "row", "rows"))
        return Examples(rows.x, rows.y, labels, rows.frame, (), rows.left_out, warnings)
    read_ = tables.read(spec, path, labelled=labelled)
    told = (*outside(spec, read_.x, what), *(f"{text}." for text in read_.warnings))
    return Examples(read_.x, read_.y, read_.places, read_.frame, read_.class_names, read_.left_out, told)


def question(support: Examples, query: Examples, about: str = "") -> Question:
    """Both as one task."""
    assert support.y is not None  # a support is read with its targets
    return Question(
        support.x, support.y, query.x, query.y, about, query.labels, support.class_names, (*support.warnings, *query.warnings)
    )  # fmt: skip
