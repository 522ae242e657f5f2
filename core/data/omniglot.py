"""Omniglot (Lake, Salakhutdinov, Tenenbaum, Science 350, 2015): 1,623 characters of 50 alphabets, 20 drawings each.

28 x 28 by Lanczos from grey, inverted so that ink is 255. (MAML's script asks PIL for Lanczos too, but PIL shrinks
1-bit pictures by nearest neighbour whatever it is asked.)
"""

import hashlib
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import BadFile

from .downloads import fetch
from .omniglot_files import BACKGROUND, DRAWINGS, EVALUATION, Entry, Part, locate, read_bytes, read_listing
from .pictures import Pictures, Progress, Split, cached, silent

VERSION = 1
NATIVE, SIZE = 105, 28
SOURCE = "Omniglot, 1,623 handwritten characters of 50 alphabets (Lake et al. 2015)"
OFFICIAL = "https://raw.githubusercontent.com/brendenlake/omniglot/master/python"
CHECKSUMS = {
    "images_background.zip": "68d2efa1b9178cc56df9314c21c6e718",
    "images_evaluation.zip": "6b91aef0f799c5bb55b94e3f2daec811",
}
_CHUNK = 1000

_VINYALS_VALIDATION = {"Armenian", "Bengali", "Early_Aramaic", "Hebrew", "Mkhedruli_(Georgian)"}
_VINYALS_TRAINING = {
    "Angelic",
    "Atemayar_Qelisayer",
    "Atlantean",
    "Aurek-Besh",
    "Avesta",
    "Ge_ez",
    "Glagolitic",
    *BACKGROUND.keys() - _VINYALS_VALIDATION,
}
# The background alphabets with the fewest characters: 14 + 14 + 16 + 17 + 20 = 81, as Meta-Dataset's converter has it.
_FEWEST = set(sorted(BACKGROUND, key=lambda name: (BACKGROUND[name], name))[:5])


def load(data_folder: Path, path: Path | None = None, progress: Progress = silent) -> Pictures:
    """All characters by name, "ALPHABET/characterNN", from `path` or what was downloaded into the data folder.

    Raises MissingData or BadFile. Decoded once (a few seconds), then read from data_folder/cache.
    """
    folder = Path(path).expanduser() if path else _downloads(data_folder)
    try:
        parts = [read_listing(part) for part in locate(folder)]
    except OSError as error:
        raise BadFile(f"cannot read {error.filename or folder}: {error.strerror}; check tasks.path") from None
    return cached(data_folder, f"omniglot-{_key(parts)}", lambda: _decode(parts, progress))


def download(data_folder: Path, progress: Progress = silent, base_url: str = OFFICIAL) -> Path:
    """Fetch the two official archives with their checksums into the data folder; -> the folder that holds them."""
    folder = _downloads(data_folder)
    for index, (name, checksum) in enumerate(CHECKSUMS.items()):

        def share(done: float, name: str = name, index: int = index) -> None:
            progress(f"downloading {name}", (index + done) / len(CHECKSUMS))

        fetch(f"{base_url}/{name}", folder / name, checksum, share, "then set tasks.path to the folder that holds it")
    return folder


def split(names: tuple[str, ...], rule: str) -> Split:
    """Positions in `names`.

    vinyals: 1,028 / 172 / 423 characters, the split of the few-shot literature; it cuts Gurmukhi and crosses the
    archives. alphabets: 883 / 81 / 659 as in Meta-Dataset: test is the evaluation archive, validation the five
    background alphabets with the fewest characters.
    """
    part_of = _vinyals if rule == "vinyals" else _alphabets
    parts = np.array([part_of(*name.split("/")) for name in names])
    return Split(*(np.flatnonzero(parts == part) for part in ("train", "validation", "test")))


def _vinyals(alphabet: str, character: str) -> str:
    if alphabet in _VINYALS_VALIDATION:
        return "validation"
    trained = alphabet in _VINYALS_TRAINING or (alphabet == "Gurmukhi" and character <= "character41")
    return "train" if trained else "test"


def _alphabets(alphabet: str, character: str) -> str:
    if alphabet in EVALUATION:
        return "test"
    return "validation" if alphabet in _FEWEST else "train"


