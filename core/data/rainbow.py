"""Rainbow-MNIST (Finn et al. 2019, arXiv 1902.08438): 56 ways to draw digits (colour, scale, rotation), each with its own digits.

The paper cuts MNIST's 60,000 training digits into 56 x 900; its colours and its blending are not spelt out: the ground
is coloured, the ink white, as in tsfewshot. What is left of 60,000 serves as held-out digits. "small" is the same on the
10,000 test digits and is not comparable with the paper.
"""

from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.errors import BadFile, MissingData

from .idx import read_idx
from .pictures import Split
from .sizes import RAINBOW

COLOURS = {
    "red": (255, 0, 0),
    "orange": (255, 127, 0),
    "yellow": (255, 255, 0),
    "green": (0, 255, 0),
    "blue": (0, 0, 255),
    "indigo": (75, 0, 130),
    "violet": (148, 0, 211),
}
SCALES = ("full", "half")
TURNS = 4
SIDE, DIGITS = 28, 10
KINDS = tuple(product(COLOURS, SCALES, range(TURNS)))
"""(colour, scale, quarter turns) of the 56 tasks, in the order of their ids."""
VALIDATION, TEST = 6, 10


class Rainbow(NamedTuple):
    """grey: uint8 [tasks, digits, SIDE, SIDE], scaled and turned, ink = 255; labels: int64 [tasks, digits];
    source: where each digit stands in the file [tasks, digits]; ground: colour of each task [tasks, 3] in 0..1;
    arriving: so many digits of a task are there to learn from, those behind are held out."""

    grey: NDArray[np.uint8]
    labels: NDArray[np.int64]
    source: NDArray[np.int64]
    ground: NDArray[np.float64]
    arriving: int
    names: tuple[str, ...]


def load(data_folder: Path, path: Path | None, size: str) -> Rainbow:
    """From the idx files (plain or .gz) in `path`, or in downloads/mnist of the data folder. Raises MissingData or BadFile."""
    folder = Path(path).expanduser() if path else data_folder / "downloads" / "mnist"
    files = tuple(_find(folder, RAINBOW[size].files, what) for what in ("images", "labels"))
    try:
        versions = tuple((file.stat().st_size, file.stat().st_mtime_ns) for file in files)
    except OSError as error:
        raise BadFile(f"cannot read {error.filename or folder}: {error.strerror}; check tasks.path") from None
    return _made(files, versions, size)


def split() -> Split:
    """40 / 6 / 10 of the 56 ways to draw, as many as in task-interpolation work; which is which is ours."""
    order = np.random.default_rng(0).permutation(len(KINDS))
    parts = order[VALIDATION + TEST :], order[:VALIDATION], order[VALIDATION : VALIDATION + TEST]
    return Split(*(np.sort(part) for part in parts))


def _find(folder: Path, stem: str, what: str) -> Path:
    dimensions = 3 if what == "images" else 1
    names = [f"{stem}-{what}{dot}idx{dimensions}-ubyte{end}" for dot in "-." for end in ("", ".gz")]
    for below in ("", "mnist", "MNIST/raw", "raw"):
        for name in names:
            if (folder / below / name).is_file():
                return folder / below / name
    raise MissingData(
        f"Rainbow-MNIST needs {stem}-images-idx3-ubyte and {stem}-labels-idx1-ubyte (plain or .gz), and {names[0]} is not in "
        f"{folder}; set tasks.path to the folder that holds MNIST's files"
    )


@lru_cache(maxsize=2)
def _made(files: tuple[Path, Path], versions: tuple[tuple[int, int], ...], size: str) -> Rainbow:
    """Kept, as a preview asks again and again; `versions` notices other files of the same names."""
    images, labels = read_idx(files[0], 3), read_idx(files[1], 1)
    if images.shape[1:] != (SIDE, SIDE):
        raise BadFile(
            f"{files[0]} holds pictures of {images.shape[1]} x {images.shape[2]}, MNIST's are {SIDE} x {SIDE}"
        )
    if len(images) != len(labels):
        raise BadFile(
            f"{files[0].name} holds {len(images):,} digits but {files[1].name} {len(labels):,} labels; get both again"
        )
    if labels.size and labels.max() >= DIGITS:
        raise BadFile(f"{files[1]} holds the label {labels.max()}, MNIST's are 0 to 9")
    chosen = RAINBOW[size]
    return rendered(images, labels, chosen.arriving, chosen.held_out, str(files[0]))


def rendered(
    images: NDArray[np.uint8], labels: NDArray[np.uint8], arriving: int, held_out: int, where: str = "the file"
) -> Rainbow:
    """The digits shuffled by a fixed seed, cut into 56 disjoint parts, and each part drawn in its own way."""
    each = arriving + held_out
    if len(images) < len(KINDS) * each:
        raise BadFile(
            f"{where} holds {len(images):,} digits, needed are {len(KINDS)} x {each} = {len(KINDS) * each:,}; "
            "get the whole file, or set tasks.size"
        )
    source = np.random.default_rng(0).permutation(len(images))[: len(KINDS) * each].reshape(len(KINDS), each)
    grey = drawn(images[source])
    ground = np.array([COLOURS[colour] for colour, _, _ in KINDS]) / 255
    names = tuple(f"{colour}, {scale}, {90 * turns}°" for colour, scale, turns in KINDS)
    return Rainbow(grey, labels[source].astype(np.int64), source, ground, arriving, names)


def drawn(digits: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Each task's digits [tasks, digits, SIDE, SIDE] in its own scale (half: means of 2 x 2 in the middle, ground around)
    and rotation (exact, counter-clockwise)."""
    half, turns = (np.array(column) for column in zip(*((s == "half", t) for _, s, t in KINDS), strict=True))
    found = digits.copy()
    means = digits[half].reshape(half.sum(), -1, SIDE // 2, 2, SIDE // 2, 2).mean((3, 5))
    quarter = SIDE // 4
    found[half] = np.pad(np.rint(means).astype(np.uint8), ((0, 0), (0, 0), (quarter, quarter), (quarter, quarter)))
    for turn in range(1, TURNS):
        found[turns == turn] = np.rot90(found[turns == turn], turn, (2, 3))
    return found
