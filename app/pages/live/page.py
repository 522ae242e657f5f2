"""Live: one run, while it trains and afterwards."""

from collections import deque
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QStackedWidget, QTabWidget, QVBoxLayout, QWidget
from typing_extensions import override

from app.frame.commands import discard, start_example
from app.pages.live import acts
from app.pages.live.adaptation import AdaptationPanel
from app.pages.live.failure import FailurePanel, diverged
from app.pages.live.header import RunHeader
from app.pages.live.loss import LossPanel
from app.pages.live.method import MethodPanel
from app.pages.live.shown import Shown, of_live, of_stored, resumable
from app.pages.live.tasks import TasksPanel
from app.pages.live.worth import WorthPanel
from app.services.background import Handle, run_in_background
from app.services.live import LiveRun
from app.services.memory import in_use
from app.widgets.empty import EmptyState
from app.widgets.page import Page, scrolled
from app.workspace import Workspace
from core.config import with_settings
from core.errors import CoreError
from core.replay import Replayed, replay
from core.runs import change_course
from core.training.remedies import CLIPPING, HALF_RATE, settings_for

_ABOVE, _TASKS = 250, 230  # least heights: plots, tasks
_ABOVE_METHOD, _METHOD = 216, 322  # with a method's panels, so that their sentences are seen in the least window
_TAB_BAR = 34
_METHOD_ROW = 240  # each further row of them
_MEMORY_EVERY = 20  # ticks
_REDRAW_EVERY = 4  # ticks of 100 ms: the header follows each, the loss every fourth


class _Parts(QSplitter):
    """Asks for no more than its least height: a page with a sentence that wraps is as high as its parts ask for, and charts
    ask for much."""

    @override
    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self.minimumHeight())


