"""One workload after the other, contenders interleaved, meta-gradients compared before anything is timed."""

import time
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch

from core.bench.ours import ROUNDS, Ours, Say
from core.bench.peers import PEERS, Peer
from core.bench.workloads import experiment
from core.config import Experiment
from core.draws import at_step
from core.engine.eager import meta_gradient
from core.inner import start_weights
from core.nets import module
from core.training.assembly import Assembly, assemble


def bench(names: list[str], data_folder: Path, *, peers: bool, seconds: float, say: Say) -> dict[str, Any]:
    """Medians of whole outer steps [ms] by workload and contender, and ratios to ours; seconds: of each contender a round."""
    return {
        "machine": {"threads": torch.get_num_threads(), "torch": torch.__version__, "device": "cpu"},
        "workloads": {name: _workload(name, data_folder, peers, seconds, say) for name in names},
    }


def _workload(name: str, data_folder: Path, peers: bool, seconds: float, say: Say) -> dict[str, Any]:
    say(f"{name}: building")
    parts = assemble(experiment(name, tier="eager", steps=1), data_folder)
    contenders, left_out = _contenders(parts) if peers else ({}, {})
    apart = {label: _gradient_distance(parts, peer) for label, peer in contenders.items()}
    first = 30 if name.startswith("sine") else 2
    ours = {
        tier: Ours(
            f"{name}, {tier}", partial(_steps_of, name, tier), data_folder, first=first, seconds=seconds, say=say
        )
        for tier in ("compiled", "eager")
    }
    times: dict[str, list[float]] = {label: [] for label in (*ours, *contenders)}
    for turn in range(ROUNDS):
        say(f"{name}: round {turn + 1} of {ROUNDS}")
        for tier, run in ours.items():
            times[tier].append(run.milliseconds())
        torch.set_num_threads(torch.get_num_threads())
        for label, peer in contenders.items():
            times[label].append(_peer_milliseconds(parts, peer, seconds))
    medians = {label: median(values) for label, values in times.items() if values and all(np.isfinite(values))}
    best = min((tier for tier in ours if tier in medians), key=lambda tier: medians[tier])
    return {
        "milliseconds": medians,
        "ratios": {label: medians[label] / medians[best] for label in contenders},
        "ours": best,
        "first_step_seconds": {tier: run.first_step for tier, run in ours.items()},
        "compile_seconds": ours["compiled"].compile_seconds,
        "gradient_distance": apart,
        "left_out": {**left_out, **({"compiled": why} if (why := ours["compiled"].complaint) else {})},
    }


def _steps_of(name: str, tier: str, steps: int) -> Experiment:
    return experiment(name, tier=tier, steps=steps)


def _contenders(parts: Assembly) -> tuple[dict[str, Peer], dict[str, str]]:
    found: dict[str, Peer] = {}
    left_out: dict[str, str] = {}
    for label, kind in PEERS.items():
        plain = module(parts.experiment.network, parts.spec)
        plain.load_state_dict(start_weights(parts.net, parts.method.init(at_step(0, "bench"))))
        inner = parts.experiment.inner
        try:
            found[label] = kind(plain, inner.learning_rate, inner.steps, parts.spec.task_type == "classification")
        except ImportError as error:
            left_out[label] = f"not installed ({error})"
    return found, left_out


def _gradient_distance(parts: Assembly, peer: Peer) -> float:
    """Largest difference to our meta-gradient on the same tasks, as a share of its largest entry."""
    tasks = parts.splits.train.sample(at_step(0, "bench-tasks"), parts.experiment.outer.meta_batch)
    meta = parts.method.init(at_step(0, "bench"))
    ours = meta_gradient(parts.method, parts.plan)(meta, tasks, {}, torch.zeros(()))[0]["init"]
    names = [name for name, _ in peer.module.named_parameters()]
    theirs = dict(zip(names, peer.gradient(tasks), strict=True))
    most = max(float(leaf.abs().max()) for leaf in ours.values())
    return max(float((leaf - theirs[name]).abs().max()) for name, leaf in ours.items()) / most


def _peer_milliseconds(parts: Assembly, peer: Peer, seconds: float) -> float:
    """Median of whole steps: sampling, meta-gradient, Adam."""
    times: list[float] = []
    begun = time.perf_counter()
    while len(times) < 2 or time.perf_counter() - begun < seconds:
        start = time.perf_counter()
        peer.step(parts.splits.train.sample(at_step(0, "bench-tasks", len(times)), parts.experiment.outer.meta_batch))
        times.append(1000 * (time.perf_counter() - start))
    return median(times)
