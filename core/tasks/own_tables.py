"""The task kind `table`: a person's own table, a task for every value of its task column."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from core.types import TaskDistribution, TaskRows, TaskSpec, TaskSplits

from .table_rows import Rows, Sampler, at_random, by_class, by_class_in_order, class_counts, in_order, is_padded

if TYPE_CHECKING:
    from core.data.table_rows import TableRows


def read(settings: Any) -> "TableRows":
    """The table that the settings (core.config.own_data.Table) name, in the units of the file.

    Raises MissingData, BadFile or BadExperiment.
    """
    from core.data.table_rows import rows_in_tasks, understand  # tables are read with pandas; samplers need torch alone

    return rows_in_tasks(settings, understand(settings))


def build(settings: Any, data_folder: Path, device: str | torch.device, dtype: torch.dtype) -> TaskSplits:
    """Tasks of the three parts, standardized by the training tasks. Ids count over all tasks."""
    table = read(settings)
    scaling = table.scaling()
    rows = _on_device(table, scaling, device, dtype)

    def distribution(members: NDArray[np.int64], shots: int) -> TaskDistribution:
        return TaskDistribution(
            spec_of(settings, table, scaling, members, shots), _sampler(settings, table, rows, members, shots)
        )

    return TaskSplits(
        distribution(table.split.train, settings.train_shots or settings.shots),
        distribution(table.split.validation, settings.shots),
        distribution(table.split.test, settings.shots),
        notes=(*table.notes, *_more_than_there_are(settings, table)),
        rows=_outside_of_tasks(table, scaling),
    )


def _more_than_there_are(settings: Any, table: "TableRows") -> list[str]:
    """One row of a task is always asked for."""
    most = int(table.count.max())
    if table.encoding.classes or settings.shots < most:
        return []
    return [
        f"tasks.shots: no task has more than {most} rows, so an adaptation sees {most - 1} at most (asked: {settings.shots})"
    ]


def _outside_of_tasks(table: "TableRows", scaling: dict[str, list[float]]) -> TaskRows:
    """What a model that is fitted to all rows at once may see: those of training and validation tasks."""
    members = np.concatenate([table.split.train, table.split.validation])
    rows = table.rows_of(members)
    x = (table.x[rows] - scaling["x_mean"]) / scaling["x_std"]
    task = np.repeat(members, table.count[members])
    if table.encoding.classes:
        return TaskRows(x, table.y[rows], task)
    y = (table.y - scaling["y_mean"]) / scaling["y_std"]
    return TaskRows(x, y[rows], task, y.std(0))


def spec_of(
    settings: Any, table: "TableRows", scaling: dict[str, list[float]], members: NDArray[np.int64], shots: int
) -> TaskSpec:
    encoding = table.encoding
    classes = encoding.classes
    counts = table.count[members]
    if classes and settings.split == "tasks":
        counts = class_counts(table.y, table.count, len(classes))[members]
    scaled = (table.x - scaling["x_mean"]) / scaling["x_std"]
    slots = (shots, settings.queries) if settings.split == "tasks" or not classes else (
        shots * len(classes), settings.queries * len(classes)
    )  # fmt: skip
    return TaskSpec(
        task_type="classification" if classes else "regression",
        input_shape=(encoding.width,),
        outputs=len(classes) or len(encoding.targets),
        shots=shots,
        queries=settings.queries,
        source=f"{Path(settings.path).name}: {_source(table)}",
        names=table.names,
        class_names=classes or None,
        input_names=encoding.labels,
        output_names=classes or encoding.targets,
        input_range=(float(scaled.min()), float(scaled.max())),
        scaling=scaling,
        padded=is_padded(counts, *slots),
        encoding=encoding.plain(),
    )


def _source(table: "TableRows") -> str:
    encoding = table.encoding
    names = ", ".join(column.name for column in encoding.inputs)
    parts = " / ".join(str(len(part)) for part in (table.split.train, table.split.validation, table.split.test))
    return (
        f"{len(table.names)} tasks ({encoding.task}), {len(table.lines)} rows, {', '.join(encoding.targets)} from {names}; "
        f"{parts} tasks for training, validation and test"
    )


def _sampler(settings: Any, table: "TableRows", rows: Rows, members: NDArray[np.int64], shots: int) -> Sampler:
    ways = len(table.encoding.classes)
    if ways:
        draw = by_class if settings.split == "tasks" else by_class_in_order
        return draw(rows, members, ways, shots, settings.queries)
    return (at_random if settings.split == "tasks" else in_order)(rows, members, shots, settings.queries)


def _on_device(
    table: "TableRows", scaling: dict[str, list[float]], device: str | torch.device, dtype: torch.dtype
) -> Rows:
    """Standardized in float64, before anything is rounded: years and populations have few digits to lose."""
    x = torch.from_numpy((table.x - scaling["x_mean"]) / scaling["x_std"]).to(device, dtype)
    if table.encoding.classes:
        y = torch.from_numpy(table.y).to(device)
    else:
        y = torch.from_numpy((table.y - scaling["y_mean"]) / scaling["y_std"]).to(device, dtype)
    return Rows(x, y, torch.from_numpy(table.first).to(device), torch.from_numpy(table.count).to(device))
