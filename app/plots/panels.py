"""What a method shows of itself: tiles side by side, each a title, a chart of its form, a sentence, and its table."""

from collections.abc import Sequence
from html import escape
from itertools import takewhile

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QScrollArea, QSlider, QVBoxLayout, QWidget
from typing_extensions import override

from app.plots.forms import FormChart
from app.plots.table import Table
from app.services.theme import Theme
from app.widgets.buttons import IconButton
from app.widgets.text import ElidedLabel, label
from core.training.events import PanelData

_LEAST = 270  # pixels of a tile's width
_HIGH = 120  # of its chart
_GAP = 20


class PanelView(QWidget):
    """One panel. A slider chooses the task where it holds several."""

    def __init__(self, theme: Theme, *, name: str = "panel") -> None:
        super().__init__()
        self.setObjectName(name)
        self._panel: PanelData | None = None
        self.chart = FormChart(theme, name=f"{name}.chart")
        self.chart.setMinimumHeight(_HIGH)
        self.title = ElidedLabel("", "strong")
        self.title.setObjectName(f"{name}.title")
        self.legend = label("", "caption", wrap=True, name=f"{name}.legend")
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        self.note = label("", "caption", wrap=True, name=f"{name}.text")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName(f"{name}.task")
        self.slider.setAccessibleName("Task")
        self.slider.setPageStep(1)
        self.slider.valueChanged.connect(self._turned)
        self._words = label("", "caption", name=f"{name}.task.text")
        self._words.setMinimumWidth(64)
        self.table_button = IconButton("table", "View as table", f"{name}.table", size=16)
        self.table_button.clicked.connect(self.chart.open_table)
        theme.changed.connect(self._tell_groups)
        self.setMinimumWidth(_LEAST)
        self._lay_out()
        self.show_panel(None)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.table_button)
        self._turning = QWidget()
        turn = QHBoxLayout(self._turning)
        turn.setContentsMargins(0, 0, 0, 0)
        turn.addWidget(label("Task", "caption"))
        turn.addWidget(self.slider, 1)
        turn.addWidget(self._words)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self.note.setAlignment(Qt.AlignmentFlag.AlignTop)
        column.addLayout(head)
        column.addWidget(self.legend)
        column.addWidget(self.chart, 1)
        column.addWidget(self._turning)
        column.addWidget(self.note)

    @property
    def beside_chart(self) -> tuple[QWidget, ...]:
        """What stands above and below the chart: as high in all panels of a row, so that their charts stand level."""
        return self.legend, self._turning, self.note

    def show_panel(self, panel: PanelData | None) -> None:
        """The view follows the data unless it was zoomed by hand; the task looked at stays where it can."""
        self._panel = panel
        self.title.setText("" if panel is None else panel.title)
        self.note.setText("" if panel is None else panel.note)
        self.setAccessibleName("" if panel is None else panel.title)
        self.table_button.setToolTip("View as table" if panel is None else f"View as table: {panel.title}")
        count = len(panel.values) if panel is not None and panel.form == "curves" else 1
        self._turning.setVisible(count > 1)
        self.slider.blockSignals(True)
        self.slider.setRange(0, max(0, count - 1))
        self.slider.blockSignals(False)
        self._draw()

    def set_task(self, task: int) -> None:
        """The task to look at, where the panel holds it."""
        if 0 <= task <= self.slider.maximum():
            self.slider.setValue(task)

    def as_table(self) -> Table:
        return self.chart.as_table()

    def _draw(self) -> None:
        task = self.slider.value()
        self._words.setText(f"{task + 1} of {self.slider.maximum() + 1}")
        self.chart.show_panel(self._panel, task)
        self._tell_groups()

    @Slot()
    def _tell_groups(self) -> None:
        entries = (
            f'<span style="color:{color.name()}">{mark}</span>&nbsp;{escape(name).replace(" ", "&nbsp;")}'
            for mark, color, name in self.chart.legend()
        )
        text = "&emsp; ".join(entries)
        self.legend.setText(text)
        self.legend.setVisible(bool(text))

    @Slot(int)
    def _turned(self, _task: int) -> None:
        self._draw()
        self.chart.reset()


