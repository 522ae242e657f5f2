"""A process that trains one run, swaps to the compiled tier in the middle, and hangs there, to be killed.

python -m tests.core.engine.killed_swap FOLDER
"""

import sys
import time
from pathlib import Path

from core.engine.tiers import Tiers
from core.runs import enqueue, execute
from core.storage.catalog import Catalog
from core.training import meter
from core.training.events import TierChanged

SWAPS_AT = 7


def swapped_in_mid_run(setattr_):
    """As if a library, which lies in the cache, were done while step 6 was made. setattr_(owner, name, value) patches."""

    def prepare(self, step, phase, wait):
        assert not self.swaps, "only for a run's first piece"

    def consider(self, step, seconds):
        if step < SWAPS_AT or self.swaps:
            return False
        self._load()
        return self._compiled is not None

    setattr_(Tiers, "prepare", prepare)
    setattr_(Tiers, "consider", consider)
    setattr_(meter, "FLUSH_SECONDS", 0.0)  # asked after every step


def hangs(event):
    if isinstance(event, TierChanged):
        print(event.step, flush=True)
        time.sleep(600)


if __name__ == "__main__":
    from .test_compiled import small

    swapped_in_mid_run(setattr)
    with Catalog.open(Path(sys.argv[1])) as catalog:
        execute(catalog, enqueue(catalog, small()).id, hangs)
