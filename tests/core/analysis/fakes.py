"""A catalog in memory with the few functions that figures ask."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from core.config import Experiment
from core.storage.records import EvaluationRecord, Series
from core.training.events import Curves


@dataclass
class FakeRun:
    id: str
    name: str
    status: str = "finished"
    experiment: Experiment = field(default_factory=Experiment)


@dataclass
class FakeCatalog:
    runs: dict[str, FakeRun] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)
    losses: dict[str, list[float]] = field(default_factory=dict)

    def run(self, reference):
        return self.runs[reference]

    def series(self, run_id):
        loss = np.array(self.losses.get(run_id, []))
        steps = np.arange(1, len(loss) + 1)
        return Series(steps, steps * 0.5, loss, np.full(len(loss), np.nan))

    def evaluation(self, run_id):
        return self.kept.get(run_id)


def evaluation(run, loss, *, digest="same", accuracy=None, groups=None):
    curves = Curves(np.array(loss, dtype=float), accuracy, groups)
    start = Curves(np.array(loss, dtype=float) + 1, accuracy, groups)
    return EvaluationRecord(run, 100, digest, curves, start)
