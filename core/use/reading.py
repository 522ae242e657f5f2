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
    warnings = outside(spec, found.x, "support pictures" if labelled else "query pictures")
    return Examples(found.x, found.y, found.names, None, found.class_names, found.left_out, warnings)


def _table(spec: TaskSpec, path: Path, *, labelled: bool) -> Examples:
    from .outside import outside
    from .plain import read as plain
    from .tables import is_table
    from .tables import read as encoded

    what = "support rows" if labelled else "query rows"
    if is_table(spec):
        found = encoded(spec, path, labelled=labelled)
        warnings = (*found.warnings, *outside(spec, found.x, what))
        return Examples(found.x, found.y, found.places, found.frame, found.class_names, found.left_out, warnings)
    rows = plain(spec, path, labelled=labelled)
    labels = tuple(f"row {i + 1}" for i in range(len(rows.frame)))
    warnings = outside(spec, rows.x, what)
    return Examples(rows.x, rows.y, labels, rows.frame, (), rows.left_out, warnings)


def question(support: Examples, query: Examples, about: str = "") -> Question:
    """Both as one task."""
    assert support.y is not None
    y = (
        query.y
        if query.y is None or np.issubdtype(query.y.dtype, np.integer) == np.issubdtype(support.y.dtype, np.integer)
        else None
    )
    return Question(
        support.x, support.y, query.x, y, about, query.labels, support.class_names, (*support.warnings, *query.warnings)
    )  # fmt: skip
