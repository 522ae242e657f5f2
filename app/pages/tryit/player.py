"""Steps: back, play, forward, and a slider to scrub; Right, Left and Space do the same."""

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QWidget
from typing_extensions import override

from app.widgets import IconButton, SpinBox, label, restyle

_TICK_MS = 350


class Player(QWidget):
    """`stepped`: the inner step that is looked at; `most_changed`: how many steps are to be computed."""

    stepped = Signal(int)
    most_changed = Signal(int)

    def __init__(self, most: int) -> None:
        super().__init__()
        self.setObjectName("tryit.player")
        self._trained = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tick)
        self.back = IconButton("left", "One step back (Left)", "tryit.back")
        self.play = IconButton("play", "Play (Space)", "tryit.play")
        self.forward = IconButton("right", "One step forward (Right)", "tryit.forward")
        self.back.clicked.connect(self.step_back)
        self.play.clicked.connect(self.toggle)
        self.forward.clicked.connect(self.step_forward)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName("tryit.step")
        self.slider.setAccessibleName("Inner step")
        self.slider.setPageStep(1)
        self.slider.valueChanged.connect(self._moved)
        self.words: QLabel = label("", "small", name="tryit.step.text")
        self.most = SpinBox()
        self.most.setObjectName("tryit.steps")
        self.most.setAccessibleName("Inner steps to compute")
        self.most.setToolTip("How many inner steps are computed")
        self.most.setRange(1, most)
        self.most.setKeyboardTracking(False)
        self.most.setSuffix(" steps")
        self.most.valueChanged.connect(self.most_changed)
        self._lay_out()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for part in (self.back, self.play, self.forward):
            row.addWidget(part)
        row.addSpacing(4)
        row.addWidget(self.slider, 1)
        row.addWidget(self.words)
        row.addWidget(self.most)

    @property
    def step(self) -> int:
        return self.slider.value()

    @property
    def playing(self) -> bool:
        return self._timer.isActive()

    def set_steps(self, steps: int, trained: int, *, at: int | None = None) -> None:
        """at: where to stand; else where it stands, as far as there are steps."""
        self._trained = trained
        self.slider.blockSignals(True)
        self.slider.setRange(0, steps)
        if at is not None:
            self.slider.setValue(at)
        self.slider.blockSignals(False)
        self.most.blockSignals(True)
        self.most.setValue(steps)
        self.most.blockSignals(False)
        self._tell()
        self._hold_width()

    def _hold_width(self) -> None:
        """As wide as the longest text, so that nothing moves while it plays."""
        longest = self._words_at(self.slider.maximum(), beyond=self.slider.maximum() > self._trained)
        self.words.setMinimumWidth(self.words.fontMetrics().horizontalAdvance(longest) + 8)

    def _words_at(self, step: int, *, beyond: bool) -> str:
        steps = "1 step" if self._trained == 1 else f"{self._trained} steps"
        told = f"step {step} of {self.slider.maximum()}"
        return f"{told} · beyond the {steps} of training" if beyond else told

    def set_ready(self, ready: bool) -> None:
        """Whether there is anything to step through."""
        for part in (self.back, self.play, self.forward, self.slider):
            part.setEnabled(ready)
        if not ready:
            self.stop()

    @Slot()
    def step_forward(self) -> None:
        self.stop()
        self.slider.setValue(self.step + 1)

    @Slot()
    def step_back(self) -> None:
        self.stop()
        self.slider.setValue(self.step - 1)

    @Slot()
    def toggle(self) -> None:
        """Play from here (from the beginning, where it stands at the end), or pause."""
        if self.playing:
            self.stop()
            return
        if self.step == self.slider.maximum():
            self.slider.setValue(0)
        self._timer.start()
        self.play.set_icon("pause", "Pause (Space)")

    def stop(self) -> None:
        self._timer.stop()
        self.play.set_icon("play", "Play (Space)")

    @Slot()
    def _tick(self) -> None:
        self.slider.setValue(self.step + 1)
        if self.step == self.slider.maximum():
            self.stop()

    @Slot(int)
    def _moved(self, step: int) -> None:
        self._tell()
        self.stepped.emit(step)

    def _tell(self) -> None:
        """Beyond the steps of training stands in words, and in the colour of a warning."""
        beyond = self.step > self._trained
        self.words.setText(self._words_at(self.step, beyond=beyond))
        restyle(self.words, role="warn" if beyond else "small")
        self.slider.setAccessibleDescription(self.words.text())

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        self.stop()
        super().hideEvent(event)
