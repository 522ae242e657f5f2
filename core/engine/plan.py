"""How the work of one experiment is done: decided once, stored with the run, replayed on resume.

The choice is a cost model and not a stopwatch, so that the same experiment on the same machine gets the same plan, and
with it the same bits.
"""

import os
from dataclasses import asdict, dataclass
from typing import Any

import torch

ANSWER_SECONDS = 0.1  # a stop is answered between two chunks; 0.3 s are promised, also on a busy machine
CPU_FLOPS = 2.5e10  # per second and core, small convolutions in eager mode (measured, cautious)
MOST_EVALUATED = 600  # tasks of one evaluation pass
CPU_MEMORY = 2 * 2**30  # bytes of activations that one chunk may hold


@dataclass(frozen=True)
class Plan:
    """mode: "vectorised" (vmap over the chunk) or "per-task"; chunk: tasks of one training pass; evaluation_chunk: of
    an evaluation pass; threads: CPU threads of one operation; tier: way of execution; precision: floating point format;
    walk: "unrolled" (one graph through the inner loop) or "adjoint" (memory flat in the number of inner steps).
    """

    mode: str
    chunk: int
    threads: int
    tier: str
    device: str
    precision: str
    evaluation_chunk: int = 100
    walk: str = "unrolled"

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
    cores = max(1, (os.cpu_count() or 1) // int(os.environ.get("LOCAL_WORLD_SIZE", "1")))
    small = task_flops * meta_batch < 2e8
    threads = engine.threads or (1 if small else cores)
    whole = device.type == "cpu" and kind == "conv-pooled"
    mode = engine.plan if engine.plan != "auto" else ("per-task" if whole else "vectorised")
    chunk = engine.chunk or _chunk(device, meta_batch, task_flops / max(1, threads), task_bytes)
    walk = engine.walk if engine.walk != "auto" else _walk(kind, steps)
    seen_flops = evaluation_flops / max(1, threads)
    evaluated = 1 if mode == "per-task" else _chunk(device, MOST_EVALUATED, seen_flops, task_bytes)
    return Plan(mode, min(chunk, meta_batch), threads, "eager", device.type, engine.precision, evaluated, walk)


def _walk(kind: str, steps: int) -> str:
    """Unrolled is the faster one for few steps; convolutions are level from five on, where its memory begins to hurt."""
    return "adjoint" if steps >= (5 if kind.startswith("conv") else 40) else "unrolled"


def _chunk(device: torch.device, meta_batch: int, flops: float, bytes_: float) -> int:
    """As many tasks as fit into memory and, on a CPU, into the time in which a stop must be answered."""
    if device.type == "cuda":
        free = torch.cuda.mem_get_info()[0]
        return max(1, min(meta_batch, int(0.6 * free / max(1.0, bytes_))))
    by_time = ANSWER_SECONDS * CPU_FLOPS / max(1.0, flops)
    return max(1, min(meta_batch, int(min(by_time, CPU_MEMORY / max(1.0, bytes_)))))
