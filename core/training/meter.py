"""Numbers of the steps: gathered on the device, handed to the sink in batches, never one by one."""

import time

import numpy as np
import torch
from torch import Tensor

from .events import Sink, Stepped

FLUSH_SECONDS = 0.1


class Meter:
    """Clock and series of one run. `seconds` leaves pauses and validations out."""

    def __init__(self, sink: Sink, seconds_before: float) -> None:
        self._sink = sink
        self._before = seconds_before
        self._running = 0.0
        self._since: float | None = None
        self._pending: list[tuple[int, Tensor, Tensor | None, float]] = []
        self._flushed = time.perf_counter()
        self.history: list[tuple[int, float]] = []
        self.first_loss = self.last_loss = float("nan")

    @property
    def seconds(self) -> float:
        """Training time since the run began, resumed pieces added up."""
        now = time.perf_counter() - self._since if self._since is not None else 0.0
        return self._before + self._running + now

    def start(self) -> None:
        if self._since is None:
            self._since = time.perf_counter()

    def halt(self) -> None:
        if self._since is not None:
            self._running += time.perf_counter() - self._since
            self._since = None

    def add(self, step: int, loss: Tensor, accuracy: Tensor | None) -> None:
        """loss, accuracy: of the tasks of one step [tasks], still on the device."""
        self._pending.append((step, loss, accuracy, self.seconds))

    def forget(self) -> None:
        """Numbers that nobody reads: of a rank that only computes."""
        self._pending.clear()

    @property
    def due(self) -> bool:
        return time.perf_counter() - self._flushed > FLUSH_SECONDS

    def flush(self) -> tuple[int, float] | None:
        """Hand over what is pending; give back (step, loss) of the first step whose loss is not finite."""
        self._flushed = time.perf_counter()
        if not self._pending:
            return None
        steps = np.array([p[0] for p in self._pending], dtype=np.int64)
        loss = torch.stack([p[1].mean() for p in self._pending]).double().cpu().numpy()
        accuracy = _means([p[2] for p in self._pending])
        seconds = np.array([p[3] for p in self._pending])
        self._pending.clear()
        self._sink(Stepped(steps, loss, accuracy, seconds))
        self.history.append((int(steps[-1]), float(seconds[-1])))
        self.first_loss = float(loss[0]) if np.isnan(self.first_loss) else self.first_loss
        self.last_loss = float(loss[-1])
        bad = np.flatnonzero(~np.isfinite(loss))
        return (int(steps[bad[0]]), float(loss[bad[0]])) if len(bad) else None

    def rates(self, step: int, first_step: int) -> tuple[float, float]:
        """(steps per second of the whole training, resumed pieces included; of the last quarter of this piece)."""
        overall = step / self.seconds if self.seconds > 0 else 0.0
        if not self.history:
            return overall, overall
        last, end = self.history[-1]
        early = [(s, t) for s, t in self.history if s <= first_step + 0.75 * (last - first_step)]
        start, begun = early[-1] if early else (first_step, self._before)
        return overall, (last - start) / (end - begun) if end > begun and last > start else overall


def _means(parts: list[Tensor | None]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    found = [part.mean() for part in parts if part is not None]
    if len(found) < len(parts):
        return np.full(len(parts), np.nan)
    return torch.stack(found).double().cpu().numpy()
