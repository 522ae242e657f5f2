"""Python's garbage collector, told that what is there before a run does not become garbage while it lasts.

A full collection looks at every object of every library, and nobody else runs Python meanwhile: 190,000 objects and 105 ms with
torch alone, during which the window stands still and the run does not step. After this it looks at what the run itself makes.
"""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_inside, _lock = 0, threading.Lock()


@contextmanager
def sparing() -> Iterator[None]:
    """While this holds, what was there before is left out; afterwards it is looked at again."""
    global _inside
    with _lock:
        _inside += 1
    spare()
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if _inside == 0:
                gc.unfreeze()


def spare() -> None:
    """What has come since (libraries are imported where they are first needed) is left out too; takes no time."""
    gc.freeze()
