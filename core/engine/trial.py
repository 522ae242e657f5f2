"""A short trial: the ways in which an experiment's pass could be computed, timed on its real shapes, the quickest kept.

Nobody waits long for it: it stops after its time, begins with the rule of thumb's plan, and leaves that only for one that is
clearly quicker, so that a busy moment does not decide.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from math import inf
from typing import Any, NamedTuple

import torch

from core.engine.plan import CPU_MEMORY, SMALL_FLOPS, Plan, available_cores, shared_cores

SECONDS = {"mlp": 0.25, "conv": 0.8}
"""Of a trial: the first outer step is promised within 1 s of Run (sinusoids) and 3 s (convolutions)."""
MARGIN = 0.85
"""A plan has to take less than this share of the rule of thumb's time to replace it."""
HOPELESS = 2.0
"""Times the best so far, after which a way is timed no more."""
REPEATS = 3
LAYOUTS = ("channels-last", "channels-first")


class Row(NamedTuple):
    """A way that was tried. milliseconds: of one task, the quickest of a few passes."""

    plan: Plan
    milliseconds: float

    def plain(self) -> dict[str, Any]:
        return {"way": words(self.plan), "milliseconds_per_task": round(self.milliseconds, 4)}


def words(plan: Plan) -> str:
    """A plan as people read it: "per task, 2 at a time, unrolled, channels-last"."""
    if plan.mode == "vectorised":
        parts = [f"vectorised, {plan.chunk} tasks a pass"]
    else:
        parts = ["per task" + (f", {plan.workers} at a time" if plan.workers > 1 else "")]
    parts.append(plan.walk)
    if plan.threads > 1:
        parts.append(f"{plan.threads} threads an operation")
    if plan.layout == "channels-last":
        parts.append(plan.layout)
    return ", ".join(parts)


def ways(thumb: Plan, engine: Any, *, kind: str, task_flops: float, meta_batch: int) -> list[Plan]:
    """The rule of thumb's plan first, then what else may be quicker on this device; what `engine` fixes stays fixed."""
    device, small = torch.device(thumb.device), task_flops * meta_batch < SMALL_FLOPS
    convolutions = kind.startswith("conv")
    if device.type != "cpu" or (small and not convolutions):
        return [thumb]
    found = [thumb]
    for mode in ("per-task", "vectorised") if engine.plan == "auto" else (thumb.mode,):
        threads, workers = shared_cores(mode, engine.threads, engine.workers, available_cores(), small, device)
        if mode == "per-task":
            open_layout = engine.layout == "auto" and convolutions
            plan = replace(thumb, mode=mode, threads=threads, workers=min(workers, meta_batch), evaluation_chunk=1)
            plan = plan if engine.chunk else replace(plan, chunk=max(plan.chunk, plan.workers))
            found += [replace(plan, layout=layout) for layout in (LAYOUTS if open_layout else (thumb.layout,))]
        else:
            evaluated = thumb.chunk if thumb.mode == "per-task" else thumb.evaluation_chunk
            plan = replace(thumb, mode=mode, workers=1, layout="channels-first", evaluation_chunk=evaluated)
            found += [
                replace(plan, threads=count) for count in ((1, threads) if engine.threads is None else (threads,))
            ]
    return list(dict.fromkeys(found))


def other_walk(plan: Plan, engine: Any, *, steps: int, task_bytes: float) -> list[Plan]:
    """The same with the other walk, where that is open, makes a difference, and its graph (`task_bytes` a task) is small."""
    if engine.walk != "auto" or steps < 2:
        return []
    if plan.walk == "unrolled":
        return [replace(plan, walk="adjoint")]
    return [replace(plan, walk="unrolled")] if task_bytes * in_flight(plan) < CPU_MEMORY / 4 else []


def tried(
    plans: list[Plan], prepare: Callable[[Plan], Callable[[], int]], left: Callable[[], float], rows: list[Row]
) -> list[Row]:
    """`rows` and those of the plans for which there was time: left() seconds. prepare(plan) gives a pass that returns its
    number of tasks when done. A way is timed no more once it is hopeless."""
    rows = list(rows)
    for plan in plans:
        if rows and left() < 2e-3 * min(row.milliseconds for row in rows) * in_flight(plan):
            break
        try:
            rows.append(Row(plan, _quickest(prepare(plan), left, min((row.milliseconds for row in rows), default=inf))))
        except (RuntimeError, MemoryError):  # no memory, or an operation that cannot be done that way
            if not rows:
                raise
    return rows


def _quickest(run: Callable[[], int], left: Callable[[], float], rival: float) -> float:
    """Milliseconds of a task. The first pass also pays for what it sets up, and counts only where no other follows."""
    first = _timed(run)
    if first > 2 * HOPELESS * rival or left() <= 0:
        return first
    found = [_timed(run)]
    while len(found) < REPEATS and left() > 0 and found[-1] < HOPELESS * rival:
        found.append(_timed(run))
    return min(found)


def in_flight(plan: Plan) -> int:
    """Tasks that are worked on at once, and that a trial takes."""
    return plan.workers if plan.mode == "per-task" else plan.chunk


def best(rows: list[Row]) -> Plan:
    """The quickest, where it is clearly quicker than the first one, the rule of thumb's."""
    first, quickest = rows[0], min(rows, key=lambda row: row.milliseconds)
    return quickest.plan if quickest.milliseconds < MARGIN * first.milliseconds else first.plan


def _timed(run: Callable[[], int]) -> float:
    begun = time.perf_counter()
    tasks = run()
    return 1000 * (time.perf_counter() - begun) / tasks
