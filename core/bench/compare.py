"""One workload after the other, contenders interleaved, meta-gradients compared before anything is timed."""

import os
import time
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np
import torch

from core.bench.agreement import COMPARED, SAME, Reference, contender, in_float64
from core.bench.ours import ROUNDS, Ours, Say
from core.bench.peak import peak_bytes
from core.bench.peers import PEERS, Contender
from core.bench.workloads import experiment, ready
from core.config import Experiment
from core.draws import at_step
from core.training.assembly import Assembly, assemble

BEGUN, COMPARED_BY = 0.9, 0.5
"""Shares of a workload's time, after which nothing more is timed, and no peer's gradient compared: what has begun then ends within
the whole."""
OVER = "not timed: the time for this workload was over (--minutes)"

FAR = 3.0
"""Times ours: where all rounds of all would take too long, what is so much slower is timed once."""


class Wish(NamedTuple):
    """What is asked for. seconds: of each contender a round; tiers: of ours, both where none is named; minutes: of each workload,
    all in all."""

    peers: bool
    memory: bool
    seconds: float
    tiers: tuple[str, ...] = ()
    minutes: float = 2.0

    @property
    def whole(self) -> float:
        """Seconds of each workload."""
        return 60 * self.minutes


def bench(names: list[str], data_folder: Path, wish: Wish, say: Say) -> dict[str, Any]:
    """Medians of whole outer steps [ms] by workload and contender, and ratios to ours."""
    return {
        "machine": {"cores": os.cpu_count(), "torch": torch.__version__, "device": "cpu"},
        "workloads": {name: _workload(name, data_folder, wish, say) for name in names},
    }


def _workload(name: str, data_folder: Path, wish: Wish, say: Say) -> dict[str, Any]:
    begun = time.perf_counter()
    until = begun + BEGUN * wish.whole
    say(f"{name}: building")
    ready(name, data_folder)
    parts = assemble(experiment(name, data_folder, tier="eager", steps=1), data_folder)
    contenders, left_out = _contenders(parts) if wish.peers else ({}, {})
    apart, apart_in_double, first_calls = _compared(
        parts, data_folder, contenders, left_out, say, begun + COMPARED_BY * wish.whole
    )
    tiers = wish.tiers or ("compiled", "eager")
    if "compiled" not in tiers:
        left_out["compiled"] = "not asked for"
    ours = {tier: _ours(name, tier, data_folder, wish, say) for tier in tiers}
    times: dict[str, list[float]] = {label: [] for label in (*ours, *contenders)}
    cost: dict[str, float] = {}
    for turn in range(ROUNDS):
        left = until - time.perf_counter()
        asked = _asked_again(times, cost, list(ours), left) if turn else list(times)
        if not asked:
            say(f"{name}: {turn} of {ROUNDS} rounds, the others would take too long")
            break
        some = "" if len(asked) == len(times) else ", without what is far behind"
        say(f"{name}: round {turn + 1} of {ROUNDS}{some}")
        for label in asked:
            since = time.perf_counter()
            if label in contenders and not turn and since > until:
                left_out[label] = OVER
                continue
            torch.set_num_threads(_cores(parts))
            peer = contenders.get(label)
            found = ours[label].milliseconds() if peer is None else _peer_milliseconds(parts, peer, wish.seconds)
            times[label].append(found)
            cost[label] = time.perf_counter() - since
    medians = {label: median(values) for label, values in times.items() if values and all(np.isfinite(values))}
    best = min((tier for tier in ours if tier in medians), key=lambda tier: medians[tier])
    complaints = {tier: run.complaint for tier, run in ours.items() if run.complaint and tier == "compiled"}
    return {
        "milliseconds": medians,
        "rounds": len(times[best]),
        "ratios": {label: medians[label] / medians[best] for label in contenders if label in medians},
        "ours": best,
        "way": ours[best].way,
        "first_step_seconds": {tier: run.first_step for tier, run in ours.items()},
        "first_call_seconds": first_calls,
        "compile_seconds": ours["compiled"].compile_seconds if "compiled" in ours else None,
        "gradient_distance": apart,
        "gradient_distance_in_float64": apart_in_double,
        "peak_bytes": _peaks(name, data_folder, [best, *contenders], until, say) if wish.memory else {},
        "left_out": {**left_out, **complaints},
    }


