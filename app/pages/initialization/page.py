"""The page of one initialization; without one, the list to pick from."""

from functools import partial
from typing import Any

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMenu, QScrollArea, QStackedWidget, QVBoxLayout, QWidget
from typing_extensions import override

from app.models import words
from app.models.compared import compared, toggle
from app.models.initializations import InitializationsModel
from app.models.worth import shown
from app.pages.start_picker import StartPicker
from app.services.background import Handle, run_in_background
from app.widgets import Button, EmptyState, Page, align, label, scrolled
from app.widgets.wrapped import WrappedRow
from app.workspace import Workspace
from core.storage.records import InitializationRecord

from . import acts, facts
from .cards import CodeCard, CurveCard, FileCard, PairsCard, TensorsCard, WorthCard
from .code import loading_code
from .exporting import Exporter
from .found import Found, find, verify


class InitializationPage(Page):
    title = "Initialization"

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__("Initializations", parent=parent)
        self.setObjectName("initialization")
        self._workspace = workspace
        self._wanted = ""
        self._found: Found | None = None
        self._handle: Handle | None = None
        self._checking: Handle | None = None
        self._stale = False
        self._export_next = False
        self.exporter = Exporter(workspace, self)
        self.exporter.busy.connect(self._export_busy)
        self._make_parts()
        self._lay_out()
        self._add_actions()
        workspace.catalog_changed.connect(self.refresh)
        self._show_picker()

    def _make_parts(self) -> None:
        theme = self._workspace.theme
        self.origin = PairsCard("Origin", "initialization.origin")
        self.metrics = PairsCard("When saved", "initialization.metrics")
        self.recipe = PairsCard("Adaptation recipe", "initialization.recipe")
        self.file = FileCard()
        self.file.verify_wanted.connect(self.verify)
        self.code = CodeCard(theme)
        self.code.copy_wanted.connect(self.copy_code)
        self.curve = CurveCard(theme)
        self.curve.metric_chosen.connect(self._show_curve)
        self.worth = WorthCard()
        self.tensors = TensorsCard()
        self.problem = label("", "bad", wrap=True, name="initialization.problem", selectable=True)
        self.picker = StartPicker(
            self._workspace, InitializationsModel(self), "initialization", "Enter or a double click opens one."
        )
        self.picker.picked.connect(self.open)

    def _lay_out(self) -> None:
        columns = QHBoxLayout()
        columns.setSpacing(16)
        for stretch, parts in (
            (4, (self.origin, self.metrics, self.file)),
            (5, (self.curve, self.recipe, self.code)),
        ):
            column = QVBoxLayout()
            column.setSpacing(16)
            for part in parts:
                column.addWidget(part)
            column.addStretch(1)
            columns.addLayout(column, stretch)
        inside = QVBoxLayout()
        inside.setContentsMargins(0, 0, 8, 0)
        inside.setSpacing(16)
        inside.addLayout(columns)
        inside.addWidget(self.worth)
        inside.addWidget(self.tensors)
        inside.addStretch(1)
        self._scroll: QScrollArea = scrolled(inside)
        work = QWidget()
        column = QVBoxLayout(work)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addLayout(self._tools())
        column.addWidget(self.exporter.strip)
        column.addWidget(self.problem)
        column.addWidget(self._scroll, 1)
        self.gone = EmptyState(
            "This initialization is gone", "It was deleted, or belongs to another data folder.",
            ("All initializations", partial(self.open, "")), icon="catalog", name="initialization.gone",
        )  # fmt: skip
        self.stack = QStackedWidget()
        for part in (work, self.picker, self.gone):
            self.stack.addWidget(part)
        self.work = work
        self.body.addWidget(self.stack, 1)

    def _tools(self) -> WrappedRow:
        row = WrappedRow()
        self.try_button = Button("Try it", "initialization.try", role="primary", icon="play")
        self.try_button.clicked.connect(self.try_it)
        self.export_button = Button("Export…", "initialization.export", icon="export")
        self.export_button.clicked.connect(self.export)
        self.compare_button = Button("Compare with…", "initialization.compare", icon="compare")
        self.compare_menu = QMenu(self)
        self.compare_menu.setObjectName("initialization.compare.menu")
        self.compare_menu.setToolTipsVisible(True)
        self.compare_button.setMenu(self.compare_menu)
        self.run_button = Button("Show run", "initialization.run", icon="live")
        self.run_button.clicked.connect(self.show_run)
        self.start_button = Button("Start a run", "initialization.start", icon="setup")
        self.start_button.clicked.connect(self.start_run)
        self.duplicate_button = Button("Duplicate", "initialization.duplicate", icon="copy")
        self.duplicate_button.clicked.connect(self.duplicate)
        self.all_button = Button("All initializations", "initialization.all", role="link")
        self.all_button.clicked.connect(partial(self.open, ""))
        for tool in (
            self.try_button,
            self.compare_button,
            self.export_button,
            self.start_button,
            self.run_button,
            self.duplicate_button,
        ):
            tool.setAccessibleName(tool.text())
            row.addWidget(tool)
        row.addWidget(self.all_button)
        return row

    def _add_actions(self) -> None:
        bind = self._workspace.actions.bind
        bind(acts.TRY, self.try_it, self._usable)
        bind(acts.EXPORT, self.export, self._usable)
        bind(acts.COPY, self.copy_code, self._usable)
        bind(acts.VERIFY, self.verify, self._usable)

    @property
    def found(self) -> Found | None:
        """What is shown."""
        return self._found

    @property
    def loading(self) -> bool:
        return self._handle is not None

    @override
    @Slot(str)
    def open(self, argument: str) -> None:
        """argument: id, name or prefix of an initialization ("...?export": and ask for the export); "" for the list."""
        argument, _, then = argument.partition("?")
        self._export_next = then == "export"
        self._wanted = argument
        if not argument:
            self._show_picker()
        elif self._found is None or self._found.record.id != argument:
            self._found = None
        self.refresh()

    def _show_picker(self) -> None:
        self._found = None
        self.title_label.setText("Initializations")
        self.stack.setCurrentWidget(self.picker)
        self._workspace.actions.refresh()

    @Slot()
    def refresh(self) -> None:
        """Read again, once however often it is called; while hidden, only remember to."""
        self._stale = self._handle is not None or not self.isVisible()
        if self._stale:
            return
        if not self._wanted:
            self.picker.refresh()
            return
        catalog, wanted = self._workspace.catalog, self._wanted
        self._handle = run_in_background(lambda: find(catalog, wanted), self._loaded, self._failed)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self.refresh()

    @Slot(Found)
    def _loaded(self, found: Found) -> None:
        self._handle = None
        if self._wanted:
            before, self._found = self._found, found
            if before is None or (before.record, before.problem, before.others) != (
                found.record, found.problem, found.others
            ):  # fmt: skip
                self._show(found)
            if before is None:
                self.try_button.setFocus()
            if self._export_next:
                self._export_next = False
                QTimer.singleShot(0, self, self.export)
        if self._stale:
            self.refresh()

    @Slot(str)
    def _failed(self, sentence: str) -> None:
        self._handle = None
        self._found = None
        self.title_label.setText("Initialization")
        self.gone.set_text("This initialization is gone", sentence)
        self.stack.setCurrentWidget(self.gone)
        self._workspace.actions.refresh()

    def _show(self, found: Found) -> None:
        record = found.record
        self.title_label.setText(record.name)
        self.problem.setText(found.problem)
        self.problem.setVisible(bool(found.problem))
        self.origin.set_pairs(facts.origin(record, found.run, found.card))
        self.recipe.set_pairs(facts.recipe(found.card))
        self.file.show_record(record)
        self.code.set_code(loading_code(str(record.path), found.card))
        self.tensors.set_tensors(found.tensors)
        summary = facts.summary(found.card, found.evaluation)
        self.metrics.set_pairs(facts.metrics(summary))
        align([self.origin.table, self.metrics.table, self.recipe.table, self.file.table])
        self.worth.set_worth(shown((summary or {}).get("worth"), (summary or {}).get("alternatives")))
        self.curve.measure.setVisible(bool(summary and summary.get("accuracy")))
        self._show_curve()
        self._enable(found)
        self.stack.setCurrentWidget(self.work)

    @Slot()
    def _show_curve(self, *_: Any) -> None:
        if self._found is None:
            return
        summary = facts.summary(self._found.card, self._found.evaluation)
        rated = bool(summary and summary.get("accuracy"))
        metric = str(self.curve.measure.currentData()) if rated else "loss"
        made = facts.curves(summary, "this initialization", metric)
        tasks = 0 if summary is None else int(summary.get("tasks", 0))
        told = f"{words.count(tasks)} fixed test tasks, mean and 95 % interval." if made else _NOT_EVALUATED
        self.curve.show_curves(made, metric, told)

    def _enable(self, found: Found) -> None:
        known = found.run is not None
        why = "" if known else "Its run is not in this catalog."
        hints = (
            "Set up a run that begins with these weights",
            "",
            "Set up another run with the same settings, from fresh weights",
        )
        for tool, hint in zip((self.start_button, self.run_button, self.duplicate_button), hints, strict=True):
            tool.setEnabled(known)
            tool.setToolTip(why or hint)
        for tool in (self.try_button, self.export_button):
            tool.setEnabled(not found.problem)
            tool.setToolTip(found.problem)
        self._offer_others(found)
        self._workspace.actions.refresh()

    def _offer_others(self, found: Found) -> None:
        """Beside what it can be tried: initializations of the same tasks, or all runs on Compare."""
        menu = self.compare_menu
        menu.clear()
        for other in found.others[:_MOST_OFFERED]:
            action = menu.addAction(words.shortened(other.name, 60), partial(self.compare_with, other.id))
            action.setObjectName(f"initialization.compare.{other.id}")
            action.setToolTip(
                f"Both on the same new task, step by step. Outer step {words.count(other.step)}, {other.id}"
            )
        if found.others and found.run is not None:
            menu.addSeparator()
        if found.run is not None:
            menu.addAction("Its run, on Compare", self.compare).setObjectName("initialization.compare.run")
        self.compare_button.setEnabled(not found.problem and not menu.isEmpty())
        nothing = "There is no other initialization of the same tasks, and its run is not in this catalog."
        self.compare_button.setToolTip(found.problem or (nothing if menu.isEmpty() else ""))

    def _usable(self) -> bool:
        return self._found is not None and not self._found.problem

    @property
    def record(self) -> InitializationRecord | None:
        return None if self._found is None else self._found.record

    def export(self) -> None:
        if self._found is not None:
            numbers = sum(row.count for row in self._found.tensors)
            told = facts.contents(self._found.card, len(self._found.tensors), numbers)
            self.exporter.ask(self._found.record, self._found.card, told)

    @Slot(bool)
    def _export_busy(self, busy: bool) -> None:
        self.export_button.setEnabled(not busy and self._usable())
        self.export_button.setText("Exporting …" if busy else "Export…")

    @Slot()
    def copy_code(self) -> None:
        if self._found is not None:
            QApplication.clipboard().setText(loading_code(str(self._found.record.path), self._found.card))
            self._workspace.notify("Loading code copied", "done")

    @Slot()
    def verify(self) -> None:
        record = self.record
        if record is not None:
            self.file.tell("Reading the file …", "muted")
            self._checking = run_in_background(lambda: (record, verify(record)), self._verified, self._not_verified)

    @Slot(tuple)
    def _verified(self, told: tuple[InitializationRecord, bool]) -> None:
        record, same = told
        if self.record is None or self.record.id != record.id:
            return
        if same:
            self.file.tell("✓ The file is unchanged since it was saved.", "good")
        else:
            self.file.tell(
                "✗ The file has changed since it was saved. Do not rely on it; export it again from its run.", "bad"
            )

    @Slot(str)
    def _not_verified(self, sentence: str) -> None:
        self.file.tell(f"✗ {sentence}", "bad")

    def try_it(self) -> None:
        if self._found is not None:
            self._workspace.navigate.emit("tryit", self._found.record.id)

    def compare_with(self, other: str) -> None:
        """Both starts on the same new task, side by side."""
        if self._found is not None:
            self._workspace.navigate.emit("tryit", f"{self._found.record.id}?beside={other}")

    def compare(self) -> None:
        """Add its run to what is compared, and go there."""
        if self._found is not None and self._found.run is not None:
            run = self._found.run.id
            if run not in compared(self._workspace.settings):
                toggle(self._workspace.settings, [run])
            self._workspace.navigate.emit("compare", "")

    def show_run(self) -> None:
        if self._found is not None and self._found.run is not None:
            self._workspace.navigate.emit("live", self._found.run.id)

    def start_run(self) -> None:
        """Set up a run that begins with this initialization."""
        if self._found is not None:
            self._workspace.navigate.emit("setup", f"start:{self._found.record.id}")

    def duplicate(self) -> None:
        if self._found is not None and self._found.run is not None:
            self._workspace.navigate.emit("setup", self._found.run.id)


_MOST_OFFERED = 15
_NOT_EVALUATED = "Not evaluated yet: a run that ends by itself is tested on fixed tasks, and the curve appears here."
