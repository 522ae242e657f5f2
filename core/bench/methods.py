"""What each method of the registry costs: whole outer steps on the same tasks and network, as multiples of MAML's."""

from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch

from core.bench.ours import ROUNDS, Ours, Say
from core.bench.workloads import quiet
from core.config import Experiment, problems
from core.config.kinds import settings_class
from core.methods.registry import METHODS

REFERENCE = "maml"
TASKS: dict[str, dict[str, Any]] = {
    "numbers": {
        "tasks": {"kind": "sinusoid", "shots": 10, "queries": 10},
        "network": {"kind": "mlp"},
        "inner": {"steps": 1, "learning_rate": 0.01},
        "outer": {"meta_batch": 25},
    },
    "pictures": {
        "tasks": {"kind": "glyphs", "ways": 5, "shots": 1, "queries": 5},
        "network": {"kind": "conv-strided", "filters": 16, "norm": "layer"},
        "inner": {"steps": 1, "learning_rate": 0.1},
        "outer": {"meta_batch": 8},
    },
}
"""Every method as it comes; batch statistics, which frozen bodies do not take, are left out for all."""


def bench_methods(data_folder: Path, *, seconds: float, say: Say) -> dict[str, Any]:
    """{"machine", "methods": {kind: {workload: {"milliseconds", "times_maml"} or {"left_out": why}}}}, eager, all of a workload
    in turn, medians of the rounds."""
    found: dict[str, dict[str, Any]] = {kind: {} for kind in METHODS}
    for workload in TASKS:
        for kind, row in _measured(workload, data_folder, seconds, say).items():
            found[kind][workload] = row
    machine = {"threads": torch.get_num_threads(), "torch": torch.__version__, "device": "cpu"}
    return {"machine": machine, "methods": found}


def method_experiment(kind: str, workload: str, steps: int) -> Experiment:
    """A workload trained by that method with its defaults, without pretraining (which happens once, before the first step)."""
    settings = settings_class("method", kind)
    none = {"pretraining_steps": 0} if settings is not None and "pretraining_steps" in settings.model_fields else {}
    return quiet({**TASKS[workload], "method": {"kind": kind, **none}}, f"bench {kind}", tier="eager", steps=steps)


def why_not(kind: str, workload: str) -> str:
    """The first thing that keeps the method from this workload; empty where nothing does."""
    blocked = [problem for problem in problems(method_experiment(kind, workload, 1)) if problem.blocking]
    return f"{blocked[0].field}: {blocked[0].sentence}" if blocked else ""


def _measured(workload: str, data_folder: Path, seconds: float, say: Say) -> dict[str, dict[str, Any]]:
    reasons = {kind: why_not(kind, workload) for kind in METHODS}
    runs = {kind: _run(kind, workload, data_folder, seconds, say) for kind, why in reasons.items() if not why}
    times: dict[str, list[float]] = {kind: [] for kind in runs}
    for turn in range(ROUNDS):
        say(f"{workload}: round {turn + 1} of {ROUNDS}")
        for kind, run in runs.items():
            times[kind].append(run.milliseconds())
    medians = {kind: median(each) for kind, each in times.items() if np.isfinite(each).all()}
    failed = {kind: {"left_out": run.complaint or "no step was made"} for kind, run in runs.items()}
    measured = {kind: {"milliseconds": ms, "times_maml": ms / medians[REFERENCE]} for kind, ms in medians.items()}
    return {**{kind: {"left_out": why} for kind, why in reasons.items()}, **failed, **measured}


def _run(kind: str, workload: str, data_folder: Path, seconds: float, say: Say) -> Ours:
    say(f"{workload}: {kind}")
    make: Callable[[int], Experiment] = lambda steps: method_experiment(kind, workload, steps)  # noqa: E731
    return Ours(f"{workload}, {kind}", make, data_folder, first=2, seconds=seconds, say=say)
