"""Pictures by class as a data set hands them over, and the cache that keeps them decoded."""

import json
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import CoreError

Progress = Callable[[str, float], None]
"""(what is being done, share done in 0..1): called now and then, on the thread that works."""


def silent(what: str, share: float) -> None:
    """The progress that nobody watches."""


_heard: ContextVar[Progress] = ContextVar("progress", default=silent)


@contextmanager
def heard_by(progress: Progress) -> Iterator[None]:
    """Whatever is decoded inside tells its progress there: data sets are read deep below those who can show it."""
    token = _heard.set(progress)
    try:
        yield
    finally:
        _heard.reset(token)


def tell(what: str, share: float) -> None:
    """The progress that whoever called `heard_by` watches."""
    _heard.get()(what, share)


@dataclass(frozen=True)
class Pictures:
    """images: uint8 [pictures, height, width, channels], class after class in the order of names, ink = 255;
    amount: pictures of each class [classes]."""

    images: NDArray[np.uint8]
    amount: NDArray[np.int64]
    names: tuple[str, ...]

    @property
    def first(self) -> NDArray[np.int64]:
        """Where each class begins [classes]."""
        return np.cumsum(self.amount) - self.amount


@dataclass(frozen=True)
class Split:
    """Indices of classes (or of tables), none in two parts."""

    train: NDArray[np.int64]
    validation: NDArray[np.int64]
    test: NDArray[np.int64]


_recent: dict[str, Pictures] = {}
_KEPT = 2
_one_at_a_time = Lock()


def cached(data_folder: Path, key: str, make: Callable[[], Pictures]) -> Pictures:
    """The set of that key from memory, else from data_folder/cache, else made and kept there.

    key: names content and version, so that a changed source is a new key. A damaged or foreign cache file is made
    anew; where nothing can be written the set is used all the same.
    """
    with _one_at_a_time:  # a preview waits for the decoding that a run has begun, instead of doing it again
        if key not in _recent:
            path = data_folder / "cache" / f"{key}.npz"
            found = _read(path) or _made(path, make)
            if len(_recent) == _KEPT:
                _recent.pop(next(iter(_recent)))
            _recent[key] = found
        return _recent[key]


def _made(path: Path, make: Callable[[], Pictures]) -> Pictures:
    made = make()
    with suppress(CoreError):  # no space, no right, no folder: it is used all the same
        _write(path, made)
    return made


def _write(path: Path, pictures: Pictures) -> None:
    from core.storage.files import atomic_write, make_folder

    names = np.frombuffer(json.dumps(pictures.names).encode(), np.uint8)

    def content(file: Any) -> None:
        np.savez(file, images=pictures.images, amount=pictures.amount, names=names)

    make_folder(path.parent)
    atomic_write(path, content)


def _read(path: Path) -> Pictures | None:
    """None where there is no such file or it is not whole: the archive's own check sums are read with the arrays."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            names = tuple(json.loads(stored["names"].tobytes()))
            pictures = Pictures(stored["images"], stored["amount"], names)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        return None
    whole = len(names) == len(pictures.amount) and int(pictures.amount.sum()) == len(pictures.images)
    return pictures if whole else None
