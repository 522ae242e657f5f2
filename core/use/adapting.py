"""`headstart adapt`: a support file and a query file in, predictions out."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.deploy import Initialization
from core.errors import BadExperiment

from .answers import answers, target_names
from .reading import Examples, question, read
from .trying import Trace, trace

if TYPE_CHECKING:
    from pandas import DataFrame

MOST_STEPS = 10_000


@dataclass(frozen=True, eq=False)
class Answer:
    """table: the query rows or files with their predictions; trace: what was predicted after every step; warnings: where
    the data lie outside of what was learned, and what else to know."""

    table: "DataFrame"
    support: Examples
    query: Examples
    trace: Trace
    trained_steps: int
    warnings: tuple[str, ...]
    targets: tuple[str, ...] = ()

    def by_step(self) -> list[dict[str, Any]]:
        """step, moved (how far it moved the predictions; of several targets moved_each, by name), support_loss, and, where the
        query file holds targets, loss with error (regression, in the target's units; of several errors, by name) or accuracy."""
        return [self._of_step(step) for step in range(self.trace.steps + 1)]

    def _moved(self, step: int) -> dict[str, Any]:
        if len(self.targets) < 2:
            return {"moved": float(self.trace.moved[step - 1]) if step else None}
        each = [float(value) for value in self.trace.moved_each[step - 1]] if step else [None] * len(self.targets)
        return {"moved_each": dict(zip(self.targets, each, strict=True))}

    def _of_step(self, step: int) -> dict[str, Any]:
        traced = self.trace
        found: dict[str, Any] = {
            "step": step,
            **self._moved(step),
            "support_loss": float(traced.support_loss[step]),
        }
        if traced.loss is not None:
            found["loss"] = float(traced.loss[step])
        if traced.error is not None:
            each = [float(value) for value in traced.error[step]]
            found |= {"error": each[0]} if len(each) == 1 else {"errors": dict(zip(self.targets, each, strict=True))}
        if traced.right is not None:
            known = question(self.support, self.query).known
            found["accuracy"] = float(traced.right[step] / known.sum())
        return found


def adapt(
    start: Initialization,
    support: Path,
    query: Path,
    *,
    steps: int | None = None,
    by_step: bool = False,
    check_stop: Callable[[], None] = lambda: None,
) -> Answer:
    """Raises BadFile, BadExperiment with what to change."""
    count = start.steps if steps is None else steps
    if not 0 <= count <= MOST_STEPS:
        raise BadExperiment(f"--steps must be 0 to {MOST_STEPS:,} (found {count})")
    known, asked = (_read(start, path, labelled) for path, labelled in ((support, True), (query, False)))
    task = question(known, asked)
    traced = trace(start, task, count, check_stop=check_stop)
    trained = start.experiment.inner.steps
    beyond = (f"{count} steps are more than the {trained} of training; see by step whether the last ones still help.",)
    table = answers(start.spec, task, traced, asked.frame, by_step=by_step)
    warnings = (*task.warnings, *(beyond if _is_far(count, trained) else ()))
    targets = target_names(start.spec) if start.spec.task_type == "regression" else ()
    return Answer(table, known, asked, traced, trained, warnings, targets)


def _is_far(count: int, trained: int) -> bool:
    """Twice the evaluation's usual number: a few steps more are what an initialization is for."""
    return count > max(20, 4 * trained)


def _read(start: Initialization, path: Path, labelled: bool) -> Examples:
    return read(start.spec, path.expanduser(), labelled=labelled)
