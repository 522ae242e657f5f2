"""Standardized numbers and the units of the data: one place to go there and back."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.types import TaskSpec


def standardized(values: NDArray[Any], spec: TaskSpec, axis: str) -> NDArray[Any]:
    """Columns (last axis) in the units of the data -> as the network takes them. axis: "x" or "y"."""
    if not spec.scaling:
        return values
    scaled: NDArray[Any] = (values - np.asarray(spec.scaling[f"{axis}_mean"])) / np.asarray(spec.scaling[f"{axis}_std"])
    return scaled


def in_units(values: NDArray[Any], spec: TaskSpec, axis: str) -> NDArray[Any]:
    """The way back."""
    if not spec.scaling:
        return values
    original: NDArray[Any] = values * np.asarray(spec.scaling[f"{axis}_std"]) + np.asarray(spec.scaling[f"{axis}_mean"])
    return original
