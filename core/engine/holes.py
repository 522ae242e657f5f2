"""What live bytes become in the C library's hands: blocks of many sizes come and go, and holes stay between them.

The allocations of a pass are repeated with the library itself, in their order and sizes, but nothing is written to them, so
that this takes no memory; the pages that they would have covered are counted.
"""

import ctypes
from collections.abc import Iterable
from typing import NamedTuple

from core.engine.allocator import glibc

ALIGNED = 64
"""As torch asks for its blocks."""
PAGE = 4096
PASSES = 2
"""The second one finds the holes of the first."""


class Block(NamedTuple):
    """A block that comes (held) or goes, by its key; key None: one that is gone at once."""

    key: int | None
    size: int
    held: bool


def covered(blocks: list[Block]) -> int | None:
    """Bytes of all pages that these would lie on; None where the C library is another one or has no room for that."""
    library = glibc()
    if library is None:
        return None
    place, spans = ctypes.c_void_p(), []
    lying: dict[int, int] = {}

    def taken(size: int) -> int | None:
        whole = ctypes.c_size_t(max(1, size))  # a plain int would be cut to 32 bits
        if library.posix_memalign(ctypes.byref(place), ctypes.c_size_t(ALIGNED), whole) != 0 or place.value is None:
            return None
        spans.append((place.value, size))
        return place.value

    def given_back(address: int) -> None:
        library.free(ctypes.c_void_p(address))

    def all_given_back() -> None:
        while lying:
            given_back(lying.popitem()[1])

    try:
        for _ in range(PASSES):
            for block in blocks:
                key = -1 if block.key is None else block.key
                if block.held or block.key is None:
                    if (address := taken(block.size)) is None:
                        return None
                    lying[key] = address
                if not block.held and (address := lying.pop(key, None)) is not None:
                    given_back(address)
            all_given_back()
    finally:
        all_given_back()
    return _pages(spans)


def _pages(spans: Iterable[tuple[int, int]]) -> int:
    """Bytes of the pages that (address, size) lie on, each counted once."""
    found = end = 0
    for address, size in sorted(spans):
        first, last = max(address // PAGE, end), -(-(address + size) // PAGE)
        if last > first:
            found, end = found + last - first, last
    return PAGE * found
