"""JAX as the peer: one jitted function a step (vmap over tasks, meta-gradient, Adam), convolutions in the quicker of two forms.

Written as well as we can: maps with channels innermost, batch norm before pooling before ReLU, no offsets under batch norm, a
step without a copy to the host. The forms of the convolution are "conv" (lax.conv_general_dilated; tasks one after the other
in lax.map, since a vmap of it is a grouped convolution) and "slices" (nine shifted slices and one matrix product, tasks in
vmap). The one that is quicker on a few examples and an inner step is taken.
"""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from core.types import Task

EPS_ADAM, BETAS = 1e-8, (0.9, 0.999)
FEW = 10


class Jax:
    """As core.bench.peers.Peer. form: of the convolutions, the one that is used."""

    compiles = True

    def __init__(self, module: nn.Module, rate: float, steps: int, classes: bool) -> None:
        import jax

        self.jax, self.module = jax, module
        self.rate, self.steps, self.classes = rate, steps, classes
        self.double = next(module.parameters()).dtype == torch.float64
        with self._precision():
            self.start = {name: _array(leaf) for name, leaf in module.named_parameters()}
            self.state = self._first_state()
        self.convolutions = any(".conv." in name for name in self.start)
        self.strided = self.convolutions and not hasattr(module.get_submodule("body.0"), "pool")
        self.form = "slices"
        self._step: Callable[..., Any] | None = None

    def choose_form(self, tasks: Task) -> None:
        """The quicker form on a few examples of these tasks and one inner step: one may take twenty times as long as the other."""
        if not self.convolutions:
            return
        arrays, best = [leaf[:, :FEW] for leaf in self._given(tasks)], float("inf")
        for form in ("slices", "conv"):
            gradient = self.jax.jit(self.jax.grad(partial(self._loss, form, 1)))
            self.jax.block_until_ready(gradient(self.start, *arrays))
            begun = time.perf_counter()
            self.jax.block_until_ready(gradient(self.start, *arrays))
            taken = time.perf_counter() - begun
            if taken < best:
                best, self.form = taken, form

    def gradient(self, tasks: Task) -> list[Tensor]:
        """Of the very step that is timed, so that it is compiled once; at the start."""
        with self._precision():
            _, found = self._compiled()(self._first_state(), *self._given(tasks))
        return [torch.from_numpy(_numpy(found[name])) for name, _ in self.module.named_parameters()]

    def step(self, tasks: Task) -> None:
        self.state, _ = self._compiled()(self.state, *self._given(tasks))
        self.jax.block_until_ready(self.state)

    def _compiled(self) -> Callable[..., Any]:
        if self._step is None:
            self._step = self.jax.jit(self._whole)
        return self._step

    def _first_state(self) -> Any:
        zeros = {name: 0 * leaf for name, leaf in self.start.items()}
        return self.start, zeros, zeros, 0

    def _precision(self) -> Any:
        """JAX takes float64 for float32 unless told otherwise."""
        if hasattr(self.jax, "enable_x64"):
            return self.jax.enable_x64(self.double)
        from jax.experimental import enable_x64  # before it moved

        return enable_x64(self.double)

    def _whole(self, state: Any, *given: Any) -> Any:
        """One outer step: (state after meta-gradient and Adam, the meta-gradient)."""
        weights, first, second, count = state
        found = self.jax.grad(partial(self._loss, self.form, self.steps))(weights, *given)
        tree, count = self.jax.tree_util.tree_map, count + 1
        first = tree(lambda m, g: BETAS[0] * m + (1 - BETAS[0]) * g, first, found)
        second = tree(lambda v, g: BETAS[1] * v + (1 - BETAS[1]) * g * g, second, found)
        size, root = 1e-3 / (1 - BETAS[0] ** count), (1 - BETAS[1] ** count) ** 0.5
        moved = tree(lambda w, m, v: w - size * m / (v**0.5 / root + EPS_ADAM), weights, first, second)
        return (moved, first, second, count), found

    def _given(self, tasks: Task) -> list[Any]:
        jnp = self.jax.numpy
        x = [batch.x for batch in (tasks.support, tasks.query)]
        if self.convolutions:
            x = [pictures.movedim(2, -1).contiguous() for pictures in x]
        labels = [batch.y for batch in (tasks.support, tasks.query)]
        return [jnp.asarray(leaf.numpy()) for leaf in (x[0], labels[0], x[1], labels[1])]

    def _loss(self, form: str, steps: int, weights: Any, *given: Any) -> Any:
        """The mean query loss over tasks after that many inner steps."""

        def one(task: Any) -> Any:
            sx, sy, qx, qy = task
            adapted = weights
            for _ in range(steps):
                moved = self.jax.grad(lambda w: self._error(self._outputs(form, w, sx), sy))(adapted)
                adapted = {name: leaf - self.rate * moved[name] for name, leaf in adapted.items()}
            return self._error(self._outputs(form, adapted, qx), qy)

        if self.convolutions and form == "conv":
            return self.jax.lax.map(one, given).mean()
        return self.jax.vmap(one)(given).mean()

    def _error(self, outputs: Any, y: Any) -> Any:
        if not self.classes:
            return ((outputs - y) ** 2).mean()
        log_chances = self.jax.nn.log_softmax(outputs)
        return -(log_chances * self.jax.nn.one_hot(y, outputs.shape[-1])).sum(-1).mean()

    def _outputs(self, form: str, w: Any, x: Any) -> Any:
        nn_ = self.jax.nn
        if not self.convolutions:
            x = x.reshape(len(x), -1)
            for name in [name for name in w if name.startswith("body") and name.endswith("weight")]:
                x = nn_.relu(x @ w[name].T + w[name.replace("weight", "bias")])
            return x @ w["head.weight"].T + w["head.bias"]
        for i in range(sum(name.endswith("conv.weight") for name in w)):
            x = self._normalized(self._convolved(form, w[f"body.{i}.conv.weight"], x), w, f"body.{i}.norm")
            x = nn_.relu(x if self.strided else self._pooled(x))
        x = x.mean((1, 2)) if self.strided else x.transpose(0, 3, 1, 2).reshape(len(x), -1)
        return x @ w["head.weight"].T + w["head.bias"]

    def _convolved(self, form: str, weight: Any, x: Any) -> Any:
        """weight: as torch keeps it [out, in, 3, 3]; x: [examples, height, width, channels]."""
        jnp, stride = self.jax.numpy, 2 if self.strided else 1
        kernel = weight.transpose(2, 3, 1, 0)
        if form == "conv":
            return self.jax.lax.conv_general_dilated(
                x, kernel, (stride, stride), [(1, 1), (1, 1)], dimension_numbers=("NHWC", "HWIO", "NHWC")
            )
        height, width = (-(-side // stride) for side in x.shape[1:3])
        wide = jnp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
        slices = [
            wide[:, i : i + stride * (height - 1) + 1 : stride, j : j + stride * (width - 1) + 1 : stride]
            for i in range(3)
            for j in range(3)
        ]
        return jnp.concatenate(slices, -1) @ kernel.reshape(-1, kernel.shape[-1])

    def _normalized(self, x: Any, w: Any, name: str) -> Any:
        mean, variance = x.mean((0, 1, 2)), x.var((0, 1, 2))
        eps = self.module.get_submodule(name).eps
        return (x - mean) * (self.jax.lax.rsqrt(variance + eps) * w[f"{name}.weight"]) + w[f"{name}.bias"]

    def _pooled(self, x: Any) -> Any:
        """2x2 max-pool. Of equal entries the first one takes the gradient, as in torch (jnp.max shares it out among them, which
        is another subgradient); it is also the quicker form."""
        height, width = x.shape[1] // 2, x.shape[2] // 2
        x = x[:, : 2 * height, : 2 * width]
        first, *others = (x[:, i::2, j::2] for i in range(2) for j in range(2))
        for other in others:
            first = self.jax.numpy.where(other > first, other, first)
        return first


def _array(leaf: Tensor) -> Any:
    import jax.numpy as jnp

    return jnp.asarray(leaf.detach().numpy())


def _numpy(leaf: Any) -> Any:
    import numpy as np

    return np.array(leaf)
