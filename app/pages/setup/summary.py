"""The live summary at the right: what will happen, what moves, what it costs, and Run with its reason."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from app.forms.look import space
from app.widgets.buttons import Button
from app.widgets.gone import take_away
from app.widgets.text import ElidedLabel, label
from app.widgets.toasts import keep_clear
from app.widgets.words import estimate, rate, size, step_time

from .counts_bar import SHARES, CountsBar
from .review_step import plain_sentence
from .view import View

WIDTH = 252
"""Pixels in text of the normal size."""


class SummaryPanel(QFrame):
    """run: start it; wanted(field): go to what is in the way; measure: time it now."""

    run = Signal()
    wanted = Signal(str)
    measure = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.setObjectName("setup.summary")
        self.setFixedWidth(WIDTH)
        keep_clear(self)
        self._field = ""
        self.title = ElidedLabel("", "heading")
        self.title.setObjectName("setup.summary.title")
        self.sentence = label("", "body", wrap=True, name="setup.summary.sentence")
        self.bar = CountsBar("setup.summary.counts")
        self.numbers = Numbers(self)
        self.note = label("", "caption", wrap=True, name="setup.summary.note")
        self.measure_button = Button("Measure now", "setup.measure", role="link", icon="clock")
        self.measure_button.clicked.connect(self.measure)
        self.run_button = Button("Run", "setup.run", role="primary", icon="play")
        self.run_button.clicked.connect(self.run)
        self.reason = label("", "bad", wrap=True, name="setup.run.reason")
        self.go = Button("Go to the field", "setup.run.go", role="link")
        self.go.clicked.connect(self._go)
        self._lay_out()

    def show_view(self, view: View, *, starting: bool = False) -> None:
        self.title.setText(view.draft.title())
        self.sentence.setText(plain_sentence(view))
        counts = view.description.counts if view.description is not None else None
        self.bar.setVisible(counts is not None and view.fresh and any(counts[key] for key in SHARES))
        if counts is not None:
            self.bar.set_counts(counts)
        self._show_price(view)
        self._show_run(view, starting=starting)

    def _show_price(self, view: View) -> None:
        self.numbers.set_rows(_price_rows(view))
        self.note.setText(view.price_note)
        self.note.setVisible(bool(view.price_note))
        idle = view.price is None and not view.measuring
        self.measure_button.setVisible(idle and view.experiment is not None and not view.blocking)

    def _show_run(self, view: View, *, starting: bool) -> None:
        blocking = view.blocking
        seeds = view.draft.runs
        label_text = f"Run {seeds} seeds" if seeds > 1 and not blocking else "Run"
        self.run_button.setText("Checking…" if starting else label_text)
        self.run_button.setEnabled(not blocking and not starting)
        self.run_button.setVisible(True)
        first = blocking[0].sentence if blocking else ""
        more = f" ({len(blocking) - 1} more in Review)" if len(blocking) > 1 else ""
        reason = f"Cannot run: {first}{more}" if blocking else ""
        self.reason.setText(f"✕ {reason}" if reason else "")
        self.reason.setVisible(bool(reason))
        self.run_button.setToolTip(reason or "Start training and go to Live (Ctrl+Return)")
        self.run_button.setAccessibleDescription(reason)
        self._field = blocking[0].field if blocking else ""
        self.go.setVisible(bool(blocking))

    def _lay_out(self) -> None:
        inner = QWidget()
        inner.setObjectName("scroll.body")
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(space(3))
        parts = (self.title, self.sentence, self.bar, self.numbers, self.note)
        for part in parts:
            column.addWidget(part)
        column.addWidget(self.measure_button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inner)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(space(4), space(4), space(4), space(4))
        layout.setSpacing(space(2))
        layout.addWidget(area, 1)
        layout.addWidget(self.reason)
        layout.addWidget(self.go, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self.run_button)

    def _go(self) -> None:
        self.wanted.emit(self._field)


class Numbers(QWidget):
    """Words at the left, numbers at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(space(3))
        self._grid.setVerticalSpacing(space(1))
        self._grid.setColumnStretch(0, 1)
        self._rows: dict[str, str] = {}

    def set_rows(self, rows: Mapping[str, str]) -> None:
        if dict(rows) == self._rows:
            return
        self._rows = dict(rows)
        while item := self._grid.takeAt(0):
            if widget := item.widget():
                take_away(widget)
        for at, (words, value) in enumerate(rows.items()):
            self._grid.addWidget(label(words, "muted", wrap=True), at, 0)
            shown = label(value, "strong", name=f"setup.summary.{words.lower().replace(' ', '_')}")
            shown.setAccessibleName(f"{words}: {value}")
            self._grid.addWidget(shown, at, 1, Qt.AlignmentFlag.AlignRight)
        self.setVisible(bool(rows))


def _price_rows(view: View) -> dict[str, str]:
    """Time and memory of all that Run would start."""
    price: Any = view.price
    if price is None or view.experiment is None:
        return {}
    seeds = view.draft.runs
    minutes = view.experiment.outer.minutes
    each = price.total_seconds if minutes is None else min(price.total_seconds, minutes * 60)
    rows = {"Training time": estimate(each)}
    if seeds > 1:
        rows["All seeds"] = estimate(each * seeds)
    rows["Memory"] = f"≈ {size(price.memory_bytes)}"
    rows["Outer steps"] = (
        rate(1 / price.seconds_per_step) if price.seconds_per_step < 1 else f"{step_time(price.seconds_per_step)} each"
    )
    device = price.engine.get("device") if isinstance(price.engine, dict) else None
    if device:
        rows["Device"] = str(device).upper() if device == "cpu" else str(device)
    return rows
