"""Where Omniglot lies and whether it is whole: official archives, or the folders that come out of them.

Nothing is unpacked: pictures are read from the archive, and only entries with the official names are looked at.
"""

import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from core.errors import BadFile, MissingData

DRAWINGS = 20
BACKGROUND = {
    "Alphabet_of_the_Magi": 20,
    "Anglo-Saxon_Futhorc": 29,
    "Arcadian": 26,
    "Armenian": 41,
    "Asomtavruli_(Georgian)": 40,
    "Balinese": 24,
    "Bengali": 46,
    "Blackfoot_(Canadian_Aboriginal_Syllabics)": 14,
    "Braille": 26,
    "Burmese_(Myanmar)": 34,
    "Cyrillic": 33,
    "Early_Aramaic": 22,
    "Futurama": 26,
    "Grantha": 43,
    "Greek": 24,
    "Gujarati": 48,
    "Hebrew": 22,
    "Inuktitut_(Canadian_Aboriginal_Syllabics)": 16,
    "Japanese_(hiragana)": 52,
    "Japanese_(katakana)": 47,
    "Korean": 40,
    "Latin": 26,
    "Malay_(Jawi_-_Arabic)": 40,
    "Mkhedruli_(Georgian)": 41,
    "N_Ko": 33,
    "Ojibwe_(Canadian_Aboriginal_Syllabics)": 14,
    "Sanskrit": 42,
    "Syriac_(Estrangelo)": 23,
    "Tagalog": 17,
    "Tifinagh": 55,
}
EVALUATION = {
    "Angelic": 20,
    "Atemayar_Qelisayer": 26,
    "Atlantean": 26,
    "Aurek-Besh": 26,
    "Avesta": 26,
    "Ge_ez": 26,
    "Glagolitic": 45,
    "Gurmukhi": 45,
    "Kannada": 41,
    "Keble": 26,
    "Malayalam": 47,
    "Manipuri": 40,
    "Mongolian": 30,
    "Old_Church_Slavonic_(Cyrillic)": 45,
    "Oriya": 46,
    "Sylheti": 28,
    "Syriac_(Serto)": 23,
    "Tengwar": 25,
    "Tibetan": 42,
    "ULOG": 26,
}
PARTS = {"images_background": BACKGROUND, "images_evaluation": EVALUATION}
HOW_TO_GET = "download them, or set tasks.path to the folder that holds them"

_LAYOUTS = ("", "python", "omniglot", "omniglot/python", "omniglot-py", "omniglot-master/python")
_DRAWING = re.compile(r"(?:^|/)(?P<character>[^/]+/character\d\d)/\d{4}_(?P<drawing>\d\d)\.png$")
_MOST_BYTES = 65536  # a drawing has about 250; a declared size beyond this is no drawing
_BROKEN_ARCHIVE = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError)


class Entry(NamedTuple):
    """One drawing: where it is inside its source, and what would change if it changed."""

    name: str
    stamp: tuple[int, int]


class Part(NamedTuple):
    """One of the two halves; drawings: "ALPHABET/characterNN" -> drawing number -> entry."""

    path: Path
    drawings: dict[str, dict[int, Entry]]


def locate(folder: Path) -> tuple[Path, Path]:
    """Archive or folder of the background and of the evaluation set, in or below `folder` (or beside it, where it is
    itself one of them). Raises MissingData with what is not there."""
    if folder.is_file() or folder.name in PARTS:
        folder = folder.parent
    best: list[Path | None] = [None, None]
    for layout in _LAYOUTS:
        found = [_part_in(folder / layout, name) for name in PARTS]
        if all(found):
            return found[0], found[1]  # type: ignore[return-value]
        best = found if any(found) else best
    raise MissingData(_what_is_missing(folder, best))


def _part_in(folder: Path, name: str) -> Path | None:
    archive, unpacked = folder / f"{name}.zip", folder / name
    return archive if archive.is_file() else unpacked if unpacked.is_dir() else None