def _downloads(data_folder: Path) -> Path:
    return data_folder / "downloads" / "omniglot"


def _key(parts: list[Part]) -> str:
    """[16 hex digits] of names, sizes and the archives' own checksums of all drawings (folders: times of change)."""
    seen = hashlib.blake2b(f"{VERSION}".encode(), digest_size=8)
    for entry in _entries(parts):
        seen.update(f"{entry.name} {entry.stamp}\n".encode())
    return seen.hexdigest()


def _names(parts: list[Part]) -> tuple[str, ...]:
    return tuple(sorted(name for part in parts for name in part.drawings))


def _entries(parts: list[Part]) -> Iterator[Entry]:
    for part in parts:
        for _, drawings in sorted(part.drawings.items()):
            yield from (drawings[number] for number in range(1, DRAWINGS + 1))


def _decode(parts: list[Part], progress: Progress) -> Pictures:
    """Reading goes on while chunks are decoded on other threads; PIL and numpy let go of the interpreter for most of it."""
    total = sum(DRAWINGS * len(part.drawings) for part in parts)
    done, chunks = 0, []
    progress("decoding Omniglot", 0.0)
    with ThreadPoolExecutor() as pool:
        for future in [pool.submit(_chunk, *batch) for batch in _batches(parts)]:
            chunks.append(future.result())
            done += len(chunks[-1])
            progress("decoding Omniglot", done / total)
    return _sorted(np.concatenate(chunks), [name for part in parts for name in sorted(part.drawings)])


def _sorted(pixels: NDArray[np.uint8], names: list[str]) -> Pictures:
    """The two parts, each sorted, as one sorted list."""
    order = sorted(range(len(names)), key=lambda index: names[index])
    images = pixels.reshape(len(names), DRAWINGS, SIZE, SIZE, 1)[order].reshape(-1, SIZE, SIZE, 1)
    return Pictures(images, np.full(len(names), DRAWINGS), tuple(names[index] for index in order))


def _batches(parts: list[Part]) -> Iterator[tuple[Path, list[tuple[str, bytes]]]]:
    for part in parts:
        entries = list(_entries([part]))
        files = read_bytes(part, entries)
        for start in range(0, len(entries), _CHUNK):
            yield part.path, [next(files) for _ in entries[start : start + _CHUNK]]


def _chunk(source: Path, files: list[tuple[str, bytes]]) -> NDArray[np.uint8]:
    """[pictures, SIZE, SIZE]: shrunk by two products with Lanczos weights, for PIL works them out anew for each picture."""
    paper = np.stack([_bits(source, name, content) for name, content in files]).astype(np.float32) * 255
    weights = _lanczos()
    wide = np.clip(paper @ weights, 0, 255)
    small = np.clip(wide.swapaxes(1, 2) @ weights, 0, 255).swapaxes(1, 2)
    ink: NDArray[np.uint8] = 255 - np.rint(small).astype(np.uint8)
    return ink


def _bits(source: Path, name: str, content: bytes) -> NDArray[np.bool_]:
    """[NATIVE, NATIVE], paper is True."""
    from PIL import Image

    try:
        with Image.open(BytesIO(content), formats=("PNG",)) as image:
            if (image.size, image.mode) == ((NATIVE, NATIVE), "1"):
                bits: NDArray[np.bool_] = np.asarray(image)
                return bits
            found = f"{image.size[0]} x {image.size[1]}, mode {image.mode}"
    except (OSError, SyntaxError, ValueError, EOFError, zlib.error, Image.DecompressionBombError) as error:
        raise BadFile(f"{source}: {name} is damaged ({error}); get the official archive again") from None
    raise BadFile(f"{source}: {name} is {found}, Omniglot's drawings are 105 x 105 in black and white (mode 1)")


def _lanczos() -> NDArray[np.float32]:
    """PIL's own weights [NATIVE, SIZE]: what it makes of the unit vectors."""
    from PIL import Image

    units: Any = Image.fromarray(np.eye(NATIVE, dtype=np.float32))
    return np.asarray(units.resize((SIZE, NATIVE), Image.Resampling.LANCZOS))
