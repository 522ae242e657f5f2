"""Decoded once, in parallel, into one memory-mapped file of bytes; kept by content, so that a changed source is another file."""

import hashlib
import json
import os
import secrets
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.data.inspection import LeftOut
from core.data.pictures import Progress
from core.errors import BadExperiment, CoreError

from .decoding import Fit, NoPicture, decode, is_grey
from .items import Item, Source

VERSION = 1
MOST_IN_MEMORY = 2 * 2**30
"""Bytes of pictures that may be held where no file can be written."""
_CHUNK = 32
_AHEAD = 8
"""Chunks that wait to be decoded: the bound of what is held of a source that is read faster than decoded."""
Colour = Literal["auto", "grey", "rgb"]
_one_at_a_time = Lock()


@dataclass(frozen=True)
class Stored:
    """pixels: uint8 [pictures, channels, side, side], class after class, memory-mapped where there is a file; amount: of each
    class [classes]; files: the name of each picture; left_out: what gave no picture; looks: mean and standard deviation of each
    picture's bytes, as shares of 255 [pictures, 2]."""

    pixels: NDArray[np.uint8]
    amount: NDArray[np.int64]
    names: tuple[str, ...]
    files: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    looks: NDArray[np.float32]


def stored(
    source: Source,
    classes: Mapping[str, Sequence[Item]],
    *,
    side: int,
    colour: Colour,
    fit: Fit,
    cache: Path | None,
    progress: Progress,
) -> Stored:
    """The decoded pictures, from the cache where they are there. Raises DiskFull, BadExperiment (no space for a file, too much
    for memory)."""
    order = [(name, item) for name, items in classes.items() for item in items]
    key = _key(source, order, side, colour, fit)
    with _one_at_a_time:  # a preview waits for the decoding that a run has begun, instead of doing it again
        if cache is not None and (found := _read(cache, key)) is not None:
            return found
        return _Making(source, order, side, colour, fit).made(cache, key, progress)


def _key(source: Source, order: Sequence[tuple[str, Item]], side: int, colour: str, fit: str) -> str:
    """[16 hex digits] of all that decides the pixels."""
    seen = hashlib.blake2b(f"{VERSION} {side} {colour} {fit}".encode(), digest_size=8)
    inside = len(source.containers) == 1 and source.path.is_file()  # an archive may be moved, with its check sums
    seen.update(b"" if inside else str(source.path).encode())
    for name, item in order:
        seen.update(f"{name}\0{item.key}\0{item.size} {item.stamp} {item.place}\n".encode())
    return seen.hexdigest()


def _read(cache: Path, key: str) -> Stored | None:
    """None where there is none, or not a whole one."""
    pixels, about = _paths(cache, key)
    try:
        version = tuple((file.stat().st_size, file.stat().st_mtime_ns) for file in (pixels, about))
        found = _loaded(pixels, about, version)
    except (OSError, ValueError, KeyError, TypeError, EOFError):
        return None
    array = found.pixels
    whole = array.dtype == np.uint8 and array.ndim == 4 and len(array) == len(found.files) == len(found.looks)
    return found if whole and int(found.amount.sum()) == len(array) else None


@lru_cache(maxsize=4)
def _loaded(pixels: Path, about: Path, version: tuple[tuple[int, int], ...]) -> Stored:
    """Kept, as a preview asks again and again; `version` notices another file of the same name."""
    held = json.loads(about.read_text(encoding="utf-8"))
    return Stored(
        np.load(pixels, mmap_mode="c", allow_pickle=False),  # "r" would make tensors that torch warns of
        np.array(held["amount"], np.int64),
        tuple(held["names"]),
        tuple(held["files"]),
        tuple(LeftOut(**one) for one in held["left_out"]),
        np.array(held["looks"], np.float32).reshape(-1, 2),
    )


def _paths(cache: Path, key: str) -> tuple[Path, Path]:
    return cache / f"images-{key}.npy", cache / f"images-{key}.json"


