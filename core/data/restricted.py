"""Pickles of data sets, read without running anything that they name.

A pickle may name any function of Python and have it called. Here only the names that an array, its type, a number or
bytes are stored with are known, each answered by a stand-in of ours; everything else is refused by name.
"""

import pickle
from collections import OrderedDict
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import BadFile

_KINDS = "biufSU"  # no objects, no records


def read_pickle(path: Path) -> Any:
    """Dicts, lists, texts, numbers and numpy arrays out of a pickle (Python 2's, too). Raises BadFile."""
    try:
        with path.open("rb") as file:
            return _plain(_Reader(file, encoding="latin1").load())
    except OSError as error:
        raise BadFile(f"cannot read {path}: {error.strerror}; check tasks.path") from None
    except _Refused as refused:
        raise BadFile(
            f"{path} is refused: {refused}; convert it to pictures in folders, or get it from its source"
        ) from None
    except Exception as error:  # a damaged pickle fails in as many ways as there are opcodes
        raise BadFile(f"{path} is damaged or no pickle ({type(error).__name__}); get it again") from None


class _Refused(Exception):
    """What the file asks for and may not have."""


class _Type:
    """Stands for numpy.dtype."""

    def __init__(self, code: Any, *_: Any) -> None:
        self.code, self.order = str(code), "|"

    def __setstate__(self, state: Any) -> None:
        if any(part is not None for part in state[2:5]):
            raise _Refused("an array in it has a type of several fields")
        self.order = state[1]

    @property
    def value(self) -> np.dtype[Any]:
        found = np.dtype(self.code) if self.code.lstrip("<>|=")[:1] in _KINDS else None
        if found is None or found.kind not in _KINDS:
            raise _Refused(f"an array in it has the type {self.code!r}")
        return found if self.order in "|=" else found.newbyteorder(">" if self.order == ">" else "<")


class _Array:
    """Stands for numpy.ndarray, empty until its state is read."""

    value: NDArray[Any]

    def __setstate__(self, state: Any) -> None:
        _, shape, kind, by_columns, raw = state
        self.value = _filled(raw, kind, shape, "F" if by_columns else "C")


def _filled(raw: Any, kind: Any, shape: Any, order: str) -> NDArray[Any]:
    content = raw.encode("latin1") if isinstance(raw, str) else raw
    if not isinstance(content, bytes | bytearray) or not isinstance(kind, _Type):
        raise _Refused("an array in it holds Python objects")
    value = np.frombuffer(content, kind.value)
    if value.size != prod(shape):
        raise _Refused("an array in it is shorter than it says")
    return value.reshape(shape, order="F" if order == "F" else "C")


def _array(*_: Any) -> _Array:
    return _Array()


def _from_buffer(raw: Any, kind: Any, shape: Any, order: Any, axes: Any = None) -> NDArray[Any]:
    """axes: of an array that lies in memory neither by rows nor by columns (numpy 2)."""
    found = _filled(raw, kind, shape, order)
    return found.transpose(axes) if order == "K" and axes is not None else found


def _number(kind: Any, raw: Any = b"") -> Any:
    return _filled(raw, kind, (), "C").item()


def _encoded(text: str, code: str = "latin1") -> bytes:
    if code not in ("latin1", "latin-1"):
        raise _Refused(f"it encodes text as {code!r}")
    return text.encode("latin1")


def _bytes(*content: Any) -> bytes:
    """Python 2's protocols write no bytes as bytes(); a length would ask for as much memory."""
    if content:
        raise _Refused("it makes bytes out of something else")
    return b""


_ARRAYS = {"_reconstruct": _array, "scalar": _number, "_frombuffer": _from_buffer, "ndarray": _Array, "dtype": _Type}
_KNOWN = {
    **{("numpy", name): _ARRAYS[name] for name in ("ndarray", "dtype")},
    **{
        (f"numpy.{core}.multiarray", name): _ARRAYS[name]
        for core in ("core", "_core")
        for name in ("_reconstruct", "scalar")
    },
    **{(f"numpy.{core}.numeric", "_frombuffer"): _from_buffer for core in ("core", "_core")},
    ("_codecs", "encode"): _encoded,
    **{(home, "bytes"): _bytes for home in ("__builtin__", "builtins")},
    ("collections", "OrderedDict"): OrderedDict,
}


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _KNOWN:
            raise _Refused(f"it would use {module}.{name}, which a data set does not need")
        return _KNOWN[module, name]

    def persistent_load(self, pid: Any) -> Any:
        raise _Refused("it refers to something outside itself")


def _plain(value: Any) -> Any:
    """Stand-ins replaced by what they stand for."""
    if isinstance(value, _Array):
        return value.value
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value
