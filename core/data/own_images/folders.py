"""A folder of files, links followed once."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from core.data.inspection import LeftOut
from core.errors import BadFile

from .items import EMPTY, Item, is_noise, why_too_large


class Folder:
    """Files by their path below it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, keys: Sequence[str]) -> Iterator[tuple[str, Any]]:
        for key in keys:
            try:
                yield key, (self.path / key).read_bytes()
            except OSError as error:
                yield key, error


def list_folder(path: Path) -> tuple[list[Item], list[LeftOut]]:
    """All files below, sorted; a folder that two links lead to is looked at once. Raises BadFile where not even the
    folder itself can be read."""
    items: list[Item] = []
    left_out: list[LeftOut] = []
    seen: set[tuple[int, int]] = set()

    def walk(folder: Path, name: str) -> None:
        try:
            about = folder.stat()
            if (about.st_dev, about.st_ino) in seen:
                left_out.append(LeftOut(name, "is a link to a folder that is here already"))
                return
            seen.add((about.st_dev, about.st_ino))
            with os.scandir(folder) as found:
                entries = sorted((entry for entry in found if not is_noise(entry.name)), key=lambda entry: entry.name)
        except OSError as error:
            if not name:
                raise BadFile(f"cannot read {path}: {error.strerror}; check its rights") from None
            left_out.append(LeftOut(name, f"cannot be read: {error.strerror}"))
            return
        if name and not entries:
            left_out.append(LeftOut(name, EMPTY))
        for entry in entries:
            below = f"{name}/{entry.name}" if name else entry.name
            try:
                if entry.is_dir():
                    walk(folder / entry.name, below)
                else:
                    take(entry, below)
            except OSError as error:
                left_out.append(LeftOut(below, f"cannot be read: {error.strerror}"))

    def take(entry: os.DirEntry[str], name: str) -> None:
        about = entry.stat()
        if not entry.is_file():
            left_out.append(LeftOut(name, "is no ordinary file"))
        elif reason := why_too_large(about.st_size):
            left_out.append(LeftOut(name, reason))
        else:
            items.append(Item(name, name, about.st_size, about.st_mtime_ns))

    walk(path, "")
    return items, left_out
