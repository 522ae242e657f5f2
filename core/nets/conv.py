"""The few-shot field's convolutional networks in their two standard forms (Finn et al. 2017), as pure functions."""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from core import kernels
from core.nets.convolution import convolved
from core.nets.heads import linear_head, shared_rows, through
from core.nets.starts import glorot, he, unit
from core.types import Net, Tensors

EPS = 1e-3  # the released MAML code's; torch's own default is 1e-5
STATISTICS = (".running_mean", ".running_var")
CENTRED = ("batch", "support")
"""Normalizations that subtract the mean of what the convolution gave."""
Norm = Callable[[Tensors, str, Tensor], Tensor]


def conv_net(
    channels: int,
    side: int,
    outputs: int,
    *,
    form: str,
    filters: int,
    depth: int = 4,
    norm: str = "batch",
    start: str = "glorot",
    head: str = "fixed",
    whole_norm: bool = False,
    channels_last: bool = False,
    dtype: torch.dtype = torch.float32,
) -> Net:
    """form "strided": 3x3 convolution with stride 2, norm, ReLU, ..., mean over the map, linear;
    "pooled": 3x3 convolution, norm, ReLU, 2x2 max-pool, ..., flattened, linear. Padding is 1 on every side (the TensorFlow
    code pads even sizes on one side only: same sizes, other values).

    norm "running": statistics gathered in pretraining are weights of the network, as the buffers of nn.BatchNorm2d in eval
    mode; until then mean 0 and variance 1.

    whole_norm: use the one-piece batch norm: five times faster on a CPU, but its second derivative is silently wrong
    under vmap (torch 2.13), so only for plans without vmap. channels_last: maps lie in memory with channels innermost, for
    plans without vmap too.

    Under batch statistics a convolution's offset cancels (the mean takes it out again): it is left out of the arithmetic, so
    that its gradient is 0 and not rounding. Pooling comes before ReLU: both keep the largest, so the values are the same.
    """
    features = filters if form == "strided" else filters * _map_side(side, depth) ** 2
    shapes = _shapes(channels, filters, depth, norm, features, 1 if head == "shared" else outputs)
    norms = tuple(name for name in shapes if ".norm." in name)
    normalize = _normalizer(norm, whole_norm)

    def init(generator: Generator) -> Tensors:
        return {name: _start(name, shape, start, generator, dtype) for name, shape in shapes.items()}

    def body(weights: Tensors, x: Tensor, see: Callable[[str, Tensor], None] | None = None) -> Tensor:
        stride, pool = (2, 1) if form == "strided" else (1, 2)
        own = whole_norm and norm in CENTRED and kernels.serves(x)
        first = 0
        if own and see is None and "body.0.norm.mean" not in weights and kernels.serves_pictures(x):
            weight, scale, shift = (weights[f"body.0.{part}"] for part in ("conv.weight", "norm.weight", "norm.bias"))
            x, first = kernels.first_layer(x, weight, scale, shift, stride, pool, EPS), 1
        elif channels_last or own:
            x = _channels_innermost(x)
        for i in range(first, depth):
            offset = None if norm in CENTRED else weights[f"body.{i}.conv.bias"]
            x = convolved(x, weights[f"body.{i}.conv.weight"], offset, stride)
            if see is not None:
                see(f"body.{i}.norm", x)
            if own and f"body.{i}.norm.mean" not in weights:
                x = kernels.norm_pool(x, weights[f"body.{i}.norm.weight"], weights[f"body.{i}.norm.bias"], pool, EPS)
                continue
            x = normalize(weights, f"body.{i}.norm", x)
            x = torch.relu(x if pool == 1 else F.max_pool2d(x, pool))
        return x.mean((-2, -1)) if form == "strided" else x.flatten(1)

    def moments(weights: Tensors, x: Tensor) -> Tensors:
        found: Tensors = {}

        def see(name: str, seen: Tensor) -> None:
            found[f"{name}.var"], found[f"{name}.mean"] = torch.var_mean(seen, (0, 2, 3), unbiased=False)

        body(weights, x, see)
        return found

    def seen(weights: Tensors, x: Tensor) -> Tensors:
        found: Tensors = {}
        body(weights, x, found.__setitem__)
        return found

    net = Net(
        shapes,
        init,
        through(body),
        moments=moments if norm == "support" else None,
        head=("head.weight", "head.bias"),
        norm=norms,
        statistics=tuple(name for name in norms if name.endswith(STATISTICS)),
        seen=seen if norm == "running" else None,
        input_shape=(channels, side, side),
        outputs=outputs,
        feature_size=features,
        features=body,
        readout=linear_head,
    )
    return shared_rows(net, outputs) if head == "shared" else net


