"""What the settings of all task distributions share."""

import hashlib
import json
from typing import TYPE_CHECKING, Any, ClassVar

from core.tasks.registry import TASKS

from .base import Settings, setting
from .methods.base import Complaint

if TYPE_CHECKING:
    from .experiment import Experiment


class TaskSettings(Settings):
    """Shared by all kinds. `evaluation_key` names the fixed evaluation tasks: it leaves out what only training sees."""

    if TYPE_CHECKING:  # of every kind, each with its own default and bounds
        kind: Any
        shots: int

    task_type: ClassVar[str]
    only_training: ClassVar[frozenset[str]] = frozenset({"train_shots", "train_ways"})

    def evaluation_key(self) -> str:
        """Digest of all settings that decide the evaluation tasks. [16 hex digits]"""
        seen = {k: v for k, v in self.model_dump(mode="json").items() if k not in self.only_training | {"path"}}
        return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()[:16]

    def words(self, outputs: int) -> str:
        """What a task is, in a sentence about the experiment."""
        title = TASKS[self.kind].title
        if self.task_type == "regression":
            return f"{title} (tasks of {self.shots} points)"
        return f"{title} ({outputs}-way {self.shots}-shot tasks)"

    def complaints(self, experiment: "Experiment") -> list[Complaint]:
        """What does not go together with these tasks."""
        return []


def shots(default: int, most: int = 1000) -> int:
    sentence = "Labelled examples that an adaptation sees: points in all for regression, per class for classification."
    return setting(default, sentence, title="Shots", ge=1, le=most)  # type: ignore[no-any-return]


def queries(default: int, most: int = 1000) -> int:
    sentence = (
        "Examples that the adapted network is judged on: points in all for regression, per class for classification."
    )
    return setting(default, sentence, title="Queries", ge=1, le=most)  # type: ignore[no-any-return]


def train_shots(most: int = 1000) -> int | None:
    sentence = (
        "Shots while training, where they differ from those at evaluation (Reptile trains on more). Empty: the same."
    )
    return setting(None, sentence, title="Training shots", ge=1, le=most, advanced=True)  # type: ignore[no-any-return]


class RegressionSettings(TaskSettings):
    task_type: ClassVar[str] = "regression"

    shots: int = shots(5)
    queries: int = queries(10)
    train_shots: int | None = train_shots()


class ClassificationSettings(TaskSettings):
    task_type: ClassVar[str] = "classification"

    ways: int = setting(5, "Classes of one task.", title="Ways", ge=2, le=100)
    shots: int = shots(1, most=100)
    queries: int = queries(15, most=100)
    train_shots: int | None = train_shots(most=100)
    train_ways: int | None = setting(
        None,
        "Classes of a training task, where they differ from those at evaluation; for methods that write a row for every "
        "class. Empty: the same.",
        title="Training ways",
        ge=2,
        le=1000,
        advanced=True,
    )
