"""Only what differs between the settings of the compared runs."""

from collections.abc import Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.forms.titles import change_in_words, title_of
from app.models import words
from app.services.theme import Theme
from app.widgets import label
from core.analysis.diff import Difference, changes, delta, differences

from .data import RunData
from .grid import Texts, grid
from .picker import swatch

_HEADER_ICON = 16
"""Pixels; a header squeezes what is wider."""


class SettingsView(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("compare.settings")
        self._theme = theme
        self.model = Texts(self)
        self.view = grid("compare.settings.table", "Settings that differ", self.model)
        self.note = label("", "caption", wrap=True, name="compare.settings.note")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 12, 0, 0)
        column.addWidget(self.view, 1)
        column.addWidget(self.note)

    def show_runs(self, runs: Sequence[RunData], baseline: str) -> None:
        rows = differences([run.record.experiment for run in runs])
        base = next((place for place, run in enumerate(runs) if run.record.id == baseline), 0)
        on_the_way = changes([run.record.engine for run in runs], change_in_words)
        texts = [_row(row, base) for row in (*rows, *([on_the_way] if on_the_way else []))]
        header = ["Setting", *(f"{run.name} (baseline)" if p == base else run.name for p, run in enumerate(runs))]
        titles = ["Setting", *(_title(run.name, p == base) for p, run in enumerate(runs))]
        pictures = [None, *(swatch(self._theme, run.style, _HEADER_ICON) for run in runs)]
        self.model.set_texts(header, texts, column_pictures=pictures, titles=titles)
        self.view.resizeColumnsToContents()
        least, most = (self._theme.size("body") * letters for letters in (8, 18))
        for place in range(len(header)):
            self.view.setColumnWidth(place, min(most, max(least, self.view.columnWidth(place) + 8)))
        self.note.setText(_sentence(len(runs), len(texts)))

    def table(self) -> tuple[list[str], list[list[str]]]:
        return list(self.model.header), [list(row) for row in self.model.rows]


def _title(name: str, is_baseline: bool) -> str:
    """What a column has room for; a header cuts its text without an ellipsis."""
    return f"{words.shortened(name, 17)} (baseline)" if is_baseline else words.shortened(name, 24)


def _row(row: Difference, base: int) -> list[str]:
    """In the words of the form; numbers carry their difference to the baseline in arrow and word."""
    cells = [title_of(row.key)]
    for place, text in enumerate(row.texts()):
        found = delta(row.values[place], row.values[base]) if place != base and row.key != "seed" else None
        cells.append(text if found is None or found.sign == 0 else f"{text}  {found.text}")
    return cells


def _sentence(runs: int, rows: int) -> str:
    if runs < 2:
        return "Choose a second run to see what differs."
    if not rows:
        return "These runs have the same settings."
    return "Settings that are the same everywhere are left out."
