"""Try it: a learned initialization on a new task, step by step, beside other starts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget
from typing_extensions import override

from app.models import words
from app.models.initializations import InitializationsModel
from app.pages.asking import ask_path, file_name
from app.pages.start_picker import StartPicker
from app.pages.tryit import acts
from app.pages.tryit.answers_view import NAMES, AnswersView
from app.pages.tryit.desk import MOST_STEPS, Beside, Desk
from app.pages.tryit.player import Player
from app.pages.tryit.results_view import ResultsView
from app.pages.tryit.source_bar import DRAWN, FILES, SourceBar
from app.pages.tryit.sources import Drawn, Source
from app.pages.tryit.work import LEARNED, OTHER
from app.services.background import Handle, run_in_background
from app.widgets import Button, Card, EmptyState, IconButton, Page, label, restyle
from app.workspace import Workspace
from core.analysis.reaching import sentence
from core.storage.records import InitializationRecord

_KINDS = "CSV (*.csv);;Excel (*.xlsx);;Parquet (*.parquet);;TSV (*.tsv)"


class TryitPage(Page):
    title = "Try it"

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__("Try it", parent=parent)
        self.setObjectName("tryit")
        self._workspace = workspace
        self._others: Handle | None = None
        self._records: list[InitializationRecord] = []
        self._focus_next = False
        self.desk = Desk(workspace, self)
        self._make_parts()
        self._lay_out()
        self._connect()
        self._add_actions()
        self.setAcceptDrops(True)
        self._show_picker()

    def _make_parts(self) -> None:
        theme = self._workspace.theme
        self.source = SourceBar()
        self.answers = AnswersView(theme)
        self.results = ResultsView(theme)
        self.player = Player(MOST_STEPS)
        self.sentence = label("", "strong", wrap=True, name="tryit.sentence", selectable=True)
        self.warning = label("", "warn", wrap=True, name="tryit.warning", selectable=True)
        self.save_button = Button("Save predictions…", "tryit.save", icon="export")
        self.save_button.clicked.connect(self.save)
        self.picker = StartPicker(
            self._workspace, InitializationsModel(self), "tryit", "Enter or a double click tries one."
        )
        self.gone = EmptyState(
            "This initialization cannot be tried",
            "",
            ("All initializations", self._to_picker),
            icon="warn",
            name="tryit.gone",
        )
        self.loading = EmptyState("Loading …", "The file is read and checked.", icon="clock", name="tryit.loading")
        self.all_button = Button("Another initialization", "tryit.all", role="link")
        self.all_button.clicked.connect(self._to_picker)
        self.about_button = Button("About it", "tryit.initialization", icon="info")
        self.about_button.setToolTip("Origin, results, tensors and export of this initialization")
        self.about_button.clicked.connect(self._to_initialization)
        self.add_tool(self.about_button)
        self.add_tool(self.all_button)

    def _lay_out(self) -> None:
        left = Card("Prediction", name="tryit.answers.card")
        _with_table(left, "View the predictions as table", "tryit.answers.table", self.answers.open_table)
        left.add(self.answers)
        left.body.setStretchFactor(self.answers, 1)
        right = Card("By inner step", name="tryit.results.card")
        _with_table(right, "View the results as table", "tryit.results.table", self.results.plot.open_table)
        right.add(self.results)
        right.body.setStretchFactor(self.results, 1)
        both = QSplitter(Qt.Orientation.Horizontal)
        both.setHandleWidth(12)
        both.setChildrenCollapsible(False)
        both.addWidget(left)
        both.addWidget(right)
        both.setStretchFactor(0, 3)
        both.setStretchFactor(1, 2)
        both.setSizes([540, 380])
        work = QWidget()
        column = QVBoxLayout(work)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self.source)
        column.addWidget(both, 1)
        column.addWidget(self.player)
        column.addLayout(self._foot())
        self.stack = QStackedWidget()
        self.work = work
        for part in (work, self.picker, self.loading, self.gone):
            self.stack.addWidget(part)
        self.body.addWidget(self.stack, 1)

    def _foot(self) -> QHBoxLayout:
        told = QVBoxLayout()
        told.setSpacing(2)
        told.addWidget(self.sentence)
        told.addWidget(self.warning)
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addLayout(told, 1)
        row.addWidget(self.save_button, 0, Qt.AlignmentFlag.AlignTop)
        return row

    def _connect(self) -> None:
        desk = self.desk
        desk.opened.connect(self._opened)
        desk.asked.connect(self._show)
        desk.compared.connect(self._tell)
        desk.failed.connect(self._failed)
        desk.saved.connect(self._saved)
        desk.busy.connect(self._busy)
        self.source.taken.connect(self._take)
        self.source.kind_chosen.connect(self._kind_chosen)
        self.answers.edited.connect(self._take)
        self.results.beside_chosen.connect(desk.set_beside)
        self.player.stepped.connect(self._stepped)
        self.player.most_changed.connect(desk.set_steps)
        self.picker.picked.connect(self.open)
        self._workspace.catalog_changed.connect(self._catalog_changed)

    def _add_actions(self) -> None:
        bind = self._workspace.actions.bind
        bind(acts.SAMPLE, self.source.sample_again, self._ready)
        bind(acts.FORWARD, self.player.step_forward, self._usable)
        bind(acts.BACK, self.player.step_back, self._usable)
        bind(acts.PLAY, self.player.toggle, self._usable)
        bind(acts.SAVE, self.save, self._usable)

    def _ready(self) -> bool:
        return self.desk.loaded is not None and self.isVisible()

    def _usable(self) -> bool:
        return self._ready() and self.desk.answer is not None

    @override
    @Slot(str)
    def open(self, argument: str) -> None:
        """argument: id, name or prefix of an initialization, "...?beside=ID" with a second one; "" is the one tried before,
        else the list."""
        reference, _, rest = argument.partition("?")
        if not reference and self.desk.loaded is not None:
            reference = self.desk.loaded.record.id
        if not reference:
            self._show_picker()
            return
        beside = rest.removeprefix("beside=") if rest.startswith("beside=") else ""
        known = self.desk.loaded is not None and self.desk.loaded.record.id == reference
        if not known:
            self.source.forget_files()
            self.title_label.setText("Try it")
            self.stack.setCurrentWidget(self.loading)
        self.desk.open(reference)
        if beside:
            self.desk.set_beside(Beside(self.desk.beside.random_start, beside))
        self._list_others()
        self._refresh_actions()

    def _show_picker(self) -> None:
        self.title_label.setText("Try it: choose an initialization")
        self.all_button.hide()
        self.about_button.hide()
        self.stack.setCurrentWidget(self.picker)
        self.picker.refresh()
        self._refresh_actions()

    @Slot()
    def _to_picker(self) -> None:
        self.desk.close()
        self._show_picker()

    @Slot()
    def _to_initialization(self) -> None:
        if self.desk.loaded is not None:
            self._workspace.navigate.emit("initialization", self.desk.loaded.record.id)

    @Slot()
    def _catalog_changed(self) -> None:
        if self.isVisible():
            self._list_others()
            if self.stack.currentWidget() is self.picker:
                self.picker.refresh()

    def _list_others(self) -> None:
        if self._others is None:
            self._others = run_in_background(self._workspace.catalog.initializations, self._listed, self._not_listed)

    @Slot(list)
    def _listed(self, records: list[InitializationRecord]) -> None:
        self._others = None
        self._records = records
        self._offer_others()

    @Slot(str)
    def _not_listed(self, sentence: str) -> None:
        self._others = None

    def _offer_others(self) -> None:
        """Those of the same kind of tasks; the core says whether one really fits."""
        loaded = self.desk.loaded
        if loaded is not None:
            own = loaded.record
            fit = [one for one in self._records if one.id != own.id and one.present and one.tasks == own.tasks]
            rest = [one for one in self._records if one.id == self.desk.beside.other and one not in fit]
            self.results.set_others([*fit, *rest], self.desk.beside)

    @Slot()
    def _opened(self) -> None:
        loaded = self.desk.loaded
        if loaded is None:
            return
        self.title_label.setText(f"Try it: {loaded.record.name}")
        self.all_button.show()
        self.about_button.show()
        spec = loaded.spec
        span = (-5.0, 5.0) if loaded.span is None else loaded.span
        self.source.fit(line=loaded.is_line, pictures=loaded.is_pictures, shots=max(1, spec.shots), span=span)
        self.player.set_steps(self.desk.steps, loaded.trained_steps, at=min(loaded.start.steps, self.desk.steps))
        self._offer_others()
        self.stack.setCurrentWidget(self.work)
        if self.desk.answer is None:
            self.source.show_source(self.desk.source)
            self.answers.show_nothing("One moment …", "A task is sampled and every start adapts to it.")
            self._clear_results()
        self._focus_next = True
        self._refresh_actions()

    @Slot(object)
    def _take(self, source: Source) -> None:
        self.source.show_source(source)
        self.desk.take(source)

    @Slot(str)
    def _kind_chosen(self, kind: str) -> None:
        """Points go on from the task that is shown; files have to be named first."""
        if kind == DRAWN and not isinstance(self.desk.source, Drawn) and self.desk.answer is not None:
            points = self.answers.points
            self.source.set_points(Drawn(points.support, points.query[np.isfinite(points.query).all(axis=1)]))
        elif kind == FILES and self.source.support is None:
            self.desk.wait()
            self._clear_results()
            what = "a folder per class" if self.desk.loaded is not None and self.desk.loaded.is_pictures else "a table"
            self.answers.show_nothing(
                "Name the known examples", f"Support is {what} with a few examples; query is what to predict."
            )

    @Slot()
    def _show(self) -> None:
        """A task has been answered, or has nothing to be answered yet."""
        desk, loaded = self.desk, self.desk.loaded
        if loaded is None:
            return
        if desk.answer is None:
            self._clear_results()
            if isinstance(desk.source, Drawn):
                self.answers.show_points(loaded, desk.source)
            return
        answer, names = desk.answer, self._names()
        self.source.show_source(answer.source, answer.question.about)
        self.player.set_steps(answer.traces[LEARNED].steps, loaded.trained_steps)
        self.player.set_ready(True)
        if self._focus_next:  # so that Right, Space and R work at once
            self._focus_next = False
            self.player.slider.setFocus()
        self.answers.show_answer(loaded, answer, names, self.player.step)
        self.results.show_answer(loaded, answer, names, self.player.step)
        self.save_button.setEnabled(len(answer.question.query_x) > 0)
        self._warn(answer.question.warnings)
        self._tell()
        self._refresh_actions()

    def _names(self) -> dict[str, str]:
        other = next((one.name for one in self._records if one.id == self.desk.beside.other), NAMES[OTHER])
        return {**NAMES, OTHER: words.shortened(other, 40)}

    def _clear_results(self) -> None:
        self.results.show_nothing()
        self.player.set_ready(False)
        self.save_button.setEnabled(False)
        self.sentence.setText("")
        self._warn(())
        self._refresh_actions()

    def _warn(self, warnings: tuple[str, ...]) -> None:
        self.warning.setText(" ".join(warnings))
        self.warning.setVisible(bool(warnings))

    @Slot(int)
    def _stepped(self, step: int) -> None:
        self.answers.set_step(step)
        self.results.plot.set_step(step)
        self._tell()

    @Slot()
    def _tell(self) -> None:
        answer = self.desk.answer
        self.sentence.setText("" if answer is None else reading(self.desk, self.player.step))

    @Slot(bool)
    def _busy(self, busy: bool) -> None:
        restyle(self.sentence, role="muted" if busy else "strong")
        if busy and self.desk.loaded is not None:
            self.sentence.setText("Adapting …")

    @Slot(str, str)
    def _failed(self, stage: str, sentence: str) -> None:
        if stage == "start":
            self.title_label.setText("Try it")
            self.all_button.hide()
            self.about_button.hide()
            self.gone.set_text("This initialization cannot be tried", sentence)
            self.stack.setCurrentWidget(self.gone)
        else:
            self.answers.show_nothing("This task cannot be tried", sentence)
            self._clear_results()
        self._refresh_actions()

    @Slot()
    def save(self) -> None:
        loaded = self.desk.loaded
        if loaded is None or self.desk.answer is None:
            return
        name = f"{file_name(loaded.record.name)} predictions.csv"
        path = ask_path(self, "Save the predictions", name, _KINDS)
        if path is not None:
            self.desk.save(path, self.player.step)

    @Slot(str, int)
    def _saved(self, path: str, rows: int) -> None:
        self._workspace.notify(f"{words.counted(rows, 'prediction')} written: {path}", "done")

    def _refresh_actions(self) -> None:
        self._workspace.actions.refresh()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """What no control has taken: steps, play and another sample, wherever the focus is."""
        do = {
            Qt.Key.Key_Right: self.player.step_forward, Qt.Key.Key_Left: self.player.step_back,
            Qt.Key.Key_Space: self.player.toggle, Qt.Key.Key_R: self.source.sample_again,
        }.get(Qt.Key(event.key()))  # fmt: skip
        if do is None or event.modifiers() not in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier):
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_R or self.player.slider.isEnabled():
            do()

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.desk.loaded is not None and event.mimeData().hasUrls():
            event.acceptProposedAction()

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths and self.desk.loaded is not None:
            event.acceptProposedAction()
            self.source.drop(paths)


def reading(desk: Desk, step: int) -> str:
    """One sentence on the step that is looked at."""
    answer = desk.answer
    assert answer is not None
    traced = answer.traces[LEARNED]
    step = min(step, traced.steps)
    if traced.right is not None:
        return sentence(step, traced.right, desk.random_results, of=int(answer.question.known.sum()))
    if traced.loss is not None:
        return sentence(step, traced.loss, desk.random_results)
    if step == 0:
        return "Before any step: this is what the start says without an example."
    moved = traced.moved[step - 1]
    if moved != moved:
        return (
            f"After {words.counted(step, 'step')} the support loss is {words.number(float(traced.support_loss[step]))}."
        )
    return f"Step {step} moved the predictions by {words.number(float(moved))} on average; no target is known to hold them against."


def _with_table(card: Card, text: str, name: str, run: object) -> None:
    """The heading's row with a button that shows the numbers."""
    made = IconButton("table", text, name, size=16)
    made.clicked.connect(run)  # type: ignore[arg-type]
    row = QHBoxLayout()
    card.body.removeWidget(card.title_label)
    row.addWidget(card.title_label)
    row.addStretch(1)
    row.addWidget(made)
    card.body.insertLayout(0, row)
