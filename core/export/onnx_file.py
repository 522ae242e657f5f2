"""An exported graph as an ONNX model."""

import base64
import contextlib
import io
import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch.export import ExportedProgram

from core.types import Tensors

from .words import LEFT_OUT

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
    _cast_by_type(model)
    return model


def keep_left_out(model: Any, tensors: Tensors) -> None:
    """What was learned and no prediction needs (a mixture's idle counts, a critic before its step) is not in the graph, where
    onnxruntime would warn of it; as text in the metadata it makes the file whole, so that `import` gives all of it back."""
    from safetensors.torch import save

    there = {tensor.name for tensor in model.graph.initializer}
    left_out = {name: leaf.detach().contiguous() for name, leaf in tensors.items() if name not in there}
    if left_out:
        entry = model.metadata_props.add()
        entry.key, entry.value = LEFT_OUT, base64.b64encode(save(left_out)).decode()


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


def _cast_by_type(model: Any) -> None:
    """CastLike as Cast to the type that is known: onnxruntime has no kernel for the former and warns of each at every start."""
    from onnx import helper, shape_inference

    graph = model.graph
    known = shape_inference.infer_shapes(model).graph  # the converter names the types of its own values alone
    types = {value.name: value.type.tensor_type.elem_type for value in (*known.input, *known.value_info, *known.output)}
    types |= {tensor.name: tensor.data_type for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type == "CastLike" and types.get(node.input[1]):
            node.op_type, like = "Cast", node.input.pop()
            node.attribute.append(helper.make_attribute("to", types[like]))


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
