"""Files of a source by name, and which names may be used at all."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple, Protocol

from core.data.inspection import LeftOut

MOST_BYTES = 256 * 2**20
"""Of one picture's file: more is no photograph, and it is read whole."""
EMPTY = "is an empty folder"
MOST_TEXT = 64 * 2**20
_DRIVE = re.compile(r"^[A-Za-z]:")
_NOISE = {"thumbs.db", "desktop.ini", "__macosx"}


class Item(NamedTuple):
    """name: path inside the source, with /; key: what its container knows it by; size: bytes; stamp: changes with the
    content (a check sum, or the time of change); place: number of its container."""

    name: str
    key: str
    size: int
    stamp: int
    place: int = 0


class Container(Protocol):
    """What holds files: a folder, an archive, a pickled set."""

    path: Path

    def read(self, keys: Sequence[str]) -> Iterator[tuple[str, Any]]:
        """(key, content) of those that can be read, in the order that is quickest; content: bytes, a picture as an array
        [height, width(, channels)], or the exception that came instead."""


@dataclass(frozen=True)
class Source:
    """items: sorted by name; left_out: what could not even be listed; title: what the files say that they are, if they do."""

    path: Path
    items: tuple[Item, ...]
    containers: tuple[Container, ...]
    left_out: tuple[LeftOut, ...] = ()
    title: str = ""

    def read(self, items: Sequence[Item]) -> Iterator[tuple[Item, Any]]:
        """Contents container by container, as Container.read gives them."""
        for place, container in enumerate(self.containers):
            wanted = {item.key: item for item in items if item.place == place}
            if wanted:
                for key, content in container.read(list(wanted)):
                    yield wanted[key], content

    def text(self, item: Item) -> str | None:
        """A small file's text; None where it cannot be read."""
        if item.size > MOST_TEXT:
            return None
        content = next((content for _, content in self.read([item])), None)
        return content.decode("utf-8-sig", errors="replace") if isinstance(content, bytes) else None


def is_noise(name: str) -> bool:
    """What systems leave behind: hidden files, Thumbs.db, __MACOSX."""
    return any(part.startswith(".") or part.lower() in _NOISE for part in PurePosixPath(name).parts)


def plain_name(name: str) -> str:
    return name.replace("\\", "/")


def why_outside(name: str) -> str:
    """Why a name in an archive is not used: it would lie outside of it; "" where it may be."""
    plain = plain_name(name)
    if plain.startswith("/") or _DRIVE.match(plain) or ".." in plain.split("/"):
        return "its path points outside the archive"
    return ""


def why_too_large(size: int) -> str:
    return f"has {size / 2**20:,.0f} MiB, the most is {MOST_BYTES // 2**20}" if size > MOST_BYTES else ""
