"""One workload after the other, contenders interleaved, meta-gradients compared before anything is timed."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch

from core.bench.peers import PEERS, Peer
from core.bench.workloads import experiment
from core.draws import at_step
from core.engine.eager import meta_gradient
from core.inner import start_weights
from core.nets import module
from core.training import Control, train
from core.training.assembly import Assembly, assemble
from core.training.events import Event, Failed, PhaseChanged, Stepped, Warned

ROUNDS = 3
Say = Callable[[str], None]


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
    ours = {tier: _Ours(name, tier, data_folder, seconds, say) for tier in ("compiled", "eager")}
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
        "left_out": {**left_out, **ours["compiled"].complaints},
    }


class _Ours:
    """The real training loop, for about `seconds` a call; the first call sizes the later ones."""

    def __init__(self, name: str, tier: str, data_folder: Path, seconds: float, say: Say) -> None:
        self.name, self.tier, self.data_folder, self.seconds, self.say = name, tier, data_folder, seconds, say
        self.steps = 30 if name.startswith("sine") else 2
        self.first_step = self.compile_seconds = float("nan")
        self.complaints: dict[str, str] = {}
        self._run()  # warm: a compiled tier is built here
        self.steps = max(self.steps, int(self.seconds * 1000 / max(self._run(), 1e-3)))

    def milliseconds(self) -> float:
        return self._run()

    def _run(self) -> float:
        """Milliseconds of an outer step: all but the first tenth of the steps."""
        begun, compiling = time.perf_counter(), [0.0]
        found: list[Any] = []

        def sink(event: Event) -> None:
            match event:
                case PhaseChanged(phase) if phase.startswith("compiling"):
                    compiling[0] = time.perf_counter()
                    self.say(f"{self.name}: {phase}")
                case PhaseChanged("training") if compiling[0]:
                    self.compile_seconds = time.perf_counter() - compiling[0]
                case Stepped():
                    if not found and not compiling[0] and np.isnan(self.first_step):
                        self.first_step = time.perf_counter() - begun
                    found.append(event.seconds)
                case Warned():
                    self.complaints[self.tier] = event.text
                case Failed():
                    self.complaints[self.tier] = event.sentence
                case _:
                    pass

        with tempfile.TemporaryDirectory() as folder:
            train(
                experiment(self.name, tier=self.tier, steps=self.steps), sink, Control(), Path(folder), self.data_folder
            )
        seconds = np.concatenate(found) if found else np.array([np.nan])
        first = len(seconds) // 10
        return (
            float(1000 * (seconds[-1] - seconds[first]) / max(1, len(seconds) - 1 - first))
            if len(seconds) > 1
            else 1000 * seconds[0]
        )


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