class _Making:
    """One decoding. Rows are given out in the order of `order`; rows without a picture are closed up at the end."""

    def __init__(self, source: Source, order: Sequence[tuple[str, Item]], side: int, colour: Colour, fit: Fit) -> None:
        self.source, self.order, self.side, self.colour, self.fit = source, order, side, colour, fit
        self.why: dict[int, str] = {}
        self.grey = np.ones(len(order), bool)
        self.looks = np.zeros((len(order), 2), np.float32)

    def made(self, cache: Path | None, key: str, progress: Progress) -> Stored:
        shape = (len(self.order), 3, self.side, self.side)
        part = self._file(cache, int(np.prod(shape)))
        if part is None:
            if np.prod(shape) > MOST_IN_MEMORY:
                raise BadExperiment(
                    f"{len(self.order):,} pictures of {self.side} x {self.side} take {np.prod(shape) / 2**30:.1f} GiB and there is "
                    "no folder to keep them in; choose a smaller tasks.side, or a --data-folder that can be written"
                )
            pixels: NDArray[np.uint8] = np.empty(shape, np.uint8)
            self._decode(pixels, progress)
            return self._whole(self._closed(pixels))
        try:
            pixels = np.memmap(part, np.uint8, "r+", shape=shape)
            self._decode(pixels, progress)
            return self._kept(pixels, *_paths(part.parent, key))
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)

    def _file(self, cache: Path | None, size: int) -> Path | None:
        """A file with its space reserved: a mapped file that the disk has no room for would kill the program. None where
        nothing can be written."""
        from core.storage.files import as_core_error, make_folder

        if cache is None or not size:
            return None
        part = cache / f".headstart-{secrets.token_hex(8)}.part"
        try:
            make_folder(cache)
            with part.open("xb") as file:
                if hasattr(os, "posix_fallocate"):
                    os.posix_fallocate(file.fileno(), 0, size)
                else:
                    file.truncate(size)
        except CoreError:
            return None
        except OSError as error:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            known = as_core_error(error, part)
            if known is not None and size > MOST_IN_MEMORY:
                raise known from None
            return None
        return part

    def _decode(self, pixels: NDArray[np.uint8], progress: Progress) -> None:
        total, done = max(len(self.order), 1), 0
        progress("decoding pictures", 0.0)
        with ThreadPoolExecutor() as pool:
            waiting: deque[Future[int]] = deque()
            try:
                for chunk in self._chunks():
                    waiting.append(pool.submit(self._chunk, pixels, chunk))
                    if len(waiting) > _AHEAD:
                        done += waiting.popleft().result()
                        progress("decoding pictures", done / total)
                while waiting:
                    done += waiting.popleft().result()
                    progress("decoding pictures", done / total)
            except BaseException:
                for future in waiting:
                    future.cancel()
                raise

    def _chunks(self) -> Iterator[list[tuple[int, Any]]]:
        row_of = {item: row for row, (_, item) in enumerate(self.order)}
        chunk: list[tuple[int, Any]] = []
        for item, content in self.source.read([item for _, item in self.order]):
            chunk.append((row_of.pop(item), content))
            if len(chunk) == _CHUNK:
                yield chunk
                chunk = []
        if chunk:
            yield chunk
        for row in row_of.values():
            self.why[row] = "could not be found any more"

    def _chunk(self, pixels: NDArray[np.uint8], chunk: list[tuple[int, Any]]) -> int:
        for row, content in chunk:
            try:
                if isinstance(content, Exception):
                    raise NoPicture(f"cannot be read ({content})")
                picture = decode(content, self.side, self.fit)
            except NoPicture as reason:
                self.why[row] = str(reason)
                continue
            pixels[row] = picture.transpose(2, 0, 1)
            self.grey[row] = is_grey(picture)
            self.looks[row] = picture.mean() / 255, picture.std() / 255
        return len(chunk)

    # what stays

    @property
    def good(self) -> NDArray[np.int64]:
        return np.array([row for row in range(len(self.order)) if row not in self.why], np.int64)

    def _channels(self) -> int:
        """auto: grey where every picture is."""
        grey = bool(self.grey[self.good].all()) if self.colour == "auto" else self.colour == "grey"
        return 1 if grey else 3

    def _rows(self, pixels: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
        """The good pictures, some at a time, with the channels that they get."""
        good, channels = self.good, self._channels()
        for start in range(0, len(good), 256):
            some = pixels[good[start : start + 256]]
            yield some if channels == 3 else _luminance(some)

    def _closed(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        parts = list(self._rows(pixels))
        return np.concatenate(parts) if parts else np.empty((0, self._channels(), self.side, self.side), np.uint8)

    def _kept(self, pixels: NDArray[np.uint8], file: Path, about: Path) -> Stored:
        """The pixels first, then what makes them whole."""
        from core.storage.files import atomic_write

        shape = (len(self.good), self._channels(), self.side, self.side)

        def content(to: Any) -> None:
            np.lib.format.write_array_header_1_0(to, {"descr": "|u1", "fortran_order": False, "shape": shape})
            for some in self._rows(pixels):
                to.write(np.ascontiguousarray(some).data)

        atomic_write(file, content)
        found = self._whole(np.load(file, mmap_mode="c", allow_pickle=False))
        held = {
            "version": VERSION,
            "amount": found.amount.tolist(),
            "names": found.names,
            "files": found.files,
            "left_out": [asdict(one) for one in found.left_out],
            "looks": np.round(found.looks.astype(float), 4).tolist(),
        }
        atomic_write(about, json.dumps(held).encode())
        return found

    def _whole(self, pixels: NDArray[np.uint8]) -> Stored:
        good = self.good
        names = tuple(dict.fromkeys(name for name, _ in self.order))
        place = {name: at for at, name in enumerate(names)}
        amount = np.bincount([place[self.order[row][0]] for row in good], minlength=len(names))
        left_out = tuple(LeftOut(self.order[row][1].name, why) for row, why in sorted(self.why.items()))
        files = tuple(self.order[row][1].name for row in good)
        return Stored(pixels, amount.astype(np.int64), names, files, left_out, self.looks[good])


def _luminance(some: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """[pictures, 3, side, side] -> [pictures, 1, side, side], by the weights of ITU-R 601 as Pillow has them."""
    weights = np.array([0.299, 0.587, 0.114], np.float32)
    grey: NDArray[np.uint8] = np.rint(np.einsum("nchw,c->nhw", some.astype(np.float32), weights)).astype(np.uint8)[
        :, None
    ]
    return grey
