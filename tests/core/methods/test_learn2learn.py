"""Our MAML, Meta-SGD and ANIL beside learn2learn's: the same weights and data, the same meta-gradient to 1e-9 in float64.

The values that learn2learn 0.2.0 gave are stored in data/learn2learn.npz; where it is installed it is asked again.
"""

import importlib.util
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from core import losses
from core.methods.registry import make
from core.nets import build
from core.types import Batch, Meta, Partition, Recipe, Task, TaskSpec

from .cases import MODES, D, gradient_of, mlp
from .data import make_learn2learn as theirs

SPECS = {
    "mlp": TaskSpec("regression", (1,), 1, 10, 10, "stored"),
    "conv": TaskSpec("classification", (1, 14, 14), 5, 2, 2, "stored"),
}
NETWORKS = {
    "mlp": mlp(hidden=(40, 40), activation="relu"),
    "conv": SimpleNamespace(kind="conv-strided", filters=6, depth=3, norm="batch", init="glorot", head="fixed"),
}
WALKS = ("unrolled", "adjoint")


def ours(case, mode, walk):
    """(outer loss, gradient by name) of the same case through the engine."""
    kind = case["network"]
    net = build(NETWORKS[kind], SPECS[kind], whole_norm=mode == "per-task", dtype=D)
    loss = losses.loss_of(SPECS[kind].task_type)
    recipe = Recipe(case["steps"], case["rate"], case["first_order"])
    which = case.get("method", "maml")
    adapted = net.head if which == "anil" else tuple(net.shapes)
    method = make("meta-sgd" if which == "meta-sgd" else "maml", net, loss, recipe, Partition(adapted, ()), None)
    learned = {"init": {name: torch.as_tensor(leaf) for name, leaf in theirs.weights(kind).items()}}
    if which == "meta-sgd":
        learned["rate"] = {name: torch.as_tensor(leaf) for name, leaf in theirs.rates(case).items()}
    meta = Meta(learned, {}, {})
    support_x, support_y, query_x, query_y = (torch.as_tensor(part) for part in theirs.data(kind))
    ones = torch.ones(support_x.shape[:2], dtype=D)
    tasks = Task(Batch(support_x, support_y, ones), Batch(query_x, query_y, ones))
    found, aux = gradient_of(method, tasks, mode, walk=walk, meta=meta)
    prefixes = {"init": "", "rate": "rate/"}
    gradient = {
        f"{prefixes[group]}{name}": leaf.numpy() for group, named in found.items() for name, leaf in named.items()
    }
    return aux["outer_loss"].mean().item(), gradient


def assert_equal(found, expected):
    """Loss to 1e-12; every entry to 1e-9 of the largest of its tensor. The gradient of a bias below a batch norm is 0 but
    for rounding, so that 1e-12 of the largest of all is allowed everywhere."""
    (loss, gradient), (their_loss, their_gradient) = found, expected
    assert loss == pytest.approx(their_loss, rel=1e-12)
    assert gradient.keys() == their_gradient.keys()
    most = max(np.abs(leaf).max() for leaf in their_gradient.values())
    for name, leaf in their_gradient.items():
        np.testing.assert_allclose(
            gradient[name], leaf, rtol=0, atol=max(1e-9 * np.abs(leaf).max(), 1e-12 * most), err_msg=name
        )


def stored(name):
    with np.load(theirs.FILE) as file:
        found = {key.removeprefix(f"{name}/"): file[key] for key in file.files if key.startswith(f"{name}/")}
    return float(found.pop("loss")), found


@pytest.mark.parametrize("walk", WALKS)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", theirs.CASES)
def test_the_meta_gradient_is_the_one_that_learn2learn_gave(name, mode, walk):
    assert_equal(ours(theirs.CASES[name], mode, walk), stored(name))


@pytest.mark.parametrize("name", theirs.CASES)
def test_no_stored_case_runs_away(name):
    """Gradients of a diverged inner loop agree only in their first digits, and say little."""
    loss, gradient = stored(name)
    assert 1e-3 < loss < 30
    assert all(np.abs(leaf).max() < 1e3 for leaf in gradient.values())


def test_first_and_second_order_of_the_stored_values_differ():
    """Else equality would say nothing about second derivatives."""
    pairs = [
        ("sine, 5 steps", "sine, 5 steps, first order"),
        ("pictures with batch norm, 2 steps", "pictures with batch norm, first order"),
        ("Meta-SGD, sine", "Meta-SGD, sine, first order"),
        ("ANIL, pictures", "ANIL, pictures, first order"),
    ]
    for second, first in pairs:
        one, other = stored(second)[1], stored(first)[1]
        assert np.abs(one["head.weight"] - other["head.weight"]).max() > 1e-3 * np.abs(one["head.weight"]).max()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", theirs.CASES)
def test_the_meta_gradient_is_the_one_that_learn2learn_gives(name, mode):
    if importlib.util.find_spec("learn2learn") is None:
        pytest.skip("install learn2learn to compare live")
    expected = theirs.meta_gradient(theirs.learn2learn_algorithms(), theirs.CASES[name])
    assert_equal(ours(theirs.CASES[name], mode, "unrolled"), expected)
