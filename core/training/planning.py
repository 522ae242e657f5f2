"""The plan of a run by a short trial on its real tasks and network; what was found is kept for the next run of its kind."""

import time
from collections.abc import Callable
from pathlib import Path

import torch

from core.draws import at_step
from core.engine import plans
from core.engine.eager import meta_gradient
from core.engine.plan import Plan
from core.engine.trial import SECONDS, best, in_flight, other_walk, tried, ways
from core.nets import build
from core.types import DTYPES, Rollout

from .assembly import Assembly, asks_for_pretraining, methods_for, network_options
from .evaluate import moved


def planned(parts: Assembly, data_folder: Path, phase: Callable[[str], None], stopping: Callable[[], bool]) -> Assembly:
    """The assembly with the plan that a trial found, or as it is: where one was found before, where nothing is open, and where
    a method pretrains its body (on whose features it then works by another plan)."""
    experiment = parts.experiment
    if parts.trial or not experiment.engine.trial or asks_for_pretraining(experiment):
        return parts
    engine, cost = experiment.engine, parts.cost
    steps = experiment.inner.steps if isinstance(parts.method.objective, Rollout) else 0
    first = ways(
        parts.plan, engine, kind=experiment.network.kind, task_flops=cost.flops, meta_batch=experiment.outer.meta_batch
    )
    if len(first) == 1 and not other_walk(parts.plan, engine, steps=steps, task_bytes=cost.bytes):
        return parts
    phase("trying ways to compute")
    until = time.perf_counter() + SECONDS["conv" if experiment.network.kind.startswith("conv") else "mlp"]
    before = torch.get_num_threads()

    def left() -> float:
        return 0.0 if stopping() else until - time.perf_counter()

    try:
        rows = tried(first, lambda plan: _pass(parts, plan), left, [])
        walks = other_walk(best(rows), engine, steps=steps, task_bytes=cost.bytes)
        rows = tried(walks, lambda plan: _pass(parts, plan), left, rows)
    finally:
        torch.set_num_threads(before)
    if stopping():
        return parts
    plan, trial = best(rows), [row.plain() for row in rows]
    plans.keep(plans.path_of(experiment, parts.device, data_folder), plan, trial, _title(parts))
    return with_plan(parts, plan)._replace(trial=tuple(trial))


def with_plan(parts: Assembly, plan: Plan) -> Assembly:
    """The same work done in another way: the network is written anew where that needs it."""
    if network_options(plan) == network_options(parts.plan):
        return parts._replace(plan=plan)
    experiment = parts.experiment
    net = build(experiment.network, parts.spec, **network_options(plan), dtype=DTYPES[experiment.engine.precision])
    method, baseline, partition, loss = methods_for(experiment, parts.spec, net)
    return parts._replace(plan=plan, net=net, method=method, baseline=baseline, partition=partition, loss=loss)


def _pass(parts: Assembly, plan: Plan) -> Callable[[], int]:
    """One pass of that plan over as many tasks as it works on at once; gives their number."""
    chosen, device, tasks_at_once = with_plan(parts, plan), parts.device, in_flight(plan)
    torch.set_num_threads(plan.threads)
    experiment = parts.experiment
    meta = moved(chosen.method.init(at_step(experiment.seed, "init")), device)
    distribution = chosen.splits.train.during(1)
    tasks = distribution.sample(at_step(0, "trial-tasks", 0, device), tasks_at_once)
    noise = chosen.method.noise(at_step(0, "trial-noise", 0, device), meta, tasks.given, experiment.inner.steps)
    gradient = meta_gradient(chosen.method, plan)
    progress = torch.zeros((), dtype=chosen.dtype, device=device)

    def run() -> int:
        gradient(meta, tasks, noise, progress)
        if device.type == "cuda":
            torch.cuda.synchronize()
        return tasks_at_once

    return run


def _title(parts: Assembly) -> str:
    experiment = parts.experiment
    return f"{experiment.method.kind}, {experiment.network.kind}, {experiment.tasks.words(parts.spec.outputs)}"
