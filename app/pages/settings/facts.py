"""What the settings page says of folder and program."""

import os
import platform
import shutil
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from PySide6.QtCore import qVersion


@dataclass(frozen=True)
class Use:
    """bytes, files: below the folder; free: bytes left on its disk."""

    bytes: int
    files: int
    free: int


def folder_use(folder: Path) -> Use:
    """Walks the folder: call off the GUI thread. What vanishes meanwhile is not counted."""
    total = count = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(place, name)).st_size
            except OSError:
                continue
            count += 1
    return Use(total, count, shutil.disk_usage(folder).free)


def versions() -> list[tuple[str, str]]:
    """Program, Python, Qt and the packages that decide results; imports none of them."""
    from core import __version__

    return [
        ("Headstart", __version__),
        ("Python", platform.python_version()),
        ("Qt", qVersion()),
        *((title, _version(package)) for title, package in (("PyTorch", "torch"), ("NumPy", "numpy"))),
        ("System", f"{platform.system()} {platform.release()}"),
        ("Licence", "MIT"),
    ]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
