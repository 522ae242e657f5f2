"""Two classes of points in the plane (platipus.md, section 10): on which side of a line or of a sine, or inside of a circle.

The circle is ambiguous: its support set holds points of the inside alone, so that many circles fit it. Ranges as in code derived
from PLATIPUS' (unverified); `paper` takes its range for the radius, as the paper's text is remembered (unverified).
"""

import math
from pathlib import Path
from typing import Any

import torch
from torch import Generator, Tensor

from core.types import Batch, Task, TaskDistribution, TaskSpec, TaskSplits

FAMILIES = ("line", "sine", "circle")
SQUARE = 5.0
SIZES = (0.1, 2.0)
"""Of a circle: the diameter in the code, the radius in the paper's text."""


def build(settings: Any, data_folder: Path, device: str | torch.device, dtype: torch.dtype) -> TaskSplits:
    """One law for all three splits."""
    spec = TaskSpec(
        "classification", (2,), 2, settings.shots, settings.queries,
        "two classes of points: line, sine, circle (after PLATIPUS, Finn et al. 2018; ranges unverified)",
        class_names=("outside", "inside"), input_names=("x1", "x2"), input_range=(-5.0, 5.0), modes=FAMILIES,
    )  # fmt: skip

    def distribution(shots: int) -> TaskDistribution:
        draw = sampler(shots, settings.queries, only=settings.only, half=settings.variant == "code", dtype=dtype)
        return TaskDistribution(spec._replace(shots=shots), draw)

    evaluation = distribution(settings.shots)
    return TaskSplits(distribution(settings.train_shots or settings.shots), evaluation, evaluation)


def sampler(shots: int, queries: int, *, only: str, half: bool, dtype: torch.dtype = torch.float32) -> Any:
    """(generator, tasks) -> Task of 2 * shots support and 2 * queries query points; classes are not in balance. half: a
    circle's size is its diameter."""
    support, query = 2 * shots, 2 * queries

    def sample(generator: Generator, tasks: int) -> Task:
        def uniform(*shape: int) -> Tensor:
            return torch.rand((tasks, *shape), generator=generator, device=generator.device).to(dtype)

        points, extra, parameters = uniform(support + query, 2), uniform(support, 2), uniform(4)
        mode = torch.randint(len(FAMILIES), (tasks,), generator=generator, device=generator.device)
        if only != "all":
            mode = torch.full_like(mode, FAMILIES.index(only))
        made = [_line(points, parameters), _sine(points, parameters), _circle(points, extra, parameters, half=half)]
        x, y = (torch.stack(part)[mode, torch.arange(tasks, device=mode.device)] for part in zip(*made, strict=True))
        weight = torch.ones(y.shape, dtype=dtype, device=y.device)
        seen, asked = (Batch(x[:, at], y[:, at], weight[:, at]) for at in (slice(support), slice(support, None)))
        return Task(seen, asked, {"mode": mode})

    return sample


def _line(points: Tensor, parameters: Tensor) -> tuple[Tensor, Tensor]:
    """On [-2, 2]^2; x2 = m x1 + c with m, c in [-1, 1]; a coin says which side is class 1."""
    x = 4 * points - 2
    slope, offset, side = 2 * parameters[:, None, 0] - 1, 2 * parameters[:, None, 1] - 1, parameters[:, None, 2] < 0.5
    return x, ((x[..., 1] > slope * x[..., 0] + offset) ^ side).to(torch.int64)


def _sine(points: Tensor, parameters: Tensor) -> tuple[Tensor, Tensor]:
    """x1 in [-5, 5], x2 within 2 of A sin(x1 - p), A in [0.1, 5], p in [-pi, pi]."""
    across, apart = 10 * points[..., 0] - 5, 4 * points[..., 1] - 2
    size, phase, side = (
        4.9 * parameters[:, None, 0] + 0.1,
        (2 * parameters[:, None, 1] - 1) * math.pi,
        parameters[:, None, 2],
    )
    x = torch.stack([across, size * torch.sin(across - phase) + apart], -1)
    return x, ((apart > 0) ^ (side < 0.5)).to(torch.int64)


def _circle(points: Tensor, extra: Tensor, parameters: Tensor, *, half: bool) -> tuple[Tensor, Tensor]:
    """Query points uniform on [0, 5]^2, class 1 inside; support points inside alone, denser towards the centre."""
    count = extra.shape[1]
    centre = 3 * parameters[:, None, :2] + 1
    radius = (SIZES[0] + (SIZES[1] - SIZES[0]) * parameters[:, None, 2]) / (2 if half else 1)
    far, angle = radius * extra[..., 0], 2 * math.pi * extra[..., 1]
    inside = centre + torch.stack([far * angle.cos(), far * angle.sin()], -1)
    x = torch.cat([inside, SQUARE * points[:, count:]], 1)
    return x, ((x - centre).square().sum(-1) <= radius.square() * (1 + 1e-6)).to(torch.int64)