def _channels_innermost(x: Tensor) -> Tensor:
    """The same maps with that layout. Of one channel both layouts are the same bytes, and torch goes by the strides: it takes
    channels-first for granted, for all that follows, unless they say otherwise."""
    examples, channels, height, width = x.shape
    if channels == 1:
        return x.reshape(examples, height, width, 1).permute(0, 3, 1, 2)
    return x.contiguous(memory_format=torch.channels_last)


def _map_side(side: int, depth: int) -> int:
    for _ in range(depth):
        side //= 2
    return side


def _shapes(channels: int, filters: int, depth: int, norm: str, features: int, rows: int) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {}
    for i in range(depth):
        shapes |= {
            f"body.{i}.conv.weight": (filters, filters if i else channels, 3, 3),
            f"body.{i}.conv.bias": (filters,),
        }
        if norm != "none":
            shapes |= {f"body.{i}.norm.weight": (filters,), f"body.{i}.norm.bias": (filters,)}
        if norm == "running":
            shapes |= {f"body.{i}.norm{part}": (filters,) for part in STATISTICS}
    return shapes | {"head.weight": (rows, features), "head.bias": (rows,)}


def _start(name: str, shape: tuple[int, ...], law: str, generator: Generator, dtype: torch.dtype) -> Tensor:
    if name.endswith((".norm.weight", ".running_var")):
        return torch.ones(shape, dtype=dtype)
    if len(shape) == 1:
        return torch.zeros(shape, dtype=dtype)
    if law == "maml-omniglot" and name == "head.weight":
        return unit(shape, generator, dtype)
    return (he if law == "he" else glorot)(shape, generator, dtype)


def _normalizer(policy: str, whole: bool) -> Norm:
    if policy == "none":
        return lambda weights, name, x: x
    if policy == "layer":
        return _layer
    if policy == "running":
        return _running
    return _whole_batch if whole else _batch


def _affine(weights: Tensors, name: str, x: Tensor) -> Tensor:
    return x * weights[f"{name}.weight"][:, None, None] + weights[f"{name}.bias"][:, None, None]


def _batch(weights: Tensors, name: str, x: Tensor) -> Tensor:
    """Statistics that the weights carry (support policy, query pass), else of the batch at hand. Written out:
    F.batch_norm has a wrong second derivative under vmap."""
    if f"{name}.mean" in weights:
        mean, variance = weights[f"{name}.mean"], weights[f"{name}.var"]
    else:
        variance, mean = torch.var_mean(x, (0, 2, 3), unbiased=False)
    return _by(weights, name, x, mean, variance)


def _running(weights: Tensors, name: str, x: Tensor) -> Tensor:
    """As nn.BatchNorm2d in eval mode: no example touches another."""
    return _by(weights, name, x, weights[f"{name}.running_mean"], weights[f"{name}.running_var"])


def _by(weights: Tensors, name: str, x: Tensor, mean: Tensor, variance: Tensor) -> Tensor:
    scale = torch.rsqrt(variance + EPS) * weights[f"{name}.weight"]
    return x * scale[:, None, None] + (weights[f"{name}.bias"] - mean * scale)[:, None, None]


def _whole_batch(weights: Tensors, name: str, x: Tensor) -> Tensor:
    if f"{name}.mean" in weights:
        return _batch(weights, name, x)
    return F.batch_norm(x, None, None, weights[f"{name}.weight"], weights[f"{name}.bias"], training=True, eps=EPS)


def _layer(weights: Tensors, name: str, x: Tensor) -> Tensor:
    """Over channels and map of each example, as nn.GroupNorm(1, channels)."""
    variance, mean = torch.var_mean(x, (-3, -2, -1), unbiased=False, keepdim=True)
    return _affine(weights, name, (x - mean) * torch.rsqrt(variance + EPS))


def forward_flops(channels: int, side: int, *, form: str, filters: int, depth: int) -> int:
    """Multiply-adds times two of one example through the convolutions."""
    total, width = 0, channels
    for _ in range(depth):
        out = math.ceil(side / 2) if form == "strided" else side
        total += 2 * 9 * width * filters * out * out
        width, side = filters, out if form == "strided" else side // 2
    return total
