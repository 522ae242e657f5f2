"""Parallel coordinates of what differs between the runs and of their results."""

from collections.abc import Sequence

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QMenu, QWidget

from app.plots.parallel import ParallelPlot, Strand, Upright
from app.services.settings import Settings
from app.services.theme import Theme
from app.widgets import Button, IconButton, label
from core.analysis.traits import RESULTS

from . import points
from .data import RunData
from .layout import lay_out

_AXES = "compare.parallel.axes"
_MOST = 6
"""Axes that have room beside each other."""
_MEASURED = {*RESULTS} - {"gradients", "adapted", "bytes"}
"""Results that are no counts."""


class ParallelView(QWidget):
    def __init__(self, theme: Theme, settings: Settings) -> None:
        super().__init__()
        self.setObjectName("compare.parallel")
        self._settings = settings
        self._members: list[points.Member] = []
        self._spread: str | None = None
        self.plot = ParallelPlot(
            theme, name="compare.parallel.plot", about="Settings and results of the compared runs, side by side"
        )
        self.choose = Button("Axes", "compare.parallel.axes", icon="edit")
        self.choose.setAccessibleName("Choose the axes")
        self.choose.clicked.connect(self._open_menu)
        self.table = IconButton("table", "View as table", "compare.parallel.table", size=16)
        self.table.clicked.connect(self.plot.open_table)
        self.note = label("", "caption", wrap=True, name="compare.parallel.note")
        self._lay_out()

    def _lay_out(self) -> None:
        lay_out(self, (self.choose,), (self.table,), self.plot, self.note)

    def show_runs(self, runs: Sequence[RunData], spread: str | None, baseline: str) -> None:
        self._members, self._spread = points.members(runs, spread), spread
        self.plot.bring_out(self._key_of(baseline))
        self.redraw()

    def _key_of(self, run: str) -> str:
        """Of the strand that the run is drawn in; its group's, where seeds are grouped."""
        found = (m.key for m in self._members if any(one.record.id == run for one in m.runs))
        return next(found, "") if len(self._members) > 1 else ""

    @property
    def axes(self) -> list[str]:
        """Keys of the axes: as chosen, as far as these runs have them; else what differs and the result that counts."""
        kept = self._settings.get(_AXES, [])
        known = {*points.settings(self._members), *points.results(self._members)}
        chosen = [str(key) for key in kept if key in known] if isinstance(kept, list) else []
        return chosen if len(chosen) > 1 else self._usual()

    def _usual(self) -> list[str]:
        known = points.results(self._members)
        first = [key for key in ("accuracy", "query_loss", "best_validation") if key in known][:1]
        different = [key for key in points.telling(self._members) if key != "seed"]
        seconds = ["seconds"] if "seconds" in known else []
        return [*different[: _MOST - len(first) - len(seconds)], *seconds, *first]

    def state(self) -> dict[str, object]:
        """What was chosen here, for a saved view."""
        return {key: self._settings.get(key) for key in (_AXES,)}

    def uprights(self) -> list[Upright]:
        return [self._upright(key) for key in self.axes]

    def _upright(self, key: str) -> Upright:
        trait = points.axis(self._members, key, self._spread)
        names = () if trait.numeric else trait.categories
        return Upright(points.title(key), trait.places(), names, measured=key in _MEASURED)

    def strands(self) -> list[Strand]:
        return [Strand(member.name, member.style, member.key) for member in self._members]

    def redraw(self) -> None:
        self.plot.set_data(self.uprights() if self._members else [], self.strands())
        grouped = any(len(member.runs) > 1 for member in self._members)
        told = "Results are means over seeds. " if grouped else ""
        thick = "The thick line is the baseline." if len(self._members) > 1 else ""
        self.note.setText((told + thick).strip())

    @Slot()
    def _open_menu(self) -> None:
        menu = self.axes_menu()
        menu.popup(self.choose.mapToGlobal(self.choose.rect().bottomLeft()))

    def axes_menu(self) -> QMenu:
        """Every setting that differs, every other that has an axis, every result; a check puts it beside the others."""
        menu = QMenu(self)
        menu.setObjectName("compare.parallel.menu")
        menu.aboutToHide.connect(menu.deleteLater)
        shown = self.axes
        different = points.differing(self._members)
        for key in [*different, *(key for key in shown if key not in (*different, *RESULTS))]:
            self._entry(menu, key, points.title(key), shown)
        menu.addSeparator()
        for key in points.results(self._members):
            self._entry(menu, key, RESULTS[key], shown)
        menu.addSeparator()
        usual = menu.addAction("What differs, and the result")
        usual.triggered.connect(self._forget)
        return menu

    def _entry(self, menu: QMenu, key: str, title: str, shown: Sequence[str]) -> None:
        entry = menu.addAction(title)
        entry.setCheckable(True)
        entry.setChecked(key in shown)
        entry.triggered.connect(lambda checked, key=key: self.set_axis(key, shown=checked))

    def set_axis(self, key: str, *, shown: bool) -> None:
        """Settings stay left of results."""
        kept = [other for other in self.axes if other != key]
        if shown:
            place = sum(other not in RESULTS for other in kept) if key not in RESULTS else len(kept)
            kept.insert(place, key)
        self._settings.set(_AXES, kept if len(kept) > 1 else None)
        self.redraw()
        self.plot.reset()

    @Slot()
    def _forget(self) -> None:
        self._settings.set(_AXES, None)
        self.redraw()
        self.plot.reset()
