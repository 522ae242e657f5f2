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
