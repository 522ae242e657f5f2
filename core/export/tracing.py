"""From a program to a graph whose numbers of support and query examples are free.

`torch.export` over `torch.func.grad` fails or freezes the sizes (torch 2.13); a symbolic `make_fx` over the function, with
weights as inputs, gives a graph of plain operators, and that exports.
"""

import re
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch._dynamo.source import ConstantSource
from torch._subclasses import FakeTensorMode
from torch.export import Dim, ExportedProgram
from torch.fx.experimental.proxy_tensor import make_fx
from torch.fx.experimental.symbolic_shapes import DimDynamic, ShapeEnv, StatelessSymbolicContext

from core.types import Tensors

from .adaptation import Program
from .convolving import TwiceDifferentiable
from .decompositions import TABLE

SUPPORT, QUERIES = (
    211,
    157,
)  # of the traced example: primes, so that no size is taken for another or for a picture's side
INPUTS = ("support_x", "support_y", "query_x")


def trace(program: Program, told: Callable[[int], None] = lambda done: None) -> ExportedProgram:
    """Inputs support_x, support_y, query_x; what was learned stands in it as buffers, see `buffer_name`. told: hears how many
    inner steps are in the graph."""
    names = list(program.tensors)
    leaves = [leaf.detach() for leaf in program.tensors.values()]
    example = example_inputs(program, SUPPORT, QUERIES)

    def flat(leaves: list[Tensor], support_x: Tensor, support_y: Tensor, query_x: Tensor) -> Tensor:
        return program.run(dict(zip(names, leaves, strict=True)), support_x, support_y, query_x, told)

    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with TwiceDifferentiable():
            graph = make_fx(flat, decomposition_table=TABLE, tracing_mode="fake")(*_of_free_length(leaves, example))
        support, queries = Dim("support", min=1, max=program.most_support), Dim("queries", min=1)
        sizes = {"support_x": {0: support}, "support_y": {0: support}, "query_x": {0: queries}}
        return torch.export.export(_Program(graph, program.tensors), example, dynamic_shapes=sizes)


def _of_free_length(leaves: list[Tensor], example: Sequence[Tensor]) -> tuple[Any, ...]:
    """Stand-ins without numbers: of the inputs the first axis is free, all else is fixed (free sides of pictures would cost
    minutes of symbolic algebra)."""
    mode = FakeTensorMode(shape_env=ShapeEnv(), allow_non_fake_inputs=True)

    def free(leaf: Tensor, name: str) -> Tensor:
        sizes = [DimDynamic.DYNAMIC, *[DimDynamic.STATIC] * (leaf.ndim - 1)]
        return mode.from_tensor(leaf, source=ConstantSource(name), symbolic_context=StatelessSymbolicContext(sizes))

    fixed = [mode.from_tensor(leaf, static_shapes=True) for leaf in leaves]
    return (fixed, *(free(leaf, name) for leaf, name in zip(example, INPUTS, strict=True)))


class _Program(nn.Module):
    """The traced graph with its tensors as buffers."""

    def __init__(self, graph: nn.Module, tensors: Tensors) -> None:
        super().__init__()
        self._graph = graph
        self._names = [buffer_name(name) for name in tensors]
        for name, leaf in zip(self._names, tensors.values(), strict=True):
            self.register_buffer(name, leaf.detach().clone())

    def forward(self, support_x: Tensor, support_y: Tensor, query_x: Tensor) -> Tensor:
        found: Tensor = self._graph([getattr(self, name) for name in self._names], support_x, support_y, query_x)
        return found


def buffer_name(name: str) -> str:
    """ "learned/init/body.0.weight" -> "learned__init__body_0_weight"."""
    return re.sub(r"\W", "_", name.replace("/", "__"))


def example_inputs(program: Program, support: int, queries: int) -> tuple[Tensor, Tensor, Tensor]:
    """Any numbers of the right shapes and types."""
    generator = torch.Generator().manual_seed(0)
    shape = program.spec.input_shape
    x, asked = (torch.rand(n, *shape, generator=generator, dtype=program.x_type) for n in (support, queries))
    if program.classes:
        return x, torch.arange(support) % program.ways, asked
    return x, torch.rand(support, program.spec.outputs, generator=generator, dtype=program.x_type), asked
