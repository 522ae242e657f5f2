"""Python's garbage collector, told that what is there before a run does not become garbage while it lasts.

A full collection looks at every object of every library, and nobody else runs Python meanwhile: 190,000 objects and 105 ms with
torch alone, during which the window stands still and the run does not step. After this it looks at what the run itself makes.
"""

import gc

from core.held import Held


def spare() -> None:
    """What has come since (libraries are imported where they are first needed) is left out too; takes no time."""
    gc.freeze()


_SPARED = Held(spare, gc.unfreeze)


def sparing() -> Held:
    """While this holds, what was there before is left out; afterwards it is looked at again."""
    return _SPARED
