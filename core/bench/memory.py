"""Peak memory against the number of inner steps: flat where the engine walks back without a graph."""

from pathlib import Path
from typing import Any

from core.bench.ours import Say
from core.bench.peak import peak_bytes
from core.bench.workloads import ready

STEPS = (1, 5, 20, 100)
TASKS = 2
"""Few, for a hundred steps: where tasks go one after the other, memory does not grow with their number."""


def by_steps(workload: str, data_folder: Path, *, say: Say, steps: tuple[int, ...] = STEPS) -> dict[str, Any]:
    """{"workload", "tasks", "peak_bytes": {walk: {inner steps: bytes, or None where it did not get done}}}."""
    ready(workload, data_folder)
    found: dict[str, dict[int, int | None]] = {}
    for walk in ("unrolled", "adjoint"):
        found[walk] = {}
        for number in steps:
            say(f"{workload}: {walk}, {number} inner steps")
            found[walk][number] = peak_bytes(workload, "ours", data_folder, steps=number, walk=walk, meta_batch=TASKS)
    return {"workload": workload, "tasks": TASKS, "peak_bytes": found}
