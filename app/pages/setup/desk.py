"""The draft on the desk: edits come in, views go out, and Run starts from here."""

from PySide6.QtCore import QObject, Signal, Slot

from app.widgets.words import sentence
from app.workspace import Workspace
from core.config import Experiment, Problem
from core.errors import CoreError

from .draft import Draft
from .keep import Keeper
from .knowledge import Knowledge
from .view import View, sentences


class Desk(QObject):
    """viewed(view): something is another; noted(text): what else an edit changed; started(run id) and
    refused(sentence): what became of Run."""

    viewed = Signal(object)
    noted = Signal(str)
    started = Signal(str)
    refused = Signal(str)

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._keeper = Keeper(workspace.folder, self)
        self.draft = self._keeper.read() or Draft()
        self.knowledge = Knowledge(workspace, self)
        self.knowledge.looked.connect(self._looked)
        self.knowledge.measured.connect(self.refresh)
        workspace.run_ended.connect(self._run_ended)
        self._active = False
        self.starting = False
        """Run was clicked and the settings are still being looked at."""
        self.view = self._make_view()

    def set_active(self, *, active: bool) -> None:
        """Work behind goes on only while the page is seen."""
        self._active = active
        if active:
            self.refresh()
        else:
            self.close()

    def close(self) -> None:
        """Keep the draft now, and want no more answers."""
        self.starting = False
        self.knowledge.cancel()
        self._keeper.keep(self.draft)

    # edits

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

    def bring(self, tasks: dict[str, object]) -> None:
        """A person's own data, by dotted keys."""
        note = self.draft.bring(tasks)
        self.knowledge.forget()
        self.refresh()
        self.noted.emit(f"Your data are the tasks now. {note}".strip())

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

    # wishes

    def sample_again(self) -> None:
        self.knowledge.sample(self.view.experiment, again=True)

    def data_arrived(self) -> None:
        """Files are there now that were not."""
        self.knowledge.forget()
        self.refresh()

    def measure(self) -> None:
        """Time it now, whatever else is going on."""
        self.knowledge.measure(self.view.experiment, wanted=True)
        self._show(self._make_view())

    def start(self) -> None:
        """Queue the runs and tell the first one's id; a look that is under way is waited for."""
        experiment = self.view.experiment
        if self.view.blocking or experiment is None or self.starting:
            return
        if self.knowledge.looking and not self.view.fresh:
            self.starting = True
            self.viewed.emit(self.view)
            return
        self._start(experiment)

    # views

    @Slot()
    def refresh(self) -> None:
        """The view anew, and the questions that it raises."""
        view = self._make_view()
        if self._active:
            self.knowledge.look(view.experiment)
            self.knowledge.sample(view.experiment)
            self.knowledge.measure(None if view.blocking else view.experiment)
            view = self._make_view()
        self.starting = self.starting and not view.blocking
        self._keeper.keep_soon(self.draft)
        self._show(view)

    def _show(self, view: View) -> None:
        self.view = view
        self.viewed.emit(view)

    def _make_view(self) -> View:
        experiment, known = self.draft.experiment(), self.knowledge
        fresh = known.looked_at(experiment)
        problems = _together(
            self.draft.problems(), tuple(map(self.draft.in_words, known.checked.problems)) if fresh else ()
        )
        blocked = any(problem.blocking for problem in problems)
        return View(
            draft=self.draft,
            shown=self.draft.shown(),
            was=self.draft.differences(),
            problems=problems,
            experiment=experiment,
            description=known.checked.description,
            fresh=fresh and known.checked.description is not None,
            checking=known.looking,
            price=known.price(experiment),
            measuring=known.measuring,
            price_note=known.price_note(experiment, blocked=blocked),
            by_field=sentences(problems),
            sizes=known.checked.sizes,
        )

    @Slot()
    def _looked(self) -> None:
        self.refresh()
        if self.starting:
            self.starting = False
            self.viewed.emit(self.view)
            self.start()

    @Slot(str)
    def _run_ended(self, run_id: str) -> None:
        if self._active:
            self.refresh()

    def _start(self, experiment: Experiment) -> None:
        named = experiment.model_copy(update={"name": self.draft.title()})
        try:
            ids = self._workspace.runner.start(named, self.draft.seeds)
        except CoreError as error:
            self.refused.emit(sentence(str(error)))
            return
        self.started.emit(ids[0])


def _together(first: list[Problem], more: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Each once, blocking ones first; what the data say of a field that is wrong in itself goes without saying."""
    wrong = {problem.field for problem in first if problem.blocking}
    found: dict[tuple[str, str], Problem] = {}
    for problem in [*first, *(one for one in more if one.field not in wrong)]:
        found.setdefault((problem.field, problem.sentence), problem)
    return tuple(sorted(found.values(), key=lambda one: not one.blocking))
