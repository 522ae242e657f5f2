"""The transforms that do without torch's compiler: the same gradients, and none of its 800 modules."""

import subprocess
import sys

import pytest
import torch

from core import func
from core.func import _gradients, eager_transforms, grad, vjp, vmap

RUN = """
import sys, tempfile
from pathlib import Path
from core.config import parse
from core.training import Control, train

events = []
experiment = parse({"tasks": {"kind": "sinusoid"}, "outer": {"steps": 2}, "evaluation": {"tasks": 2, "validation_tasks": 2},
                    "engine": {"tier": "eager", "walk": WALK}})
with tempfile.TemporaryDirectory() as folder:
    train(experiment, events.append, Control(), Path(folder), Path(folder))
assert type(events[-1]).__name__ == "Finished", events[-1]

import torch
from core.func import grad, vmap
from core.losses import cross_entropy
from core.types import Batch

labelled = Batch(torch.zeros(2, 3, 1), torch.zeros(2, 3, dtype=torch.int64), torch.ones(2, 3))
vmap(grad(cross_entropy))(torch.zeros(2, 3, 5), labelled)
print([name for name in ("torch._dynamo", "torch._inductor", "sympy", "pandas") if name in sys.modules])
"""


@pytest.mark.parametrize("walk", ["unrolled"])
def test_a_run_imports_no_compiler(walk):
    """A second and 76 MiB of every run's start; AdamW, Adam and SGD go the same way, and labels under vmap."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", RUN.replace("WALK", repr(walk))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "[]", done.stderr


@pytest.fixture
def without_compiler(monkeypatch):
    """As in a process that has imported none; the function that asks must not be called."""
    monkeypatch.delitem(sys.modules, "torch._dynamo", raising=False)
    monkeypatch.setattr(func, "_ASKING", lambda *_: pytest.fail("asked"))


def test_torch_uses_it():
    assert eager_transforms._autograd_grad is _gradients


def found():
    """First and second derivatives, of unused and constant inputs too, with and without vmap."""
    x, y = torch.arange(1.0, 7.0, dtype=torch.float64).view(2, 3), torch.ones(3, dtype=torch.float64)

    def loss(weights, unused):
        return (weights**3).sum()

    second = grad(lambda w: (grad(loss)(w, y) * w).sum())
    outputs, pull = vjp(lambda a, b: (a.sin(), torch.ones(2, dtype=torch.float64)), x, y)
    return [
        *grad(loss, argnums=(0, 1))(y, x), second(y), vmap(second)(x), grad(lambda w: torch.ones((), dtype=torch.float64))(y),
        *pull((torch.ones_like(outputs[0]), torch.ones_like(outputs[1]))),
    ]  # fmt: skip


def test_the_gradients_are_torchs_own(without_compiler, monkeypatch):
    ours = found()
    monkeypatch.undo()
    import torch._dynamo

    for mine, theirs in zip(ours, found(), strict=True):
        assert torch.equal(mine, theirs)
    assert torch.equal(ours[2], 6 * torch.ones(3, dtype=torch.float64) * 1.5)


def nested():
    """A gradient step inside a gradient, with aux, a detached gradient, an unused weight, vmap inside, and a pullback."""
    weights = {"used": torch.arange(1.0, 4.0, dtype=torch.float64), "unused": torch.ones(2, dtype=torch.float64)}
    rate = torch.tensor(0.1, dtype=torch.float64)

    def loss(at, x):
        return (at["used"].sin() * x).pow(3).sum()

    def outer(at, x, rate):
        slope, aux = grad(lambda moved: (loss(moved, x), moved["used"].sum()), has_aux=True)(at)
        moved = {name: leaf - rate * slope[name] for name, leaf in at.items()}
        still = {name: leaf - grad(loss)(at, x)[name].detach() for name, leaf in at.items()}
        rows = vmap(grad(loss), in_dims=(None, 0))(at, torch.stack([x, 2 * x]))["used"]
        return loss(moved, x) + loss(still, x) + rows.sum() + aux, {"seen": moved["used"]}

    x = torch.tensor([0.3, -0.2, 0.5], dtype=torch.float64)
    found, aux = func.last_grad(outer)(weights, x, rate)
    value, pull = vjp(lambda at, r: outer(at, x, r)[0], weights, rate)
    return [
        *found.values(),
        aux["seen"],
        value,
        *func.last(pull, torch.ones_like(value))[0].values(),
        vjp_of_rate(outer, weights, x, rate),
    ]


def vjp_of_rate(outer, weights, x, rate):
    value, pull = vjp(lambda r: outer(weights, x, r)[0], rate)
    return func.last(pull, torch.ones_like(value))[0]


def test_by_graph_and_by_levels_the_gradients_are_the_same():
    by_levels = nested()
    with func.by_graph():
        by_graph = nested()
    for mine, theirs in zip(by_graph, by_levels, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-14, atol=1e-14)


def test_by_graph_the_outermost_gradient_keeps_no_graph_and_leaves_its_inputs_alone():
    weights = {"w": torch.ones(3, requires_grad=True)}
    with func.by_graph():
        slope, aux = grad(lambda at: ((at["w"] ** 3).sum(), at["w"] * 2), has_aux=True)(weights)
    assert not slope["w"].requires_grad
    assert not aux.requires_grad
    assert weights["w"].grad is None
