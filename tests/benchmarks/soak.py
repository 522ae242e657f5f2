"""Resident memory over many outer steps of a real run: nothing may leak.

`python -m tests.benchmarks.soak [STEPS] [--set KEY=VALUE ...]` trains the sinusoid (10,000 outer steps where no number is
given) and prints the resident size ten times on the way; the last line is JSON: {"steps", "mebibytes": [...]}.
"""

import json
import sys
import tempfile
from itertools import pairwise
from pathlib import Path

import psutil

LOOKS = 10


def soak(steps, settings):
    """Resident MiB after each tenth of the steps."""
    from core.config import presets, with_settings
    from core.training import Control, train
    from core.training.events import Failed, Stepped

    fixed = [f"outer.steps={steps}", "evaluation.validation_tasks=10", "evaluation.tasks=10"]
    experiment = with_settings(presets()["sinusoid-maml"].experiment, [*fixed, *settings])
    process, found = psutil.Process(), []

    def sink(event):
        match event:
            case Stepped() if event.steps[-1] >= (len(found) + 1) * steps / LOOKS:
                found.append(process.memory_info().rss / 2**20)
                print(f"step {event.steps[-1]:8,}  {found[-1]:8.1f} MiB resident", file=sys.stderr, flush=True)
            case Failed():
                raise SystemExit(event.sentence)

    with tempfile.TemporaryDirectory() as folder:
        train(experiment, sink, Control(), Path(folder), Path(folder))
    return found


def main(words):
    steps = int(words[0]) if words and words[0].isdigit() else 10_000
    settings = [after for before, after in pairwise(words) if before == "--set"]
    print(json.dumps({"steps": steps, "mebibytes": soak(steps, settings)}))


if __name__ == "__main__":
    main(sys.argv[1:])
