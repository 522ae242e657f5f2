"""What panels of several methods have in common."""

import re

import torch
from torch import Tensor

from core.types import Task


def projected(values: Tensor) -> Tensor:
    """Points [n, dimensions] in the plane of their two largest variances: [n, 2]; where there is one dimension, height 0.

    Signs are those that make the largest weight of each axis positive, so that a picture does not flip between steps.
    """
    centred = values.double() - values.double().mean(0)
    _, _, axes = torch.linalg.svd(centred, full_matrices=False)
    axes = axes[:2]
    largest = axes.gather(1, axes.abs().argmax(1, keepdim=True))
    plane = centred @ (axes * largest.sign()).T
    return torch.nn.functional.pad(plane, (0, 2 - plane.shape[1]))


def modes(tasks: Task) -> Tensor | None:
    """Which family each task is of [tasks], where the distribution says so: for labels alone, no method sees it."""
    return tasks.about.get("mode")


def by_mode(mode: Tensor | None, tasks: int) -> tuple[str, ...]:
    """A label a task: its mode, counted from 1 in the order of the distribution's families (`named` puts the name in its
    place); else its number."""
    if mode is None:
        return tuple(f"task {i + 1}" for i in range(tasks))
    return tuple(f"mode {int(each) + 1}" for each in mode)


def named(labels: tuple[str, ...], modes: tuple[str, ...] | None) -> tuple[str, ...]:
    """Labels of `by_mode`, and those that begin like them ("mode 2, task 1"), by the modes' names; others as they are."""
    if not modes:
        return labels
    return tuple(_MODE.sub(lambda found: modes[int(found[1]) - 1], label) for label in labels)


_MODE = re.compile(r"^mode (\d+)\b")
