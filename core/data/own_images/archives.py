"""Zip and tar archives, read in place: nothing is unpacked, and no name or link in them can reach a file outside."""

import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from core.data.inspection import LeftOut
from core.errors import BadFile

from .items import EMPTY, Item, is_noise, plain_name, why_outside, why_too_large

MOST_FILES = 5_000_000
BOMB_BYTES = 4 * 2**30
BOMB_RATIO = 200
"""An archive that unpacks to more than BOMB_BYTES and to more than this many times itself is not looked into."""
BROKEN = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, RuntimeError, NotImplementedError, OSError,
    ValueError,
)  # fmt: skip
Listing = tuple[tuple[Item, ...], tuple[LeftOut, ...]]


def list_archive(path: Path) -> Listing:
    """Its files, sorted, and what is left out of it. Raises BadFile where it is damaged, or a bomb."""
    try:
        about = path.stat()
    except OSError as error:
        raise BadFile(f"cannot read {path}: {error.strerror}; check the path and its rights") from None
    return _listed(path, about.st_size, about.st_mtime_ns)


def open_archive(path: Path) -> "Zip | Tar":
    return Zip(path) if _is_zip(path) else Tar(path)


def _is_zip(path: Path) -> bool:
    return path.name.lower().endswith(".zip")


@lru_cache(maxsize=8)
def _listed(path: Path, size: int, changed: int) -> Listing:
    """Kept, as a preview asks again and again and a packed tar has to be read whole; size and time notice another file."""
    listing = _Listing(path, size)
    try:
        (_list_zip if _is_zip(path) else _list_tar)(path, listing)
    except BROKEN as error:
        if not listing.items:
            raise BadFile(f"{path.name} is damaged or no archive ({_in_short(error)}); get it again") from None
        behind = listing.items[-1].name
        listing.left_out.append(LeftOut(path.name, f"is cut off or damaged behind {behind} ({_in_short(error)})"))
    return tuple(sorted(listing.items)), (*listing.left_out, *listing.empty())


def _in_short(error: Exception) -> str:
    """tarfile tells what each way of packing found, a line each: the first of them."""
    return next(iter(str(error).splitlines()), "").rstrip(": ") or type(error).__name__


class _Listing:
    """What is taken and what is not, and how much it would unpack to."""

    def __init__(self, path: Path, size: int) -> None:
        self.path, self.size = path, size
        self.items: list[Item] = []
        self.left_out: list[LeftOut] = []
        self._names: set[str] = set()
        self._folders: set[str] = set()
        self._count = self._bytes = 0

    def add(self, name: str, size: int, stamp: int, why_not: str = "") -> None:
        """One file by the name that the archive has for it. Raises BadFile for a bomb."""
        self._count, self._bytes = self._count + 1, self._bytes + size
        self._refuse_bomb()
        plain = plain_name(name)
        if not why_outside(plain) and is_noise(plain):
            return
        reason = why_not or why_outside(name) or why_too_large(size)
        reason = reason or ("is there twice; the first is used" if plain in self._names else "")
        if reason:
            self.left_out.append(LeftOut(plain, reason))
        else:
            self._names.add(plain)
            self.items.append(Item(plain.removeprefix("./"), name, size, stamp))

    def add_folder(self, name: str) -> None:
        plain = plain_name(name).removeprefix("./").strip("/")
        if plain and plain != "." and not why_outside(plain) and not is_noise(plain):
            self._folders.add(plain)

    def empty(self) -> list[LeftOut]:
        """Folders of which nothing is below."""
        named = [*self._folders, *(item.name for item in self.items), *(one.what for one in self.left_out)]
        above = {str(parent) for name in named for parent in PurePosixPath(name).parents}
        return [LeftOut(name, EMPTY) for name in sorted(self._folders - above)]

    def _refuse_bomb(self) -> None:
        if self._count > MOST_FILES:
            raise BadFile(f"{self.path.name} holds more than {MOST_FILES:,} files; unpack it and choose the folder")
        if self._bytes > max(BOMB_BYTES, BOMB_RATIO * self.size):
            raise BadFile(
                f"{self.path.name} would unpack to more than {self._bytes / 2**30:.0f} GiB, over {BOMB_RATIO} times its size, "
                "as only a bomb does; unpack it yourself if you trust it, and choose the folder"
            )


def _list_zip(path: Path, listing: _Listing) -> None:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if info.is_dir():
                listing.add_folder(info.filename)
            else:
                linked = stat.S_ISLNK(info.external_attr >> 16)
                why_not = "is a link" if linked else "is encrypted" if info.flag_bits & 1 else ""
                listing.add(info.filename, info.file_size, info.CRC, why_not)


def _list_tar(path: Path, listing: _Listing) -> None:
    with tarfile.open(path) as archive:
        for member in archive:
            if member.isdir():
                listing.add_folder(member.name)
            else:
                linked = member.issym() or member.islnk()
                why_not = "is a link" if linked else "" if member.isreg() else "is no ordinary file"
                listing.add(member.name, member.size, int(member.mtime), why_not)
            archive.members = []  # type: ignore[attr-defined]  # tarfile would keep them all


class Zip:
    """Files by their name in the archive."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, keys: Sequence[str]) -> Iterator[tuple[str, Any]]:
        with zipfile.ZipFile(self.path) as archive:
            first = {info.filename: info for info in reversed(archive.infolist())}
            for key in sorted(keys, key=lambda key: first[key].header_offset):
                try:
                    yield key, archive.read(first[key])
                except BROKEN as error:
                    yield key, error


class Tar:
    """Files by their name in the archive, read from front to back: a packed one knows no other way."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, keys: Sequence[str]) -> Iterator[tuple[str, Any]]:
        wanted = set(keys)
        try:
            with tarfile.open(self.path) as archive:
                for member in archive:
                    archive.members = []  # type: ignore[attr-defined]
                    if member.name in wanted and member.isreg():
                        wanted.remove(member.name)
                        content = archive.extractfile(member)
                        yield member.name, content.read() if content else OSError("has no content")
                    if not wanted:
                        return
        except BROKEN as error:
            for key in sorted(wanted):
                yield key, error
