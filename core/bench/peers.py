"""The same work as others do it: tasks from our sampler, the same weights, their meta-gradient, torch's Adam.

Each peer is a class with `gradient(tasks) -> list of tensors` (mean over tasks, in the order of the module's parameters) and
`step(tasks)`. A peer that cannot be imported raises ImportError, whose text is shown.
"""

import importlib.util
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap

from core.bench.peers_jax import Jax
from core.types import Task


class Peer:
    """Holds a plain module and its Adam; `gradient` is what the peers differ in. form: where one can be written in several ways,
    the one in use. compiles: it prepares for a number of tasks, which may take a minute."""

    form = ""
    compiles = False

    def __init__(self, module: nn.Module, rate: float, steps: int, classes: bool) -> None:
        self.module, self.rate, self.steps = module, rate, steps
        self.loss = F.cross_entropy if classes else F.mse_loss
        self.optimizer = torch.optim.Adam(module.parameters(), lr=1e-3)

    def choose_form(self, tasks: Task) -> None:
        """Where a peer can be written in several ways: the quicker one on these tasks."""

    def gradient(self, tasks: Task) -> list[Tensor]:
        raise NotImplementedError

    def step(self, tasks: Task) -> None:
        for parameter, leaf in zip(self.module.parameters(), self.gradient(tasks), strict=True):
            parameter.grad = leaf
        self.optimizer.step()


class PlainLoop(Peer):
    """A Python loop over tasks with autograd.grad(create_graph=True): what learn2learn and higher come to."""

    def gradient(self, tasks: Task) -> list[Tensor]:
        names = [name for name, _ in self.module.named_parameters()]
        start: list[Tensor] = list(self.module.parameters())
        total = torch.zeros(())
        for i in range(len(tasks.support.x)):
            weights = start
            for _ in range(self.steps):
                out = functional_call(self.module, dict(zip(names, weights, strict=True)), (tasks.support.x[i],))
                found = torch.autograd.grad(self.loss(out, tasks.support.y[i]), weights, create_graph=True)
                weights = [w - self.rate * g for w, g in zip(weights, found, strict=True)]
            out = functional_call(self.module, dict(zip(names, weights, strict=True)), (tasks.query.x[i],))
            total = total + self.loss(out, tasks.query.y[i])
        return list(torch.autograd.grad(total / len(tasks.support.x), start))


class Vectorised(Peer):
    """A script with torch.func: grad of grad under vmap over tasks. Batch norm is written out: nn.BatchNorm2d has a wrong second
    derivative under vmap (torch 2.13: 1e-2 of the largest entry here), silently."""

    def __init__(self, module: nn.Module, rate: float, steps: int, classes: bool) -> None:
        super().__init__(module, rate, steps, classes)
        for name, part in list(module.named_modules()):
            if isinstance(part, nn.BatchNorm2d):
                module.set_submodule(name, _WrittenOutNorm(part))

    def gradient(self, tasks: Task) -> list[Tensor]:
        start = {name: leaf.detach() for name, leaf in self.module.named_parameters()}

        def one(weights: dict[str, Tensor], sx: Tensor, sy: Tensor, qx: Tensor, qy: Tensor) -> Tensor:
            for _ in range(self.steps):
                moved = grad(lambda w: self.loss(functional_call(self.module, w, (sx,)), sy))(weights)
                weights = {name: leaf - self.rate * moved[name] for name, leaf in weights.items()}
            return self.loss(functional_call(self.module, weights, (qx,)), qy)

        def mean(weights: dict[str, Tensor]) -> Tensor:
            given = (tasks.support.x, tasks.support.y, tasks.query.x, tasks.query.y)
            losses: Tensor = vmap(one, in_dims=(None, 0, 0, 0, 0))(weights, *given)
            return losses.mean()

        return list(grad(mean)(start).values())


class _WrittenOutNorm(nn.Module):
    """Batch statistics and affine map, with the very parameters of an nn.BatchNorm2d."""

    def __init__(self, norm: nn.BatchNorm2d) -> None:
        super().__init__()
        self.weight, self.bias, self.eps = norm.weight, norm.bias, norm.eps

    def forward(self, x: Tensor) -> Tensor:
        variance, mean = torch.var_mean(x, (0, 2, 3), unbiased=False)
        scale = torch.rsqrt(variance + self.eps) * self.weight
        return x * scale[:, None, None] + (self.bias - mean * scale)[:, None, None]


