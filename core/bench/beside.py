"""What the compiling child takes from the run beside it: outer steps a second before it starts, and while it works."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from core.bench.ours import Say
from core.bench.workloads import experiment, ready
from core.config import with_settings
from core.engine.tiers import COMPILING
from core.training import Control, train
from core.training.events import Event, Failed, Stepped, TierChanged, Warned

PATIENCE = 600.0
"""Seconds of training, after which a build that is not done is waited for no longer."""
STEPS = 10**7


def beside(workload: str, *, say: Say, patience: float = PATIENCE) -> dict[str, Any]:
    """{"workload", "steps_per_second": {"before", "during"}, "slower" (share of the rate that was lost), "build_seconds"}, of a run
    that begins without a compiled library and ends when it has one. None where there was no such time; "why" then says so."""
    control, told = Control(), _Told()

    def sink(event: Event) -> None:
        told(event)
        if told.over or told.seconds > patience:
            control.stop()

    say(f"{workload}: a run, and a build beside it")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        ready(workload, folder)
        (folder / "run").mkdir()
        wanted = with_settings(experiment(workload, folder, tier="eager", steps=STEPS), ["engine.tier=auto"])
        train(wanted, sink, control, folder / "run", folder)
    return {"workload": workload, **told.found()}


class _Told:
    """What the run says, by the clock of its steps."""

    def __init__(self) -> None:
        self.steps: list[np.ndarray[Any, Any]] = []
        self.began = self.ended = float("nan")
        self.over, self.why = False, ""

    def __call__(self, event: Event) -> None:
        match event:
            case Stepped():
                self.steps.append(event.seconds)
            case Warned(text) if text == COMPILING:
                self.began = self.seconds
            case Warned(text):  # the build failed, or is no quicker
                self.ended, self.over, self.why = self.seconds, self.began == self.began, text
            case TierChanged():
                self.ended, self.over = self.seconds, True
            case Failed(sentence):
                self.why = sentence
            case _:
                pass

    @property
    def seconds(self) -> float:
        return float(self.steps[-1][-1]) if self.steps else 0.0

    def found(self) -> dict[str, Any]:
        times = np.concatenate(self.steps) if self.steps else np.zeros(0)
        warm = len(times[times < self.began]) // 10
        before = _rate(times[warm:], self.began)
        during = _rate(times[times >= self.began], self.ended if self.over else self.seconds)
        slower = None if before is None or during is None else 1 - during / before
        return {
            "steps_per_second": {"before": before, "during": during},
            "slower": slower,
            "build_seconds": self.ended - self.began if self.over else None,
            "why": self.why or ("" if slower is not None else "no build was begun, or it was not done in time"),
        }


def _rate(times: "np.ndarray[Any, Any]", end: float) -> float | None:
    """Steps a second up to `end`, None where there are too few."""
    seen = times[times <= end]
    return float((len(seen) - 1) / (seen[-1] - seen[0])) if len(seen) > 2 and seen[-1] > seen[0] else None
