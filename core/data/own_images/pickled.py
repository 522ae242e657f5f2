"""Sets that circulate as pickles: miniImageNet, tieredImageNet, CIFAR-FS and their kin, read without running anything."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.data.restricted import read_pickle
from core.errors import BadFile, MissingData

from .items import Item, Source
from .splits import PARTS, part_of

_MINI = re.compile(r"^mini-imagenet-cache-(?P<part>\w+)\.p(?:kl|ickle)$")
_TIERED = re.compile(r"^(?P<part>train|val|test)_images(?:_png)?\.(?:pkl|npz)$")
_CIFAR = re.compile(r"^(?P<set>.+)_(?P<part>train|val|test)\.p(?:kl|ickle)$")
_FORMS = ((_MINI, "miniImageNet"), (_TIERED, "tieredImageNet"), (_CIFAR, ""))


class _Part(NamedTuple):
    pictures: Any
    """An array [pictures, height, width, 3], or a list of encoded pictures as arrays of bytes."""
    rows: dict[str, list[int]]


class Pickled:
    """Pictures by part, class and row."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, keys: Sequence[str]) -> Iterator[tuple[str, Any]]:
        pictures = _part(self.path, *_version(self.path)).pictures
        for key in keys:
            found = pictures[int(key)]
            yield key, found.tobytes() if isinstance(found, np.ndarray) and found.ndim == 1 else found


def pickled_source(path: Path, names: Sequence[str]) -> Source | None:
    """Of a folder (with the files of these names), or of one of its pickles; None where none of the forms is there. Raises
    MissingData or BadFile."""
    folder = path if path.is_dir() else path.parent
    for form, title in _FORMS:
        found = {part_of(match["part"]): name for name in names if (match := form.match(PurePosixPath(name).name))}
        parts = {part: name for part, name in found.items() if part}
        if parts:
            lacking = [part for part in PARTS if part not in parts]
            if lacking:
                raise MissingData(f"{folder} holds pickles for {', '.join(parts)} but not for {', '.join(lacking)}; "
                                  "all three are needed")  # fmt: skip
            known = title or _CIFAR.match(PurePosixPath(parts["train"]).name)["set"].replace("_", "-")  # type: ignore[index]
            return _source(path, folder, {part: parts[part] for part in PARTS}, f"{known} (pickles)")
    return None


def _source(path: Path, folder: Path, parts: dict[str, str], title: str) -> Source:
    items: list[Item] = []
    for place, (part, name) in enumerate(parts.items()):
        file = folder / name
        changed = file.stat().st_mtime_ns
        for label, rows in _part(file, *_version(file)).rows.items():
            items += [Item(f"{part}/{label}/{row:07}.png", str(row), 0, changed, place) for row in rows]
    containers = tuple(Pickled(folder / name) for name in parts.values())
    return Source(path, tuple(sorted(items)), containers, title=title)


def _version(file: Path) -> tuple[int, int]:
    about = file.stat()
    return about.st_size, about.st_mtime_ns


@lru_cache(maxsize=3)
def _part(file: Path, size: int, changed: int) -> _Part:
    """One part; kept, as it is listed, counted and read one after the other."""
    held, labels = _held(file)
    pictures = next((held[key] for key in ("image_data", "data", "images") if key in held), None)
    if pictures is None or not len(pictures):
        raise BadFile(f"{file} holds no pictures as arrays (image_data, data or images); get it again")
    if isinstance(pictures, np.ndarray) and (pictures.dtype != np.uint8 or pictures.ndim not in (3, 4)):
        raise BadFile(f"{file}: its pictures are no bytes [pictures, height, width, 3]; get it again")
    if "class_dict" in held and isinstance(held["class_dict"], dict):
        rows = {_name(label): [int(row) for row in found] for label, found in held["class_dict"].items()}
    else:
        rows = _by_label(file, labels)
    _check(file, rows, len(pictures))
    return _Part(pictures, rows)


def _held(file: Path) -> tuple[dict[str, Any], Any]:
    """What the file holds, by plain names, and its labels, which lie in a file of their own for tieredImageNet."""
    if file.suffix == ".npz":
        with np.load(file, allow_pickle=False) as stored:
            content: Any = {name: stored[name] for name in stored.files}
    else:
        content = read_pickle(file)
    held = {_name(key): value for key, value in content.items()} if isinstance(content, dict) else {"images": content}
    if not _TIERED.match(file.name):
        return held, held.get("labels")
    beside = file.with_name(f"{file.name.split('_')[0]}_labels.pkl")
    if not beside.is_file():
        raise MissingData(f"{beside.name} is not beside {file}; put it there")
    of = read_pickle(beside)
    plain = {_name(key): value for key, value in of.items()} if isinstance(of, dict) else {"labels": of}
    names, numbers = plain.get("label_specific_str"), plain.get("label_specific", plain.get("labels"))
    if names is not None and numbers is not None and len(names) != len(numbers):
        return held, [names[int(number)] for number in numbers]  # the distinct names, numbered
    return held, numbers


def _name(value: Any) -> str:
    return value.decode("latin1") if isinstance(value, bytes) else str(value)


def _by_label(file: Path, labels: Any) -> dict[str, list[int]]:
    if labels is None:
        raise BadFile(f"{file} holds no labels (labels, class_dict or a file of labels beside it); get it again")
    rows: dict[str, list[int]] = {}
    for row, label in enumerate(np.asarray(labels).tolist() if not isinstance(labels, list) else labels):
        rows.setdefault(_name(label), []).append(row)
    return rows


def _check(file: Path, rows: dict[str, list[int]], pictures: int) -> None:
    known: NDArray[np.int64] = np.array([row for found in rows.values() for row in found] or [-1])
    if known.min() < 0 or known.max() >= pictures:
        raise BadFile(f"{file}: its classes do not fit its {pictures:,} pictures; get it again")