def _asked_again(times: dict[str, list[float]], cost: dict[str, float], ours: list[str], left: float) -> list[str]:
    """Who is timed once more in the seconds that are `left`: all, or those that are not far behind, or nobody. cost: the seconds
    of each one's last turn."""
    best = min(times[label][0] for label in ours)
    timed = [label for label, found in times.items() if found]
    near = [label for label in timed if label in ours or not times[label][0] > FAR * best]
    for labels in (timed, near):
        if sum(cost[label] for label in labels) < left:
            return labels
    return []


def _ours(name: str, tier: str, data_folder: Path, wish: Wish, say: Say) -> Ours:
    first = 30 if name.startswith("sine") else 2
    make = partial(_steps_of, name, data_folder, tier)
    return Ours(f"{name}, {tier}", make, data_folder, first=first, seconds=wish.seconds, say=say)


def _steps_of(name: str, data_folder: Path, tier: str, steps: int) -> Experiment:
    return experiment(name, data_folder, tier=tier, steps=steps)


def _contenders(parts: Assembly) -> tuple[dict[str, Contender], dict[str, str]]:
    found: dict[str, Contender] = {}
    left_out: dict[str, str] = {}
    for label in PEERS:
        try:
            found[label] = contender(parts, label)
        except ImportError as error:
            left_out[label] = f"not installed ({error})"
    return found, left_out


def _compared(
    parts: Assembly,
    data_folder: Path,
    contenders: dict[str, Contender],
    left_out: dict[str, str],
    say: Say,
    until: float = float("inf"),
) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
    """(how far each meta-gradient is from ours as it is timed, and in float64; seconds of its first call); one that cannot do
    the work, or does another, is left out, and so is whose turn comes after `until` (time.perf_counter)."""
    torch.set_num_threads(_cores(parts))
    apart: dict[str, float] = {}
    in_double: dict[str, float] = {}
    first: dict[str, float] = {}
    small = in_float64(parts, data_folder)
    ours, ours_in_double = Reference(parts), Reference(small)
    for label in list(contenders):
        if time.perf_counter() > until:
            left_out[label] = OVER
            del contenders[label]
            continue
        say(f"{parts.experiment.name}: {label}")
        begun = time.perf_counter()
        try:
            contenders[label].choose_form(parts.splits.train.sample(at_step(0, "bench-tasks"), 1))
            twin = contender(small, label)
            twin.form = contenders[label].form
            in_double[label] = ours_in_double.distance(twin)
            if not in_double[label] <= SAME:
                left_out[label] = f"its meta-gradient is another one: {in_double[label]:.0e} away from ours in float64"
                del contenders[label]
                continue
            whole = parts.experiment.outer.meta_batch  # what compiles does so for as many tasks as will be timed
            count = whole if contenders[label].compiles else COMPARED
            apart[label] = ours.distance(contenders[label], count)
        except Exception as error:  # a library of others may fail in any way; the comparison goes on and says so
            left_out[label] = (
                f"it failed ({type(error).__name__}: {str(error).splitlines()[0][:120] if str(error) else ''})"
            )
            del contenders[label]
            continue
        first[label] = time.perf_counter() - begun
    return apart, in_double, first


def _cores(parts: Assembly) -> int:
    """As many as ours uses: on small networks a second thread only waits, for peers too."""
    return parts.plan.threads * parts.plan.workers


def _peer_milliseconds(parts: Assembly, peer: Contender, seconds: float) -> float:
    """Median of whole steps: sampling, meta-gradient, Adam. The first is not counted where another one follows."""
    times: list[float] = []
    begun = time.perf_counter()
    while not times or time.perf_counter() - begun < seconds:
        start = time.perf_counter()
        peer.step(parts.splits.train.sample(at_step(0, "bench-tasks", len(times)), parts.experiment.outer.meta_batch))
        times.append(1000 * (time.perf_counter() - start))
    return median(times[1:] or times)


def _peaks(name: str, data_folder: Path, labels: list[str], until: float, say: Say) -> dict[str, int]:
    """Growth of the peak by outer steps, each contender in a process of its own, while there is time."""
    found: dict[str, int] = {}
    for label in labels:
        if time.perf_counter() > until:
            say(f"{name}: no time for the memory of {label}")
            continue
        say(f"{name}: memory of {label}")
        grown = peak_bytes(name, label, data_folder)
        if grown is not None:
            found[label] = grown
    return found
