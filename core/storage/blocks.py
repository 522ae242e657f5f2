"""Arrays as bytes: the safetensors container (little-endian, named, typed), which executes nothing when read."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import DatabaseProblem
from core.training.events import Alternative, Curves

Arrays = dict[str, NDArray[Any]]


def pack(arrays: Arrays) -> bytes:
    """Arrays of float32, float64 or int64 by name; others of a kind are widened to these."""
    from safetensors.numpy import save

    plain = {
        name: np.ascontiguousarray(value.astype(_stored(value.dtype), copy=False)) for name, value in arrays.items()
    }
    return bytes(save(plain))


def unpack(block: bytes) -> Arrays:
    """Raises DatabaseProblem where the bytes are not a whole block."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        return dict(load(block))
    except (SafetensorError, ValueError, KeyError) as error:
        raise DatabaseProblem(
            f"a block of numbers in the catalog is damaged ({error}); put back a copy of it"
        ) from None


def pack_curves(curves: Curves) -> bytes:
    """loss, accuracy [tasks, inner steps + 1], groups [tasks], by_target [tasks, outputs]."""
    parts = {
        "loss": curves.loss, "accuracy": curves.accuracy, "groups": curves.groups, "by_target": curves.by_target,
    }  # fmt: skip
    return pack({name: value for name, value in parts.items() if value is not None})


def unpack_curves(block: bytes) -> Curves:
    parts = unpack(block)
    return Curves(parts["loss"], parts.get("accuracy"), parts.get("groups"), parts.get("by_target"))


def pack_alternatives(alternatives: Sequence[Alternative], groups: NDArray[np.int64] | None) -> bytes | None:
    """ "kind/loss", "kind/accuracy" [tasks, inner steps + 1 or 1], "kind/by_target" [tasks, outputs]; groups [tasks], which all
    share."""
    if not alternatives:
        return None
    parts: dict[str, NDArray[Any] | None] = {"groups": groups}
    for each in alternatives:
        parts |= {f"{each.kind}/{part}": getattr(each.curves, part) for part in ("loss", "accuracy", "by_target")}
    return pack({name: value for name, value in parts.items() if value is not None})


def unpack_alternatives(block: bytes | None, titles: Mapping[str, str]) -> tuple[Alternative, ...]:
    """titles: by kind, in the order wanted."""
    if block is None:
        return ()
    parts = unpack(block)
    groups = parts.get("groups")
    return tuple(
        Alternative(
            kind,
            title,
            Curves(parts[f"{kind}/loss"], parts.get(f"{kind}/accuracy"), groups, parts.get(f"{kind}/by_target")),
        )
        for kind, title in titles.items()
        if f"{kind}/loss" in parts
    )


def _stored(dtype: np.dtype[Any]) -> np.dtype[Any]:
    if dtype.kind in "iub":
        return np.dtype("<i8")
    return np.dtype("<f4") if dtype.itemsize <= 4 else np.dtype("<f8")
