"""How learning a start works, in four sentences: for who opens the program for the first time."""

from collections.abc import Callable

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.forms.flow import FlowGrid
from app.widgets.buttons import button
from app.widgets.card import Section
from app.widgets.text import label

_STEPS = (
    ("Many small tasks", "Patients, machines, characters: each has a few examples to learn from, and some to judge by."),
    ("The inner loop fits one", "From the initial parameters on, a few gradient steps fit the network to a task."),
    ("The outer loop serves all", "The initial parameters move to where those few steps do best over all tasks."),
    ("The start is yours", "It leaves as a file, and fits new tasks in as few steps, with or without Headstart."),
)  # fmt: skip


class Idea(Section):
    """Four numbered sentences side by side, and the way to the whole page of Help."""

    def __init__(self, to_help: Callable[[], None]) -> None:
        super().__init__("How it works", name="home.idea")
        self.add_tool(button("More in Help", "home.idea.help", to_help, role="link"))
        steps = QWidget()
        grid = FlowGrid(steps, narrowest=190, most=len(_STEPS), gap=16)
        for place, (title, text) in enumerate(_STEPS, start=1):
            grid.addWidget(_step(f"{place}  {title}", text))
        self.add(steps)


def _step(title: str, text: str) -> QWidget:
    made = QWidget()
    column = QVBoxLayout(made)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(4)
    column.addWidget(label(title, "strong", wrap=True))
    column.addWidget(label(text, "muted", wrap=True))
    column.addStretch(1)
    return made
