"""From settings and a task's spec to a network; settings are read by attribute, so any object with the fields will do."""

from itertools import pairwise
from typing import Any

import torch
from torch import nn

from core.errors import BadExperiment
from core.nets.conv import EPS, conv_net, forward_flops
from core.nets.dense import mlp
from core.types import Net, TaskSpec


def build(
    settings: Any,
    spec: TaskSpec,
    *,
    ways: int | None = None,
    whole_norm: bool = False,
    channels_last: bool = False,
    dtype: torch.dtype = torch.float32,
) -> Net:
    """The network for tasks like `spec`, with `ways` outputs where they differ from the spec's."""
    outputs = ways or spec.outputs
    if settings.kind == "mlp":
        net = mlp(
            _inputs(spec), settings.hidden, outputs, activation=settings.activation, norm=settings.norm,
            start=settings.init, head=settings.head, vector=_vector(settings), dtype=dtype,
        )  # fmt: skip
        return net._replace(input_shape=spec.input_shape)
    channels, side = _picture(settings, spec)
    return conv_net(
        channels, side, outputs, form=_form(settings), filters=settings.filters, depth=settings.depth,
        norm=settings.norm, start=settings.init, head=settings.head, whole_norm=whole_norm, channels_last=channels_last,
        dtype=dtype,
    )  # fmt: skip


def flops(settings: Any, spec: TaskSpec) -> int:
    """Floating point operations of one example forward (multiply and add counted as two)."""
    if settings.kind == "mlp":
        widths = [_inputs(spec) + _vector(settings), *settings.hidden, spec.outputs]
        return sum(2 * int(a) * int(b) for a, b in pairwise(widths))
    channels, side = _picture(settings, spec)
    return forward_flops(channels, side, form=_form(settings), filters=settings.filters, depth=settings.depth)


def module_source(settings: Any, spec: TaskSpec, outputs: int | None = None) -> str:
    """Python lines that build the equal plain torch.nn module as `model`; they need torch alone."""
    lines = (
        ["from collections import OrderedDict", *_VECTOR]
        if _vector(settings)
        else ["from collections import OrderedDict"]
    )
    lines += ["from torch import nn", ""] if not _vector(settings) else [""]
    rows = outputs or spec.outputs
    parts = _dense_source(settings, spec, rows) if settings.kind == "mlp" else _conv_source(settings, spec, rows)
    mode = ["model.eval()"] if settings.norm == "running" else []  # by its running statistics, never the batch's
    body = ["model = nn.Sequential(OrderedDict([", *(f"    {part}," for part in parts), "]))"]
    return "\n".join([*lines, *body, *mode, ""])


def module(settings: Any, spec: TaskSpec, outputs: int | None = None) -> nn.Module:
    """The module that `module_source` writes down; built from our own text, never from a file's."""
    scope: dict[str, Any] = {}
    exec(module_source(settings, spec, outputs), scope)
    model: nn.Module = scope["model"]
    return model


def _dense_source(settings: Any, spec: TaskSpec, outputs: int) -> list[str]:
    activation = {"relu": "ReLU", "tanh": "Tanh", "softplus": "Softplus", "leaky-relu": "LeakyReLU"}[
        settings.activation
    ]
    layers, width = [], _inputs(spec) + _vector(settings)
    for units in settings.hidden:
        norm = f", nn.LayerNorm({units})" if settings.norm == "layer" else ""
        layers.append(f"nn.Linear({width}, {units}){norm}, nn.{activation}()")
        width = units
    flatten = ['("flatten", nn.Flatten())'] if len(spec.input_shape) > 1 else []
    beside = [f'("input", Beside({_vector(settings)}))'] if _vector(settings) else []
    return [
        *flatten,
        *beside,
        f'("body", nn.Sequential({", ".join(layers)}))',
        f'("head", nn.Linear({width}, {outputs}))',
    ]


def _conv_source(settings: Any, spec: TaskSpec, outputs: int) -> list[str]:
    channels, side = _picture(settings, spec)
    strided, filters = _form(settings) == "strided", settings.filters
    norm = {
        "batch": f'("norm", nn.BatchNorm2d({filters}, eps={EPS}, track_running_stats=False)), ',
        "support": f'("norm", nn.BatchNorm2d({filters}, eps={EPS}, track_running_stats=False)), ',
        "running": f'("norm", nn.BatchNorm2d({filters}, eps={EPS})), ',
        "layer": f'("norm", nn.GroupNorm(1, {filters}, eps={EPS})), ',
        "none": "",
    }[settings.norm]
    blocks, width = [], channels
    for _ in range(settings.depth):
        convolution = f"nn.Conv2d({width}, {filters}, 3, stride={2 if strided else 1}, padding=1)"
        pool = "" if strided else ', ("pool", nn.MaxPool2d(2))'
        blocks.append(f'nn.Sequential(OrderedDict([("conv", {convolution}), {norm}("relu", nn.ReLU()){pool}]))')
        width, side = filters, side if strided else side // 2
    pooled = ['("mean", nn.AdaptiveAvgPool2d(1))'] if strided else []
    features = filters if strided else filters * side * side
    body = "nn.Sequential(\n        " + ",\n        ".join(blocks) + ",\n    )"
    return [f'("body", {body})', *pooled, '("flatten", nn.Flatten())', f'("head", nn.Linear({features}, {outputs}))']


_VECTOR = (
    "import torch", "from torch import nn", "", "",
    "class Beside(nn.Module):", '    """Learned numbers beside every input."""', "",
    "    def __init__(self, size):", "        super().__init__()", "        self.vector = nn.Parameter(torch.zeros(size))", "",
    "    def forward(self, x):", "        return torch.cat([x, self.vector.expand(len(x), -1)], 1)", "",
)  # fmt: skip


def _vector(settings: Any) -> int:
    """Learned numbers beside the input."""
    return int(getattr(settings, "input_vector", 0))


def _form(settings: Any) -> str:
    return "strided" if settings.kind == "conv-strided" else "pooled"


def _inputs(spec: TaskSpec) -> int:
    return int(torch.Size(spec.input_shape).numel())


def _picture(settings: Any, spec: TaskSpec) -> tuple[int, int]:
    """(channels, side) of the pictures. Raises BadExperiment where they do not fit the network."""
    if len(spec.input_shape) != 3:
        raise BadExperiment(
            f"network.kind: {settings.kind} takes pictures, but these tasks give {spec.input_shape[0]} numbers; choose mlp"
        )
    channels, height, width = spec.input_shape
    if height != width:
        raise BadExperiment(f"network.kind: {settings.kind} takes square pictures, found {height} x {width}")
    if _form(settings) == "pooled" and height < 2**settings.depth:
        raise BadExperiment(
            f"network.depth: {settings.depth} poolings leave nothing of {height} x {width} pictures; choose fewer blocks"
        )
    return channels, height
