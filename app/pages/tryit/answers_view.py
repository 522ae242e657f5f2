"""What each start predicts after the step that is looked at: a curve, or a row for each query (with its picture)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHeaderView, QStackedWidget, QTableView, QVBoxLayout, QWidget

from app.pages.tryit.answers_model import SIDE, AnswersModel, Said, Shown
from app.pages.tryit.sources import Drawn
from app.pages.tryit.support_strip import SupportStrip
from app.pages.tryit.work import LEARNED, OTHER, RANDOM, Asked, Loaded
from app.plots.answer import AnswerPlot, Line
from app.plots.table import Table, show_table
from app.services.theme import Theme
from app.widgets import EmptyState

if TYPE_CHECKING:
    from core.use.question import Question

NAMES = {LEARNED: "this start", RANDOM: "random start", OTHER: "other"}


class AnswersView(QWidget):
    """`edited`: the points as a click in the plot has changed them."""

    edited = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("tryit.answers")
        self.plot = AnswerPlot(theme, name="tryit.plot")
        self.plot.clicked.connect(self._clicked)
        self.plot.point_clicked.connect(self._point_clicked)
        self.strip = SupportStrip(theme)
        self.model = AnswersModel(self)
        self.table = QTableView()
        self._dress_table()
        self.empty = EmptyState("", "", icon="info", name="tryit.nothing")
        listed = QWidget()
        column = QVBoxLayout(listed)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.strip)
        column.addWidget(self.table, 1)
        self._stack = QStackedWidget()
        for part in (self.plot, listed, self.empty):
            self._stack.addWidget(part)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._stack)
        self._points = Drawn()

    def _dress_table(self) -> None:
        self.table.setObjectName("tryit.table")
        self.table.setAccessibleName("Predictions, a row for each query")
        self.table.setModel(self.model)
        self.table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setTabKeyNavigation(False)
        self.table.setIconSize(QSize(SIDE, SIDE))
        self.table.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.table.verticalHeader().hide()
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(56)
        header.setTextElideMode(Qt.TextElideMode.ElideMiddle)

    def show_answer(self, loaded: Loaded, asked: Asked, names: dict[str, str], step: int) -> None:
        """names: of the starts, by key."""
        if loaded.is_line:
            self._show_line(loaded, asked, names, step)
            return
        question = asked.question
        said = tuple(Said(names[key], traced.predictions) for key, traced in asked.traces.items())
        self.model.show(Shown(loaded.spec, question, said), step)
        self.strip.setVisible(loaded.is_pictures)
        if loaded.is_pictures:
            self.strip.show_support(question.support_x, question.support_y, _class_names(question))
        self.table.verticalHeader().setDefaultSectionSize(SIDE + 6 if loaded.is_pictures else 26)
        self._size_columns()
        self._stack.setCurrentIndex(1)

    def show_points(self, loaded: Loaded, drawn: Drawn) -> None:
        """Points without an answer: there is no support yet."""
        self._points = drawn
        self.plot.editable = True
        self._label_axes(loaded)
        self.plot.show_task(drawn.support, drawn.query, np.empty(0), (), 0)
        self.plot.say("Click into the plot, or type a point above, to give the first example.")
        self._stack.setCurrentIndex(0)

    def show_nothing(self, title: str, text: str) -> None:
        self.empty.set_text(title, text)
        self._stack.setCurrentIndex(2)

    def set_step(self, step: int) -> None:
        self.plot.set_step(step)
        self.model.set_step(step)

    def as_table(self) -> Table:
        return self.plot.as_table() if self._stack.currentIndex() == 0 else self.model.as_table()

    def open_table(self) -> None:
        """View as table."""
        show_table(self, "Predictions", self.as_table())

    def _show_line(self, loaded: Loaded, asked: Asked, names: dict[str, str], step: int) -> None:
        question = asked.question
        known = question.query_y is not None
        query = np.column_stack([np.ravel(question.query_x), np.ravel(question.query_y)]) if known else np.empty((0, 2))
        self._points = Drawn(np.column_stack([np.ravel(question.support_x), np.ravel(question.support_y)]), query)
        lines = [
            Line(names[key], traced.line[..., 0], series=1 if key == OTHER else 0, reference=key == RANDOM)
            for key, traced in asked.traces.items()
            if traced.line is not None
        ]
        grid = asked.traces[LEARNED].grid
        self._label_axes(loaded)
        self.plot.editable = True
        shown = Drawn(self._points.support, query[np.isfinite(query).all(axis=1)])
        unknown = ~question.known
        answers = (np.ravel(question.query_x)[unknown], asked.traces[LEARNED].predictions[:, unknown, 0])
        self.plot.say(_legend(known=bool(len(shown.query)), asked=bool(unknown.any())))
        self.plot.show_task(shown.support, shown.query, np.empty(0) if grid is None else grid, lines, step, answers)
        self._stack.setCurrentIndex(0)

    def _label_axes(self, loaded: Loaded) -> None:
        names = (loaded.spec.input_names[0], loaded.spec.output_names[0])
        if names != (self.plot.x_label, self.plot.y_label):
            self.plot.set_labels(*names, "bare")

    @property
    def points(self) -> Drawn:
        """The task as points that can be changed."""
        return self._points

    def _clicked(self, x: float, y: float, query: bool) -> None:
        self.edited.emit(self._points.with_point(x, y, query=query))

    def _point_clicked(self, kind: str, index: int) -> None:
        points = self._points
        self.edited.emit(points.without_support(index) if kind == "support" else points.without_query(index))

    def _size_columns(self) -> None:
        """The columns of the starts share what is left."""
        header, count = self.table.horizontalHeader(), self.model.columnCount()
        for column in range(count):
            shared = column >= count - self.model.starts
            mode = QHeaderView.ResizeMode.Stretch if shared else QHeaderView.ResizeMode.Interactive
            header.setSectionResizeMode(column, mode)
            if not shared:
                widest = 110 if self.model.classes else 160
                self.table.setColumnWidth(column, min(widest, max(64, self.table.sizeHintForColumn(column) + 12)))


def _legend(*, known: bool, asked: bool) -> str:
    """The marks of the plot in words; lines carry their names at their ends."""
    return f"◆ support{'  ○ query' if known else ''}{'  ■ prediction' if asked else ''}; thin: the other steps"


def _class_names(question: Question) -> list[str]:
    ways = int(question.support_y.max()) + 1
    return [question.class_names[way] if way < len(question.class_names) else f"class {way + 1}" for way in range(ways)]
