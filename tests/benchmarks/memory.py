"""The estimate of a run's memory against what the run then takes, on experiments that it was not made on.

`python -m tests.benchmarks.memory [ROW ...]` runs each row in a process of its own (two outer steps, a few fixed tasks) and prints
estimate, measured growth of the process, and their ratio; the last line is JSON: {row: {"estimate", "peak"}}. Most rows have one
worker: two of them are at their peaks together only where each has a core of its own.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from core.engine.plan import Plan
from core.engine.trial import words

MIB = 2**20
_PICTURES = ["network.filters=32", "outer.meta_batch=4", "tasks.queries=5"]
_HELD_OUT = {
    "sine-5": ["sine-5"],
    "strided, two workers": ["omni-5w1s-strided", "outer.meta_batch=8", "engine.workers=2"],
    "strided": ["omni-5w1s-strided", "outer.meta_batch=8"],
    "pooled, two workers": ["omni-5w1s-pooled", "outer.meta_batch=8", "engine.workers=2"],
    "pooled": ["omni-5w1s-pooled", "outer.meta_batch=4"],
    "pooled, adjoint, 3 steps": ["omni-5w1s-pooled", "outer.meta_batch=4", "inner.steps=3", "engine.walk=adjoint"],
    "pooled, unrolled, 3 steps": ["omni-5w1s-pooled", "outer.meta_batch=2", "inner.steps=3", "engine.walk=unrolled"],
    "pooled, vectorised": ["omni-5w1s-pooled", "outer.meta_batch=4", "engine.plan=vectorised", "engine.chunk=4"],
    "pooled, channels-last": [
        "omni-5w1s-pooled", "outer.meta_batch=2", "engine.layout=channels-last", "engine.plan=per-task",
    ],
    "20 ways": ["omni-20w1s-pooled", "outer.meta_batch=2", "inner.steps=2", "network.filters=48"],
    "84 x 84": ["mini-5w5s", "outer.meta_batch=2", "inner.steps=1", "network.filters=16", "tasks.queries=5"],
    "float64": ["omni-5w1s-strided", "outer.meta_batch=4", "engine.precision=float64"],
    "many test tasks": ["omni-5w1s-strided", "outer.meta_batch=2", "network.filters=8", "evaluation.tasks=800"],
    "cavia": ["sine-5", "method.kind=cavia", "network.hidden=[400,400]"],
    "imaml": ["omni-5w1s-pooled", *_PICTURES, "method.kind=imaml"],
    "mt-net": ["omni-5w1s-pooled", *_PICTURES, "method.kind=mt-net"],
    "leo": [
        "omni-5w1s-pooled", *_PICTURES, "method.kind=leo", "network.norm=layer", "method.pretraining_steps=0",
        'subset.adapt=["head.*"]',
    ],
    "platipus": ["omni-5w1s-pooled", *_PICTURES, "method.kind=platipus"],
    "mixture": ["omni-5w1s-pooled", *_PICTURES, "method.kind=mixture"],
    "mmaml": ["omni-5w1s-pooled", *_PICTURES, "method.kind=mmaml"],
    "hsml": ["omni-5w1s-pooled", *_PICTURES, "method.kind=hsml"],
    "reptile": ["omni-5w1s-pooled", *_PICTURES, "method.kind=reptile", "inner.order=first"],
    "wide mlp": ["sine-5", "network.hidden=[1000,1000]"],
    "platipus, wide mlp": ["sine-5", "method.kind=platipus", "network.hidden=[1000,1000]"],
    "mixture of 3, strided": [
        "omni-5w1s-strided", "method.kind=mixture", "method.components=3", "outer.meta_batch=6", "network.filters=24",
    ],
    "mixture, 3 ways, 2 steps": [
        "omni-5w1s-pooled", "method.kind=mixture", "tasks.ways=3", "outer.meta_batch=2", "inner.steps=2", "network.filters=24",
    ],
    "mt-net, 10 ways": [
        "omni-5w1s-pooled", "method.kind=mt-net", "tasks.ways=10", "tasks.queries=3", "outer.meta_batch=2", "network.filters=48",
    ],
    "mt-net, strided, 3 steps": ["omni-5w1s-strided", "method.kind=mt-net", "outer.meta_batch=5", "inner.steps=3"],
    "maml++, 2 steps": [
        "omni-5w1s-pooled", "method.kind=maml++", "outer.meta_batch=3", "inner.steps=2", "network.filters=40", "tasks.queries=8",
    ],
    "meta-sgd, 7 ways": ["omni-5w1s-pooled", "method.kind=meta-sgd", "tasks.ways=7", "outer.meta_batch=3", "network.filters=24"],
    "anil, 84 x 84": ["mini-5w5s", "outer.meta_batch=2", "inner.steps=2", "network.filters=24", 'subset.adapt=["head.*"]'],
    "first order, 4 steps": ["omni-5w1s-pooled", "inner.order=first", "inner.steps=4", "outer.meta_batch=3", "network.filters=48"],
    "sine, 200 tasks": ["sine-5", "outer.meta_batch=200", "network.hidden=[100,100,100]"],
}  # fmt: skip


def measured(row):
    """{"estimate", "peak"} in bytes, of one row in this process."""
    from core.bench.workloads import experiment, ready
    from core.config import with_settings
    from core.training import Control, train
    from core.training.events import Failed, Finished, Started

    found = {}

    def sink(event):
        match event:
            case Started():
                found["estimate"], found["plan"] = event.engine["estimate_bytes"], event.engine
            case Finished():
                found["peak"] = event.peak_bytes
            case Failed():
                raise SystemExit(event.sentence)

    workload, *settings = _HELD_OUT[row]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        ready(workload, folder)
        train(
            with_settings(experiment(workload, folder, tier="eager", steps=2), ["engine.workers=1", *settings]),
            sink,
            Control(),
            folder,
            folder,
        )
    return found


def main(rows):
    found = {}
    for row in rows or _HELD_OUT:
        command = [sys.executable, "-W", "ignore", "-m", "tests.benchmarks.memory", "--alone", row]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            print(f"{row:36s} {done.stderr.strip().splitlines()[-1][:90]}", flush=True)
            continue
        found[row] = json.loads(done.stdout.splitlines()[-1])
        estimate, peak = found[row]["estimate"] / MIB, found[row]["peak"] / MIB
        print(
            f"{row:36s} estimate {estimate:7.1f}  measured {peak:7.1f} MiB  {estimate / peak:5.2f}  "
            f"{words(Plan.from_dict(found[row]['plan']))}",
            flush=True,
        )
    print(json.dumps({row: {key: values[key] for key in ("estimate", "peak")} for row, values in found.items()}))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--alone"]:
        print(json.dumps(measured(sys.argv[2])))
    else:
        main(sys.argv[1:])
