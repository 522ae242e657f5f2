"""What is known of an experiment beyond its own words: looked at, measured and sampled behind the page."""

from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from app.widgets import words
from app.workspace import Workspace
from core.config import Experiment, Problem

from . import facts
from .facts import Checked
from .jobs import LatestJob
from .samples import COUNT

_LOOK_MS, _SAMPLE_MS, _MEASURE_MS = 200, 200, 900


class Knowledge(QObject):
    """looked: `checked` is another; measured: `price` is another; sampling, sampled(views, seed), unsampled(sentence)."""

    looked = Signal()
    measured = Signal()
    sampling = Signal()
    sampled = Signal(object, int)
    unsampled = Signal(str)

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._looking = self._job(_LOOK_MS, self._looked, self._look_failed)
        self._sampling = self._job(_SAMPLE_MS, self._sampled, self._sample_failed)
        self._measuring = self._job(_MEASURE_MS, self._measured, self._measure_failed)
        self.checked = Checked(None)
        self._checked_key = ""
        self._price: Any = None
        self._price_key, self._price_failure = "", ""
        self._sample_seed, self._sample_shown = 0, ""

    @property
    def looking(self) -> bool:
        return self._looking.busy

    @property
    def measuring(self) -> bool:
        return self._measuring.busy or self._looking.busy

    def looked_at(self, experiment: Experiment | None) -> bool:
        """Whether `checked` is of this very experiment."""
        return experiment is not None and experiment.digest() == self._checked_key

    def price(self, experiment: Experiment | None) -> Any:
        """core.summary's DryRun of this very experiment, or None."""
        return self._price if experiment is not None and experiment.digest() == self._price_key else None

    def price_note(self, experiment: Experiment | None, *, blocked: bool) -> str:
        """How the price was measured, or why there is none."""
        if experiment is None or blocked:
            return ""
        if experiment.digest() == self._price_key:
            return self._price_failure or "Measured on this machine with a few steps, evaluation left out."
        if self._measuring.busy:
            return "Measuring a few steps…"
        if self._workspace.runner.current is not None:
            return "Not measured while a run is in progress."
        return "Measured in a moment…" if self._looking.busy else ""

    # questions

    def look(self, experiment: Experiment | None) -> None:
        if experiment is None:
            self._looking.cancel()
        elif not self.looked_at(experiment):
            self._looking.forget()
            self._looking.ask(experiment.digest(), partial(facts.check, experiment, self._workspace.folder))

    def sample(self, experiment: Experiment | None, *, again: bool = False) -> None:
        """Six tasks; `again`: six others."""
        self._sample_seed += again
        if experiment is None:
            return
        key = f"{experiment.tasks.model_dump_json()} {self._sample_seed}"
        if key != self._sample_shown:
            self._sampling.forget()
            work = partial(facts.sample, experiment.tasks, self._workspace.folder, self._sample_seed, COUNT)
            self._sampling.ask(key, work)
            self.sampling.emit()

    def measure(self, experiment: Experiment | None, *, wanted: bool = False) -> None:
        """While nothing trains, once the settings were looked at; `wanted`: a person asks for it now."""
        if experiment is None or not (wanted or self.looked_at(experiment)):
            self._measuring.cancel()
            return
        quiet = self._workspace.runner.current is None
        if wanted or (quiet and experiment.digest() != self._price_key):
            self._measuring.forget()
            self._measuring.ask(experiment.digest(), partial(facts.measure, experiment, self._workspace.folder))

    def cancel(self) -> None:
        """No answer is wanted any more."""
        for job in (self._looking, self._sampling, self._measuring):
            job.cancel()

    def forget(self) -> None:
        """The data are others now."""
        for job in (self._looking, self._sampling, self._measuring):
            job.forget()
        self._checked_key = self._price_key = self._sample_shown = ""

    # answers

    @Slot(str, object)
    def _looked(self, key: str, checked: Checked) -> None:
        self.checked, self._checked_key = checked, key
        self.looked.emit()

    @Slot(str, str)
    def _look_failed(self, key: str, sentence: str) -> None:
        problem = Problem("tasks.kind", f"The set-up could not be looked at: {sentence}", blocking=False)
        self._looked(key, Checked(None, (problem,)))

    @Slot(str, object)
    def _sampled(self, key: str, views: Any) -> None:
        self._sample_shown = key
        self.sampled.emit(views, int(key.rsplit(" ", 1)[1]))

    @Slot(str, str)
    def _sample_failed(self, key: str, sentence: str) -> None:
        self._sample_shown = key
        self.unsampled.emit(words.sentence(sentence))

    @Slot(str, object)
    def _measured(self, key: str, price: Any) -> None:
        self._price, self._price_key, self._price_failure = price, key, ""
        self.measured.emit()

    @Slot(str, str)
    def _measure_failed(self, key: str, sentence: str) -> None:
        self._price, self._price_key, self._price_failure = None, key, f"Not measured: {words.sentence(sentence)}"
        self.measured.emit()

    def _job(self, pause: int, answered: Any, failed: Any) -> LatestJob:
        job = LatestJob(pause, self)
        job.answered.connect(answered)
        job.failed.connect(failed)
        return job
