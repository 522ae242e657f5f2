"""Meta-gradients of learn2learn's own MAML, MetaSGD and ANIL (MAML of the head alone, as in its examples) on fixed weights
and data, for test_learn2learn.py.

    python tests/core/methods/data/make_learn2learn.py      # in an environment with torch, numpy and learn2learn 0.2.0

learn2learn 0.2.0 builds on Python 3.11 only once its C file is made anew (Cython 0.29), without dependencies. Its __init__
wants gym, torchvision, lightning and requests, none of which these need, so the two packages are entered by path; the code
of the algorithms is untouched. Needs nothing of Headstart.
"""

import importlib.util
import sys
import types
from collections import OrderedDict
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import nn

FILE = Path(__file__).with_name("learn2learn.npz")
VERSION = "0.2.0"
TASKS = 3

CASES = {
    "sine, 1 step": {"network": "mlp", "steps": 1, "rate": 0.01, "first_order": False},
    "sine, 5 steps": {"network": "mlp", "steps": 5, "rate": 0.01, "first_order": False},
    "sine, 5 steps, first order": {"network": "mlp", "steps": 5, "rate": 0.01, "first_order": True},
    "pictures with batch norm, 2 steps": {"network": "conv", "steps": 2, "rate": 0.4, "first_order": False},
    "pictures with batch norm, first order": {"network": "conv", "steps": 2, "rate": 0.4, "first_order": True},
    "Meta-SGD, sine": {"method": "meta-sgd", "network": "mlp", "steps": 3, "rate": 0.01, "first_order": False},
    "Meta-SGD, sine, first order": {
        "method": "meta-sgd",
        "network": "mlp",
        "steps": 3,
        "rate": 0.01,
        "first_order": True,
    },
    "Meta-SGD, pictures": {"method": "meta-sgd", "network": "conv", "steps": 2, "rate": 0.4, "first_order": False},
    "ANIL, sine": {"method": "anil", "network": "mlp", "steps": 4, "rate": 0.002, "first_order": False},
    "ANIL, pictures": {"method": "anil", "network": "conv", "steps": 3, "rate": 0.4, "first_order": False},
    "ANIL, pictures, first order": {"method": "anil", "network": "conv", "steps": 3, "rate": 0.4, "first_order": True},
}
"""method: MAML where none is named."""


@cache
def learn2learn_algorithms():
    """learn2learn's classes (MAML, MetaSGD); ImportError where it is not installed. The stand-ins for its packages go again."""
    found = importlib.util.find_spec("learn2learn")
    if found is None:
        raise ImportError("learn2learn is not installed")
    root = Path(next(iter(found.submodule_search_locations)))
    for name, folder in (("learn2learn", root), ("learn2learn.algorithms", root / "algorithms")):
        package = types.ModuleType(name)
        package.__path__ = [str(folder)]
        sys.modules[name] = package
    try:
        from learn2learn.algorithms.maml import MAML
        from learn2learn.algorithms.meta_sgd import MetaSGD
    finally:
        for name in [name for name in sys.modules if name.split(".")[0] == "learn2learn"]:
            del sys.modules[name]
    return MAML, MetaSGD


def network(kind):
    """The plain module in float64: 1-40-40-1, or three strided blocks with batch norm on 14 x 14 pictures, five ways."""
    if kind == "mlp":
        body = nn.Sequential(nn.Linear(1, 40), nn.ReLU(), nn.Linear(40, 40), nn.ReLU())
        return nn.Sequential(OrderedDict([("body", body), ("head", nn.Linear(40, 1))])).double()
    blocks, width = [], 1
    for _ in range(3):
        parts = [
            ("conv", nn.Conv2d(width, 6, 3, stride=2, padding=1)),
            ("norm", nn.BatchNorm2d(6, eps=1e-3, track_running_stats=False)),
            ("relu", nn.ReLU()),
        ]
        blocks.append(nn.Sequential(OrderedDict(parts)))
        width = 6
    body = [("body", nn.Sequential(*blocks)), ("mean", nn.AdaptiveAvgPool2d(1)), ("flatten", nn.Flatten())]
    return nn.Sequential(OrderedDict([*body, ("head", nn.Linear(6, 5))])).double()


def weights(kind):
    """By name; drawn so that no gradient vanishes and no case runs away."""
    draws = np.random.RandomState(0)
    return {
        name: draws.randn(*leaf.shape) * (leaf.shape[1] ** -0.5 if leaf.ndim == 2 else 0.5 if leaf.ndim > 1 else 0.1)
        + (name.endswith("norm.weight"))
        for name, leaf in network(kind).state_dict().items()
    }


def rates(case):
    """Step sizes of Meta-SGD by name, each entry its own, some uphill."""
    draws = np.random.RandomState(2)
    return {name: case["rate"] * draws.uniform(-0.2, 2, leaf.shape) for name, leaf in weights(case["network"]).items()}


def data(kind):
    """(support x, support y, query x, query y), all with the task axis in front."""
    draws = np.random.RandomState(1)
    if kind == "mlp":
        x = draws.uniform(-5, 5, (TASKS, 20, 1))
        y = draws.uniform(0.1, 5, (TASKS, 1, 1)) * np.sin(x - draws.uniform(0, np.pi, (TASKS, 1, 1)))
    else:
        y = np.tile(np.arange(5), (TASKS, 4))
        x = draws.rand(TASKS, 20, 1, 14, 14).round(3) + 0.1 * y[:, :, None, None, None]
    return x[:, :10], y[:, :10], x[:, 10:], y[:, 10:]


def meta_gradient(algorithms, case):
    """(outer loss, gradient by name, of Meta-SGD's step sizes under "rate/...") of the mean query loss over the tasks."""
    maml, meta_sgd = algorithms
    method = case.get("method", "maml")
    module = network(case["network"])
    module.load_state_dict({name: torch.as_tensor(leaf) for name, leaf in weights(case["network"]).items()})
    measure = nn.functional.mse_loss if case["network"] == "mlp" else nn.functional.cross_entropy
    if method == "meta-sgd":
        wanted = rates(case)
        steps = nn.ParameterList([nn.Parameter(torch.as_tensor(wanted[name])) for name, _ in module.named_parameters()])
        learner = meta_sgd(module, lrs=steps, first_order=case["first_order"])
    else:
        learner = maml(module.head if method == "anil" else module, lr=case["rate"], first_order=case["first_order"])
    body = module[:-1] if method == "anil" else nn.Identity()
    total = 0.0
    for task in zip(*(torch.as_tensor(part) for part in data(case["network"])), strict=True):
        support_x, support_y, query_x, query_y = task
        adapted = learner.clone()
        for _ in range(case["steps"]):
            adapted.adapt(measure(adapted(body(support_x)), support_y))
        loss = measure(adapted(body(query_x)), query_y) / TASKS
        loss.backward()
        total += loss.item()
    found = {name: leaf.grad.numpy() for name, leaf in module.named_parameters()}
    if method == "meta-sgd":
        named = zip(module.named_parameters(), learner.lrs, strict=True)
        found |= {f"rate/{name}": rate.grad.numpy() for (name, _), rate in named}
    return total, found


def main():
    algorithms, found = learn2learn_algorithms(), {}
    for name, case in CASES.items():
        loss, gradient = meta_gradient(algorithms, case)
        found[f"{name}/loss"] = np.array(loss)
        found |= {f"{name}/{tensor}": leaf for tensor, leaf in gradient.items()}
    np.savez_compressed(FILE, **found)
    print(f"{FILE}: {len(found)} arrays, {FILE.stat().st_size} bytes, torch {torch.__version__}")


if __name__ == "__main__":
    main()
