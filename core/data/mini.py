"""miniImageNet (Vinyals et al. 2016; split of Ravi and Larochelle 2017): 100 classes of ImageNet, 600 pictures each, 84 x 84.

Cannot be shipped or fetched for a person: it is read from the disk in the layouts that it circulates in. Whatever has one of
these layouts is taken, and `describe` says in how far it is the set of the literature.
"""

import dataclasses
import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import BadExperiment, BadFile

from .mini_files import PARTS, Found, check_apart, locate
from .pictures import Pictures, Progress, Split, cached, silent
from .restricted import read_pickle

VERSION = 1
SIDE = 84
OFFICIAL = (64, 16, 20)
EACH = 600
MOST_BYTES = 4 * 2**30
_CHUNK = 200


def load(
    data_folder: Path, path: Path | None, side: int = SIDE, progress: Progress = silent
) -> tuple[Pictures, Split, str]:
    """All classes of the three parts at `side` x `side`, which are in which part, and the layout in words.

    Raises MissingData, BadFile or BadExperiment. Decoded once (minutes for 60,000 JPEGs), then read from data_folder/cache.
    """
    folder = Path(path).expanduser() if path else data_folder / "downloads" / "miniimagenet"
    try:
        found = locate(folder)
        key = _key(found, side)
    except OSError as error:
        raise BadFile(f"cannot read {error.filename or folder}: {error.strerror}; check tasks.path") from None
    pictures = cached(data_folder, f"miniimagenet-{key}", lambda: _made(found, side, progress))
    parts = np.array([name.split("/", 1)[0] for name in pictures.names])
    plain = dataclasses.replace(pictures, names=tuple(name.split("/", 1)[1] for name in pictures.names))
    return plain, Split(*(np.flatnonzero(parts == part) for part in PARTS)), found.layout


def describe(pictures: Pictures, split: Split, layout: str) -> str:
    """What was found, and whether it has the shape of the literature's set."""
    classes = tuple(len(part) for part in dataclasses.astuple(split))
    same = classes == OFFICIAL and set(pictures.amount.tolist()) == {EACH}
    found = f"{classes[0]} / {classes[1]} / {classes[2]} classes, {len(pictures.images):,} pictures, from {layout}"
    return f"miniImageNet: {found}" if same else f"miniImageNet's layout, not its 64 / 16 / 20 classes of 600: {found}"


def _key(found: Found, side: int) -> str:
    """[16 hex digits] of side, names, sizes and times of change."""
    seen = hashlib.blake2b(f"{VERSION} {side}".encode(), digest_size=8)
    for part in PARTS:
        files = [(name, file) for name, files in found.pictures.get(part, {}).items() for file in files]
        for name, file in [*files, *([("", found.pickles[part])] if found.pickles else [])]:
            about = file.stat()
            seen.update(f"{part} {name} {file.name} {about.st_size} {about.st_mtime_ns}\n".encode())
    return seen.hexdigest()


def _made(found: Found, side: int, progress: Progress) -> Pictures:
    if found.pickles:
        return _joined([_of_pickle(part, found.pickles[part], side) for part in PARTS], found)
    files = [file for part in PARTS for pictures in found.pictures[part].values() for file in pictures]
    _refuse_too_large(len(files), side)
    images = np.empty((len(files), side, side, 3), np.uint8)
    with ThreadPoolExecutor() as pool:
        for index, picture in enumerate(pool.map(lambda file: _decoded(file, side), files, chunksize=_CHUNK)):
            images[index] = picture
            if index % _CHUNK == 0:
                progress("decoding miniImageNet", index / len(files))
    classes = [(f"{part}/{name}", len(files)) for part in PARTS for name, files in found.pictures[part].items()]
    return Pictures(images, np.array([amount for _, amount in classes]), tuple(name for name, _ in classes))


def _refuse_too_large(count: int, side: int) -> None:
    if count * side * side * 3 > MOST_BYTES:
        raise BadExperiment(
            f"tasks.side: {count:,} pictures of {side} x {side} take {count * side * side * 3 / 2**30:.1f} GiB, the most is "
            f"{MOST_BYTES // 2**30} GiB; choose a smaller side"
        )


def _decoded(file: Path, side: int) -> NDArray[np.uint8]:
    """[side, side, 3], squeezed to a square as in the released MAML script (Lanczos)."""
    from PIL import Image

    try:
        with Image.open(file) as image:
            small = image.convert("RGB").resize((side, side), Image.Resampling.LANCZOS)
            return np.asarray(small)
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise BadFile(f"{file} is damaged or no picture ({error}); get it again or take it out") from None


def _of_pickle(part: str, path: Path, side: int) -> Pictures:
    """{"image_data": uint8 [pictures, 84, 84, 3], "class_dict": class -> rows}; nothing that the file names is run."""
    content = read_pickle(path)
    if not isinstance(content, dict) or not {"image_data", "class_dict"} <= content.keys():
        raise BadFile(f"{path} lacks image_data or class_dict, which miniImageNet's pickles hold; get it again")
    data, classes = content["image_data"], content["class_dict"]
    if not isinstance(data, np.ndarray) or data.dtype != np.uint8 or data.ndim != 4 or data.shape[3] != 3:
        raise BadFile(f"{path}: image_data is no array of pictures as bytes [pictures, height, width, 3]; get it again")
    _refuse_too_large(len(data), side)
    rows = {str(name): _rows(path, str(name), found, len(data)) for name, found in _items(path, classes)}
    order = np.concatenate([rows[name] for name in sorted(rows)])
    amount = np.array([len(rows[name]) for name in sorted(rows)])
    return Pictures(_resized(data[order], side), amount, tuple(f"{part}/{name}" for name in sorted(rows)))


def _items(path: Path, classes: Any) -> Iterator[tuple[Any, Any]]:
    if not isinstance(classes, dict) or not classes:
        raise BadFile(f"{path}: class_dict holds no classes; get it again")
    yield from classes.items()


def _rows(path: Path, name: str, found: Any, pictures: int) -> NDArray[np.int64]:
    rows = np.asarray(found)
    if rows.ndim != 1 or not len(rows) or rows.dtype.kind not in "iu" or rows.min() < 0 or rows.max() >= pictures:
        raise BadFile(f"{path}: the rows of class {name} do not fit its {pictures:,} pictures; get it again")
    return rows.astype(np.int64)


def _resized(data: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    from PIL import Image

    if data.shape[1:3] == (side, side):
        return data
    small = [Image.fromarray(picture).resize((side, side), Image.Resampling.LANCZOS) for picture in data]
    return np.stack([np.asarray(picture) for picture in small])


def _joined(parts: list[Pictures], found: Found) -> Pictures:
    named = {
        part: {name.split("/", 1)[1] for name in pictures.names} for part, pictures in zip(PARTS, parts, strict=True)
    }
    check_apart(named, found.pickles["train"].parent)
    return Pictures(
        np.concatenate([part.images for part in parts]),
        np.concatenate([part.amount for part in parts]),
        tuple(name for part in parts for name in part.names),
    )
