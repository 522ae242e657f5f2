"""Set up: one scrolling page with its steps at the left and a live summary at the right."""

from PySide6.QtCore import QPoint, QTimer, Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QFontMetrics, QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget
from typing_extensions import override

from app.forms.focus import tab_after
from app.forms.look import space
from app.pages.help.aside import explain
from app.pages.importing.dialog import ImportDialog, dropped, show
from app.widgets.page import Page, scrolled
from app.workspace import Workspace

from . import acts
from .desk import Desk
from .exchange import Exchange, dropped_file
from .fetch import OmniglotFetch
from .header import Header
from .loop_steps import BudgetStep, InnerStep, OuterStep
from .method_step import MethodStep
from .network_step import NetworkStep
from .review_step import ReviewStep
from .step import Step
from .stepper import Stepper
from .subset_step import SubsetStep
from .summary import WIDTH, SummaryPanel
from .tasks_step import TasksStep
from .view import View, step_of

_WIDEST = 960
"""Pixels: lines longer than this are hard to read."""


class SetupPage(Page):
    title = "Set up"

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__("Set up", "", parent)
        self.setObjectName("setup.page")
        self.setAcceptDrops(True)
        self._workspace = workspace
        self.desk = Desk(workspace, self)
        self.exchange = Exchange(workspace, self.desk, self)
        self.header = Header(self)
        self.stepper = Stepper(workspace.theme, self)
        self.tasks, self.network, self.method = TasksStep(self), NetworkStep(self), MethodStep(self)
        self.subset, self.inner, self.outer = SubsetStep(self), InnerStep(self), OuterStep(self)
        self.budget, self.review = BudgetStep(self), ReviewStep(self)
        self.steps: tuple[Step, ...] = (
            self.tasks, self.network, self.method, self.subset, self.inner, self.outer, self.budget, self.review,
        )  # fmt: skip
        self.summary = SummaryPanel(self)
        self.fetch = OmniglotFetch(workspace.folder, self)
        self._lay_out()
        self._connect()
        self._add_actions()
        self.stepper.set_current(self.steps[0].name)
        self._show(self.desk.view)

    @override
    def open(self, argument: str) -> None:
        """ "" keeps the draft; "preset:NAME" and a run's id load (Duplicate)."""
        if argument:
            self.exchange.load(argument)
        (self.focusWidget() or self.header.picker).setFocus()

    def go_to(self, field: str) -> None:
        """The field of a problem, in sight and with the focus."""
        name = step_of(field)
        step = next(one for one in self.steps if one.name == name)
        self._scroll_to(name)
        if not step.focus(field):
            step.focus_first()
        QTimer.singleShot(0, self, self._reveal_focus)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.desk.set_active(active=True)

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.desk.set_active(active=False)

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        self.desk.close()
        super().closeEvent(event)

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_file(event.mimeData()) or dropped(event.mimeData()):
            event.acceptProposedAction()

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        path = dropped_file(event.mimeData())
        if path is not None:
            event.acceptProposedAction()
            self.exchange.load_file(path)
        elif (data := dropped(event.mimeData())) is not None:
            event.acceptProposedAction()
            self.add_own().open_path(data)

    @Slot()
    def add_own(self) -> ImportDialog:
        """The dialog that looks at pictures or a table before they become the tasks."""
        dialog = show(self._workspace.folder, self)
        explain(dialog, "tasks", self._workspace.theme)
        dialog.added.connect(self.desk.bring)
        return dialog

    # layout

    def _lay_out(self) -> None:
        outer = self.layout()
        if outer is not None:
            outer.setContentsMargins(space(6), space(5), space(6), space(3))
            outer.setSpacing(space(3))
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, space(2), 0)
        column.setSpacing(space(3))
        for step in self.steps:
            step.setMaximumWidth(_WIDEST)
            column.addWidget(step)
        column.addStretch(1)
        self.area: QScrollArea = scrolled(column)
        self.area.setObjectName("setup.scroll")
        row = QHBoxLayout()
        row.setSpacing(space(3))
        row.addWidget(self.stepper)
        row.addWidget(self.area, 1)
        row.addWidget(self.summary)
        self.title_label.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._workspace.theme.changed.connect(self._fit)
        self._fit()
        self.head.setStretch(0, 0)
        self.head.addWidget(self.header, 1)
        self.body.addLayout(row, 1)
        tab_after(self.header.picker, self.header, self.stepper, *self.steps, self.summary)

    @Slot()
    def _fit(self) -> None:
        """What has a fixed width follows the text size."""
        theme = self._workspace.theme
        metrics = QFontMetrics(theme.font("title"))
        self.title_label.setFixedWidth(metrics.horizontalAdvance(self.title) + space(4))
        self.summary.setFixedWidth(WIDTH if not theme.is_large else round(1.15 * WIDTH))  # the steps need the rest

    def _connect(self) -> None:
        for step in self.steps:
            step.changed.connect(self.desk.set)
            step.sealed.connect(self.desk.seal)
            step.chosen.connect(self.desk.choose)
        self.subset.many.connect(self.desk.set_subset)
        self.tasks.again.connect(self.desk.sample_again)
        self.tasks.download.connect(self.fetch.start)
        self.tasks.own.connect(self.add_own)
        self.fetch.progressed.connect(self.tasks.fetch.show_progress)
        self.fetch.ended.connect(self._fetched)
        self.review.wanted.connect(self.go_to)
        self.review.said.connect(self._tell)
        self.review.opened.connect(self.exchange.open_file)
        self.review.saved.connect(self.exchange.save_file)
        self.summary.run.connect(self.desk.start)
        self.summary.wanted.connect(self.go_to)
        self.summary.measure.connect(self.desk.measure)
        self.header.preset.connect(self.exchange.load_preset)
        self.header.reset.connect(self.desk.reset)
        self.header.undo.connect(self.desk.undo)
        self.header.redo.connect(self.desk.redo)
        self.stepper.chosen.connect(self._go_to_step)
        self.area.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.desk.viewed.connect(self._show)
        self.desk.knowledge.sampling.connect(self.tasks.show_sampling)
        self.desk.knowledge.sampled.connect(self.tasks.show_samples)
        self.desk.knowledge.unsampled.connect(self.tasks.show_state)
        self.desk.noted.connect(self._tell)
        self.desk.refused.connect(self._refused)
        self.desk.started.connect(self._started)

    def _add_actions(self) -> None:
        bind, desk = self._workspace.actions.bind, self.desk
        bind(acts.RUN, self._run, scope=self)
        bind(acts.UNDO, desk.undo, lambda: desk.draft.can_undo, self)
        bind(acts.REDO, desk.redo, lambda: desk.draft.can_redo, self)
        bind(acts.OWN, self.add_own, scope=self)
        bind(acts.AGAIN, desk.sample_again, scope=self)
        bind(acts.OPEN, self.exchange.open_file, scope=self)
        bind(acts.SAVE, self.exchange.save_file, scope=self)

    # what happens

    @Slot(object)
    def _show(self, view: View) -> None:
        self._workspace.actions.refresh("setup")  # a shortcut that was refused must be heard again
        for step in self.steps:
            step.show_view(view)
        counts: dict[str, int] = {}
        for problem in view.blocking:
            counts[step_of(problem.field)] = counts.get(step_of(problem.field), 0) + 1
        if view.blocking:
            counts["review"] = len(view.blocking)
        self.stepper.set_problems(counts)
        self.header.show_view(view)
        self.summary.show_view(view, starting=self.desk.starting)

    @Slot(str)
    def _go_to_step(self, name: str) -> None:
        self._scroll_to(name)
        next(step for step in self.steps if step.name == name).focus_first()
        self._scroll_to(name)

    def _scroll_to(self, name: str) -> None:
        step = next(one for one in self.steps if one.name == name)
        inner = self.area.widget()
        self.area.verticalScrollBar().setValue(step.mapTo(inner, QPoint(0, 0)).y())
        self.stepper.set_current(name)

    @Slot(int)
    def _scrolled(self, top: int) -> None:
        """The step that the upper third of the view shows."""
        inner, line = self.area.widget(), top + self.area.viewport().height() // 3
        above = [step.name for step in self.steps if step.mapTo(inner, QPoint(0, 0)).y() <= line]
        bar = self.area.verticalScrollBar()
        self.stepper.set_current("review" if top == bar.maximum() and top else (above or ["tasks"])[-1])

    @Slot()
    def _reveal_focus(self) -> None:
        focused = self.focusWidget()
        if focused is not None and self.area.isAncestorOf(focused):
            self.area.ensureWidgetVisible(focused, 0, space(20))

    def _run(self) -> None:
        """By keys or palette: where it cannot start, the way to what is in the way. The summary names it."""
        if self.desk.view.blocking:
            self.go_to(self.desk.view.blocking[0].field)
        else:
            self.desk.start()

    @Slot(str)
    def _tell(self, text: str) -> None:
        self._workspace.notify(text)

    @Slot(str)
    def _refused(self, sentence: str) -> None:
        self._workspace.notify(f"The run could not start. {sentence}", "error")

    @Slot(str)
    def _started(self, run_id: str) -> None:
        self._workspace.navigate.emit("live", run_id)

    @Slot(bool, str)
    def _fetched(self, good: bool, sentence: str) -> None:
        self.tasks.fetch.show_end(sentence, good=good)
        if good:
            self.desk.data_arrived()
