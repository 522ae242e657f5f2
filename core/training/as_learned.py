"""Tasks of a person's own data for an initialization that was learned before: in its units, and not those that it trained on.

A table or folder may have changed since, or another is asked for: its own standardization and its own split by a hash of the
names are then not those of the training.
"""

from typing import Any

import numpy as np
import torch

from core.errors import BadExperiment
from core.types import Batch, Task, TaskDistribution, TaskRows, TaskSpec, TaskSplits

from .assembly import Assembly


def as_learned(parts: Assembly, learned: TaskSpec) -> Assembly:
    """The same tasks, standardized as they were for the initialization. learned: the spec in its card. Raises BadExperiment where
    a table gives other columns."""
    now = parts.spec
    if not (_is_table(now) and _is_table(learned)) or not learned.scaling or not now.scaling:
        return parts
    for what, wanted, found in (
        ("inputs", learned.input_names, now.input_names),
        ("targets", learned.output_names, now.output_names),
    ):
        if wanted != found:
            raise BadExperiment(
                f"tasks.path: the table gives the {what} {', '.join(found)}, but the initialization was learned with "
                f"{', '.join(wanted)}; choose a table with the same columns and categories"
            )
    if now.scaling == learned.scaling:
        return parts
    return parts._replace(
        spec=now._replace(scaling=learned.scaling), splits=_rescaled(parts.splits, now.scaling, learned.scaling)
    )


def _rescaled(splits: TaskSplits, now: dict[str, list[float]], then: dict[str, list[float]]) -> TaskSplits:
    def column(values: Any, axis: str) -> Any:
        """numpy or torch, the last axis holds the columns."""
        std = np.asarray(then[f"{axis}_std"])
        by = np.asarray(now[f"{axis}_std"]) / std
        plus = (np.asarray(now[f"{axis}_mean"]) - np.asarray(then[f"{axis}_mean"])) / std
        if isinstance(values, torch.Tensor):
            return values * torch.from_numpy(by).to(values) + torch.from_numpy(plus).to(values)
        return values * by + plus

    def batch(of: Batch) -> Batch:
        there = (of.weight > 0)[..., None]  # empty slots stay zero
        y = torch.where(there, column(of.y, "y"), 0) if of.y.is_floating_point() else of.y
        return Batch(torch.where(there, column(of.x, "x"), 0), y, of.weight)

    def tasks(of: Task) -> Task:
        return Task(batch(of.support), batch(of.query), of.about)

    def distribution(of: TaskDistribution) -> TaskDistribution:
        return of._replace(
            spec=of.spec._replace(scaling=then), sample=lambda generator, count: tasks(of.sample(generator, count))
        )

    def rows(of: TaskRows) -> TaskRows:
        x = column(of.x, "x")
        if of.spread is None:
            return of._replace(x=x)
        return of._replace(
            x=x, y=column(of.y, "y"), spread=of.spread * (np.asarray(now["y_std"]) / np.asarray(then["y_std"]))
        )

    return splits._replace(
        train=distribution(splits.train),
        validation=distribution(splits.validation),
        test=distribution(splits.test),
        rows=None if splits.rows is None else rows(splits.rows),
    )


def seen_before(tasks: Task, now: TaskSpec, learned: TaskSpec, settings: Any) -> str:
    """A sentence where some of `tasks` (of pictures: of their classes) have the name of one that the initialization was trained
    on; "" where none has, or nothing is known. settings: the task settings that it was trained with."""
    from core.data.own_images.splits import marks

    trained = _trained(learned, settings)
    key, names, what = (
        ("id", now.names, "test tasks") if _is_table(now) else ("classes", now.class_names, "test classes")
    )
    if not trained or not names or key not in tasks.about:
        return ""
    asked = [names[int(at)] for at in torch.unique(tasks.about[key])]
    known = [name for name in asked if marks([name])[0] in trained]
    if not known:
        return ""
    named = ", ".join(known[:3]) + (", ..." if len(known) > 3 else "")
    return (
        f"{len(known)} of {len(asked)} {what} have the name of one that it was trained on ({named}): where they are the same, this "
        "is no test. The data or their split changed since; take them as they were, or bring new ones alone"
    )


def _trained(learned: TaskSpec, settings: Any) -> set[str]:
    from core.data.own_images.splits import marks

    if _is_table(learned) and learned.names and settings.kind == "table":
        from core.data.table_rows import split_of

        return set(marks(learned.names[at] for at in split_of(learned.names, settings).train))
    return set((learned.encoding or {}).get("trained_classes") or ())


def _is_table(spec: TaskSpec) -> bool:
    return (spec.encoding or {}).get("kind") == "table"
