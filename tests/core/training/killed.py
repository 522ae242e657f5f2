"""A process that trains one run through a catalog and hangs in the middle, to be killed there.

python -m tests.core.training.killed FOLDER key=value ...
"""

import sys
import time
from pathlib import Path

from core.runs import enqueue, execute
from core.storage.catalog import Catalog
from core.training.events import Checkpointed, Event, Stepped

from .helpers import tiny

HANGS_AFTER = 8


def hangs(event: Event) -> None:
    """Beyond the checkpoint of step 8, with steps done that no checkpoint knows."""
    if isinstance(event, Checkpointed):
        assert event.step == HANGS_AFTER
    if isinstance(event, Stepped) and event.steps[-1] > HANGS_AFTER:
        print(event.steps[-1], flush=True)
        time.sleep(600)


if __name__ == "__main__":
    with Catalog.open(Path(sys.argv[1])) as catalog:
        execute(catalog, enqueue(catalog, tiny(*sys.argv[2:])).id, hangs)
