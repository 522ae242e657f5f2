"""Task distributions: settings in, tasks with a task axis out. Names that need torch import it when first asked for."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .registry import TASKS, TaskEntry

if TYPE_CHECKING:
    from .building import build
    from .fixed import fixed_tasks
    from .viewing import preview, views

__all__ = ["TASKS", "TaskEntry", "build", "fixed_tasks", "preview", "views"]

_HOMES = {"build": "building", "fixed_tasks": "fixed", "preview": "viewing", "views": "viewing"}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"core.tasks.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'core.tasks' has no attribute {name!r}")
