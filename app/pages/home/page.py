"""Home: three ways in at first; later what was interrupted and what was trained last."""

from itertools import pairwise

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QVBoxLayout, QWidget
from typing_extensions import override

from app.frame.commands import start_example
from app.pages.home.finished import Finished
from app.pages.home.idea import Idea
from app.pages.home.runs import InterruptedRun, RecentRun
from app.pages.home.welcome import Ways
from app.plots.table import Table, show_table
from app.widgets.buttons import IconButton, button
from app.widgets.card import Card, Section
from app.widgets.page import Page
from app.widgets.text import ElidedLabel, label
from app.workspace import Workspace
from core.storage.records import RunRecord, Status

SENTENCE = (
    "Headstart learns initial parameters: weights from which a network fits a new task in a few gradient steps, "
    "on a few examples."
)
_RECENT = 8
_TALL = 800  # pixels
_IN_HEAD = 2
"""Buttons in the head of the recent runs."""


class HomePage(Page):
    title = "Home"

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__("Welcome to Headstart", SENTENCE, parent, scroll=True)
        self.setObjectName("home")
        self.workspace = workspace
        self._dismissed: set[str] = set()
        self._runs: list[RunRecord] = []
        self._finished = Finished(workspace, self._told)
        self._seen: tuple[object, ...] = ()
        self._top = QVBoxLayout()
        self._top.setSpacing(12)
        self.body.addLayout(self._top)
        self._ways = Ways(workspace.theme)
        self._ways.chosen.connect(self._go)
        self.body.addWidget(self._ways)
        self._recent = Section("Recent runs", name="home.recent")
        self._lines = IconButton("table", "View the lines of the recent runs as table", "home.recent.table", size=16)
        self._lines.clicked.connect(self._show_lines)
        self._recent.add_tool(self._lines)
        self._recent.add_tool(button("All runs", "home.all", self._all_runs, role="link"))
        self.body.addWidget(self._recent)
        self._place = self._make_place()
        self.body.addWidget(self._place)
        self._idea = Idea(lambda: workspace.navigate.emit("help", "what"))
        self.body.addWidget(self._idea)
        self.body.addStretch(1)
        workspace.catalog_changed.connect(self._changed)
        workspace.run_ended.connect(self._changed)
        workspace.runner.changed.connect(self._changed)
        workspace.device_changed.connect(self._show_device)
        self._show_device()
        self.refresh()

    def _make_place(self) -> QWidget:
        card = Card(name="home.place")
        self._device = label("Looking for devices …", wrap=True, name="home.device")
        self._why = label("", "muted", wrap=True, name="home.why")
        folder = ElidedLabel(str(self.workspace.folder))
        folder.setObjectName("home.folder")
        change = self.workspace.actions.find("folder.change")
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(label("Data folder", "muted"))
        row.addWidget(folder, 1)
        row.addWidget(button("Change", "home.change", change.trigger, role="link"))
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(label("Device", "muted"))
        top.addWidget(self._device, 1)
        card.body.addLayout(top)
        card.body.addWidget(self._why)
        card.body.addLayout(row)
        return card

    @Slot()
    def _show_device(self) -> None:
        device = self.workspace.device
        if device is not None:
            self._device.setText(f"{device.name} (PyTorch {device.torch})")
            self._why.setText(device.why)
        self._why.setVisible(device is not None)

    @override
    def open(self, argument: str) -> None:
        self.refresh()

    @Slot()
    def _changed(self) -> None:
        if self.isVisible():
            self.refresh()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()
        self._order_tabs()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._ways.set_room(self.height())
        self._show_idea()

    def _show_idea(self) -> None:
        """At the first launch, where the page has room for it: in a small window the invitation to the tour would lie on it."""
        self._idea.setVisible(not self._runs and self.height() >= _TALL)

    def refresh(self) -> None:
        """Build the lists again where something about them is another."""
        runs = self.workspace.catalog.runs(limit=100)
        runner = self.workspace.runner
        busy = {runner.current, *runner.waiting}
        state = (
            *((run.id, run.name, run.status, run.loss, len(run.spark)) for run in runs[:30]),
            *busy,
            len(self._dismissed),
        )
        if state == self._seen:
            return
        self._seen = state
        self._fill_top(
            [run for run in runs if _left_over(run) and run.id not in busy and run.id not in self._dismissed]
        )
        self._fill_recent(runs[:_RECENT])
        self._order_tabs()
        self.title_label.setText("Home" if runs else "Welcome to Headstart")
        self._ways.cards["example"].setProperty("selected", "false")
        self._ways.show_pictures(not runs)
        self._show_idea()

    def _fill_top(self, runs: list[RunRecord]) -> None:
        _clear(self._top)
        for record in runs[:3]:
            card = InterruptedRun(record)
            card.resumed.connect(self._resume)
            card.opened.connect(self._open_run)
            card.dismissed.connect(self._dismiss)
            self._top.addWidget(card)

    def _order_tabs(self) -> None:
        """From the top down: what is built anew would else come last."""
        parts = [self._top, self._recent.body]
        cards = [
            [item.widget() for item in map(part.itemAt, range(part.count())) if item is not None] for part in parts
        ]
        rows = [*cards[0], *self._ways.cards.values(), self._recent, *cards[1], self._place, self._idea]
        chain = [stop for row in rows if row is not None for stop in _stops(row, inside=row is not self._recent)]
        for before, after in pairwise(dict.fromkeys(chain)):
            QWidget.setTabOrder(before, after)

    def _fill_recent(self, runs: list[RunRecord]) -> None:
        _clear(self._recent.body)
        self._runs = runs
        self._recent.setVisible(bool(runs))
        for record in runs:
            row = RecentRun(self.workspace.theme, record)
            row.opened.connect(self._open_run)
            row.tried.connect(self._try_run)
            self._recent.add(row)

    @Slot(str)
    def _go(self, way: str) -> None:
        if way == "example":
            start_example(self.workspace)
        elif way == "setup":
            self.workspace.navigate.emit("setup", "")
        elif way == "explore":
            self._finished.explore()

    @Slot()
    def _told(self) -> None:
        self._ways.set_busy(self._finished.busy)

    def _show_lines(self) -> None:
        """The outer loss of each run at the points that its small line has."""
        rows: Table = [("run", "point", "outer loss")]
        for record in self._runs:
            rows += [(record.name, at + 1, value) for at, value in enumerate(record.spark)]
        show_table(self._recent, "Outer loss of the recent runs", rows)

    def _all_runs(self) -> None:
        self.workspace.navigate.emit("catalog", "")

    @Slot(str)
    def _resume(self, run_id: str) -> None:
        self.workspace.runner.resume(run_id)
        self.workspace.navigate.emit("live", run_id if self.workspace.runner.current == run_id else "")

    @Slot(str)
    def _open_run(self, run_id: str) -> None:
        self.workspace.navigate.emit("live", run_id)

    @Slot(str)
    def _try_run(self, run_id: str) -> None:
        self.workspace.navigate.emit("tryit", f"run:{run_id}")

    @Slot(str)
    def _dismiss(self, run_id: str) -> None:
        self._dismissed.add(run_id)
        self.refresh()


def _stops(widget: QWidget, *, inside: bool) -> list[QWidget]:
    """What Tab stops at: the widget itself, and (inside) the buttons on it; of a section only those in its head."""
    buttons = widget.findChildren(QAbstractButton)
    found = [widget] if widget.focusPolicy() & Qt.FocusPolicy.TabFocus else []
    return [*found, *(buttons if inside else buttons[:_IN_HEAD])]


def _left_over(run: RunRecord) -> bool:
    return run.status in (Status.INTERRUPTED, Status.QUEUED)


def _clear(layout: QVBoxLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
