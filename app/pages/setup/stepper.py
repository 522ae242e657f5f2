"""The steps at the left: where one is, and which are done or have a problem."""

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.forms.look import space

from .view import STEPS


class Stepper(QWidget):
    """chosen(step): a person wants to go there."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("setup.stepper")
        self.setFixedWidth(172)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(space(1))
        self.buttons: dict[str, QToolButton] = {}
        for name, _ in STEPS:
            self.buttons[name] = button = QToolButton(self)
            button.setProperty("role", "rail")
            button.setObjectName(f"setup.go.{name}")
            button.setCheckable(True)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            button.clicked.connect(partial(self.chosen.emit, name))
            layout.addWidget(button)
        layout.addStretch(1)
        self.set_problems({})

    def set_current(self, step: str) -> None:
        for name, button in self.buttons.items():
            button.setChecked(name == step)

    def set_problems(self, counts: Mapping[str, int]) -> None:
        """Blocking problems by step."""
        for name, title in STEPS:
            count = counts.get(name, 0)
            self.buttons[name].setText(f"{'✕' if count else '✓'}  {title}")
            state = f"{count} problem{'s' if count > 1 else ''}" if count else "nothing to mend"
            self.buttons[name].setAccessibleName(f"{title}: {state}")
            self.buttons[name].setToolTip(state.capitalize())
