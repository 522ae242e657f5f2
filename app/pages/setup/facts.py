"""What Set up asks the core for, off the GUI thread; torch is imported here at the earliest, when one is called."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.widgets.words import sentence
from core.config import Experiment, Problem
from core.errors import BadExperiment, BadFile, CoreError, MissingData
from core.training.events import TaskViews


@dataclass(frozen=True)
class Checked:
    """description: of core.summary, None where the data or the settings do not allow one; then problems say why. sizes:
    parameters of every network that takes the tasks, by kind."""

    description: Any
    problems: tuple[Problem, ...] = ()
    sizes: Mapping[str, int] = field(default_factory=dict)


def check(experiment: Experiment, folder: Path) -> Checked:
    """The parameters, counts and sentence of an experiment; what only the data can tell becomes a problem."""
    from core.summary import describe, sizes

    try:
        description = describe(experiment, folder)
    except CoreError as error:
        return Checked(None, (as_problem(error, experiment),))
    return Checked(description, tuple(description.problems), sizes(description.spec))


def measure(experiment: Experiment, folder: Path) -> Any:
    """Time and memory, from a few steps on this machine."""
    from core.summary import dry_run

    return dry_run(experiment, folder)


def sample(settings: Any, folder: Path, seed: int, count: int) -> TaskViews:
    from core.tasks import preview

    return preview(settings, data_folder=folder, seed=seed, count=count)


def fetch_omniglot(folder: Path, progress: Callable[[str, float], None]) -> Any:
    """progress(what is done, share of the whole), on the calling thread. Raises CoreError where there is no network."""
    from core.data.omniglot import download

    return download(folder, progress)


def as_problem(error: CoreError, experiment: Experiment) -> Problem:
    """The field that a sentence of the core is about: named in front of it, or that of the data."""
    text = str(error)
    named = re.match(r"([a-z_]+(?:\.[a-z_]+)+)\s*:\s+(.+)", text, re.DOTALL)
    if named:
        return Problem(named.group(1), sentence(named.group(2)))
    if isinstance(error, MissingData | BadFile):
        return Problem("tasks.path" if hasattr(experiment.tasks, "path") else "tasks.kind", sentence(text))
    return Problem(_mentioned(text) if isinstance(error, BadExperiment) else "tasks.kind", sentence(text))


def _mentioned(text: str) -> str:
    """The first key of a setting in a sentence."""
    found = re.search(r"\b(?:tasks|network|method|subset|inner|outer|evaluation|engine)\.[a-z_]+", text)
    return found.group(0) if found else "tasks.kind"
