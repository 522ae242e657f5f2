"""Review: what will happen, what is in the way, and the same as a file and as a command line."""

import shlex
from functools import partial

from PySide6.QtCore import QSizeF, Qt, Signal, Slot
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QApplication, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget
from typing_extensions import override

from app.forms import FlowGrid, Fold, picked, specs
from app.forms.focus import tab_after
from app.forms.look import space
from app.widgets.buttons import Button
from app.widgets.gone import take_away
from app.widgets.text import label
from core.config import Experiment, Problem, to_text

from .draft import Draft
from .step import Step
from .view import View


class ReviewStep(Step):
    """wanted(field): go to the field of a problem; said(text): something to tell; opened, saved: files."""

    wanted = Signal(str)
    said = Signal(str)
    opened = Signal()
    saved = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("review", "Review", "", parent)
        self.sentence = label("", "body", wrap=True, name="setup.review.sentence", selectable=True)
        self.body.addWidget(self.sentence)
        self.add_form(picked(specs(Experiment), ("name",)), columns=1)
        self.problems = ProblemList(self.forms[0].rows["name"].field, self)
        self.problems.wanted.connect(self.wanted)
        self.body.addWidget(self.problems)
        self.command = CopyText("Command line", "setup.review.command", lines=4)
        self.file = CopyText("Experiment file", "setup.review.file", lines=14)
        for part in (self.command, self.file):
            part.said.connect(self.said)
        self.body.addWidget(self.command)
        fold = Fold("Experiment file", self.file, self)
        fold.set_name("setup.review.file.fold")
        self.body.addWidget(fold)
        self.body.addWidget(self._files())

    @override
    def show_view(self, view: View) -> None:
        super().show_view(view)
        self.forms[0].rows["name"].field.setPlaceholderText(view.draft.title())  # type: ignore[attr-defined]
        self.sentence.setText(plain_sentence(view))
        self.problems.set_problems(view.problems)
        experiment = view.experiment
        self.file.set_text(to_text(experiment) if experiment else "", "The file appears once every field can be used.")
        self.command.set_text(command_line(view.draft, experiment), "The command appears once every field can be used.")

    def _files(self) -> QWidget:
        box = QWidget(self)
        grid = FlowGrid(box, narrowest=150, most=2, gap=space(2))
        for text, name, icon, signal in (
            ("Open a file…", "setup.open", "folder", self.opened),
            ("Save as a file…", "setup.save", "export", self.saved),
        ):
            button = Button(text, name, icon=icon)
            button.clicked.connect(signal)
            grid.addWidget(button)
        return box

    @override
    def focus_first(self) -> None:
        self.forms[0].focus("name")


class ProblemList(QWidget):
    """A link for each problem; none says so."""

    wanted = Signal(str)

    def __init__(self, after: QWidget, parent: QWidget | None = None) -> None:
        """after: what the tab key leaves towards the links."""
        super().__init__(parent)
        self._after = after
        self.setObjectName("setup.review.problems")
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(2)
        self._title = label("", "strong", wrap=True, name="setup.review.problems.title")
        self._layout.addWidget(self._title)
        self._shown: tuple[Problem, ...] | None = None
        self._links: list[QWidget] = []

    def set_problems(self, problems: tuple[Problem, ...]) -> None:
        if problems == self._shown:
            return
        self._shown = problems
        for link in self._links:
            take_away(link)
        self._links = [self._link(at, problem) for at, problem in enumerate(problems)]
        tab_after(self._after, self)
        blocking = sum(problem.blocking for problem in problems)
        self._title.setText(_verdict(blocking, len(problems) - blocking))

    def _link(self, at: int, problem: Problem) -> QWidget:
        box = QWidget(self)
        row = QHBoxLayout(box)
        row.setContentsMargins(0, 0, 0, 0)
        text = label(
            f"{'✕' if problem.blocking else '!'} {problem.sentence}", "bad" if problem.blocking else "warn", wrap=True
        )
        button = Button("Go to the field", f"setup.review.problem.{at}", role="link")
        button.setAccessibleName(f"Go to {problem.field}: {problem.sentence}")
        button.clicked.connect(partial(self.wanted.emit, problem.field))
        row.addWidget(text, 1)
        row.addWidget(button)
        self._layout.addWidget(box)
        return box


class CopyText(QWidget):
    """Text that can be copied as a whole; as high as it is long, `lines` at most."""

    said = Signal(str)

    def __init__(self, title: str, name: str, lines: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = title
        self.text = QPlainTextEdit(self)
        self.text.setReadOnly(True)
        self.text.setObjectName(name)
        self.text.setAccessibleName(title)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setTabChangesFocus(True)
        self._most = lines
        self.text.document().documentLayout().documentSizeChanged.connect(self._fit)
        self.copy = Button("Copy", f"{name}.copy", icon="copy")
        self.copy.setAccessibleName(f"Copy: {title}")
        self.copy.clicked.connect(self._copy)
        head = QHBoxLayout()
        head.addWidget(label(title, "strong"), 1)
        head.addWidget(self.copy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(head)
        layout.addWidget(self.text)

    def set_text(self, text: str, otherwise: str) -> None:
        self.copy.setEnabled(bool(text))
        self.text.setPlaceholderText(otherwise)
        if text != self.text.toPlainText():
            self.text.setPlainText(text)

    @Slot(QSizeF)
    def _fit(self, size: QSizeF) -> None:
        """size: its height counts lines."""
        lines = max(1, min(self._most, round(size.height())))
        self.text.setFixedHeight(lines * self.text.fontMetrics().lineSpacing() + 18)
        longer = size.height() > self._most
        policy = Qt.ScrollBarPolicy.ScrollBarAsNeeded if longer else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.text.setVerticalScrollBarPolicy(policy)

    def _copy(self) -> None:
        QApplication.clipboard().setText(self.text.toPlainText())
        self.said.emit(f"{self._title} copied.")


def plain_sentence(view: View) -> str:
    """What will happen, in the core's words; else why it cannot be said."""
    if view.description is not None and view.fresh:
        return str(view.description.sentence)
    if view.blocking:
        return "What will happen can be said once the problems below are mended."
    return "Looking at the settings…" if view.checking else "What will happen could not be said."


def command_line(draft: Draft, experiment: Experiment | None) -> str:
    """`headstart run` with what differs from a preset, a line for each seed."""
    if experiment is None:
        return ""
    preset, differences = draft.nearest_preset()
    parts = ["headstart", "run", preset]
    for key in sorted(
        differences, key=lambda key: not key.endswith(".kind")
    ):  # kinds first: they decide what keys there are
        if key != "seed":
            parts += ["--set", f"{key}={_toml(draft.get(key))}"]
    if draft.title() != preset:
        parts += ["--name", draft.title()]
    command = " ".join(shlex.quote(part) for part in parts)
    first, runs = experiment.seed, draft.runs
    if (first, runs) == (0, 1):
        return command
    return "\n".join(f"{command} --seed {seed}" for seed in range(first, first + runs))


def _toml(value: object) -> str:
    """A value as --set reads it."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(f'"{one}"' if isinstance(one, str) else str(one) for one in value) + "]"
    return str(value)


def _verdict(blocking: int, rest: int) -> str:
    if blocking:
        return f"{blocking} problem{'s' if blocking > 1 else ''} to mend before it can run"
    return f"✓ Nothing is in the way{f'; {rest} remark' + ('s' if rest > 1 else '') if rest else ''}"
