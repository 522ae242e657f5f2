"""The C library's allocator, told to keep what an outer step gives back: the next one wants the same sizes again.

glibc hands every large block back to the system at once and gets it anew, page by page, a moment later, and each thread
hoards free blocks of its own. Measured on convolutions (omni-5w1s, mini-5w5s, two workers): 28 and 38 % of an outer step's
processor time went into that, and the process was larger for it. Elsewhere than on glibc nothing is changed.
"""

import ctypes
import platform
import sys
from functools import cache
from typing import Any

from core.held import Held

_TRIM_THRESHOLD, _MMAP_MAX, _ARENA_MAX = -1, -4, -8  # malloc.h
_KEEPING = {_TRIM_THRESHOLD: 2**31 - 1, _MMAP_MAX: 0, _ARENA_MAX: 1}
_USUAL = {_TRIM_THRESHOLD: 128 * 2**10, _MMAP_MAX: 65536}


def keeping() -> Held:
    """While this holds, freed memory stays with the process; afterwards what is free goes back to the system."""
    return _KEPT


def settle() -> None:
    """Give back what is free now."""
    library = glibc()
    if library is not None:
        library.malloc_trim(0)


def _set(values: dict[int, int]) -> None:
    library = glibc()
    if library is not None:
        for option, value in values.items():
            library.mallopt(option, value)


@cache
def glibc() -> Any:
    """None where the C library is another one."""
    if not sys.platform.startswith("linux") or platform.libc_ver()[0] != "glibc":
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "mallopt") and hasattr(library, "malloc_trim") else None


def _as_usual() -> None:
    _set(_USUAL)
    settle()


_KEPT = Held(lambda: _set(_KEEPING), _as_usual)
