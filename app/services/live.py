"""Numbers and events of the run under way: written by the training thread, read by the window."""

import threading
import time
from collections import deque
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from core.config import Experiment
from core.training.events import (
    Checkpointed,
    Diverged,
    Evaluated,
    Event,
    Failed,
    Finished,
    PhaseChanged,
    Pretrained,
    RandomStart,
    StageStepped,
    Started,
    Stepped,
    TierChanged,
    Validated,
    Warned,
)

_COLUMNS = ("steps", "loss", "accuracy", "seconds")


class LiveNumbers:
    """Growing arrays under a lock. What is filled is never written again, so that a view of it stays true."""

    def __init__(self, room: int = 4096) -> None:
        self._lock = threading.Lock()
        self._held = {name: np.empty(room) for name in _COLUMNS}
        self._filled = 0

    def append(self, stepped: Stepped) -> None:
        """Called on the training thread."""
        with self._lock:
            end = self._filled + len(stepped.steps)
            self._make_room(end)
            for name in _COLUMNS:
                self._held[name][self._filled : end] = getattr(stepped, name)
            self._filled = end

    def _make_room(self, needed: int) -> None:
        room = len(self._held["steps"])
        if needed <= room:
            return
        for name, old in self._held.items():
            self._held[name] = np.empty(max(needed, 2 * room))
            self._held[name][: self._filled] = old[: self._filled]

    def cut(self, last_step: int) -> None:
        """Forget the steps beyond, in arrays of their own. Called on the training thread."""
        with self._lock:
            kept = int(np.searchsorted(self._held["steps"][: self._filled], last_step, side="right"))
            self._held = {name: held.copy() for name, held in self._held.items()}
            self._filled = kept

    def __len__(self) -> int:
        return self._filled

    def read(self) -> dict[str, NDArray[np.float64]]:
        """Views [n] of steps, loss, accuracy and seconds."""
        with self._lock:
            return {name: held[: self._filled] for name, held in self._held.items()}

    def last(self) -> tuple[int, float, float]:
        """(step, loss, seconds) of the last step, or (0, nan, 0)."""
        with self._lock:
            if not self._filled:
                return 0, float("nan"), 0.0
            at = self._filled - 1
            return int(self._held["steps"][at]), float(self._held["loss"][at]), float(self._held["seconds"][at])


@dataclass
class LiveRun:
    """All that is known of one run while it trains. `numbers` and `queue` are touched by both threads; the rest by the
    GUI thread alone, in `drain`. `version` grows with every drained event but numbers."""

    run_id: str
    name: str
    experiment: Experiment
    numbers: LiveNumbers = field(default_factory=LiveNumbers)
    queue: deque[Event] = field(default_factory=deque)
    phase: str = "starting"
    started: Started | None = None
    random_start: RandomStart | None = None
    validations: list[Validated] = field(default_factory=list)
    checkpoints: list[Checkpointed] = field(default_factory=list)
    log: list[Warned] = field(default_factory=list)
    evaluated: Evaluated | None = None
    ended: Finished | Failed | None = None
    diverged: Diverged | None = None
    """What the run asks, until it is answered."""
    paused: bool = False
    stopping: bool = False
    since: float = field(default_factory=time.monotonic)
    version: int = 0

    before: dict[str, NDArray[np.float64]] | None = None
    """Of a resumed run: what was stored before it went on, cut at its first step once that is known."""

    def read(self) -> dict[str, NDArray[np.float64]]:
        """Arrays [n] of steps, loss, accuracy and seconds, from the very first step on."""
        fresh = self.numbers.read()
        if self.before is None:
            return fresh
        return {name: np.concatenate([self.before[name], fresh[name]]) for name in fresh}

    def sink(self, event: Event) -> None:
        """Called on the training thread: no Qt here, and nothing slow."""
        if isinstance(event, Stepped):
            self.numbers.append(event)
            return
        if isinstance(event, Started):
            self.numbers.cut(event.first_step)  # here, before the steps that follow it
        self.queue.append(event)

    def drain(self) -> bool:
        """Take the waiting events in. True if there were any."""
        any_there = False
        while self.queue:
            self._take(self.queue.popleft())
            any_there = True
        self.version += any_there
        return any_there

    def _take(self, event: Event) -> None:
        match event:
            case PhaseChanged():
                self.phase = event.phase
            case StageStepped():
                self.phase = event.words
            case Pretrained():
                self.log.append(Warned(event.words))
            case Started():
                self.started, self.diverged = event, None
                self._cut(event.first_step)
            case TierChanged():
                if self.started is not None:
                    self.started = replace(self.started, engine=event.engine)
            case RandomStart():
                self.random_start = event
            case Validated():
                self.validations.append(event)
            case Checkpointed():
                self.checkpoints.append(event)
            case Warned():
                self.log.append(event)
            case Evaluated():
                self.evaluated = event
            case Diverged():
                self.diverged, self.paused = event, True
            case Finished() | Failed():
                self.ended, self.diverged = event, None

    def _cut(self, first_step: int) -> None:
        self.validations = [seen for seen in self.validations if seen.step <= first_step]
        self.checkpoints = [kept for kept in self.checkpoints if kept.step <= first_step]
        if self.before is not None:
            kept = self.before["steps"] <= first_step
            self.before = {name: values[kept] for name, values in self.before.items()}

    @property
    def step(self) -> int:
        done = self.numbers.last()[0]
        return done or (self.started.first_step if self.started else 0)

    @property
    def total_steps(self) -> int:
        return self.started.total_steps if self.started else self.experiment.outer.steps

    def steps_per_second(self, over: float = 8.0) -> float | None:
        """Over the last so many seconds of training; None before there are two steps."""
        held = self.numbers.read()
        seconds = held["seconds"]
        if len(seconds) < 2:
            return None
        first = int(np.searchsorted(seconds, seconds[-1] - over))
        first = min(first, len(seconds) - 2)
        passed = float(seconds[-1] - seconds[first])
        return float(held["steps"][-1] - held["steps"][first]) / passed if passed > 0 else None

    def seconds_left(self) -> float | None:
        """By the pace of the last seconds; None where nothing can be said."""
        pace = self.steps_per_second()
        if not pace or self.ended:
            return None
        left = (self.total_steps - self.step) / pace
        minutes = self.experiment.outer.minutes
        return left if minutes is None else min(left, max(0.0, 60 * minutes - self.numbers.last()[2]))

    @property
    def share(self) -> float:
        return min(1.0, self.step / self.total_steps) if self.total_steps else 0.0
