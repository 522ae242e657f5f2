"""From settings to three task distributions."""

from importlib import import_module
from pathlib import Path
from typing import Any

import torch

from core.types import TaskSplits

from .registry import TASKS


def build(
    settings: Any, *, data_folder: Path, device: str | torch.device = "cpu", dtype: torch.dtype = torch.float32
) -> TaskSplits:
    """Any settings of core.config.tasks. Data sets are read (and cached below data_folder) here, never while sampling.

    Raises MissingData, BadFile or BadExperiment (ways or shots that the data cannot give).
    """
    module, _, function = TASKS[settings.kind].builder.partition(":")
    splits: TaskSplits = getattr(import_module(module), function)(settings, Path(data_folder), device, dtype)
    return splits
