"""Any setting or result against any result, a point a run or seed group."""

from collections.abc import Sequence

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from app.plots.scatter import Point, ScatterPlot
from app.services.settings import Settings
from app.services.theme import Theme
from app.widgets import Chip, ComboBox, IconButton, chooser, label, words
from core.analysis.grouping import BANDS
from core.analysis.traits import RESULTS

from . import points
from .data import RunData
from .layout import lay_out

_X, _Y = "compare.scatter.x", "compare.scatter.y"


class ScatterView(QWidget):
    def __init__(self, theme: Theme, settings: Settings) -> None:
        super().__init__()
        self.setObjectName("compare.scatter")
        self._settings = settings
        self._members: list[points.Member] = []
        self._spread: str | None = None
        self.plot = ScatterPlot(theme, name="compare.scatter.plot", about="Results of the compared runs by setting")
        self.x, self.y = chooser("compare.scatter.x", "Across"), chooser("compare.scatter.y", "Upwards")
        for box in (self.x, self.y):
            box.setMinimumContentsLength(16)
            box.activated.connect(self._chosen)
        self.log_x = Chip("Log x", "compare.scatter.log_x", hint="Logarithmic scale across")
        self.log_y = Chip("Log y", "compare.scatter.log_y", hint="Logarithmic scale upwards")
        self.log_x.toggled.connect(self.plot.set_log_x)
        self.log_y.toggled.connect(self.plot.set_log)
        self.table = IconButton("table", "View as table", "compare.scatter.table", size=16)
        self.table.clicked.connect(self.plot.open_table)
        self.note = label("", "caption", wrap=True, name="compare.scatter.note")
        self._lay_out()

    def _lay_out(self) -> None:
        choices = (self.y, label("by", "caption"), self.x)
        lay_out(self, choices, (self.log_x, self.log_y, self.table), self.plot, self.note)

    def show_runs(self, runs: Sequence[RunData], spread: str | None) -> None:
        self._members, self._spread = points.members(runs, spread), spread
        known = points.results(self._members)
        different, others = points.differing(self._members), points.settings(self._members)
        others = [key for key in others if key not in different]
        first = points.telling(self._members)
        different = [*first, *(key for key in different if key not in first)]
        self._fill(self.y, [(key, RESULTS[key]) for key in known], str(self._settings.get(_Y, "")))
        across = [(key, points.title(key)) for key in (*different, *known, *others)]
        self._fill(self.x, across, str(self._settings.get(_X, "")))
        self.redraw()

    def _fill(self, box: ComboBox, options: Sequence[tuple[str, str]], wanted: str) -> None:
        """Where the wanted one is not there, what tells most comes first: accuracy before loss, what differs before the rest."""
        keys = [key for key, _ in options]
        if keys != [box.itemData(place) for place in range(box.count())]:
            box.clear()
            for key, title in options:
                box.addItem(title, key)
        best = "accuracy" if box is self.y and "accuracy" in keys else ""
        box.setCurrentIndex(max(0, box.findData(wanted if wanted in keys else best)))
        box.setEnabled(bool(keys))

    @property
    def axes(self) -> tuple[str, str]:
        """Keys of what lies across and upwards; "" where nothing is known."""
        return str(self.x.currentData() or ""), str(self.y.currentData() or "")

    def state(self) -> dict[str, object]:
        """What was chosen here, for a saved view."""
        return {key: self._settings.get(key) for key in (_X, _Y)}

    def points(self) -> tuple[list[Point], tuple[str, ...]]:
        """What is drawn, and the words of the x axis where it has words."""
        across, upwards = self.axes
        if not across or not upwards:
            return [], ()
        trait, spans = (
            points.axis(self._members, across, self._spread),
            points.spans(self._members, upwards, self._spread),
        )
        drawn = [
            Point(
                member.name, float(x), span.mean, member.style, span.low, span.high,
                "" if trait.numeric else str(text if text is not None else "not set"), member.key,
            )
            for member, x, text, span in zip(self._members, trait.places(), trait.values, spans, strict=True)
        ]  # fmt: skip
        return drawn, () if trait.numeric else trait.categories

    def redraw(self) -> None:
        across, upwards = self.axes
        self.plot.set_labels(words.small(points.title(across)), words.small(points.title(upwards)))
        drawn, categories = self.points()
        self.plot.set_points(drawn, categories)
        self.log_x.setEnabled(not categories)
        self.note.setText(self._sentence(drawn))

    def _sentence(self, drawn: Sequence[Point]) -> str:
        if not drawn:
            return "None of these runs has a result yet."
        grouped = any(len(member.runs) > 1 for member in self._members)
        return f"Points are means over seeds, bars the {BANDS[self._spread]}." if grouped and self._spread else ""

    @Slot()
    def _chosen(self) -> None:
        across, upwards = self.axes
        self._settings.set(_X, across)
        self._settings.set(_Y, upwards)
        self.redraw()
        self.plot.reset()
