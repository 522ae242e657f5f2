"""Where the focus is can be seen: 3:1 between a control with it and the same control without it, in all three themes."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QRadioButton,
    QSlider,
    QSpinBox,
    QTabBar,
    QTableWidget,
    QTreeWidget,
    QWidget,
)

from app.frame.rail import Rail
from app.plots.curve import Curve, CurvePlot
from app.services.palette import PALETTES, contrast
from app.services.theme import Theme
from app.widgets.buttons import Button, Chip, IconButton
from app.widgets.card import Card
from app.widgets.combo import ComboBox

ENOUGH = 20  # pixels that tell the two apart: a ring has ten times as many


def tabs():
    made = QTabBar()
    for title in ("Curves", "Results"):
        made.addTab(title)
    return made


def checked():
    made = Chip("Log")
    made.setChecked(True)
    return made


KINDS = {
    "plain button": lambda: Button("Export…"),
    "primary button": lambda: Button("Run", role="primary"),
    "link": lambda: Button("All runs", role="link"),
    "chip": lambda: Chip("Log"),
    "checked chip": lambda: checked(),
    "icon": lambda: IconButton("table", "View as table"),
    "box": lambda: QCheckBox("Write a README"),
    "radio button": lambda: QRadioButton("Dark"),
    "choice": lambda: ComboBox(),
    "line": lambda: QLineEdit("0.01"),
    "number": lambda: QSpinBox(),
    "text": lambda: QPlainTextEdit("note"),
    "slider": lambda: QSlider(Qt.Orientation.Horizontal),
    "list": lambda: QListWidget(),
    "table": lambda: QTableWidget(2, 2),
    "tree": lambda: QTreeWidget(),
    "tabs": lambda: tabs(),
    "card": lambda: Card("Explore", clickable=True),
}


def pixels(widget):
    """Colours [rows, columns, 3] of the widget as it is drawn."""
    picture = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    held = np.frombuffer(picture.constBits(), dtype=np.uint8).reshape(picture.height(), picture.bytesPerLine() // 4, 4)
    return held[:, : picture.width(), 2::-1].copy()


@pytest.mark.parametrize("name", sorted(PALETTES))
def test_the_focus_is_seen_on_every_kind_of_control(qtbot, name):
    theme = Theme(name)
    theme.apply()
    window, other = QWidget(), QLineEdit()
    qtbot.addWidget(window)
    row = QHBoxLayout(window)
    row.addWidget(other)
    controls = {}
    for kind, make in KINDS.items():
        controls[kind] = make()
        row.addWidget(controls[kind])
    plot, rail = CurvePlot(theme), Rail(theme)
    row.addWidget(plot)
    row.addWidget(rail)
    plot.set_curves([Curve("training", np.arange(5.0), np.arange(5.0))])
    controls |= {"plot": plot.canvas, "rail": rail.findChildren(QWidget, "rail.home")[0]}
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    faint = {}
    for kind, control in controls.items():
        other.setFocus()
        without = pixels(control)
        control.setFocus(Qt.FocusReason.TabFocusReason)
        within = pixels(control)
        faint[kind] = clear(without, within)
    assert {kind: count for kind, count in faint.items() if count < ENOUGH} == {}


def clear(without, within):
    """How many pixels changed by 3:1 and more."""
    changed = (without != within).any(axis=-1)
    pairs = {(a.tobytes(), b.tobytes()) for a, b in zip(without[changed], within[changed], strict=True)}
    strong = {pair for pair in pairs if contrast(*(f"#{part.hex()}" for part in pair)) >= 3}
    return sum((a.tobytes(), b.tobytes()) in strong for a, b in zip(without[changed], within[changed], strict=True))
