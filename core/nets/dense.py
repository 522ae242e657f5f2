"""Fully connected networks as pure functions, equal to the plain module that `core.nets.modules` builds."""

import math
from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from core.nets.heads import linear_head, shared_rows, through
from core.nets.starts import glorot, he, truncated_normal
from core.types import Net, Tensors

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": torch.relu,
    "tanh": torch.tanh,
    "softplus": F.softplus,
    "leaky-relu": F.leaky_relu,
}


def mlp(
    inputs: int,
    hidden: Sequence[int],
    outputs: int,
    *,
    activation: str = "relu",
    norm: str = "none",
    start: str = "truncated-normal",
    head: str = "fixed",
    vector: int = 0,
    dtype: torch.dtype = torch.float32,
) -> Net:
    """Linear, (layer norm), activation for every hidden layer; a linear head. Pictures are flattened.

    vector: so many learned numbers stand beside every input ("input.vector", from zero): the "bias transformation" of
    MAML's and PLATIPUS' regression code, which lets a gradient step move a layer's offset by itself.
    """
    positions = _positions(len(hidden), norm)
    shapes: dict[str, tuple[int, ...]] = {}
    if vector:
        shapes["input.vector"] = (vector,)
    width = inputs + vector
    for at, units in zip(positions, hidden, strict=True):
        shapes |= {f"body.{at}.weight": (units, width), f"body.{at}.bias": (units,)}
        if norm == "layer":
            shapes |= {f"body.{at + 1}.weight": (units,), f"body.{at + 1}.bias": (units,)}
        width = units
    rows = 1 if head == "shared" else outputs
    shapes |= {"head.weight": (rows, width), "head.bias": (rows,)}
    norms = tuple(f"body.{at + 1}.{part}" for at in positions for part in ("weight", "bias")) if norm == "layer" else ()
    draw = {"truncated-normal": truncated_normal, "he": he, "glorot": glorot}[start]
    nonlinear = ACTIVATIONS[activation]

    def init(generator: Generator) -> Tensors:
        return {name: _start(name, shape, norms, draw, generator, dtype) for name, shape in shapes.items()}

    def features(weights: Tensors, x: Tensor) -> Tensor:
        x = x.flatten(1)
        if vector:
            x = torch.cat([x, weights["input.vector"].expand(len(x), -1)], 1)
        for at in positions:
            x = F.linear(x, weights[f"body.{at}.weight"], weights[f"body.{at}.bias"])
            if norm == "layer":
                x = layer_norm(x, weights[f"body.{at + 1}.weight"], weights[f"body.{at + 1}.bias"])
            x = nonlinear(x)
        return x

    net = Net(
        shapes, init, through(features), head=("head.weight", "head.bias"), norm=norms,
        input_shape=(inputs,), outputs=outputs, feature_size=width, features=features, readout=linear_head,
    )  # fmt: skip
    return shared_rows(net, outputs) if head == "shared" else net


def layer_norm(x: Tensor, scale: Tensor, offset: Tensor, eps: float = 1e-5) -> Tensor:
    """Over the last axis, written out: safe under vmap and twice differentiated."""
    variance, mean = torch.var_mean(x, -1, unbiased=False, keepdim=True)
    return (x - mean) * torch.rsqrt(variance + eps) * scale + offset


def _positions(layers: int, norm: str) -> list[int]:
    """Index of each linear layer inside the plain Sequential (linear, [norm], activation, ...)."""
    return [i * (3 if norm == "layer" else 2) for i in range(layers)]


def _start(
    name: str,
    shape: tuple[int, ...],
    norms: tuple[str, ...],
    draw: Callable[[tuple[int, ...], Generator, torch.dtype], Tensor],
    generator: Generator,
    dtype: torch.dtype,
) -> Tensor:
    if name.endswith(".weight") and name in norms:
        return torch.ones(shape, dtype=dtype)
    return draw(shape, generator, dtype) if math.prod(shape) and len(shape) > 1 else torch.zeros(shape, dtype=dtype)
