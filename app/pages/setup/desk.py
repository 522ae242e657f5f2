"""The draft and what is known of it: edits come in, views go out; looking, measuring and sampling go on behind."""

from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from app.workspace import Workspace
from core.config import Experiment, Problem
from core.errors import CoreError

from . import facts
from .draft import Draft, as_sentence
from .facts import Checked
from .jobs import LatestJob
from .keep import Keeper
from .samples import COUNT
from .view import View, sentences

_LOOK_MS, _SAMPLE_MS, _MEASURE_MS = 200, 200, 900


class Desk(QObject):
    """viewed(view): something is another; sampling, sampled(views, seed), unsampled(sentence): of the sampled tasks;
    noted(text): what else an edit changed; started(run id)."""

    viewed = Signal(object)
    sampled = Signal(object, int)
    sampling = Signal()
    unsampled = Signal(str)
    noted = Signal(str)
    started = Signal(str)
    refused = Signal(str)

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._keeper = Keeper(workspace.folder, self)
        self.draft = self._keeper.read() or Draft()
        self._looking, self._sampling, self._measuring = (
            self._job(pause, answered, failed)
            for pause, answered, failed in (
                (_LOOK_MS, self._looked, self._look_failed),
                (_SAMPLE_MS, self._sampled, self._sample_failed),
                (_MEASURE_MS, self._measured, self._measure_failed),
            )
        )
        self._checked, self._checked_key = Checked(None), ""
        self._price: Any = None
        self._price_key, self._price_failure = "", ""
        self._sample_seed, self._sample_shown = 0, ""
        self._active = False
        self.starting = False
        self.view = self._make_view()
        workspace.run_ended.connect(self._run_ended)

    # what the page tells

    def set_active(self, *, active: bool) -> None:
        """Work behind goes on only while the page is seen."""
        self._active = active
        if active:
            self.refresh()
        else:
            self._keeper.keep(self.draft)
            for job in (self._looking, self._sampling, self._measuring):
                job.cancel()

    def close(self) -> None:
        """Keep the draft now, and want no more answers."""
        for job in (self._looking, self._sampling, self._measuring):
            job.cancel()
        self._keeper.keep(self.draft)

    def set(self, key: str, value: object) -> None:
        self.draft.set(key, value)
        self.refresh()

    def seal(self) -> None:
        self.draft.seal()

    def choose(self, section: str, kind: str) -> None:
        note = self.draft.choose(section, kind)
        self.refresh()
        if note:
            self.noted.emit(note)

    def set_subset(self, adapt: object, freeze: object) -> None:
        self.draft.set_many({"subset.adapt": adapt, "subset.freeze": freeze})
        self.refresh()

    def undo(self) -> None:
        self.draft.undo()
        self.refresh()

    def redo(self) -> None:
        self.draft.redo()
        self.refresh()

    def reset(self) -> None:
        self.draft.reset()
        self.refresh()

    def sample_again(self) -> None:
        self._sample_seed += 1
        self._ask_samples(self.view.experiment)

    def data_arrived(self) -> None:
        """Files are there now that were not: look again."""
        for job in (self._looking, self._sampling, self._measuring):
            job.forget()
        self._checked_key = self._price_key = self._sample_shown = ""
        self.refresh()

    def measure(self) -> None:
        """Time it now, whatever else is going on."""
        self._measuring.forget()
        self._price_key = ""
        self._ask_price(self.view, always=True)
        self.refresh()

    def start(self) -> None:
        """Queue the runs and tell the first one's id; a look that is under way is waited for."""
        if self.view.blocking or self.view.experiment is None or self.starting:
            return
        if not self.view.fresh and self._looking.busy:
            self.starting = True
            self.viewed.emit(self.view)
            return
        self._start(self.view.experiment)

    # views

    def refresh(self) -> None:
        """The view anew, and the questions that it raises."""
        view = self._make_view()
        if self._active:
            self._ask_look(view)
            self._ask_samples(view.experiment)
            self._ask_price(view)
            view = self._make_view()
        self.view = view
        self._keeper.keep_soon(self.draft)
        self.viewed.emit(view)

    def _make_view(self) -> View:
        experiment = self.draft.experiment()
        key = experiment.digest() if experiment else ""
        fresh = bool(key) and key == self._checked_key
        problems = _together(self.draft.problems(), self._checked.problems if fresh else ())
        return View(
            draft=self.draft,
            shown=self.draft.shown(),
            was=self.draft.differences(),
            problems=problems,
            experiment=experiment,
            description=self._checked.description,
            fresh=fresh and self._checked.description is not None,
            checking=self._looking.busy,
            price=self._price if key and key == self._price_key else None,
            measuring=self._measuring.busy or self._looking.busy,
            price_note=self._price_note(key, problems),
            by_field=sentences(problems),
        )

    def _price_note(self, key: str, problems: tuple[Problem, ...]) -> str:
        if not key or any(problem.blocking for problem in problems):
            return ""
        if key == self._price_key:
            return self._price_failure or "Measured on this machine with a few steps, evaluation left out."
        if self._measuring.busy:
            return "Measuring a few steps…"
        if self._workspace.runner.current is not None:
            return "Not measured while a run is in progress."
        return "Measured in a moment…" if self._looking.busy else ""

    # questions

    def _ask_look(self, view: View) -> None:
        if view.experiment is None:
            self._looking.cancel()
            return
        key = view.experiment.digest()
        if key != self._checked_key:
            self._looking.forget()
            self._looking.ask(key, partial(facts.check, view.experiment, self._workspace.folder))

    def _ask_samples(self, experiment: Experiment | None) -> None:
        tasks = experiment.tasks if experiment else None
        if tasks is None or not self._active:
            return
        key = f"{tasks.model_dump_json()} {self._sample_seed}"
        if key != self._sample_shown:
            work = partial(facts.sample, tasks, self._workspace.folder, self._sample_seed, COUNT)
            self._sampling.forget()
            self._sampling.ask(key, work)
            self.sampling.emit()

    def _ask_price(self, view: View, *, always: bool = False) -> None:
        """Measured once the settings were looked at and nothing else computes."""
        if view.experiment is None or view.blocking or not (always or view.fresh):
            self._measuring.cancel()
            return
        key = view.experiment.digest()
        quiet = self._workspace.runner.current is None
        if key != self._price_key and (always or quiet):
            self._measuring.forget()
            self._measuring.ask(key, partial(facts.measure, view.experiment, self._workspace.folder))

    # answers

    @Slot(str, object)
    def _looked(self, key: str, checked: Checked) -> None:
        self._checked, self._checked_key = checked, key
        self.refresh()
        self._start_if_waited_for()

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
        self.unsampled.emit(facts.sentence(sentence))

    @Slot(str, object)
    def _measured(self, key: str, price: Any) -> None:
        self._price, self._price_key, self._price_failure = price, key, ""
        self.refresh()

    @Slot(str, str)
    def _measure_failed(self, key: str, sentence: str) -> None:
        self._price, self._price_key, self._price_failure = None, key, f"Not measured: {sentence}"
        self.refresh()

    @Slot(str)
    def _run_ended(self, run_id: str) -> None:
        if self._active:
            self.refresh()

    def _start_if_waited_for(self) -> None:
        if self.starting:
            self.starting = False
            self.viewed.emit(self.view)
            self.start()

    def _start(self, experiment: Experiment) -> None:
        named = experiment.model_copy(update={"name": self.draft.title()})
        try:
            ids = self._workspace.runner.start(named, self.draft.seeds)
        except CoreError as error:
            self.refused.emit(facts.sentence(str(error)))
            return
        self.started.emit(ids[0])

    def _job(self, pause: int, answered: Any, failed: Any) -> LatestJob:
        job = LatestJob(pause, self)
        job.answered.connect(answered)
        job.failed.connect(failed)
        return job


def _together(first: list[Problem], more: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Each once, blocking ones first; what the data say of a field that is wrong in itself goes without saying."""
    wrong = {problem.field for problem in first if problem.blocking}
    found: dict[tuple[str, str], Problem] = {}
    for problem in [*first, *(as_sentence(one) for one in more if one.field not in wrong)]:
        found.setdefault((problem.field, problem.sentence), problem)
    return tuple(sorted(found.values(), key=lambda one: not one.blocking))