class PanelStrip(QScrollArea):
    """All panels of a method side by side, in as many rows as the width asks for. rows_changed: there are more or fewer."""

    rows_changed = Signal()

    def __init__(self, theme: Theme, *, name: str = "panels") -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName("What the method shows of itself")
        self._theme = theme
        self._kinds: tuple[tuple[str, str], ...] = ()
        self._places: list[QWidget] = []
        self._task = 0
        self.views: list[PanelView] = []
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        inner = QWidget()
        inner.setObjectName("scroll.body")
        self._grid = QGridLayout(inner)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(_GAP)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(_LEAST)
        self.rows = 1
        self._columns = 1
        self.setWidget(inner)

    def set_panels(self, panels: Sequence[PanelData], most_new: int | None = None) -> bool:
        """Charts are used again while the same panels come, so that a zoom and a chosen task stay. most_new: charts that may
        be made in this call (one takes some 25 ms, and as long again to paint at first); True where more are owed."""
        kinds = tuple((panel.form, panel.title) for panel in panels)
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(self._kinds, kinds, strict=False)))
        kept = min(same, len(self.views))
        new = len(kinds) - kept if most_new is None else min(most_new, len(kinds) - kept)
        if kinds != self._kinds or new:
            self._rebuild(kept, new, len(kinds))
            self._kinds = kinds
        for at, (view, panel) in enumerate(zip(self.views, panels, strict=False)):
            view.show_panel(panel)
            if at >= kept:
                view.set_task(self._task)
        self._level()
        return len(self.views) < len(panels)

    def set_task(self, task: int) -> None:
        self._task = task  # charts that come later show it too
        for view in self.views:
            view.set_task(task)

    def _rebuild(self, kept: int, new: int, count: int) -> None:
        for view in self.views[kept:]:
            self._grid.removeWidget(view)
            view.hide()
            view.deleteLater()
        names = (f"{self.objectName()}.{i}" for i in range(kept, kept + new))
        self.views = [*self.views[:kept], *(PanelView(self._theme, name=name) for name in names)]
        self._hold(count - len(self.views))
        self._arrange()

    def _hold(self, count: int) -> None:
        """Empty places for the charts that are still to be made, so that nothing moves when they come."""
        for place in self._places:
            self._grid.removeWidget(place)
            place.deleteLater()
        self._places = [QWidget() for _ in range(count)]
        for place in self._places:
            place.setMinimumWidth(_LEAST)

    def _arrange(self) -> None:
        """As many rows as needed, filled evenly: four panels are two and two before they are three and one."""
        cells = [*self.views, *self._places]
        count = len(cells)
        fit = max(1, (self.width() + _GAP) // (_LEAST + _GAP))
        rows = max(1, -(-count // fit))
        columns = max(1, -(-count // rows))
        for place, view in enumerate(cells):
            at = (place // columns, place % columns)
            if self._grid.indexOf(view) < 0 or self._grid.getItemPosition(self._grid.indexOf(view))[:2] != at:
                self._grid.removeWidget(view)
                self._grid.addWidget(view, *at)
        for place in range(self._grid.columnCount()):
            self._grid.setColumnStretch(place, int(place < columns))
        for place in range(self._grid.rowCount()):
            self._grid.setRowStretch(place, int(place < rows))
        self._columns = columns
        if rows != self.rows:
            self.rows = rows
            self.rows_changed.emit()

    def _level(self) -> None:
        """Charts of one row begin and end at the same height, whatever stands above and below them."""
        width = (self.viewport().width() - (self._columns - 1) * _GAP) // self._columns
        for first in range(0, len(self.views), self._columns):
            row = self.views[first : first + self._columns]
            for parts in zip(*(view.beside_chart for view in row), strict=True):
                height = max(_height_of(part, width) for part in parts)
                for part in parts:
                    policy = part.sizePolicy()
                    policy.setRetainSizeWhenHidden(height > 0)
                    part.setSizePolicy(policy)
                    part.setMinimumHeight(height)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
        self._level()

    @override
    def event(self, event: QEvent) -> bool:
        """It opens at its beginning."""
        if event.type() == QEvent.Type.Show:
            self.verticalScrollBar().setValue(0)
        return super().event(event)


def _height_of(part: QWidget, width: int) -> int:
    """That it asks for at that width; 0 where it is hidden."""
    if part.isHidden():
        return 0
    part.setMinimumHeight(0)
    return part.heightForWidth(width) if part.hasHeightForWidth() else part.sizeHint().height()
