"""What every step of Set up is shown, all at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.config import Experiment, Problem

from .draft import Draft

STEPS = (
    ("tasks", "Tasks"),
    ("network", "Network"),
    ("method", "Meta-representation"),
    ("subset", "What adapts"),
    ("inner", "Inner loop"),
    ("outer", "Outer loop"),
    ("budget", "Budget"),
    ("review", "Review"),
)
_BUDGET = {"outer.steps", "outer.minutes", "seed", "seeds"}


@dataclass(frozen=True)
class View:
    """checked: core.summary's Description of the settings shown or of the last ones that could be looked at; fresh:
    whether it is of these very settings; price: DryRun of these settings; price_note: why there is none; sizes:
    parameters of every network that takes the tasks, by kind."""

    draft: Draft
    shown: dict[str, Any]
    was: dict[str, Any]
    problems: tuple[Problem, ...]
    experiment: Experiment | None
    description: Any = None
    fresh: bool = False
    checking: bool = False
    price: Any = None
    measuring: bool = False
    price_note: str = ""
    by_field: dict[str, tuple[str, bool]] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)

    def shown_values(self) -> dict[str, Any]:
        """As an experiment file holds them; not to be changed."""
        return self.draft.values

    @property
    def blocking(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.blocking)


def sentences(problems: tuple[Problem, ...]) -> dict[str, tuple[str, bool]]:
    """(sentence, blocking) by field; a blocking one goes first."""
    found: dict[str, tuple[str, bool]] = {}
    for problem in sorted(problems, key=lambda one: not one.blocking):
        found.setdefault(problem.field, (problem.sentence, problem.blocking))
    return found


def step_of(key: str) -> str:
    """The step in which a field lies."""
    if key in _BUDGET or key.split(".")[0] in ("evaluation", "engine"):
        return "budget"
    section = key.split(".")[0]
    return section if section in {name for name, _ in STEPS} else "review"
