"""What an experiment will do, before it runs: parameters, counts, a sentence, time and memory. For Set up and `--json`.

Imports torch: the window calls these on a background thread.
"""

import contextlib
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch

from core import transduction
from core.config import Experiment, Problem, kinds, problems
from core.draws import at_step
from core.engine.eager import meta_gradient
from core.errors import CoreError
from core.methods.registry import METHODS
from core.nets import build, module_source
from core.training.assembly import Assembly, assemble, counts, methods_for, ruled_frozen
from core.training.bounds import refuse_too_large
from core.training.evaluate import moved
from core.training.memory import estimate
from core.types import Net, TaskSpec

TRIAL_STEPS, TRIAL_SECONDS = 6, 4.0


@dataclass(frozen=True)
class TensorRow:
    """One parameter of the network. ruled: why its state cannot be chosen, empty where it can."""

    name: str
    shape: tuple[int, ...]
    count: int
    adapted: bool
    frozen: bool
    ruled: str = ""


class Description(NamedTuple):
    """spec: of the tasks; counts: parameters by answer; sentence: what will happen; module: the equal torch.nn module."""

    spec: TaskSpec
    tensors: tuple[TensorRow, ...]
    counts: dict[str, int]
    problems: tuple[Problem, ...]
    sentence: str
    module: str


class DryRun(NamedTuple):
    """Measured on this machine with the real shapes. first_order_seconds_per_step: None where the order makes no
    difference; memory_bytes: what the run will add to the process (core.training.memory), or the peak on the GPU."""

    seconds_per_step: float
    first_order_seconds_per_step: float | None
    memory_bytes: int
    total_seconds: float
    engine: dict[str, Any]


def describe(experiment: Experiment, data_folder: Path) -> Description:
    """Raises CoreError (MissingData, BadExperiment) where tasks or network cannot be built; other problems are listed."""
    from core.tasks import build as build_tasks

    spec = build_tasks(experiment.tasks, data_folder=data_folder, device="cpu", dtype=torch.float32).spec
    net = build(experiment.network, spec)
    refuse_too_large(experiment, spec, net)
    found = list(problems(experiment))
    try:
        method, _, partition, _ = methods_for(experiment, spec, net)
        learned = method.init(at_step(0, "describe")).learned
        numbers = counts(net, partition, learned)
        rows = _rows(net, set(partition.adapted), set(partition.frozen), set(ruled_frozen(experiment, net)))
    except CoreError as error:
        field, _, sentence = str(error).partition(": ")
        found.append(Problem(field, sentence) if sentence else Problem("subset.adapt", field))
        rows = _rows(net, set(net.shapes) - set(net.norm), set(), set(ruled_frozen(experiment, net)))
        total = sum(row.count for row in rows)
        numbers = {"total": total, "adapted": 0, "fixed_inside": 0, "frozen": 0, "other": 0}
    sentence = _sentence(experiment, spec, numbers)
    return Description(spec, rows, numbers, tuple(found), sentence, module_source(experiment.network, spec))


def sizes(spec: TaskSpec) -> dict[str, int]:
    """Parameters of every network that takes such tasks, by kind, with the settings it comes with."""
    found = {}
    for kind, model in kinds("network").items():
        if spec.task_type in getattr(model, "fits", (spec.task_type,)):
            with contextlib.suppress(CoreError):  # pictures that are too small for it
                shapes = build(model(), spec).shapes.values()
                found[kind] = sum(math.prod(shape) for shape in shapes)
    return found


def dry_run(experiment: Experiment, data_folder: Path) -> DryRun:
    """A few real outer steps, thrown away; in second order also the first-order cost. Raises CoreError."""
    parts = assemble(experiment, data_folder)
    before = torch.get_num_threads()
    torch.set_num_threads(parts.plan.threads)
    try:
        seconds, memory = _trial(parts)
        first = None
        if experiment.inner.order == "second" and METHODS[experiment.method.kind].second_order:
            cheaper = experiment.model_copy(update={"inner": experiment.inner.model_copy(update={"order": "first"})})
            method = methods_for(cheaper, parts.spec, parts.net)[0]
            first = _trial(parts._replace(method=method))[0]
    finally:
        torch.set_num_threads(before)
    return DryRun(seconds, first, memory, seconds * experiment.outer.steps, parts.plan.as_dict())


def _trial(parts: Assembly) -> tuple[float, int]:
    """(seconds of an outer step: the quickest of a few, so that a busy moment does not count; bytes)."""
    experiment, device = parts.experiment, parts.device
    meta = moved(parts.method.init(at_step(0, "trial")), device)
    gradient = meta_gradient(parts.method, parts.plan)
    times: list[float] = []
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats()
    for step in range(TRIAL_STEPS):
        begun = time.perf_counter()
        tasks = parts.splits.train.sample(at_step(0, "trial-tasks", step, device), experiment.outer.meta_batch)
        noise = parts.method.noise(at_step(0, "trial-noise", step, device), meta, tasks.given, experiment.inner.steps)
        gradient(meta, tasks, noise, torch.zeros((), dtype=parts.dtype, device=device))
        if device.type == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - begun)
        if len(times) > 1 and sum(times) > TRIAL_SECONDS:  # the first step also pays for imports and allocation
            break
    if device.type == "cuda":
        return min(times), int(torch.cuda.max_memory_allocated())
    return min(times), estimate(parts, meta).most


def _rows(net: Net, adapted: set[str], frozen: set[str], ruled: set[str]) -> tuple[TensorRow, ...]:
    reason = "the network learns no scale (network.scale)"
    return tuple(
        TensorRow(
            name,
            shape,
            int(torch.Size(shape).numel()),
            name in adapted,
            name in frozen,
            reason if name in ruled else "",
        )
        for name, shape in net.shapes.items()
    )


def _sentence(experiment: Experiment, spec: TaskSpec, numbers: dict[str, int]) -> str:
    """What will happen, in one breath."""
    inner, outer = experiment.inner, experiment.outer
    task = experiment.tasks.words(spec.outputs)
    learns = METHODS[experiment.method.kind].title
    steps = f"{inner.steps} inner step{'s' if inner.steps != 1 else ''}"
    adapted = f"{numbers['adapted']:,} of {numbers['total']:,} parameters adapt"
    return (
        f"{learns} learns on {task}: {outer.steps:,} outer steps of {outer.meta_batch} tasks, {steps} of size "
        f"{inner.learning_rate:g}; {adapted}. Then {experiment.evaluation.tasks} test tasks, up to "
        f"{inner.evaluation_steps} steps each. {transduction.sentence(experiment)}"
    ).rstrip()
