"""The card of a file from elsewhere, checked before anything is built from it: types and bounds, said once."""

import math
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, StrictInt, ValidationError

from core.config import Experiment
from core.types import TaskSpec

Whole = Annotated[StrictInt, Field(ge=0, le=10**9)]
Counting = Annotated[StrictInt, Field(ge=1, le=10**9)]
Positive = Annotated[float, Field(gt=0)]
MOST_VALUES, DEEPEST = 1_000_000, 8


def _bounded(encoding: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """What the readers of core.use take on trust is at least finite, shallow and of a size that they can hold."""
    level: list[JsonValue] = [encoding]
    seen = depth = 0
    while level:
        seen, depth = seen + len(level), depth + 1
        if seen > MOST_VALUES or depth > DEEPEST:
            raise ValueError(f"holds more than {MOST_VALUES:,} values or is nested deeper than {DEEPEST}")
        if any(isinstance(value, float) and not math.isfinite(value) for value in level):
            raise ValueError("holds a number that is not finite")
        level = [part for value in level for part in _parts(value)]
    return encoding


def _parts(value: JsonValue) -> list[JsonValue]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


class _Part(BaseModel):
    """Later versions may add keys; those that are here must be right."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class _Scaling(_Part):
    x_mean: list[float]
    x_std: list[Positive]
    y_mean: list[float]
    y_std: list[Positive]


class _Spec(_Part):
    task_type: Literal["regression", "classification"]
    input_shape: Annotated[tuple[Counting, ...], Field(min_length=1, max_length=3)]
    outputs: Counting
    shots: Whole
    queries: Whole
    source: str
    noise_floor: float | None = None
    names: tuple[str, ...] | None = None
    class_names: tuple[str, ...] | None = None
    input_names: tuple[str, ...] = ("x",)
    output_names: tuple[str, ...] = ("y",)
    input_range: tuple[float, float] | None = None
    scaling: _Scaling | None = None
    padded: bool = False
    encoding: Annotated[dict[str, JsonValue], AfterValidator(_bounded)] | None = None
    modes: tuple[str, ...] | None = None


class _Adaptation(_Part):
    steps: Whole


class _Roles(_Part):
    """Groups of tensors beyond the network's own."""

    learned: tuple[str, ...]
    state: tuple[str, ...]
    fixed: tuple[str, ...] = ()


class StoredCard(_Part):
    """What is read of a card; the rest is for people."""

    experiment: Experiment
    tasks: _Spec
    adaptation: _Adaptation
    roles: _Roles
    frozen: tuple[str, ...]

    @property
    def spec(self) -> TaskSpec:
        return TaskSpec(**self.tasks.model_dump())


def spec_from_card(values: Any) -> TaskSpec:
    """Raises ValidationError (a ValueError)."""
    return TaskSpec(**_Spec.model_validate(values).model_dump())


def first_fault(error: ValidationError) -> str:
    """ "tasks.outputs: ..." in one line."""
    item = error.errors()[0]
    return f"{'.'.join(map(str, item['loc']))}: {item['msg']}"
