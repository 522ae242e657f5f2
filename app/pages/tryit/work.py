"""What the page asks of the core, run in the background: these functions import torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from app.pages.tryit.sources import Drawn, Files, Sampled, Source
from core.errors import BadExperiment, CoreError, NotFound
from core.storage.records import InitializationRecord

if TYPE_CHECKING:
    from pandas import DataFrame

    from core.deploy import Initialization
    from core.storage.catalog import Catalog
    from core.types import TaskSpec
    from core.use.question import Question
    from core.use.sampled import Sampler
    from core.use.trying import Floats, Trace

MOST_STEPS, MOST_SECONDS = 512, 6.0
"""Bound on what a random start is given for the sentence."""
LEARNED, RANDOM, OTHER = "learned", "random start", "other"


class Stopped(CoreError):
    """Nobody waits for the result any more."""


class Token:
    """Cancelled on the GUI thread, looked at between the steps of a background job."""

    def __init__(self) -> None:
        self.cancelled = False

    def check(self) -> None:
        if self.cancelled:
            raise Stopped("cancelled")


@dataclass(frozen=True, eq=False)
class Loaded:
    """An initialization that is ready; sampler: made when a task is first sampled (reads the data set)."""

    record: InitializationRecord
    start: Initialization
    folder: Path
    samplers: list[Sampler] = field(default_factory=list)

    @property
    def spec(self) -> TaskSpec:
        return self.start.spec

    @property
    def trained_steps(self) -> int:
        return self.start.experiment.inner.steps

    @property
    def is_line(self) -> bool:
        """One input and one target: drawn as a curve, and points can be set by hand."""
        return self.spec.task_type == "regression" and self.spec.input_shape == (1,) and self.spec.outputs == 1

    @property
    def span(self) -> tuple[float, float] | None:
        """Of the only input, in the units of the data."""
        from core.use.outside import input_span

        return input_span(self.spec)

    @property
    def is_pictures(self) -> bool:
        return len(self.spec.input_shape) == 3


@dataclass(frozen=True, eq=False)
class Asked:
    """A task with what each start makes of it; frame: the rows of the file that was asked."""

    source: Source
    question: Question
    traces: dict[str, Trace]
    frame: DataFrame | None = None
    problem: str = ""
    """Why the other initialization is not beside it."""


def open_start(catalog: Catalog, reference: str) -> Loaded:
    """reference: id, name or prefix; "run:ID" for what a run has left. Raises NotFound, BadFile."""
    from core.deploy import load

    record = _newest_of(catalog, reference[4:]) if reference.startswith("run:") else catalog.initialization(reference)
    return Loaded(record, load(record.path), catalog.folder)


def _newest_of(catalog: Catalog, run: str) -> InitializationRecord:
    made = catalog.initializations(f"run:{run}")
    if not made:
        raise NotFound(
            f"run {run} has left no initialization; it was stopped before its first checkpoint, or it was deleted"
        )
    return made[0]


def ask(
    loaded: Loaded, source: Source, steps: int, *, random_start: bool, other: Callable[[], Loaded] | None, token: Token
) -> Asked:
    """Make the task and look at every start. other: loads it; a start that does not fit is told and left out."""
    question, frame = _question(loaded, source)
    token.check()
    traces = _traces(loaded, question, steps, random_start=random_start, token=token)
    problem = ""
    if other is not None:
        try:
            traces[OTHER] = _beside(loaded, other(), question, steps, token)
        except Stopped:
            raise
        except CoreError as error:
            problem = str(error)
    return Asked(source, question, traces, frame, problem)


def far(loaded: Loaded, question: Question, token: Token) -> Floats:
    """Results of a random start over many steps."""
    from core.use.starts import RandomStart
    from core.use.trying import results

    return results(RandomStart(loaded.start), question, most=MOST_STEPS, seconds=MOST_SECONDS, check_stop=token.check)


def save(loaded: Loaded, asked: Asked, step: int, path: Path) -> tuple[Path, int]:
    """(where, rows) of the predictions after that step."""
    from core.use.answers import answers, write

    table = answers(loaded.spec, asked.question, asked.traces[LEARNED], asked.frame, step=step)
    write(table, path)
    return path, len(table)


def _question(loaded: Loaded, source: Source) -> tuple[Question, DataFrame | None]:
    if isinstance(source, Sampled):
        return _sampled(loaded, source.seed), None
    if isinstance(source, Drawn):
        return _drawn(source), None
    return _of_files(loaded.spec, source)


def _sampled(loaded: Loaded, seed: int) -> Question:
    from core.use.sampled import Sampler

    if not loaded.samplers:
        loaded.samplers.append(Sampler(loaded.start, loaded.folder))
    return loaded.samplers[0].question(seed)


def _drawn(source: Drawn) -> Question:
    from core.use.question import Question

    parts = (source.support[:, :1], source.support[:, 1:], source.query[:, :1], source.query[:, 1:])
    return Question(*parts, about="points set by hand")


def _of_files(spec: TaskSpec, source: Files) -> tuple[Question, DataFrame | None]:
    from core.use.question import divided
    from core.use.reading import question, read

    support = read(spec, source.support, labelled=True)
    if source.query is not None:
        query = read(spec, source.query, labelled=False)
        return question(support, query, source.support.name), query.frame
    if support.y is None:
        raise BadExperiment(f"{source.support.name} holds no target to learn from")
    task = divided(
        support.x, support.y, source.shots, about=source.support.name, labels=support.labels,
        class_names=support.class_names, warnings=support.warnings,
    )  # fmt: skip
    kept = None if support.frame is None else support.frame.iloc[np.flatnonzero(task.asked)].reset_index(drop=True)
    return task.question, kept


def _traces(loaded: Loaded, question: Question, steps: int, *, random_start: bool, token: Token) -> dict[str, Trace]:
    from core.use.starts import RandomStart
    from core.use.trying import grid_for, trace

    grid: Any = grid_for(loaded.spec, question) if loaded.is_line else None
    starts = {LEARNED: loaded.start, **({RANDOM: RandomStart(loaded.start)} if random_start else {})}
    return {key: trace(start, question, steps, grid=grid, check_stop=token.check) for key, start in starts.items()}


def _beside(loaded: Loaded, other: Loaded, question: Question, steps: int, token: Token) -> Trace:
    from core.use.starts import same_task
    from core.use.trying import grid_for, trace

    same_task(loaded.start, other.start)
    grid = grid_for(loaded.spec, question) if loaded.is_line else None
    return trace(other.start, question, steps, grid=grid, check_stop=token.check)
