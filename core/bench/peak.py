"""Peak memory of outer steps, in a process of its own: what one contender has left behind is not counted to the next.

`python -m core.bench.peak JOB` prints the growth of the process's largest resident size by two outer steps, in bytes. JOB is JSON:
workload, contender, data_folder, and for ours steps, walk and meta_batch.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

OUTER_STEPS = 2
PATIENCE = 180.0


def peak_bytes(workload: str, contender: str, data_folder: Path, **changes: Any) -> int | None:
    """None where it did not get done. changes: steps (inner steps), walk, meta_batch."""
    import core

    job = {"workload": workload, "contender": contender, "data_folder": str(data_folder), **changes}
    home = str(Path(core.__file__).parent.parent)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [home, os.environ.get("PYTHONPATH")]))}
    try:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "core.bench.peak", json.dumps(job)],
            capture_output=True, text=True, timeout=PATIENCE, check=True, env=environment,
        )  # fmt: skip
    except (subprocess.SubprocessError, OSError):
        return None
    return int(done.stdout.split()[-1])


def main(text: str) -> int:
    """Growth by the outer steps [bytes]; everything else is there before."""
    import torch

    from core.bench.agreement import contender
    from core.bench.peers import PEERS
    from core.bench.workloads import experiment
    from core.config import with_settings
    from core.draws import at_step
    from core.engine.allocator import keeping
    from core.engine.eager import meta_gradient
    from core.optim import OuterOptimizer
    from core.training.assembly import assemble
    from core.training.memory import Peak

    job = json.loads(text)
    folder = Path(job["data_folder"])
    wanted = experiment(job["workload"], folder, tier="eager", steps=1)
    changes = {
        "inner.steps": job.get("steps"),
        "engine.walk": job.get("walk"),
        "outer.meta_batch": job.get("meta_batch"),
    }
    wanted = with_settings(wanted, [f"{key}={value}" for key, value in changes.items() if value is not None])
    parts = assemble(wanted, folder)
    meta_batch = wanted.outer.meta_batch
    drawn = [parts.splits.train.sample(at_step(0, "peak", step), meta_batch) for step in range(OUTER_STEPS)]
    if job["contender"] in PEERS:
        torch.set_num_threads(os.cpu_count() or 1)
        peer = contender(parts, job["contender"])
        peak = Peak()
        for tasks in drawn:
            peer.step(tasks)
        return peak.grown()
    torch.set_num_threads(parts.plan.threads)
    meta = parts.method.init(at_step(0, "bench"))
    gradient, optimizer = meta_gradient(parts.method, parts.plan), OuterOptimizer(meta.learned, wanted.outer, {})
    peak = Peak()
    with keeping():  # as in training
        for step, tasks in enumerate(drawn, start=1):
            found, _ = gradient(meta, tasks, {}, torch.zeros((), dtype=parts.dtype))
            optimizer.step(meta.learned, found, step)
    return peak.grown()


if __name__ == "__main__":
    print(main(sys.argv[1]))
