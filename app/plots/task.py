"""A task as it is, with the prediction before and after each inner step: a curve, or pictures with probabilities."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QSlider, QStackedWidget, QVBoxLayout, QWidget

from app.plots.fit import FitPlot
from app.plots.pictures import PictureView
from app.plots.table import Table, show_table
from app.services.theme import Theme
from app.widgets.page import scrolled
from app.widgets.text import label
from core.training.events import TaskViews


class TaskView(QWidget):
    """`step_changed`: the inner step that is looked at."""

    step_changed = Signal(int)

    def __init__(self, theme: Theme, *, name: str = "task") -> None:
        super().__init__()
        self.setObjectName(name)
        self._views: TaskViews | None = None
        self._task = 0
        self._steps = 0
        self.fit = FitPlot(theme, name=f"{name}.fit")
        self.pictures = PictureView(theme, name=f"{name}.pictures")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName(f"{name}.step")
        self.slider.setAccessibleName("Inner step")
        self.slider.setPageStep(1)
        self.slider.valueChanged.connect(self._stepped)
        self._words = label("", "caption")
        self._words.setMinimumWidth(96)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.fit)
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.pictures)
        column.addStretch(1)
        self._stack.addWidget(scrolled(column))
        self._lay_out()
        self.set_views(None)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(label("Inner step", "caption"))
        row.addWidget(self.slider, 1)
        row.addWidget(self._words)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._stack, 1)
        column.addLayout(row)

    def set_views(self, views: TaskViews | None, task: int | None = None) -> None:
        """The tasks to choose from; the inner step looked at stays where it can. At first it is the last."""
        before, at_end = self._steps, self.slider.value() == self._steps
        self._views = views
        self._task = self._task if task is None else task
        self._steps = _inner_steps(views)
        self.slider.setEnabled(self._steps > 0)
        self.slider.blockSignals(True)
        self.slider.setRange(0, self._steps)
        if at_end or before == 0:
            self.slider.setValue(self._steps)
        self.slider.blockSignals(False)
        self._show()

    def wait(self, text: str) -> None:
        """A line in place of the plot while predictions are computed."""
        self.fit.say(text, nothing=True)

    def set_task(self, task: int) -> None:
        self.set_views(self._views, task)

    def set_step(self, step: int) -> None:
        self.slider.setValue(step)

    @property
    def step(self) -> int:
        return self.slider.value()

    def as_table(self) -> Table:
        return self.pictures.as_table() if self._is_pictures() else self.fit.as_table()

    def open_table(self) -> None:
        show_table(self, "One task", self.as_table())

    def _is_pictures(self) -> bool:
        return self._views is not None and self._views.task_type == "classification" and self._views.support_x.ndim == 5

    def _show(self) -> None:
        pictures = self._is_pictures()
        self._stack.setCurrentIndex(int(pictures))
        (self.pictures if pictures else self.fit).show_task(self._views, self._task, self.step)
        self._words.setText(f"{self.step} of {self._steps}" if self._steps else "")

    @Slot(int)
    def _stepped(self, step: int) -> None:
        self._show()
        self.step_changed.emit(step)


def _inner_steps(views: TaskViews | None) -> int:
    """Inner steps of which the views hold predictions."""
    if views is None:
        return 0
    held = views.grid_y if views.task_type == "regression" else views.query_probability
    return 0 if held is None else held.shape[1] - 1
