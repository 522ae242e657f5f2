"""What a method shows of itself: tiles side by side, each a title, a chart of its form, a sentence, and its table."""

from collections.abc import Sequence
from html import escape

from PySide6.QtCore import QEvent, Qt, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSlider, QVBoxLayout, QWidget
from typing_extensions import override

from app.plots.forms import FormChart
from app.plots.table import Table
from app.services.theme import Theme
from app.widgets.buttons import IconButton
from app.widgets.text import ElidedLabel, label
from core.training.events import PanelData

_LEAST = 270  # pixels of a tile's width
_HIGH = 120  # of its chart


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
        column.addLayout(head)
        column.addWidget(self.legend)
        column.addWidget(self.chart, 1)
        column.addWidget(self._turning)
        column.addWidget(self.note)

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
    """All panels of a method side by side; what does not fit is scrolled to."""

    def __init__(self, theme: Theme, *, name: str = "panels") -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName("What the method shows of itself")
        self._theme = theme
        self._kinds: tuple[tuple[str, str], ...] = ()
        self.views: list[PanelView] = []
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        inner = QWidget()
        inner.setObjectName("scroll.body")
        self._row = QHBoxLayout(inner)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(20)
        self.setWidget(inner)

    def set_panels(self, panels: Sequence[PanelData]) -> None:
        """Charts are used again while the same panels come, so that a zoom and a chosen task stay."""
        kinds = tuple((panel.form, panel.title) for panel in panels)
        if kinds != self._kinds:
            self._rebuild(len(panels))
            self._kinds = kinds
        for view, panel in zip(self.views, panels, strict=True):
            view.show_panel(panel)

    def set_task(self, task: int) -> None:
        for view in self.views:
            view.set_task(task)

    def _rebuild(self, count: int) -> None:
        for view in self.views:
            self._row.removeWidget(view)
            view.hide()
            view.deleteLater()
        self.views = [PanelView(self._theme, name=f"{self.objectName()}.{i}") for i in range(count)]
        for view in self.views:
            self._row.addWidget(view, 1)

    @override
    def event(self, event: QEvent) -> bool:
        """A tab stop inside comes into sight."""
        if event.type() == QEvent.Type.Show:
            self.horizontalScrollBar().setValue(0)
        return super().event(event)
