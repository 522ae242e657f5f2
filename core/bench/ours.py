"""What a benchmark times of Headstart: whole outer steps of a real run."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from core.config import Experiment
from core.engine.plan import Plan
from core.engine.trial import words
from core.training import Control, train
from core.training.events import Event, Failed, PhaseChanged, Started, Stepped, Warned

ROUNDS = 3
Say = Callable[[str], None]


class Ours:
    """The real training loop on the experiment that `make` gives for a number of outer steps, for about `seconds` a call; a
    call of `first` steps sizes the later ones. complaint: the last thing that the run said against it; way: the plan, in words."""

    def __init__(
        self, label: str, make: Callable[[int], Experiment], data_folder: Path, *, first: int, seconds: float, say: Say
    ) -> None:
        self.label, self.make, self.data_folder, self.seconds, self.say = label, make, data_folder, seconds, say
        self.steps, self.complaint, self.way = first, "", ""
        self.first_step = self.compile_seconds = float("nan")
        self._known: float | None = None
        milliseconds = self._run()  # warm: a compiled tier is built here
        if self.steps * milliseconds >= 1000 * seconds:  # these few steps last as long as is asked for
            self._known = milliseconds
            return
        self.steps = max(self.steps, int(self.seconds * 1000 / max(self._run(), 1e-3)))

    def milliseconds(self) -> float:
        known, self._known = self._known, None
        return self._run() if known is None else known

    def _run(self) -> float:
        """Milliseconds of an outer step: all but the first tenth of the steps."""
        begun, compiling = time.perf_counter(), [0.0]
        found: list[Any] = []

        def sink(event: Event) -> None:
            match event:
                case PhaseChanged(phase) if phase.startswith("compiling"):
                    compiling[0] = time.perf_counter()
                    self.say(f"{self.label}: {phase}")
                case PhaseChanged("training") if compiling[0]:
                    self.compile_seconds = time.perf_counter() - compiling[0]
                case Stepped():
                    if not found and not compiling[0] and np.isnan(self.first_step):
                        self.first_step = time.perf_counter() - begun
                    found.append(event.seconds)
                case Started():
                    self.way = words(Plan.from_dict(event.engine))
                case Warned():
                    self.complaint = event.text
                case Failed():
                    self.complaint = event.sentence
                case _:
                    pass

        with tempfile.TemporaryDirectory() as folder:
            train(self.make(self.steps), sink, Control(), Path(folder), self.data_folder)
        seconds = np.concatenate(found) if found else np.array([np.nan])
        first = len(seconds) // 10
        return (
            float(1000 * (seconds[-1] - seconds[first]) / max(1, len(seconds) - 1 - first))
            if len(seconds) > 1
            else 1000 * seconds[0]
        )
