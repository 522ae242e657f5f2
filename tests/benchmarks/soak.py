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
ALLOWED = 8.0
"""MiB between beginning and end that are no leak: the allocator's holes come and go."""


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
    found = soak(steps, settings)
    beginning, middle, end = found[0], found[len(found) // 2 - 1], found[-1]
    print(f"resident           {beginning:.1f} MiB at the beginning, {middle:.1f} in the middle, {end:.1f} at the end")
    verdict = judged(found)
    print(f"verdict            {verdict}")
    print(json.dumps({"steps": steps, "mebibytes": found, "verdict": verdict}))
    return int(verdict.startswith("it grew"))


def judged(found):
    """A leak grows with the steps: as much in the second half as in the first. What fills once does not."""
    growth, later = found[-1] - found[0], found[-1] - found[len(found) // 2 - 1]
    if growth <= ALLOWED:
        return f"nothing leaks: {growth:+.1f} MiB over the run (allowed: {ALLOWED:g})"
    if later <= ALLOWED / 2:
        return f"nothing leaks: {growth:+.1f} MiB, but {later:+.1f} in the second half"
    return f"it grew by {growth:.1f} MiB, {later:.1f} of them in the second half (allowed: {ALLOWED:g})"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
