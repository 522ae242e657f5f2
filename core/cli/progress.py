"""How a run goes, on standard error: a bar with rate and time left in a terminal, else a line now and then."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from core.training.events import (
    Checkpointed,
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

from .output import duration, number, talk

LINE_SECONDS = 20.0


class Teller:
    """A sink that remembers how the run ended. `show_*` say it to a person."""

    def __init__(self) -> None:
        self.failed: Failed | None = None
        self.total, self.first_step, self.done = 0, 0, 0
        self.seconds = self.first_seconds = 0.0
        self.loss = float("nan")
        self.validation: float | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.show_end()

    def __call__(self, event: Event) -> None:
        match event:
            case PhaseChanged():
                self.show_phase(event.phase)
            case StageStepped():
                self.show_stage(event)
            case Pretrained():
                self.show_warning(event.words)
            case Started():
                self.total, self.first_step, self.done = event.total_steps, event.first_step, event.first_step
                self.show_start(event)
            case Stepped():
                self._step(event)
            case Validated():
                self.validation = float(event.curves.loss.mean(0)[-1])
            case TierChanged():
                self.show_warning(f"{event.tier} from step {event.step:,} on")
            case Warned():
                self.show_warning(event.text)
            case Failed():
                self.failed = event
            case Checkpointed() | Evaluated() | Finished() | RandomStart():
                pass

    def _step(self, event: Stepped) -> None:
        if not len(event.steps):
            return
        if not self.seconds:
            self.first_seconds, self.first_step = float(event.seconds[-1]), int(event.steps[-1])
        self.done, self.seconds, self.loss = int(event.steps[-1]), float(event.seconds[-1]), float(event.loss[-1])
        self.show_steps()

    @property
    def rate(self) -> float:
        """Outer steps a second of this piece."""
        elapsed = self.seconds - self.first_seconds
        return (self.done - self.first_step) / elapsed if elapsed > 0 else 0.0

    @property
    def left(self) -> float | None:
        return (self.total - self.done) / self.rate if self.rate else None

    def describe(self) -> str:
        found = f"loss {number(self.loss, 3)}"
        if self.validation is not None:
            found += f", validation {number(self.validation, 3)}"
        return found + (f", {number(self.rate, 3)} steps/s" if self.rate else "")

    def share(self, what: str, share: float) -> None:
        """A download or the reading of a data set: `share` of 1 is done."""

    def show_phase(self, phase: str) -> None: ...
    def show_stage(self, event: StageStepped) -> None: ...
    def show_start(self, event: Started) -> None: ...
    def show_steps(self) -> None: ...
    def show_warning(self, text: str) -> None: ...
    def show_end(self) -> None: ...


class Lines(Teller):
    """For logs: each phase, and the steps every 20 seconds."""

    def __init__(self) -> None:
        super().__init__()
        self._told = time.monotonic()
        self._shared = ""

    def show_phase(self, phase: str) -> None:
        talk(phase)

    def show_stage(self, event: StageStepped) -> None:
        if time.monotonic() - self._told > LINE_SECONDS or event.step == event.total_steps:
            self._told = time.monotonic()
            talk(event.words)

    def show_start(self, event: Started) -> None:
        line = f"{event.total_steps - event.first_step:,} outer steps on {event.device}"
        if line != self._shared:  # told before pretraining, and again behind it
            talk(line)
        self._shared = line

    def show_steps(self) -> None:
        if time.monotonic() - self._told > LINE_SECONDS:
            self._told = time.monotonic()
            left = "" if self.left is None else f", {duration(self.left)} left"
            talk(f"step {self.done:,} of {self.total:,}: {self.describe()}{left}")

    def show_warning(self, text: str) -> None:
        talk(text)

    def share(self, what: str, share: float) -> None:
        line = f"{what}: {share // 0.25 * 25:.0f} %"
        if line != self._shared:
            self._shared = line
            talk(line)


class Bar(Teller):
    """One line that moves, with steps done, rate and time left."""

    def __init__(self) -> None:
        super().__init__()
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        columns = (TextColumn("{task.description}"), BarColumn(30), TextColumn("{task.fields[said]}"))
        self._progress = Progress(*columns, console=Console(stderr=True, markup=False, emoji=False), transient=True)
        self._line = self._progress.add_task("starting", total=None, said="")
        self._progress.start()

    def show_phase(self, phase: str) -> None:
        self._progress.update(self._line, description=phase)
        if phase != "training":
            self._progress.update(self._line, said="")

    def show_stage(self, event: StageStepped) -> None:
        said = f"{event.step:,}/{event.total_steps:,}  loss {number(event.loss, 3)}"
        self._progress.update(
            self._line, description=event.stage, total=event.total_steps, completed=event.step, said=said
        )

    def show_start(self, event: Started) -> None:
        self._progress.update(self._line, total=event.total_steps, completed=event.first_step)

    def show_steps(self) -> None:
        left = "" if self.left is None else f", {duration(self.left)} left"
        said = f"{self.done:,}/{self.total:,}  {self.describe()}{left}"
        self._progress.update(self._line, completed=self.done, said=said)

    def show_warning(self, text: str) -> None:
        self._progress.console.print(text)

    def share(self, what: str, share: float) -> None:
        self._progress.update(self._line, description=what, total=1.0, completed=share, said=f"{share * 100:.0f} %")

    def show_end(self) -> None:
        self._progress.stop()


def teller() -> Teller:
    return Bar() if _terminal(sys.stderr) else Lines()


def _terminal(stream: Any) -> bool:
    return bool(getattr(stream, "isatty", lambda: False)())


@contextmanager
def shares() -> Iterator[Callable[[str, float], None]]:
    """For work that tells (what is being done, its share 0..1): a bar on a terminal, else nothing."""
    if not _terminal(sys.stderr):
        yield lambda words, share: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=1.0)
        yield lambda words, share: progress.update(task, description=words, completed=share)
