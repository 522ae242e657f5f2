"""Tasks as a person sees them: numpy arrays in the units of the data, pictures as bytes."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from core.draws import at_step
from core.scaling import in_units
from core.training.events import TaskViews
from core.types import Batch, Task, TaskSpec

from .building import build


def preview(settings: Any, *, data_folder: Path, seed: int = 0, count: int = 6, split: str = "train") -> TaskViews:
    """A few sampled tasks of a split ("train", "validation", "test"), other ones for every seed."""
    distribution = getattr(build(settings, data_folder=data_folder), split)
    return views(distribution.spec, distribution.sample(at_step(seed, f"preview/{split}"), count), limit=count)


def views(spec: TaskSpec, task: Task, limit: int = 12) -> TaskViews:
    """The first `limit` tasks of a batch on any device, without predictions. Padded rows of numbers are NaN, their class -1."""
    pictures = len(spec.input_shape) == 3
    kind = _regression if spec.task_type == "regression" else _classification if pictures else _classified_rows
    support_x, support_y = kind(spec, task.support, limit)
    query_x, query_y = kind(spec, task.query, limit)
    names, class_names = _names(spec, task, limit)
    axes = (
        (spec.input_names or ("x",))[0],
        (spec.output_names or ("y",))[0] if spec.task_type == "regression" else "y",
    )
    return TaskViews(spec.task_type, support_x, support_y, query_x, query_y, names, class_names, axes=axes)


def _regression(spec: TaskSpec, batch: Batch, limit: int) -> tuple[NDArray[Any], NDArray[Any]]:
    padding = _array(batch.weight, limit)[..., None] == 0
    x, y = (in_units(_array(leaf, limit), spec, axis) for axis, leaf in (("x", batch.x), ("y", batch.y)))
    return np.where(padding, np.nan, x), np.where(padding, np.nan, y)


def _classification(spec: TaskSpec, batch: Batch, limit: int) -> tuple[NDArray[Any], NDArray[Any]]:
    pixels = np.moveaxis(_array(batch.x, limit), -3, -1)
    return np.rint(pixels * 255).astype(np.uint8), _array(batch.y, limit)


def _classified_rows(spec: TaskSpec, batch: Batch, limit: int) -> tuple[NDArray[Any], NDArray[Any]]:
    padding = _array(batch.weight, limit) == 0
    x = in_units(_array(batch.x, limit), spec, "x")
    return np.where(padding[..., None], np.nan, x), np.where(padding, -1, _array(batch.y, limit))


def _names(spec: TaskSpec, task: Task, limit: int) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    names: tuple[str, ...] = ()
    class_names: tuple[tuple[str, ...], ...] = ()
    if spec.names is not None and "id" in task.about:
        names = tuple(spec.names[int(i)] for i in _array(task.about["id"], limit))
    if spec.class_names is not None and "classes" in task.about:
        rows = _array(task.about["classes"], limit)
        class_names = tuple(tuple(spec.class_names[int(i)] for i in row) for row in rows)
    elif spec.class_names is not None:  # the same in all tasks
        class_names = (spec.class_names,) * len(task.support.x[:limit])
    return names, class_names


def _array(tensor: Tensor, limit: int) -> NDArray[Any]:
    values: NDArray[Any] = tensor[:limit].detach().cpu().numpy()
    return values
