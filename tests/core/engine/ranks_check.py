"""Started by torchrun in test_ranks.py: each rank's summed gradient beside the whole one, for every method, as JSON lines."""

import json
import sys

import torch

from core.engine.eager import meta_gradient
from core.engine.plan import Plan
from core.engine.ranks import joined
from tests.core.methods.cases import KINDS, WORLDS, ZERO, draws_of, flat, sensible

WORLD = {"mlp-tanh": torch.float64, "strided-layer-fixed": torch.float32}


def apart(found, expected):
    most = max(float(leaf.abs().max()) for leaf in expected.values())
    return max(float((found[name] - leaf).abs().max()) for name, leaf in expected.items()) / most


def main():
    torch.set_num_threads(1)
    with joined() as ranks:
        for kind, case in KINDS.items():
            for name, dtype in WORLD.items():
                world = WORLDS[name]
                if not sensible(kind, world):
                    continue
                tasks = world.tasks(dtype, count=5)
                method = case.method(world.net(dtype=dtype), world.loss)
                meta = case.meta(method)
                noise = draws_of(method, meta, tasks)
                compute = meta_gradient(method, Plan("vectorised", 2, 1, "eager", "cpu", str(dtype)))
                whole, aux = compute(meta, tasks, noise, ZERO.to(dtype))
                found, reports = ranks.gradient(compute, meta, tasks, noise, ZERO.to(dtype))
                line = {
                    "rank": ranks.rank, "kind": kind, "world": name, "gradient": apart(flat(found), flat(whole)),
                    "aux": max(float((reports[key] - leaf).abs().max()) for key, leaf in aux.items()),
                }  # fmt: skip
                sys.stdout.write(json.dumps(line) + "\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
