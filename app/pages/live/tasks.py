"""The fixed validation tasks as a table; the selected one as it is, with its prediction."""

import math

import numpy as np
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QSplitter, QTableWidget, QTableWidgetItem

from app.models.words import accuracy
from app.pages.live.panel import Panel
from app.pages.live.shown import Shown
from app.plots.task import TaskView
from app.services.theme import Theme
from app.widgets.buttons import IconButton
from app.widgets.text import label
from app.widgets.words import number
from core.training.events import Curves, TaskViews, Validated


class TasksPanel(Panel):
    """`selected`: index of the task, -1 for none; `step_changed`: the inner step that is looked at."""

    selected = Signal(int)
    step_changed = Signal(int)

    def __init__(self, theme: Theme) -> None:
        self.view = TaskView(theme, name="live.task")
        self.table = QTableWidget(0, 0)
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        super().__init__("Tasks", self._splitter, "live.tasks.panel")
        self._shown: Shown | None = None
        self._columns: tuple[object, ...] = ()
        self._dress_table()
        self._splitter.addWidget(self.table)
        self._splitter.addWidget(self.view)
        self._splitter.setHandleWidth(12)
        self._splitter.setStretchFactor(0, 2)
        self._splitter.setStretchFactor(1, 3)
        self._splitter.setSizes([430, 430])
        self._splitter.setChildrenCollapsible(False)
        self.view.step_changed.connect(self.step_changed)
        self._note = label("", "caption", name="live.tasks.note")
        self.add_tool(self._note)
        table = IconButton("table", "View the task as table", "live.task.table", size=16)
        table.clicked.connect(self.view.open_table)
        self.add_tool(table)

    def _dress_table(self) -> None:
        self.table.setObjectName("live.tasks")
        self.table.setAccessibleName("Validation tasks")
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(26)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.setMinimumWidth(240)
        self.table.horizontalHeader().setHighlightSections(False)
        self.table.horizontalHeader().setTextElideMode(Qt.TextElideMode.ElideRight)
        self.table.itemSelectionChanged.connect(self._select)

    def show_run(self, shown: Shown, index: int) -> None:
        """index: the validation to look at."""
        fresh = self._shown is None or self._shown.run_id != shown.run_id
        self._shown = shown
        if not shown.validations:
            self.wait("The tasks appear with the first validation" if shown.live else "No validation yet")
            self._note.setText("")
            return
        self.wait("")
        seen = shown.validations[min(index, len(shown.validations) - 1)]
        views = seen.views or shown.views
        self._fill(shown, seen, views)
        same = seen.views is not None or views is None
        self.view.set_views(views)
        self._note.setText(_note(seen, views, same=same))
        if fresh or self.task is None:
            self.table.selectRow(0)

    @property
    def task(self) -> int | None:
        rows = self.table.selectionModel().selectedRows() if self.table.selectionModel() else []
        return rows[0].row() if rows else None

    def _fill(self, shown: Shown, seen: Validated, views: TaskViews | None) -> None:
        curves, use_accuracy = seen.curves, seen.curves.accuracy is not None
        values = _values(curves)
        steps = _steps(shown.experiment.inner.steps, values.shape[1] - 1)
        count = min(len(values), len(views.support_x)) if views is not None else len(values)
        what = "accuracy" if use_accuracy else "loss"
        if (what, *steps) != self._columns:
            self._set_headers(steps, what)
        say = accuracy if use_accuracy else cell
        start = None if shown.random_start is None else _values(shown.random_start)
        self.table.setRowCount(count)
        for row in range(count):
            self._put(row, 0, _name(views, row))
            for place, step in enumerate(steps):
                self._put(row, place + 1, say(float(values[row, step])), right=True)
            reference = say(float(start[row, -1])) if start is not None and row < len(start) else "–"
            self._put(row, len(steps) + 1, reference, right=True)

    def _set_headers(self, steps: tuple[int, ...], what: str) -> None:
        self._columns = (what, *steps)
        titles = ["Task", *(_after(step) for step in steps), "Random"]
        self.table.setColumnCount(len(titles))
        self.table.setHorizontalHeaderLabels(titles)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(52)
        self.table.horizontalHeaderItem(0).setToolTip("Validation task")
        self.table.horizontalHeaderItem(0).setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column in range(1, len(titles)):
            item = self.table.horizontalHeaderItem(column)
            item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            item.setToolTip(f"Query {what}: {titles[column].lower()}")
        header_item = self.table.horizontalHeaderItem(len(titles) - 1)
        header_item.setToolTip(f"Query {what} of a random start after {steps[-1]} steps")

    def _put(self, row: int, column: int, text: str, *, right: bool = False) -> None:
        item = self.table.item(row, column)
        if item is None:
            item = QTableWidgetItem()
            side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
            item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            self.table.setItem(row, column, item)
        if item.text() != text:
            item.setText(text)

    @Slot()
    def _select(self) -> None:
        task = self.task
        if task is not None:
            self.view.set_task(task)
        self.selected.emit(-1 if task is None else task)


def _values(curves: Curves) -> np.ndarray:
    """[tasks, steps]: accuracy where there is one, else loss."""
    return np.asarray(curves.loss if curves.accuracy is None else curves.accuracy)


def _steps(trained: int, last: int) -> tuple[int, ...]:
    """Before, after the trained number of steps, after all."""
    return tuple(sorted({0, min(trained, last), last}))


def _after(step: int) -> str:
    return "Before" if step == 0 else f"{step} step" if step == 1 else f"{step} steps"


def cell(value: float) -> str:
    """Three decimals down a column; fewer where the number is large."""
    if not math.isfinite(value) or abs(value) >= 10:
        return number(value)
    return f"{value:.3f}"


def _name(views: TaskViews | None, row: int) -> str:
    if views is not None and row < len(views.names):
        return views.names[row]
    return f"Task {row + 1}"


def _note(seen: Validated, views: TaskViews | None, *, same: bool) -> str:
    total = len(seen.curves.loss)
    shown = total if views is None else min(total, len(views.support_x))
    count = f"{shown} of {total} validation tasks" if shown < total else f"{total} validation tasks"
    return count if same else f"{count} · predictions of the last validation"
