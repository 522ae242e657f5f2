"""How every view of Compare with a plot is laid out: choices at the left, tools at the right, the plot, a line of words."""

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.widgets import framed


def lay_out(view: QWidget, choices: Sequence[QWidget], tools: Sequence[QWidget], plot: QWidget, note: QWidget) -> None:
    row = QHBoxLayout()
    row.setSpacing(8)
    for part in choices:
        row.addWidget(part)
    row.addStretch(1)
    for part in tools:
        row.addWidget(part)
    column = QVBoxLayout(view)
    column.setContentsMargins(0, 12, 0, 0)
    column.addLayout(row)
    column.addWidget(framed(plot), 1)
    column.addWidget(note)
