"""How much the result depends on the inner step size: MAML beside T-net and MT-net on the sinusoid.

`python -m tests.benchmarks.step_sizes [OUTER_STEPS]`: trains each method at each step size (10 shots, one inner step) and prints
the error on the fixed test tasks after the trained step. The paper's table (arXiv 1801.05558, unverified): MAML from 0.71 at 0.01
to 172 at 10, MT-net from 0.49 to 4.2.
"""

import sys
import tempfile
from pathlib import Path

from core.config import presets, with_settings
from core.training import Control, train
from core.training.events import Evaluated, Failed

METHODS = {"MAML": ["method.kind=maml"], "T-net": ["method.masks=none"], "MT-net": []}
STEP_SIZES = (10.0, 1.0, 0.1, 0.01, 0.001, 0.0001)


def main(steps: int = 5000) -> None:
    print(f"{steps} outer steps", *(f"{rate:>9g}" for rate in STEP_SIZES))
    for method, changes in METHODS.items():
        found = [error(changes, rate, steps) for rate in STEP_SIZES]
        print(f"{method:<{len(f'{steps} outer steps')}}", *(f"{each:>9}" for each in found), flush=True)


def error(changes: list[str], rate: float, steps: int) -> str:
    """Mean squared error after one inner step, or that the run broke."""
    experiment = with_settings(
        presets()["sinusoid-mt-net"].experiment,
        [
            *changes,
            f"inner.learning_rate={rate}",
            f"outer.steps={steps}",
            "inner.evaluation_steps=1",
            "engine.tier=eager",
        ],
    )
    events: list[object] = []
    with tempfile.TemporaryDirectory() as folder:
        train(experiment, events.append, Control(), Path(folder), Path(folder))
    if any(isinstance(event, Failed) for event in events):
        return "broke"
    (evaluated,) = (event for event in events if isinstance(event, Evaluated))
    return f"{evaluated.curves.loss[:, 1].mean():.3g}"


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
