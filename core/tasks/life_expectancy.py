"""A country is a task: years go in, life expectancy comes out, both standardized by the training countries."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from core.data import life_expectancy
from core.data.tables import split_by_name, standardized
from core.errors import BadExperiment
from core.types import TaskDistribution, TaskSpec, TaskSplits

from .tables import is_padded, rows_of, sampler


def build(settings: Any, data_folder: Path, device: str | torch.device, dtype: torch.dtype) -> TaskSplits:
    """92 countries for training, 20 for validation, 30 for test. Ids count over all 142, so that one list of names
    serves all parts. A country has 12 rows: more shots and queries than that are refused, as silently asking for fewer
    would make the setting a lie."""
    raw = life_expectancy.load()
    split = split_by_name(raw.names, life_expectancy.VALIDATION, life_expectancy.TEST)
    tables, scaling = standardized(raw, split.train)

    def distribution(members: NDArray[np.int64], shots: int, key: str = "tasks.shots") -> TaskDistribution:
        _check(int(tables.rows[members].min()), shots, settings.queries, key)
        spec = TaskSpec(
            task_type="regression",
            input_shape=(1,),
            outputs=1,
            shots=shots,
            queries=settings.queries,
            source=life_expectancy.SOURCE,
            names=tables.names,
            input_names=tables.input_names,
            output_names=tables.output_names,
            input_range=(float(tables.x.min()), float(tables.x.max())),
            scaling=scaling,
            padded=is_padded(tables.rows[members], shots, settings.queries),
        )
        draw = sampler(tables, members, shots, settings.queries, device=device, dtype=dtype)
        return TaskDistribution(spec, draw)

    return TaskSplits(
        distribution(split.train, settings.train_shots or settings.shots, _training_key(settings)),
        distribution(split.validation, settings.shots),
        distribution(split.test, settings.shots),
        rows=rows_of(tables, np.concatenate([split.train, split.validation])),
    )


def _training_key(settings: Any) -> str:
    return "tasks.train_shots" if settings.train_shots else "tasks.shots"


def _check(rows: int, shots: int, queries: int, key: str) -> None:
    """Raises BadExperiment with what to lower."""
    if shots + queries > rows:
        raise BadExperiment(
            f"{key} + tasks.queries is {shots} + {queries}, but a country has only {rows} years, and support and query "
            f"share none; lower one of them (tasks.queries to {rows - shots})"
        )
