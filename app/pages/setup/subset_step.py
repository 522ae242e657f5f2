"""What adapts: the parameters as a tree, quick picks, patterns, and the counts."""

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QWidget
from typing_extensions import override

from app.forms import FlowGrid, specs
from app.forms.look import space
from app.widgets.buttons import Button, Chip
from app.widgets.wrapped import WrappedRow
from core.config import Subset

from .counts_bar import CountsBar
from .step import Step, sign
from .subset import SHORT, SIGNS, Answer, Parameters, adapted_names, answers, changed, parameters, picks
from .tree import ParameterTree
from .view import View

_PICKS = ("default", "all", "head", "body", "norm", "last")


class SubsetStep(Step):
    """many(adapt, freeze): both patterns at once."""

    many = Signal(object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            "subset", "What adapts", "What the inner loop moves, what is only learned, and what stays as it is.", parent
        )
        self._view: View | None = None
        self._known = Parameters()
        self.chips = {name: Chip("", f"setup.subset.pick.{name}") for name in _PICKS}
        self.body.addWidget(self._chip_row())
        self.bar = CountsBar("setup.subset.counts")
        self.body.addWidget(self.bar)
        self.buttons = [self._answer_button(answer) for answer in (Answer.ADAPTED, Answer.FIXED, Answer.FROZEN)]
        self.body.addWidget(self._answer_row())
        self.tree = ParameterTree("setup.subset.tree")
        self.tree.answered.connect(self._answer)
        self.tree.itemSelectionChanged.connect(self._selected)
        self.waiting = sign("", "muted", "setup.subset.waiting")
        self.body.addWidget(self.waiting)
        self.body.addWidget(self.tree)
        self.rest = sign("", "caption", "setup.subset.rest")
        self.body.addWidget(self.rest)
        self.add_form(specs(Subset, "subset"))
        self._selected()

    @override
    def show_view(self, view: View) -> None:
        super().show_view(view)
        self._view = view
        rows = view.description.tensors if view.description is not None else ()
        self._known = parameters({row.name: row.shape for row in rows}, [row.name for row in rows if row.ruled])
        self.tree.set_rows(rows)
        self.tree.setVisible(bool(rows))
        self.waiting.setText(
            "Looking at the network…" if view.checking else "The parameters appear once the settings can be used."
        )
        self.waiting.setVisible(not rows)
        now = self._answers()
        self.tree.set_answers(now)
        self._show_picks()
        self._show_counts(view, now)
        self._selected()

    def _patterns(self) -> tuple[list[str] | None, list[str]]:
        """(adapt, freeze) of the draft; what is not a list of patterns counts as not set."""
        shown = self._view.shown if self._view else {}
        return _words(shown.get("subset.adapt")), _words(shown.get("subset.freeze")) or []

    def _answers(self) -> dict[str, Answer]:
        """By the patterns; a ruled parameter as the network says."""
        found = answers(self._known, *self._patterns())
        if self._view is None or self._view.description is None:
            return found
        ruled = {
            row.name: Answer.of(adapted=row.adapted, frozen=row.frozen)
            for row in self._view.description.tensors
            if row.ruled
        }
        return found | ruled

    def _show_picks(self) -> None:
        known, (adapt, _) = self._known, self._patterns()
        now = adapted_names(known, adapt)
        offered = {pick.name: pick for pick in picks(known)} if known.names else {}
        for name, chip in self.chips.items():
            pick = offered.get(name)
            chip.setVisible(pick is not None)
            if pick:
                chip.setText(pick.title)
                chip.setToolTip(pick.sentence)
                chip.setAccessibleName(f"Adapt: {pick.title}")
                chip.setAccessibleDescription(pick.sentence)
                same = (
                    adapt is None
                    if pick.patterns is None
                    else adapt is not None and now == adapted_names(known, pick.patterns)
                )
                chip.setChecked(same)

    def _show_counts(self, view: View, now: dict[str, Answer]) -> None:
        rows = view.description.tensors if view.description is not None else ()
        sums = dict.fromkeys(("adapted", "fixed_inside", "frozen"), 0)
        for row in rows:
            answer = now[row.name]
            sums["adapted" if answer.adapted else "frozen" if answer.frozen else "fixed_inside"] += row.count
        other = view.description.counts.get("other", 0) if view.description is not None else 0
        self.bar.setVisible(bool(rows))
        self.bar.set_counts(sums | {"other": other})
        self.rest.setText(_rest_sentence(view, other))
        self.rest.setVisible(bool(self.rest.text()))

    def _chip_row(self) -> QWidget:
        box = QWidget(self)
        row = WrappedRow(box, gap=space(2))
        group = QButtonGroup(self)
        group.setExclusive(False)
        for name, chip in self.chips.items():
            chip.clicked.connect(partial(self._pick, name))
            group.addButton(chip)
            row.addWidget(chip)
        return box

    def _answer_row(self) -> QWidget:
        box = QWidget(self)
        grid = FlowGrid(box, narrowest=120, most=3, gap=space(2))
        for button in self.buttons:
            grid.addWidget(button)
        return box

    def _answer_button(self, answer: Answer) -> Button:
        button = Button(f"{SIGNS[answer]} {SHORT[answer].capitalize()}", f"setup.subset.answer.{answer.name.lower()}")
        button.setAccessibleName(f"Selected parameters: {answer.value}")
        button.clicked.connect(partial(self._answer, answer))
        return button

    def _selected(self) -> None:
        count = len(self.tree.picked())
        for number, button in enumerate(self.buttons, start=1):
            button.setEnabled(count > 0)
            button.setToolTip(
                f"Give it to the {count} selected (key {number})"
                if count
                else "Select parameters or layers in the tree first"
            )

    def _pick(self, name: str) -> None:
        pick = next(one for one in picks(self._known) if one.name == name)
        self.many.emit(None if pick.patterns is None else list(pick.patterns), self._patterns()[1])

    def _answer(self, answer: Answer | None) -> None:
        picked = self.tree.picked()
        if picked:
            chosen = answer or self.tree.next_answer(self._answers())
            self.many.emit(*changed(self._known, *self._patterns(), picked, chosen))

    @override
    def focus_first(self) -> None:
        next((chip for chip in self.chips.values() if not chip.isHidden()), self.chips["default"]).setFocus()


def _words(patterns: object) -> list[str] | None:
    """None where it is anything but a list of words: a file can hold what it likes."""
    if isinstance(patterns, list) and all(isinstance(one, str) for one in patterns):
        return patterns
    return None


def _rest_sentence(view: View, other: int) -> str:
    """What the method learns beyond the network, and which rows are not a person's to choose."""
    found = []
    if view.draft.kind("method") == "pooled":
        found.append(
            "Joint training has no inner loop; what adapts here is moved when the network is fine-tuned at use."
        )
    if other:
        found.append(f"The method learns {other:,} numbers of its own beside the network.")
    rows = view.description.tensors if view.description is not None else ()
    reasons = dict.fromkeys(row.ruled for row in rows if row.ruled)
    for reason in reasons:
        count = sum(row.ruled == reason for row in rows)
        found.append(f"{count} {'rows are' if count > 1 else 'row is'} ruled: {reason}.")
    return " ".join(found)
