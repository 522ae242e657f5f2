"""What a person says that columns are for, on top of what was suggested. No Qt."""

from collections.abc import Collection
from typing import Any

from core.data.inspection import Column, Inspection

ROLES = {"task": "Task column", "input": "Input", "target": "Target", "unused": "Not used"}
OWN = {"images": ("level", "split", "colour"), "table": ("target_type", "split", "missing")}
"""Settings that decide how data are understood, by kind: they stand beside the preview."""


def with_role(columns: Collection[Column], names: Collection[str], role: str) -> dict[str, Any]:
    """The settings that say it: of task columns there is one, the one before becomes unused."""
    of = {column.name: column.role for column in columns}
    chosen = list(names)[:1] if role == "task" else list(names)
    if role == "task":
        of = {name: "unused" if was == "task" else was for name, was in of.items()}
    of |= dict.fromkeys(chosen, role)
    return {
        "task_column": next((name for name, own in of.items() if own == "task"), None),
        "inputs": tuple(name for name, own in of.items() if own == "input"),
        "target": tuple(name for name, own in of.items() if own == "target"),
    }


def settings_of(found: Inspection, options: dict[str, Any]) -> dict[str, Any]:
    """Experiment keys for the draft: what was suggested, with what the person chose over it."""
    chosen = {f"tasks.{name}": value for name, value in options.items()}
    return {**chosen, **{key: value for key, value in found.settings.items() if value is not None}}
