"""What a run was made with, read from the packages' own records: nothing is imported for it."""

import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version

import core


@cache
def _versions() -> tuple[tuple[str, str], ...]:
    found = [("headstart", core.__version__), ("python", platform.python_version())]
    for package in ("torch", "numpy"):
        try:
            found.append((package, version(package)))
        except PackageNotFoundError:
            continue
    return tuple(found)


def versions() -> dict[str, str]:
    return dict(_versions())
