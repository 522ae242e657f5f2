"""An exported graph as an ONNX model."""

import contextlib
import io
import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch.export import ExportedProgram

OUTPUT = "prediction"


def converted(program: ExportedProgram, inputs: Sequence[str]) -> Any:
    """An onnx.ModelProto with free axes "support" and "queries".

    onnxscript's optimizer stays off: it takes Adam's + 1e-8 for + 0 and drops it (0 / 0 then). onnxruntime has its own.
    """
    with _quiet():
        found: Any = torch.onnx.export(
            program, dynamo=True, verbose=False, input_names=list(inputs), output_names=[OUTPUT],
            custom_translation_table=_translations(), optimize=False,
        )  # fmt: skip
    model = found.model_proto
    _name_axes(model)
    return model


def _translations() -> dict[Any, Callable[..., Any]]:
    """Operators that the converter does not know. ONNX's TopK keeps equal values in their order, so it is a stable sort."""
    from onnxscript import opset18 as op

    def sort(self: Any, *, stable: bool | None = None, dim: int = -1, descending: bool = False) -> Any:
        count = op.Shape(self, start=dim, end=dim + 1 or None)
        return op.TopK(self, count, axis=dim, largest=int(descending), sorted=1)

    return {torch.ops.aten.sort.stable: sort}


def _name_axes(model: Any) -> None:
    graph = model.graph
    first = {value.name: value.type.tensor_type.shape.dim[0].dim_param for value in graph.input}
    names = {first["support_x"]: "support", first["support_y"]: "support", first["query_x"]: "queries"}
    for value in (*graph.input, *graph.output, *graph.value_info):
        for dim in value.type.tensor_type.shape.dim:
            if dim.dim_param in names:
                dim.dim_param = names[dim.dim_param]


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The converter talks to standard output and warns of what a person cannot change."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
