"""The page: runs at the left, four views of them at the right."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QInputDialog,
    QSplitter,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.models import views, words
from app.models.compared import RUNS, colour_of, compare_these, compared
from app.pages.asking import ask_path
from app.pages.help.aside import explain
from app.services.background import Handle, run_in_background
from app.widgets import Button, Chip, EmptyState, Page, chooser
from app.widgets.words import capital
from app.workspace import Workspace
from core.analysis.grouping import BANDS

from . import acts
from .adaptation_view import AdaptationView
from .curves_view import CurvesView
from .data import AXES, RunData, load
from .exporting import ExportDialog
from .offers import Drawn, Offer, Parallel, Scattered, Shown, offers
from .parallel_view import ParallelView
from .picker import RunPicker
from .results_view import ResultsView
from .scatter_view import ScatterView
from .settings_view import SettingsView
from .views_menu import ViewsButton

_BASELINE, _SPREAD = "compare.baseline", "compare.spread"
_FEW = 12
"""Runs of which all views are filled at once."""
_CHOOSE = (
    "Choose runs at the left",
    "Check the runs that you want to see side by side. Each keeps its colour and its dash for ever.",
)
_TABS = ("curves", "adaptation", "results", "settings", "scatter", "parallel")


class ComparePage(Page):
    title = "Compare"

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__("Compare", parent=parent)
        self.setObjectName("compare")
        self._workspace = workspace
        self._runs: list[RunData] = []
        self._handle: Handle | None = None
        self._writing: Handle | None = None
        self._stale = True
        self._unfilled: list[int] = []
        self._filling = QTimer(self)
        self._filling.setInterval(0)
        self._filling.timeout.connect(self._fill_next)
        self._make_views()
        self._make_tools()
        self._lay_out()
        self._add_actions()
        workspace.catalog_changed.connect(self.refresh)
        workspace.settings.changed.connect(self._setting_changed)
        workspace.theme.changed.connect(self._show)
        self._show()

    def _make_views(self) -> None:
        theme = self._workspace.theme
        self.picker = RunPicker(self._workspace)
        self.picker.loaded.connect(self._runs_known)
        self.curves = CurvesView(theme, self._workspace.settings)
        self.adaptation = AdaptationView(theme)
        self.results = ResultsView(theme)
        self.settings = SettingsView(theme)
        self.scatter = ScatterView(theme, self._workspace.settings)
        self.parallel = ParallelView(theme, self._workspace.settings)
        self.tabs = QTabWidget()
        self.tabs.setObjectName("compare.tabs")
        self.tabs.setAccessibleName("Views of the compared runs")
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setDrawBase(False)
        for view, name in (
            (self.curves, "Curves"),
            (self.adaptation, "Adaptation"),
            (self.results, "Results"),
            (self.settings, "Only what differs"),
            (self.scatter, "Scatter"),
            (self.parallel, "Parallel axes"),
        ):
            self.tabs.addTab(view, name)
        self.tabs.currentChanged.connect(self._tab_chosen)

    def _make_tools(self) -> None:
        settings = self._workspace.settings
        self.baseline = chooser("compare.baseline", "Baseline")
        self.baseline.setMinimumContentsLength(9)
        self.baseline.setMaximumWidth(300)
        self.baseline.activated.connect(self._baseline_chosen)
        self.group = Chip("Group seeds", "compare.group", checked=bool(settings.get(_SPREAD)),
                          hint="Runs that differ in their seed alone become one curve with a band")  # fmt: skip
        self.group.toggled.connect(self._spread_chosen)
        self.spread = chooser("compare.spread", "Band of a seed group", BANDS)
        self.spread.setCurrentIndex(max(0, self.spread.findData(settings.get(_SPREAD))))
        self.spread.setVisible(self.group.isChecked())
        self.spread.activated.connect(self._spread_chosen)
        self.export_button = Button("Export…", "compare.export", icon="export")
        self.export_button.clicked.connect(self.export)
        self.views = ViewsButton(settings)
        self.views.chosen.connect(self._view_chosen)
        self.views.save_wanted.connect(self.save_view)
        for tool in (self.group, self.spread, self.baseline, self.views, self.export_button):
            self.add_tool(tool)

    def _lay_out(self) -> None:
        self.empty = EmptyState(
            "No runs to compare yet",
            "Train a run or two; a second one with another method or another seed makes the comparison.",
            ("Set up a run", partial(self._workspace.navigate.emit, "setup", "")),
            icon="compare",
            name="compare.empty",
        )
        self.choose = EmptyState(*_CHOOSE, icon="compare", name="compare.choose")
        self.right = QStackedWidget()
        self.right.addWidget(self.tabs)
        self.right.addWidget(self.choose)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setHandleWidth(16)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self.picker)
        splitter.addWidget(self.right)
        splitter.setStretchFactor(1, 1)
        wide = round(264 * self._workspace.theme.size("body") / 13)  # names in large text need more
        splitter.setSizes([wide, 890 - wide])
        self.picker.setMinimumWidth(180)
        work = QWidget()
        row = QHBoxLayout(work)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(splitter)
        self.stack = QStackedWidget()
        self.stack.addWidget(work)
        self.stack.addWidget(self.empty)
        column = QVBoxLayout()
        column.addWidget(self.stack)
        self.body.addLayout(column, 1)

    def _add_actions(self) -> None:
        bind = self._workspace.actions.bind
        bind(acts.EXPORT, self.export, self._any)
        bind(acts.SAVE_VIEW, self.save_view, self._any)
        bind(acts.CLEAR, self.clear, self._any)

    @override
    def open(self, argument: str) -> None:
        """argument: ids of runs, which are then compared; "" keeps what is chosen."""
        if argument:
            compare_these(self._workspace.settings, argument.split(","))
        self.picker.bring_up()
        self.refresh()
        self.picker.view.setFocus()

    @property
    def runs(self) -> Sequence[RunData]:
        """What is shown."""
        return tuple(self._runs)

    @property
    def loading(self) -> bool:
        return self._handle is not None or self.picker.loading or bool(self._unfilled)

    @property
    def band_kind(self) -> str | None:
        return str(self.spread.currentData()) if self.group.isChecked() else None

    @property
    def baseline_id(self) -> str:
        """The chosen one where it is compared, else the first with results."""
        ids = [run.record.id for run in self._runs]
        kept = str(self._workspace.settings.get(_BASELINE, ""))
        tested = [run.record.id for run in self._runs if run.evaluation is not None]
        return kept if kept in ids else next(iter(tested or ids), "")

    def clear(self) -> None:
        compare_these(self._workspace.settings, [])

    @Slot()
    def refresh(self) -> None:
        """Read the compared runs again, once however often it is called; while hidden, only remember to."""
        self._stale = self._handle is not None or not self.isVisible()
        if self._stale:
            return
        self.picker.refresh()
        settings, catalog = self._workspace.settings, self._workspace.catalog
        wanted = [(run, colour_of(settings, run)) for run in compared(settings)]
        known = {run.record.id: run for run in self._runs}
        self._handle = run_in_background(lambda: load(catalog, wanted, known), self._loaded, self._failed)
        self._tell_choice()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self.refresh()

    @Slot(list)
    def _loaded(self, runs: list[RunData]) -> None:
        self._handle = None
        before = {run.record.id: run for run in self._runs}
        same = len(runs) == len(before) and all(before.get(run.record.id) is run for run in runs)
        self._runs = runs
        if same:
            self._tell_choice()
        else:
            self._show()
        if self._stale:
            self.refresh()

    @Slot(str)
    def _failed(self, sentence: str) -> None:
        self._handle = None
        self._workspace.notify(sentence, "error")

    @Slot()
    def _runs_known(self) -> None:
        nothing = not self.picker.model.records and not self.picker.filter.text() and not self._runs
        self.stack.setCurrentIndex(1 if nothing else 0)

    @Slot()
    def _show(self) -> None:
        self.right.setCurrentIndex(0 if self._runs else 1)
        self._tell_choice()
        self._fill_baselines()
        self._fill_views()
        for tool in (self.baseline, self.group, self.export_button):
            tool.setEnabled(bool(self._runs))
            tool.setVisible(bool(self._runs))
        self.spread.setVisible(bool(self._runs) and self.group.isChecked())
        self.views.allow_saving(bool(self._runs))
        self._workspace.actions.refresh()

    def _fill_views(self) -> None:
        """The one in front at once; of many runs the others between two events, so that the first is there sooner."""
        self._unfilled = [self.tabs.currentIndex(), *(i for i in range(len(_TABS)) if i != self.tabs.currentIndex())]
        self._fill_next()
        while self._unfilled and len(self._runs) <= _FEW:
            self._fill_next()
        if self._unfilled:
            self._filling.start()

    @Slot()
    def _fill_next(self) -> None:
        if self._unfilled:
            self._fill(_TABS[self._unfilled.pop(0)])
        if not self._unfilled:
            self._filling.stop()

    def _fill(self, tab: str) -> None:
        runs, spread, base = self._runs, self.band_kind, self.baseline_id
        match tab:
            case "curves":
                self.curves.show_runs(runs, spread)
            case "adaptation":
                self.adaptation.show_runs(runs, spread)
            case "results":
                self.results.show_runs(runs, base, spread)
            case "settings":
                self.settings.show_runs(runs, base)
            case "scatter":
                self.scatter.show_runs(runs, spread)
            case "parallel":
                self.parallel.show_runs(runs, spread, base)

    @Slot(int)
    def _tab_chosen(self, place: int) -> None:
        """What comes to the front is filled before it is seen."""
        if place in self._unfilled:
            self._unfilled.remove(place)
            self._fill(_TABS[place])

    def _tell_choice(self) -> None:
        if self._handle is not None and compared(self._workspace.settings):
            self.choose.set_text("Reading the runs …", "")
        else:
            self.choose.set_text(*_CHOOSE)

    def _fill_baselines(self) -> None:
        self.baseline.blockSignals(True)
        self.baseline.clear()
        for run in self._runs:
            self.baseline.addItem(f"Baseline: {words.shortened(run.name, 40)}", run.record.id)
            self.baseline.setItemData(self.baseline.count() - 1, run.name, Qt.ItemDataRole.ToolTipRole)
        self.baseline.setCurrentIndex(max(0, self.baseline.findData(self.baseline_id)))
        self.baseline.blockSignals(False)

    @Slot()
    def _baseline_chosen(self) -> None:
        self._workspace.settings.set(_BASELINE, self.baseline.currentData())
        self._show()

    @Slot()
    def _spread_chosen(self) -> None:
        self._workspace.settings.set(_SPREAD, self.band_kind)
        self.spread.setVisible(self.group.isChecked())
        self._show()

    def save_view(self) -> None:
        """Ask for a name and keep what is shown under it."""
        if not self._runs:
            return
        usual = f"{words.shortened(self._runs[0].name, 30)} and {len(self._runs) - 1} more"
        text, given = QInputDialog.getText(self, "Save this view", "Name of the view:", text=usual)
        name = views.clean(text)
        if given and name:
            views.save(self._workspace.settings, self._as_view(name))
            self._workspace.notify(f"View “{name}” saved", "done")

    def _as_view(self, name: str) -> views.View:
        return views.View(
            name, tuple(run.record.id for run in self._runs), self.baseline_id, self.band_kind,
            _TABS[self.tabs.currentIndex()],
            {**self.curves.state(), **self.scatter.state(), **self.parallel.state()},
        )  # fmt: skip

    @Slot(views.View)
    def _view_chosen(self, view: views.View) -> None:
        """Runs that are gone since are left out and told."""
        settings = self._workspace.settings
        for key, value in view.look.items():
            settings.set(key, value)
        settings.set(_BASELINE, view.baseline)
        self._recall(view)
        there = {run.id for run in self._workspace.catalog.runs()}
        kept = [run for run in view.runs if run in there]
        if len(kept) < len(view.runs):
            lost = words.counted(len(view.runs) - len(kept), "run")
            self._workspace.notify(f"{lost} of this view cannot be found in the catalog (deleted, or in the trash).")
        compare_these(settings, kept)
        self.picker.bring_up()
        self._show()

    def _recall(self, view: views.View) -> None:
        """Put the page's own controls where the view had them."""
        self.curves.recall()
        self.group.blockSignals(True)
        self.group.setChecked(view.spread is not None)
        self.group.blockSignals(False)
        self.spread.setCurrentIndex(max(0, self.spread.findData(view.spread)))
        self._workspace.settings.set(_SPREAD, view.spread)
        if view.tab in _TABS:
            self.tabs.setCurrentIndex(_TABS.index(view.tab))

    @Slot(str)
    def _setting_changed(self, key: str) -> None:
        if key == RUNS:
            self.refresh()

    def _any(self) -> bool:
        return bool(self._runs)

    def export(self) -> None:
        """Ask what and where, then write in the background."""
        if not self._runs:
            return
        first = _TABS[self.tabs.currentIndex()]
        dialog = ExportDialog(self.offers(), first, self._workspace.settings, self)
        explain(dialog, "compare", self._workspace.theme)
        if dialog.exec() != ExportDialog.DialogCode.Accepted:
            return
        offer, shape, suffix = dialog.offer, dialog.shape, dialog.suffix
        path = ask_path(self, "Export", offer.file_name + suffix, f"{suffix[1:].upper()} (*{suffix})")
        if path is not None:
            self._writing = run_in_background(lambda: offer.write(path, shape), self._written, self._failed_to_write)

    def offers(self) -> list[Offer]:
        """All that can be written of what is shown now."""
        while self._unfilled:
            self._fill_next()
        plots = {"adaptation": self.adaptation, "scatter": self.scatter, "parallel": self.parallel}
        front = _TABS[self.tabs.currentIndex()]
        front = front if front in plots else "curves"
        numbers = plots.get(front, self.curves).plot.as_table()
        return offers(
            Shown(
                self._drawn_curves(), self._drawn_adaptation(), self._scattered(),
                Parallel(self.parallel.uprights(), self.parallel.strands()), front, numbers,
                self.results.table(), self.settings.table(),
            )
        )  # fmt: skip

    def _drawn_curves(self) -> Drawn:
        choice, log = self.curves.choice(), self.curves.plot.log
        y = "loss" if choice.what == "loss" else "validation"
        return Drawn(self.curves.curves(), AXES[choice.axis], y, log, "", choice.smoothing)

    def _drawn_adaptation(self) -> Drawn:
        metric, plot = self.adaptation.choice().metric, self.adaptation.plot
        return Drawn(self.adaptation.curves(), "inner_step", metric, plot.log, self.adaptation.note.text())

    def _scattered(self) -> Scattered:
        plot, (drawn, words_across) = self.scatter.plot, self.scatter.points()
        note = self.scatter.note.text()
        return Scattered(drawn, capital(plot.x_label), capital(plot.y_label), words_across, plot.log_x, plot.log, note)

    @Slot(Path)
    def _written(self, path: Path) -> None:
        self._workspace.notify(f"Written: {path}", "done")

    @Slot(str)
    def _failed_to_write(self, sentence: str) -> None:
        self._workspace.notify(sentence, "error")