def _what_is_missing(folder: Path, found: Sequence[Path | None]) -> str:
    missing = [f"{name}.zip" for name, path in zip(PARTS, found, strict=True) if path is None]
    small = next((s for layout in _LAYOUTS for s in sorted((folder / layout).glob("images_background_small*"))), None)
    if small is not None:
        return f"{small} is only a part of Omniglot; needed are images_background.zip and images_evaluation.zip: {HOW_TO_GET}"
    what = " and ".join(missing)
    return f"Omniglot's {what} (or the unpacked folder of that name) not found in {folder}: {HOW_TO_GET}"


def read_listing(path: Path) -> Part:
    """All drawings of one half, checked to be complete. Raises BadFile naming what is damaged or missing."""
    if path.is_dir():
        part = Part(path, _by_character(_in_folder(path)))
    else:
        about = path.stat()
        part = _in_archive(path, (about.st_size, about.st_mtime_ns))
    _check_complete(part, PARTS[path.name.removesuffix(".zip")])
    return part


def _in_folder(path: Path) -> Iterator[Entry]:
    for file in path.glob("*/character*/*.png"):
        about = file.stat()
        yield Entry(file.relative_to(path).as_posix(), (about.st_size, about.st_mtime_ns))


@lru_cache(maxsize=4)
def _in_archive(path: Path, version: tuple[int, int]) -> Part:
    """Kept, as a preview asks again and again; `version` notices another file of the same name."""
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
    except _BROKEN_ARCHIVE as error:
        raise BadFile(f"{path} is damaged or not whole ({error}); get the official archive again") from None
    return Part(path, _by_character(Entry(info.filename, (info.file_size, info.CRC)) for info in infos))


def _by_character(entries: Iterable[Entry]) -> dict[str, dict[int, Entry]]:
    drawings: dict[str, dict[int, Entry]] = {}
    for entry in entries:
        if (match := _DRAWING.search(entry.name)) and not entry.name.startswith("__MACOSX/"):
            drawings.setdefault(match["character"], {})[int(match["drawing"])] = entry
    return drawings


def _check_complete(part: Part, alphabets: dict[str, int]) -> None:
    wanted = [f"{alphabet}/character{i:02}" for alphabet, amount in alphabets.items() for i in range(1, amount + 1)]
    lacking = [name for name in wanted if not part.drawings.get(name, {}).keys() >= set(range(1, DRAWINGS + 1))]
    if lacking:
        named = ", ".join(f"{name} ({len(part.drawings.get(name, {}))} of {DRAWINGS} drawings)" for name in lacking[:3])
        more = f" and {len(lacking) - 3} more" if len(lacking) > 3 else ""
        raise BadFile(
            f"{part.path} holds {len(wanted) - len(lacking)} of {len(wanted)} characters; missing: {named}{more}; "
            "get the official archive again"
        )
    for name in part.drawings.keys() - set(wanted):
        part.drawings.pop(name)  # pictures of somebody's own beside the official ones
    large = [e.name for drawings in part.drawings.values() for e in drawings.values() if e.stamp[0] > _MOST_BYTES]
    if large:
        raise BadFile(f"{part.path}: {large[0]} is too large for a drawing; get the official archive again")


def read_bytes(part: Part, entries: Sequence[Entry]) -> Iterator[tuple[str, bytes]]:
    """The files of the entries with their names. Raises BadFile naming the one that is damaged."""
    name = ""
    try:
        if part.path.is_dir():
            for name, _ in entries:
                yield name, (part.path / name).read_bytes()
        else:
            with zipfile.ZipFile(part.path) as archive:
                for name, _ in entries:
                    yield name, archive.read(name)
    except _BROKEN_ARCHIVE as error:
        raise BadFile(f"{part.path}: {name} cannot be read ({error}); get the official archive again") from None
