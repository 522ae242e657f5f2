"""Results beside a baseline: paired differences on the same fixed test tasks, with their 95 % interval."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from app.models import words
from app.services.theme import Theme
from app.widgets import label
from core.analysis.comparison import ComparedRun, Comparison, Estimate, compare
from core.analysis.grouping import BANDS, band_of

from .data import RunData, group_name, grouped, rated
from .grid import Texts, grid
from .picker import swatch

_WIDTHS = (190, 130, 130, 180, 130, 80)
_HEADER = ("Run", "After adaptation", "Difference", "Reading", "Random start", "Tasks")


class ResultsView(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("compare.results")
        self._theme = theme
        self._runs: Sequence[RunData] = ()
        self._baseline = ""
        self._spread: str | None = None
        self.measure = QComboBox()
        self.measure.setObjectName("compare.results.metric")
        self.measure.setAccessibleName("Measured as")
        self.measure.addItem("Loss", "query_loss")
        self.measure.addItem("Accuracy", "accuracy")
        self.measure.currentIndexChanged.connect(self.redraw)
        self.step = QComboBox()
        self.step.setObjectName("compare.results.step")
        self.step.setAccessibleName("Inner steps")
        self.step.currentIndexChanged.connect(self.redraw)
        self.model = Texts(self)
        self.view = grid("compare.results.table", "Results beside the baseline", self.model)
        self.view.setIconSize(QSize(36, 14))
        self.note = label("", "caption", wrap=True, name="compare.results.note")
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
        column.addWidget(self.view, 1)
        column.addWidget(self.note)

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
        pictures = [swatch(self._theme, run.style) for run in self._runs]
        if self._spread is not None:
            rows += self._group_rows(found)
        self.model.set_texts(_HEADER, rows, pictures)
        for place, width in enumerate(_WIDTHS):
            if not self.view.property("sized"):
                self.view.setColumnWidth(place, width)
        self.view.setProperty("sized", bool(rows))
        self.note.setText(found.sentence if self._runs else "")

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
        told = _estimate(Estimate(middle, half, len(means)), metric)
        return [name, told, "", f"{BANDS[spread]} over seeds", "", f"n = {len(means)}"]

    def table(self) -> tuple[list[str], list[list[str]]]:
        """(header, rows) as shown, for export."""
        return list(self.model.header), [list(row) for row in self.model.rows]


def _row(row: ComparedRun, metric: str) -> list[str]:
    tasks = words.count(row.result.n) if row.result else words.NOTHING
    difference = _estimate(row.difference, metric, signed=True) if row.difference else words.NOTHING
    reading = row.reason or _reading(row.difference, metric)
    return [row.name, _estimate(row.result, metric), difference, reading, _estimate(row.random_start, metric), tasks]


def _reading(difference: Estimate | None, metric: str) -> str:
    """In arrow and word; the interval decides whether there is something to read."""
    if difference is None:
        return words.NOTHING
    if not difference.clear:
        return "≈ no clear difference"
    better = (difference.mean < 0) == (metric == "query_loss")
    arrow = "▲" if difference.mean > 0 else "▼"
    return f"{arrow} {'better' if better else 'worse'} than baseline"


def _estimate(found: Estimate | None, metric: str, *, signed: bool = False) -> str:
    if found is None:
        return words.NOTHING
    scale, unit = (100.0, "%") if metric == "accuracy" else (1.0, "")
    return words.plus_minus(scale * found.mean, scale * found.half_width, signed=signed, unit=unit)
