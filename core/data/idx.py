"""idx files (LeCun's format of MNIST): big-endian, plain or gzip. Read whole and checked; nothing is guessed."""

import gzip
import math
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import BadFile

_BYTES = 8  # the type code of unsigned bytes, the only one that digits come in
_MOST = 2**31


def read_idx(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """The array of an idx file of unsigned bytes. Raises BadFile with what is wrong and what to do."""
    content = _content(path)
    if len(content) < 4 or content[:2] != b"\0\0":
        raise BadFile(
            f"{path} is no idx file (it begins with {content[:4].hex(' ') or 'nothing'}); get MNIST's file again"
        )
    if content[2] != _BYTES or content[3] != dimensions:
        raise BadFile(
            f"{path} holds type {content[2]:#x} in {content[3]} dimensions, wanted are bytes (0x8) in {dimensions}; "
            "images and labels may be exchanged"
        )
    start = 4 + 4 * dimensions
    shape = tuple(int.from_bytes(content[at : at + 4], "big") for at in range(4, start, 4))
    if len(content) - start != math.prod(shape):
        raise BadFile(
            f"{path} should hold {math.prod(shape):,} bytes ({' x '.join(map(str, shape))}) behind its head but holds "
            f"{max(0, len(content) - start):,}; get MNIST's file again"
        )
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def _content(path: Path) -> bytes:
    """By what is in the file, not by its name: some programs unpack without renaming."""
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            content = gzip.GzipFile(fileobj=file).read(_MOST) if packed else file.read(_MOST)
    except (OSError, EOFError, zlib.error) as error:
        raise BadFile(f"{path} cannot be read ({error}); get MNIST's file again") from None
    return content
