"""How the work of one experiment is done: decided once, stored with the run, replayed on resume.

`choose` is a rule of thumb: the same experiment on the same machine gets the same plan, and with it the same bits. A short trial
(core.engine.trial) may do better; what it finds is kept, so that this holds for it from then on.
"""

import os
from dataclasses import asdict, dataclass
from typing import Any

import torch

ANSWER_SECONDS = 0.1  # a stop is answered between two chunks; 0.3 s are promised, also on a busy machine
CPU_FLOPS = 2.5e10  # per second and core, small convolutions in eager mode (measured, cautious)
SMALL_FLOPS = 2e8  # of an outer step, below which a second thread only waits
MOST_EVALUATED = 600  # tasks of one evaluation pass
CPU_MEMORY = 2 * 2**30  # bytes of activations that one chunk may hold


@dataclass(frozen=True)
class Plan:
    """mode: "vectorised" (vmap over the chunk) or "per-task"; chunk: tasks of one training pass; evaluation_chunk: of
    an evaluation pass; threads: CPU threads of one operation; tier: way of execution; precision: floating point format;
    walk: "unrolled" (one graph through the inner loop) or "adjoint" (memory flat in the number of inner steps);
    workers: tasks at a time, in threads, where they go one by one; layout: of maps in memory, "channels-first" or
    "channels-last".
    """

    mode: str
    chunk: int
    threads: int
    tier: str
    device: str
    precision: str
    evaluation_chunk: int = 100
    walk: str = "unrolled"
    workers: int = 1
    layout: str = "channels-first"

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_dict(values: dict[str, Any]) -> "Plan":
        return Plan(**{name: values[name] for name in Plan.__dataclass_fields__ if name in values})


def choose_device(wanted: str) -> torch.device:
    """ "auto" takes a GPU where there is one. Raises BadExperiment where "cuda" is asked for and none is there."""
    from core.errors import BadExperiment

    if wanted == "cpu" or (wanted == "auto" and not torch.cuda.is_available()):
        return torch.device("cpu")
    if not torch.cuda.is_available():
        raise BadExperiment("engine.device: no CUDA device is here; choose cpu or auto")
    return torch.device("cuda")


def choose(
    engine: Any,
    *,
    kind: str,
    meta_batch: int,
    steps: int,
    task_flops: float,
    evaluation_flops: float,
    task_bytes: float,
    device: torch.device,
) -> Plan:
    """The plan for a network kind whose outer step costs `task_flops` and `task_bytes` a task, and one
    evaluated inner step `evaluation_flops`."""
    cores = available_cores()
    small = task_flops * meta_batch < SMALL_FLOPS
    convolutions = kind.startswith("conv")
    apart = device.type == "cpu" and convolutions and not small  # grouped convolutions are slow on a CPU
    mode = engine.plan if engine.plan != "auto" else ("per-task" if apart else "vectorised")
    threads, workers = shared_cores(mode, engine.threads, engine.workers, cores, small, device)
    flops = task_flops / max(1, threads)
    chunk = engine.chunk or _chunk(device, meta_batch, flops / workers, task_bytes, workers)
    walk = engine.walk if engine.walk != "auto" else _walk(kind, steps)
    seen_flops = evaluation_flops / max(1, threads)
    evaluated = 1 if mode == "per-task" else _chunk(device, MOST_EVALUATED, seen_flops, task_bytes)
    usual = "channels-last" if convolutions and mode == "per-task" else "channels-first"
    layout = engine.layout if engine.layout != "auto" else usual
    return Plan(
        mode, min(chunk, meta_batch), threads, "eager", device.type, engine.precision, evaluated, walk,
        min(workers, meta_batch), layout,
    )  # fmt: skip


def available_cores() -> int:
    """Of this process; ranks on one machine share them."""
    return max(1, (os.cpu_count() or 1) // int(os.environ.get("LOCAL_WORLD_SIZE", "1")))


def shared_cores(
    mode: str, threads: int | None, workers: int | None, cores: int, small: bool, device: torch.device
) -> tuple[int, int]:
    """(threads of one operation, tasks at a time). Tasks in threads of their own wait for nobody; threads inside an operation
    wait for each other many times a task, which on a busy machine costs ten times the work itself."""
    if mode == "vectorised" or device.type != "cpu":
        return threads or (1 if small else cores), 1
    at_a_time = workers or max(1, cores // (threads or 1))
    return threads or max(1, cores // at_a_time), at_a_time


def _walk(kind: str, steps: int) -> str:
    """Unrolled is the faster one for few steps; convolutions are level from five on, where its memory begins to hurt."""
    return "adjoint" if steps >= (5 if kind.startswith("conv") else 40) else "unrolled"


def _chunk(device: torch.device, meta_batch: int, flops: float, bytes_: float, workers: int = 1) -> int:
    """As many tasks as fit into memory and, on a CPU, into the time in which a stop must be answered; whole rounds of the
    workers, at least one."""
    if device.type == "cuda":
        free = torch.cuda.mem_get_info()[0]
        return max(1, min(meta_batch, int(0.6 * free / max(1.0, bytes_))))
    by_time = ANSWER_SECONDS * CPU_FLOPS / max(1.0, flops)
    fitting = by_time if workers > 1 else min(by_time, CPU_MEMORY / max(1.0, bytes_))  # one by one, few lie in memory
    rounds = max(1, int(fitting) // workers)
    return max(1, min(meta_batch, rounds * workers))
