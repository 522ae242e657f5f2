"""What would not fit into memory is refused in one line, before anything of its size is asked for."""

from math import prod
from typing import TYPE_CHECKING

from core.config import Experiment
from core.errors import BadExperiment
from core.types import Net, TaskSpec

if TYPE_CHECKING:
    import torch

MOST_PARAMETERS = 100_000_000
"""Weights, gradient, two moments, the best so far and a task's own copy: some 3 GiB in float32."""
MOST_BYTES = 4 * 2**30
"""Of the tasks that lie in memory at once: a meta-batch, or a list of fixed tasks."""
WIDTHS = {"float32": 4, "float64": 8}


def refuse_too_large(experiment: Experiment, spec: TaskSpec, net: Net) -> None:
    """Raises BadExperiment naming the setting, what it comes to, and the most that is allowed."""
    parameters = experiment.method.side_by_side() * sum(prod(shape) for shape in net.shapes.values())
    if parameters > MOST_PARAMETERS:
        key = "network.hidden" if experiment.network.kind == "mlp" else "network.filters"
        raise BadExperiment(
            f"{key}: the network would have {parameters:,} parameters, the most is {MOST_PARAMETERS:,}; choose smaller layers"
        )
    beyond = experiment.method.beyond(experiment, net.shapes)
    if beyond > MOST_PARAMETERS:
        raise BadExperiment(
            f"method.kind: {experiment.method.kind} would learn {beyond:,} numbers beside the network's, the most is "
            f"{MOST_PARAMETERS:,}; choose smaller layers, or another method"
        )
    each = task_bytes(spec, WIDTHS[experiment.engine.precision])
    evaluation = experiment.evaluation
    for key, tasks in (
        ("outer.meta_batch", experiment.outer.meta_batch),
        ("evaluation.validation_tasks", evaluation.validation_tasks),
        ("evaluation.tasks", evaluation.tasks),
    ):
        if tasks * each > MOST_BYTES:
            raise BadExperiment(
                f"{key}: {tasks:,} tasks of this size take {tasks * each / 2**30:.1f} GiB, the most is "
                f"{MOST_BYTES // 2**30} GiB; choose at most {MOST_BYTES // each:,} or fewer shots and queries"
            )


def task_bytes(spec: TaskSpec, width: int) -> int:
    """Of one task's inputs and targets, `width` bytes a number."""
    classes = spec.outputs if spec.task_type == "classification" else 1
    numbers = prod(spec.input_shape) + (1 if spec.task_type == "classification" else spec.outputs)
    return classes * (spec.shots + spec.queries) * numbers * width


def out_of_memory(error: BaseException) -> bool:
    """On any device: what torch raises where the machine's own memory is short has no type of its own."""
    import torch

    lacking = isinstance(error, RuntimeError) and "DefaultCPUAllocator" in str(error)
    return lacking or isinstance(error, (torch.OutOfMemoryError, MemoryError))


def free_memory(device: "torch.device") -> None:
    """Give back what an abandoned pass has left."""
    import gc

    import torch

    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
