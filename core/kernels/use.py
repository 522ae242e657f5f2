"""Which library of kernels the work on this thread uses; none unless somebody says so."""

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _Thread(threading.local):
    library: ctypes.CDLL | None = None


_here = _Thread()


def current() -> ctypes.CDLL | None:
    """None: torch's own operations."""
    return _here.library


@contextmanager
def using(library: ctypes.CDLL | None) -> Iterator[None]:
    """On this thread, until its end."""
    before, _here.library = _here.library, library
    try:
        yield
    finally:
        _here.library = before
