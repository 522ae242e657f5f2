"""Inner loop, outer loop and budget: forms of what the loops are told, with what was measured."""

from dataclasses import replace
from typing import Any

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.forms import FieldSpec, picked, specs
from app.forms.seeds import SEEDS
from app.widgets.text import label
from app.widgets.words import step_time
from core.config import Engine, Evaluation, Experiment, Inner, Outer

from .step import Step, sign
from .view import View

_BUDGET = ("steps", "minutes")


class InnerStep(Step):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            "inner",
            "Inner loop",
            "How a task is learned: while training, and (at evaluation) whenever the result is used.",
            parent,
        )
        fields = specs(Inner, "inner")
        first = ("steps", "evaluation_steps", "learning_rate", "order")
        rest = tuple(spec.name for spec in fields if spec.name not in first)
        self.add_form(picked(fields, (*first, *rest)))
        self.cost = label("", "muted", wrap=True, name="setup.inner.cost")
        self.body.addWidget(self.cost)

    @override
    def show_view(self, view: View) -> None:
        super().show_view(view)
        self.cost.setText(_order_cost(view))


class OuterStep(Step):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("outer", "Outer loop", "How the learned parameters move after each batch of tasks.", parent)
        self.add_form(tuple(spec for spec in specs(Outer, "outer") if spec.name not in _BUDGET))


class BudgetStep(Step):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            "budget",
            "Budget",
            "How long, how often it is measured and saved, where it runs, and how many times.",
            parent,
        )
        evaluation, engine = specs(Evaluation, "evaluation"), specs(Engine, "engine")
        first = ("patience", "validate_every", "checkpoint_every", "validation_tasks", "tasks")
        rest = tuple(spec.name for spec in evaluation if spec.name not in first)
        machine = tuple(spec.name for spec in engine if spec.name != "device")
        common = (
            *picked(specs(Outer, "outer"), _BUDGET),
            *picked(engine, ("device",)),
            *picked(specs(Experiment), ("seed",)),
            SEEDS,
            *picked(evaluation, (*first, *rest)),
            *(_folded(spec) for spec in picked(engine, machine)),
        )
        self.add_form(common)
        self.group = sign("", "muted", "setup.budget.group")
        self.body.addWidget(self.group)

    @override
    def show_view(self, view: View) -> None:
        super().show_view(view)
        seeds, seed = view.draft.runs, view.shown.get("seed")
        several = isinstance(seed, int) and seeds > 1
        text = f"{seeds} runs, seeds {seed} to {seed + seeds - 1}, one group in the catalog." if several else ""
        self.group.setText(text)
        self.group.setVisible(bool(text))


def _folded(spec: FieldSpec) -> FieldSpec:
    """How the work is done is rarely a person's matter."""
    return replace(spec, advanced=True)


def _order_cost(view: View) -> str:
    price: Any = view.price
    if price is None:
        return ""
    cheap = price.first_order_seconds_per_step
    if cheap is None:
        return f"Measured on this machine: {step_time(price.seconds_per_step)} an outer step."
    share = price.seconds_per_step / cheap if cheap else 1.0
    verdict = f"{share:.1f} times as fast" if share >= 1.1 else "about the same"
    return (
        f"Measured on this machine: second order {step_time(price.seconds_per_step)} an outer step, first order "
        f"{step_time(cheap)} ({verdict})."
    )