class Learn2Learn(Peer):
    """learn2learn's own MAML: clone, adapt, backward."""

    def __init__(self, module: nn.Module, rate: float, steps: int, classes: bool) -> None:
        super().__init__(module, rate, steps, classes)
        self.maml = _learn2learn()(module, lr=rate, first_order=False)

    def gradient(self, tasks: Task) -> list[Tensor]:
        self.optimizer.zero_grad()
        count = len(tasks.support.x)
        for i in range(count):
            learner = self.maml.clone()
            for _ in range(self.steps):
                learner.adapt(self.loss(learner(tasks.support.x[i]), tasks.support.y[i]))
            (self.loss(learner(tasks.query.x[i]), tasks.query.y[i]) / count).backward()  # type: ignore[no-untyped-call]
        return [parameter.grad.detach() for parameter in self.module.parameters() if parameter.grad is not None]


class Higher(Peer):
    """higher's differentiable SGD."""

    def __init__(self, module: nn.Module, rate: float, steps: int, classes: bool) -> None:
        super().__init__(module, rate, steps, classes)
        import higher

        self.higher = higher

    def gradient(self, tasks: Task) -> list[Tensor]:
        self.optimizer.zero_grad()
        count = len(tasks.support.x)
        inner = torch.optim.SGD(self.module.parameters(), lr=self.rate)
        for i in range(count):
            with self.higher.innerloop_ctx(self.module, inner, copy_initial_weights=False) as (net, steps):
                for _ in range(self.steps):
                    steps.step(self.loss(net(tasks.support.x[i]), tasks.support.y[i]))
                (self.loss(net(tasks.query.x[i]), tasks.query.y[i]) / count).backward()  # type: ignore[no-untyped-call]
        return [parameter.grad.detach() for parameter in self.module.parameters() if parameter.grad is not None]


class TorchOpt(Peer):
    """TorchOpt's differentiable SGD over a module whose weights it replaces and puts back."""

    def __init__(self, module: nn.Module, rate: float, steps: int, classes: bool) -> None:
        super().__init__(module, rate, steps, classes)
        import torchopt

        self.torchopt = torchopt
        self.inner = torchopt.MetaSGD(module, lr=rate)
        self.parameters = list(module.parameters())

    def gradient(self, tasks: Task) -> list[Tensor]:
        for parameter in self.parameters:
            parameter.grad = None
        kept = [self.torchopt.extract_state_dict(part, by="reference") for part in (self.module, self.inner)]
        count = len(tasks.support.x)
        for i in range(count):
            for _ in range(self.steps):
                self.inner.step(self.loss(self.module(tasks.support.x[i]), tasks.support.y[i]))
            (self.loss(self.module(tasks.query.x[i]), tasks.query.y[i]) / count).backward()  # type: ignore[no-untyped-call]
            for part, state in zip((self.module, self.inner), kept, strict=True):
                self.torchopt.recover_state_dict(part, state)
        return [parameter.grad.detach() for parameter in self.parameters if parameter.grad is not None]


class Contender(Protocol):
    """What the comparison asks of a peer."""

    module: nn.Module
    form: str
    compiles: bool

    def choose_form(self, tasks: Task) -> None: ...
    def gradient(self, tasks: Task) -> list[Tensor]: ...
    def step(self, tasks: Task) -> None: ...


PEERS: dict[str, Callable[[nn.Module, float, int, bool], Contender]] = {
    "learn2learn": Learn2Learn, "JAX": Jax, "higher": Higher, "TorchOpt": TorchOpt, "plain loop": PlainLoop,
    "torch.func": Vectorised,
}  # fmt: skip


def _learn2learn() -> Any:
    """Its class MAML; the packages are entered by path where their __init__ wants what is not installed (gym, torchvision)."""
    try:
        from learn2learn.algorithms.maml import MAML
    except ImportError:
        spec = importlib.util.find_spec("learn2learn")
        if spec is None or not spec.submodule_search_locations:
            raise
        root = Path(next(iter(spec.submodule_search_locations)))
        for name, folder in (("learn2learn", root), ("learn2learn.algorithms", root / "algorithms")):
            package = types.ModuleType(name)
            package.__path__ = [str(folder)]
            sys.modules[name] = package
        from learn2learn.algorithms.maml import MAML
    return MAML
