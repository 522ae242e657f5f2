"""Results beside a baseline: paired differences on the same fixed test tasks, with their 95 % interval."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Slot
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QVBoxLayout, QWidget

from app.models import words
from app.services.theme import Theme
from app.widgets import chooser, label, scrolled
from core import transduction
from core.analysis.comparison import ComparedRun, Comparison, Estimate, compare
from core.analysis.grouping import BANDS, band_of

from .data import RunData, group_name, grouped, rated
from .grid import Texts, grid
from .picker import swatch
from .sentences import estimate, is_better, sentences

_MOST_ROWS = 9
_SWATCH = 26
_HEADER = ("Run", "Adapted", "Difference", "Reading", "Random start", "Tasks")


class ResultsView(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("compare.results")
        self._theme = theme
        self._runs: Sequence[RunData] = ()
        self._baseline = ""
        self._spread: str | None = None
        options = {"query_loss": "Loss", "accuracy": "Accuracy"}
        self.measure = chooser("compare.results.metric", "Measured as", options)
        self.measure.currentIndexChanged.connect(self.redraw)
        self.step = chooser("compare.results.step", "Inner steps")
        self.step.currentIndexChanged.connect(self.redraw)
        self.model = Texts(self, numbers=(1, 2, 4, 5))
        self.view = grid("compare.results.table", "Results beside the baseline", self.model)
        self.view.setIconSize(QSize(_SWATCH, 14))
        self.note = label("", "caption", wrap=True, name="compare.results.note")
        self.words = label("", wrap=True, name="compare.results.words", selectable=True)
        self._lay_out()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.measure)
        row.addWidget(self.step)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 12, 0, 0)
        column.addLayout(row)
        column.addWidget(self.view)
        column.addWidget(self.note)
        below = QVBoxLayout()
        below.setContentsMargins(0, 8, 8, 0)
        below.addWidget(self.words)
        below.addStretch(1)
        column.addWidget(scrolled(below), 1)

    def show_runs(self, runs: Sequence[RunData], baseline: str, spread: str | None) -> None:
        had = rated(self._runs)
        fresh = {run.record.id for run in runs} != {run.record.id for run in self._runs}
        self._runs, self._baseline, self._spread = runs, baseline, spread
        self.measure.setVisible(rated(runs))
        if rated(runs) != had:
            self.measure.blockSignals(True)
            self.measure.setCurrentIndex(int(rated(runs)))
            self.measure.blockSignals(False)
        self._bound_steps(fresh)
        self.redraw()

    def _bound_steps(self, fresh: bool) -> None:
        last = self.comparison(None).steps
        if not fresh and self.step.count() == last + 1:
            return
        self.step.blockSignals(True)
        self.step.clear()
        for step in range(last + 1):
            self.step.addItem(f"after {words.counted(step, 'step')}", step)
        self.step.setCurrentIndex(last)
        self.step.blockSignals(False)

    def comparison(self, steps: int | None) -> Comparison:
        """steps: None for the last that all evaluations share."""
        records = [run.record for run in self._runs]
        results = {run.record.id: run.evaluation for run in self._runs}
        return compare(records, results, self._baseline, self.measure.currentData(), steps)

    @Slot()
    def redraw(self) -> None:
        found = self.comparison(self.step.currentData())
        rows = [_row(row, found.metric) for row in found.rows]
        pictures = [swatch(self._theme, run.style, _SWATCH) for run in self._runs]
        if self._spread is not None:
            rows += self._group_rows(found)
        self.model.set_texts(_HEADER, rows, pictures)
        self._size_table(len(rows))
        over = (
            f" Means over seeds with the {BANDS[self._spread]}." if self._spread and len(rows) > len(found.rows) else ""
        )
        self.note.setText(found.sentence + over if self._runs else "")
        unlike = transduction.unlike([(run.record.id, run.record.experiment) for run in self._runs])
        self.words.setText("\n".join([*sentences(found), *([named(unlike, self._runs)] if unlike else [])]))

    def _size_table(self, rows: int) -> None:
        """As high as its rows, so that the sentences stand right under it."""
        header, row = self.view.horizontalHeader(), self.view.verticalHeader().defaultSectionSize()
        self.view.setFixedHeight(header.sizeHint().height() + row * max(1, min(rows, _MOST_ROWS)) + 10)
        if rows:  # there are columns: what is measured is read whole, the name takes what is left
            header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
            header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
            if self._theme.is_large:  # names keep their room, and the table scrolls sideways
                header.setSectionResizeMode(0, QHeaderView.ResizeMode.Fixed)
                header.resizeSection(0, 12 * self._theme.size("body"))
            header.setMinimumSectionSize(5 * self._theme.size("body"))
        told = {row[-1] for row in self.model.rows} - {words.NOTHING}
        self.view.setColumnHidden(len(_HEADER) - 1, len(told) < 2)  # else the note under the table says it for all

    def _group_rows(self, found: Comparison) -> list[list[str]]:
        """One row a group of seeds: mean and band over its runs."""
        by_id = {row.run: row for row in found.rows}
        made = []
        for group in grouped(self._runs, self._spread):
            means = [row.result.mean for row in (by_id[run.record.id] for run in group) if row.result is not None]
            if len(group) > 1 and len(means) > 1:
                made.append(self._group_row(group_name(group), means, found.metric))
        return made

    def _group_row(self, name: str, means: list[float], metric: str) -> list[str]:
        spread = self._spread or "interval"
        over = band_of([0], [[mean] for mean in means], spread)
        middle, half = float(over.mean[0]), float(over.high[0] - over.low[0]) / 2
        told = estimate(Estimate(middle, half, len(means)), metric)
        return [name, told, "", f"mean of {len(means)} seeds", "", words.NOTHING]

    def table(self) -> tuple[list[str], list[list[str]]]:
        """(header, rows) as shown, for export."""
        return list(self.model.header), [list(row) for row in self.model.rows]


def named(sentence: str, runs: Sequence[RunData]) -> str:
    """Ids read as the runs' names."""
    for run in runs:
        sentence = sentence.replace(run.record.id, words.shortened(run.name, 40))
    return sentence


def _row(row: ComparedRun, metric: str) -> list[str]:
    tasks = words.count(row.result.n) if row.result else words.NOTHING
    difference = estimate(row.difference, metric, signed=True) if row.difference else words.NOTHING
    reading = _reason(row) or _reading(row.difference, metric)
    return [row.name, estimate(row.result, metric), difference, reading, estimate(row.random_start, metric), tasks]


def _reason(row: ComparedRun) -> str:
    """Why there is no difference, as short as the column; the sentence under the table says it whole."""
    if row.reason in ("", "baseline"):
        return row.reason
    return "not evaluated" if row.result is None else "not comparable"


def _reading(difference: Estimate | None, metric: str) -> str:
    """In arrow and word; the interval decides whether there is something to read."""
    if difference is None:
        return words.NOTHING
    if not difference.clear:
        return "≈ not clear"
    arrow = "▲" if difference.mean > 0 else "▼"
    return f"{arrow} {'better' if is_better(difference, metric) else 'worse'}"