class LivePage(QWidget):
    title = "Live"

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("live")
        self.workspace = workspace
        self.shown: Shown | None = None
        self._ticks = 0
        self._drawn = (-1, -1)
        self._stale: deque[Callable[[], None]] = deque()
        """Panels that wait for their turn: one a tick, so that no tick is long."""
        self._replay: Handle | None = None
        self._opens_when_ended = ""
        self.header = RunHeader(workspace.theme)
        self.failure = FailurePanel()
        self.loss = LossPanel(workspace.theme, workspace.settings)
        self.adaptation = AdaptationPanel(workspace.theme)
        self.tasks = TasksPanel(workspace.theme)
        self.method = MethodPanel(workspace.theme)
        self.worth = WorthPanel()
        self._lay_out()
        self._connect()
        self._add_actions()

    def _add_actions(self) -> None:
        """What the header's buttons do, where they can be seen."""
        bind, header = self.workspace.actions.bind, self.header
        for known, button in (
            (acts.RESUME, header.resume),
            (acts.INITIALIZATION, header.initialization),
            (acts.COMPARE, header.compare),
        ):
            bind(known, button.click, partial(self._offers, button))
        bind(acts.DUPLICATE, lambda: self._do("duplicate"), self._shows_a_run)
        bind(acts.TABLE, self.loss.plot.open_table, self._shows_a_run)

    def _shows_a_run(self) -> bool:
        return self.shown is not None

    def _offers(self, button: QWidget) -> bool:
        return self._shows_a_run() and not button.isHidden()

    def _lay_out(self) -> None:
        plots = QSplitter(Qt.Orientation.Horizontal)
        plots.setHandleWidth(12)
        plots.setChildrenCollapsible(False)
        plots.addWidget(self.loss)
        plots.addWidget(self.adaptation)
        plots.setSizes([540, 420])
        whole = self._whole = _Parts(Qt.Orientation.Vertical)
        whole.setHandleWidth(12)
        whole.setChildrenCollapsible(False)
        whole.addWidget(plots)
        whole.addWidget(self._make_below())
        whole.setSizes([330, 260])
        self._offer_method(there=False)
        column = QVBoxLayout()
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(14)
        column.addWidget(self.header)
        column.addWidget(self.failure)
        column.addWidget(whole, 1)
        area = scrolled(column)
        self._stack = QStackedWidget()
        self._stack.addWidget(area)
        nothing = Page("Live")
        nothing.body.addWidget(self._make_empty())
        self._stack.addWidget(nothing)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._stack)
        self._stack.setCurrentIndex(1)

    def _make_below(self) -> QTabWidget:
        """The tasks; beside them, where the method shows something of itself, that."""
        self.below = QTabWidget()
        self.below.setObjectName("live.below")
        self.below.setDocumentMode(True)
        self.below.addTab(self.tasks, "Tasks")
        self.below.addTab(self.method, "Method")
        self.below.addTab(self.worth, "Worth it?")
        self.below.setTabVisible(2, False)
        self.below.tabBar().setAccessibleName("Tasks, method, or worth it")
        self.below.tabBar().setDrawBase(False)
        self.below.setFocusProxy(None)  # a tab bar that is hidden would hold the Tab key here for ever
        self.below.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return self.below

    def show_tasks(self) -> None:
        self.below.setCurrentIndex(0)

    def show_method(self) -> bool:
        """Bring what the method shows of itself to the front; False where it shows nothing."""
        there = self.below.isTabVisible(1)
        self.below.setCurrentIndex(1 if there else 0)
        return there

    def _offer_method(self, *, there: bool) -> None:
        self.below.setTabVisible(1, there)
        self.below.tabBar().setVisible(there or self.below.isTabVisible(2))
        high = _METHOD + _METHOD_ROW * (self.method.strip.rows - 1)
        front = self.below.currentWidget() is self.method  # the other tabs need not be as high as its panels
        tabs = _TAB_BAR if self.below.isTabVisible(2) or there else 0
        above, least = (_ABOVE_METHOD, round(high * self._large())) if there and front else (_ABOVE, _TASKS + tabs)
        above = round(above * self._large())  # tools stand in a second line there
        self.below.setMinimumHeight(least)
        self._whole.setMinimumHeight(above + 12 + least)

    def _large(self) -> float:
        """How much larger than normal text is: sentences under charts need that much more."""
        return max(1.0, self.workspace.theme.size("body") / 13)

    def _make_empty(self) -> EmptyState:
        return EmptyState(
            "No run to look at yet",
            "A run shows its loss and how it adapts to each task here, while it trains and afterwards.",
            ("Run the 60-second example", self._start_example),
            icon="live",
            name="live.empty",
        )

    def _connect(self) -> None:
        runner = self.workspace.runner
        runner.ticked.connect(self._ticked)
        runner.changed.connect(self._changed)
        self.workspace.run_started.connect(self._run_started)
        self.workspace.run_ended.connect(self._run_ended)
        self.workspace.catalog_changed.connect(self._catalog_changed)
        self.below.currentChanged.connect(lambda _: self._offer_method(there=self.below.isTabVisible(1)))
        self.method.strip.rows_changed.connect(lambda: self._offer_method(there=self.below.isTabVisible(1)))
        self.header.wanted.connect(self._do)
        self.failure.wanted.connect(self._do)
        self.adaptation.scrubbed.connect(self._scrubbed)
        self.tasks.selected.connect(self._task_selected)
        self.tasks.step_changed.connect(self.adaptation.plot.set_step)

    def open(self, argument: str) -> None:
        """argument: a run's id; "" is the run under way, else the one shown before, else the newest."""
        live = self.workspace.runner.live
        if argument and not (live is not None and argument == live.run_id):
            self._show_stored(argument)
        elif argument or self.workspace.runner.current is not None:
            self._show_live()
        elif self.shown is None:
            newest = self.workspace.catalog.runs(limit=1)
            if newest:
                self._show_stored(newest[0].id)
        if self.shown is not None:
            self.header.take_focus()

    @property
    def _follows(self) -> LiveRun | None:
        """The runner's run, if that is what is shown."""
        live = self.workspace.runner.live
        return live if live is not None and self.shown is not None and self.shown.run_id == live.run_id else None

    def _show_live(self) -> None:
        live = self.workspace.runner.live
        if live is not None:
            self._show(of_live(live))
            self._drawn = (live.version, len(live.numbers))

    def _show_stored(self, run_id: str) -> None:
        try:
            shown = of_stored(self.workspace.catalog, run_id)
        except CoreError as error:
            self.workspace.notify(str(error), "error")
            return
        self._show(shown)
        if shown.validations and not shown.checkpoints:
            self.tasks.view.wait("No checkpoint is left to compute the predictions from.")
        elif shown.validations:
            catalog = self.workspace.catalog
            wanted = shown.run_id
            self.tasks.view.wait("Computing the predictions from the last checkpoint …")
            self._replay = run_in_background(
                lambda: (wanted, replay(catalog, wanted)), self._replayed, self._not_replayed
            )

    @Slot(tuple)
    def _replayed(self, answer: tuple[str, Replayed | None]) -> None:
        run_id, found = answer
        if found is not None and self.shown is not None and self.shown.run_id == run_id and self.shown.views is None:
            self.shown = self.shown.with_replay(found)
            self.tasks.show_run(self.shown, self.adaptation.index)
            self._draw_method()

    @Slot(str)
    def _not_replayed(self, sentence: str) -> None:
        self.tasks.view.wait(f"The predictions cannot be computed: {sentence}")

    def _show(self, shown: Shown) -> None:
        if self._replay is not None:  # of what was shown before
            self._replay.cancel()
            self._replay = None
        self.shown = shown
        self._stale.clear()
        self._stack.setCurrentIndex(0)
        self._show_header()
        self.failure.show_run(shown)
        self.loss.show_run(shown)
        self.adaptation.show_run(shown)
        self.tasks.show_run(shown, self.adaptation.index)
        self._draw_method()
        self._draw_worth()

    def _show_header(self) -> None:
        if self.shown is None:
            return
        current = self.workspace.runner.current
        can_resume = has_initialization = False
        if not self.shown.live:
            try:
                record = self.workspace.catalog.run(self.shown.run_id)
            except CoreError:
                return
            can_resume = (resumable(record, current) or str(record.status) == "queued") and (
                record.id not in self.workspace.runner.waiting
            )
            has_initialization = bool(self.workspace.catalog.initializations(f"run:{record.id}"))
        can_resume = can_resume and not diverged(self.shown.failure)  # the failure panel has what may help
        self.header.show_run(self.shown, can_resume=can_resume, has_initialization=has_initialization)

    @Slot()
    def _ticked(self) -> None:
        live = self._follows
        if live is None or not self.isVisible():
            return
        self._ticks += 1
        self.shown = of_live(live)
        self._show_header()
        if self._ticks % _MEMORY_EVERY == 1:
            self.header.set_memory(in_use(self.shown.device))
        version, count = live.version, len(live.numbers)
        if version != self._drawn[0]:
            self._stale = deque(
                (self._draw_loss, self._draw_adaptation, self._draw_tasks, self._grow_method, self._draw_worth)
            )
            self._drawn = (version, count)
        elif count != self._drawn[1] and self._ticks % _REDRAW_EVERY == 0 and not self._stale:
            self._stale.append(self._draw_loss)
            self._drawn = (version, count)
        if self._stale:
            self._stale.popleft()()

    def _draw_loss(self) -> None:
        if self.shown is not None:
            self.loss.show_run(self.shown)
            self.failure.show_run(self.shown)

    def _draw_adaptation(self) -> None:
        if self.shown is not None:
            self.adaptation.show_run(self.shown)

    def _draw_tasks(self) -> None:
        if self.shown is not None:
            self.tasks.show_run(self.shown, self.adaptation.index)

    def _draw_worth(self) -> None:
        """The run's last word: it comes to the front when it arrives while one looks."""
        if self.shown is None:
            return
        before, there = self.below.isTabVisible(2), self.worth.show_run(self.shown)
        self.below.setTabVisible(2, there)
        self.below.tabBar().setVisible(there or self.below.isTabVisible(1))
        if there and not before and self._follows is not None:
            self.below.setCurrentIndex(2)

    def _draw_method(self) -> None:
        if self.shown is not None:
            self._offer_method(there=self.method.show_run(self.shown, self.adaptation.index))

    def _grow_method(self) -> None:
        """A chart a tick, where the first validation brings several."""
        if self.shown is None:
            return
        self._offer_method(there=self.method.show_run(self.shown, self.adaptation.index, most_new=1))
        if self.method.owes:
            self._stale.appendleft(self._grow_method)

    @Slot()
    def _changed(self) -> None:
        live = self._follows
        if live is not None and self.isVisible():
            self.shown = of_live(live)
            self._show_header()
            self.failure.show_run(self.shown)

    @Slot(str)
    def _run_started(self, run_id: str) -> None:
        if self.isVisible() and (self.shown is None or self.shown.live or self.shown.run_id == run_id):
            self._show_live()

    @Slot(str)
    def _run_ended(self, run_id: str) -> None:
        wanted, self._opens_when_ended = self._opens_when_ended == run_id, ""
        if self.shown is not None and self.shown.run_id == run_id:
            self._show_live()
            if wanted and self.isVisible():
                self._leave_for("initialization", run_id)

    @Slot()
    def _catalog_changed(self) -> None:
        """A rename, a deletion or a resume elsewhere."""
        if self.shown is None or self.shown.live or not self.isVisible():
            return
        try:
            record = self.workspace.catalog.run(self.shown.run_id)
        except CoreError:
            self.shown = None
            self._stack.setCurrentIndex(1)
            return
        self.header.name.setText(record.name)

    @Slot(str)
    def _do(self, what: str) -> None:
        runner = self.workspace.runner
        deeds = {
            "pause": runner.pause,
            "go_on": runner.go_on,
            "stop": runner.stop,
            "discard": self._discard,
            "resume": self._resume,
            "half": lambda: self._remedy(HALF_RATE),
            "clip": lambda: self._remedy(CLIPPING),
            "kept": self._keep,
        }
        if what in deeds:
            deeds[what]()
        elif self.shown is not None:
            self._leave_for(what, self.shown.run_id)

    def _leave_for(self, what: str, run_id: str) -> None:
        if what == "initialization":
            found = self.workspace.catalog.initializations(f"run:{run_id}")
            if found:
                self.workspace.navigate.emit("initialization", found[0].id)
            else:
                self.workspace.notify("This run has left no initialization: it ended before its first checkpoint.")
            return
        page = "setup" if what == "duplicate" else what
        self.workspace.navigate.emit(page, "" if page == "catalog" else run_id)

    def _discard(self) -> None:
        discard(self.workspace)

    def _resume(self) -> None:
        if self.shown is None:
            return
        self.workspace.runner.resume(self.shown.run_id)
        if self.workspace.runner.current == self.shown.run_id:
            self._show_live()
        else:
            self.workspace.notify(f"{self.shown.name} is queued.")
            self._show_header()

    def _remedy(self, remedy: str) -> None:
        """After a loss that is no number: the run that waits goes on, one that failed from its last checkpoint, and one that
        has none begins again as another run."""
        if self.shown is None:
            return
        if self.shown.diverged is not None:
            self.workspace.runner.answer(remedy)
        elif self.shown.run_id in self.workspace.runner.waiting:
            self.workspace.notify(f"{self.shown.name} is queued already.")
        elif self.shown.can_go_on:
            try:
                change_course(self.workspace.catalog, self.shown.run_id, remedy)
            except CoreError as error:
                self.workspace.notify(str(error), "error")
                return
            self._resume()
        else:
            changed = settings_for(remedy, self.shown.experiment.outer)
            pairs = [f"outer.{name}={value}" for name, value in changed.items()]
            try:
                ids = self.workspace.runner.start(with_settings(self.shown.experiment, pairs))
            except CoreError as error:
                self.workspace.notify(str(error), "error")
                return
            self.workspace.navigate.emit("live", ids[0])

    def _keep(self) -> None:
        """The last good checkpoint as an initialization: at once, or when the run that waits has ended with it."""
        if self.shown is None:
            return
        if self.shown.diverged is None:
            self._leave_for("initialization", self.shown.run_id)
        else:
            self._opens_when_ended = self.shown.run_id
            self.workspace.runner.stop()

    def _start_example(self) -> None:
        start_example(self.workspace)

    @Slot(int)
    def _scrubbed(self, index: int) -> None:
        if self.shown is not None:
            self.tasks.show_run(self.shown, index)
            self._draw_method()

    @Slot(int)
    def _task_selected(self, task: int) -> None:
        self.method.strip.set_task(task)
        self.adaptation.plot.select(None if task < 0 else task)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._follows is not None:
            self._show_live()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space pauses, unless a focused button or table has taken it."""
        if event.key() == Qt.Key.Key_Space and self._follows is not None and self.workspace.runner.current:
            self.workspace.actions.find("run.pause").trigger()
        else:
            super().keyPressEvent(event)
