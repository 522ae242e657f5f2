"""Card and learned tensors out of a program's file, without running or unpickling anything in it."""

import base64
import json
import math
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.errors import BadFile
from core.types import Tensors

from .words import CARD, LEFT_OUT

_MOST_CARD = 2**24
_TYPES: dict[int, Any] = {7: np.dtype("<f4"), 8: np.dtype("<f8"), 5: np.dtype("<i8")}
"""Of a .pt2 archive's tensors: torch's own numbers of float32, float64 and int64."""


def read_program(path: Path) -> tuple[dict[str, Any], Tensors]:
    """(card, tensors by their own names "part/group/name"). Raises BadFile where it is no program of Headstart, is damaged, or
    lacks something that was learned."""
    try:
        text, named = _pt2(path) if path.suffix == ".pt2" else _onnx(path)
    except FileNotFoundError:
        raise BadFile(f"there is no file {path}") from None
    except (OSError, KeyError, ValueError, TypeError, AttributeError, RuntimeError, zipfile.BadZipFile) as error:
        raise BadFile(f"{path.name} is no readable {path.suffix} program ({_short(error)})") from None
    if text is None:
        raise BadFile(f"{path.name} holds no card of Headstart; it was written by another program")
    card = _card(text, path)
    wanted: dict[str, str] = card["program"]["tensors"]
    learned = {stored: own for stored, own in wanted.items() if is_learned(own)}
    if lacking := sorted(own for stored, own in learned.items() if stored not in named):
        raise BadFile(
            f"{path.name} lacks {', '.join(lacking[:3])} (an earlier version left out what predictions do not need); import the "
            ".safetensors file that it was exported from"
        )
    return card, {own: named[stored] for stored, own in learned.items()}


def is_learned(name: str) -> bool:
    """ "learned/init/head.weight", and not draws or scaling, which follow from the card."""
    return name.split("/")[0] in ("learned", "fixed", "state")


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__


def _card(text: str, path: Path) -> dict[str, Any]:
    try:
        card = json.loads(text)
    except ValueError:
        raise BadFile(f"the card of {path.name} is not JSON; export it again") from None
    program = card.get("program") if isinstance(card, dict) else None
    tensors = program.get("tensors") if isinstance(program, dict) else None
    if not isinstance(tensors, dict) or not all(
        isinstance(own, str) and own.count("/") >= 1 for own in tensors.values()
    ):
        raise BadFile(f"the card of {path.name} does not say which tensors were learned; export it again")
    found: dict[str, Any] = card
    return found


def _pt2(path: Path) -> tuple[str | None, Tensors]:
    with zipfile.ZipFile(path) as file:
        names = {name.partition("/")[2]: name for name in file.namelist()}
        entry = names.get(f"extra/{CARD}.json")
        if entry is None:
            return None, {}
        if file.getinfo(entry).file_size > _MOST_CARD:
            raise ValueError("its card is too large")
        config = json.loads(file.read(names["data/weights/model_weights_config.json"]))["config"]
        found = {name: _raw(file, names, about) for name, about in config.items() if not about["use_pickle"]}
        return file.read(entry).decode(), found


def _raw(file: zipfile.ZipFile, names: dict[str, str], about: dict[str, Any]) -> torch.Tensor:
    meta, kind = about["tensor_meta"], _TYPES[about["tensor_meta"]["dtype"]]
    shape = [int(size["as_int"]) for size in meta["sizes"]]
    entry = names[f"data/weights/{about['path_name']}"]
    if file.getinfo(entry).file_size != math.prod(shape) * kind.itemsize:
        raise ValueError(f"{about['path_name']} has another size than it says")
    return torch.from_numpy(np.frombuffer(file.read(entry), kind).reshape(shape).copy())


def _onnx(path: Path) -> tuple[str | None, Tensors]:
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    try:
        model = onnx.load(str(path), load_external_data=False)
    except DecodeError:
        raise ValueError("it is no ONNX model, or damaged") from None
    text = next((entry.value for entry in model.metadata_props if entry.key == CARD), None)
    inside = [tensor for tensor in model.graph.initializer if tensor.data_location != onnx.TensorProto.EXTERNAL]
    kinds = (onnx.TensorProto.FLOAT, onnx.TensorProto.DOUBLE, onnx.TensorProto.INT64)
    named = {tensor.name: tensor for tensor in inside if tensor.data_type in kinds}
    in_graph = {name: torch.from_numpy(onnx.numpy_helper.to_array(tensor).copy()) for name, tensor in named.items()}
    beside = next((entry.value for entry in model.metadata_props if entry.key == LEFT_OUT), None)
    return text, {**in_graph, **({} if beside is None else _beside(beside))}


def _beside(text: str) -> Tensors:
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        return load(base64.b64decode(text, validate=True))
    except (SafetensorError, ValueError):
        raise ValueError("the tensors beside its graph are damaged") from None
