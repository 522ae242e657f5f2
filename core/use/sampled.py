"""A task of the kind that an initialization was learned on, as a question: what `Try it` begins with."""

from pathlib import Path
from typing import Any

import numpy as np

from core.deploy import Initialization
from core.draws import at_step
from core.errors import BadExperiment
from core.scaling import in_units
from core.types import Batch, Task, TaskSpec, TaskSplits, map_task

from .question import Question

STREAM = "try-it"


class Sampler:
    """Unseen tasks (the test split). Building it reads the data set, once: keep it. Raises MissingData, BadExperiment."""

    def __init__(self, start: Initialization, data_folder: Path) -> None:
        from core.tasks import build

        self.splits: TaskSplits = build(start.experiment.tasks, data_folder=data_folder)
        spec = self.splits.test.spec
        if (spec.task_type, spec.input_shape) != (start.spec.task_type, start.spec.input_shape):
            raise BadExperiment(
                f"{start.experiment.tasks.kind} gives {spec.task_type} on {list(spec.input_shape)}, but the initialization "
                f"takes {start.spec.task_type} on {list(start.spec.input_shape)}; take rows or pictures of your own"
            )

    def question(self, seed: int) -> Question:
        """The same task for the same seed."""
        spec = self.splits.test.spec
        task = self.splits.test.sample(at_step(seed, STREAM), 1)
        one: Task = map_task(lambda leaf: leaf[0], task)
        names = _class_names(spec, one)
        support_x, support_y = _examples(one.support, spec)
        query_x, query_y = _examples(one.query, spec)
        return Question(support_x, support_y, query_x, query_y, _about(spec, one), (), names)


def _examples(batch: Batch, spec: TaskSpec) -> tuple[Any, Any]:
    """Without padding, in the units of the data."""
    there = (batch.weight > 0).numpy()
    x = in_units(batch.x.double().numpy()[there], spec, "x")
    if spec.task_type == "classification":
        return x, batch.y.numpy()[there]
    return x, in_units(batch.y.double().numpy()[there], spec, "y")


def _about(spec: TaskSpec, task: Task) -> str:
    if spec.names is not None and "id" in task.about:
        return spec.names[int(task.about["id"])]
    return ""


def _class_names(spec: TaskSpec, task: Task) -> tuple[str, ...]:
    ways = int(task.support.y.max()) + 1 if spec.task_type == "classification" else 0
    if spec.class_names is not None and "classes" in task.about:
        return tuple(spec.class_names[int(i)] for i in np.ravel(task.about["classes"].numpy())[:ways])
    if spec.class_names is not None and len(spec.class_names) == spec.outputs:  # the same classes in every task
        return spec.class_names[:ways]
    return tuple(f"class {i + 1}" for i in range(ways))
