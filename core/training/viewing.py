"""Predictions of a few fixed tasks by inner step, for the window's tasks table."""

import dataclasses

import torch
from torch import Tensor

from core.outer import chunks
from core.panels import named
from core.scaling import in_units
from core.types import Meta, Method, Noise, Task, TaskSpec

from .evaluate import Check, fixed_noise, outputs, states
from .events import PanelData, TaskViews

GRID = 100
VIEWED = 12
"""Validation tasks of which predictions and a method's panels are shown."""


def with_predictions(
    views: TaskViews,
    method: Method,
    meta: Meta,
    tasks: Task,
    spec: TaskSpec,
    steps: int,
    *,
    chunk: int,
    vectorised: bool,
    check: Check,
) -> TaskViews:
    """The views with the network's outputs after 0..steps inner steps, in the units of the data; as many tasks at a time as an
    evaluation takes, so that memory is no more than its."""
    noise = fixed_noise(method, meta, tasks, steps)
    shared, size = method.samples > 1, max(1, chunk // method.samples)
    classes = spec.task_type == "classification"
    x = tasks.query.x if classes else _grid(tasks, spec)
    parts = zip(chunks(tasks, {} if shared else noise, size), torch.split(x, size), strict=True)

    def of(part: Task, drawn: Noise, points: Tensor) -> Tensor:
        by_step = [
            outputs(method, meta, fast, part.given, points, vectorised=vectorised)
            for _, fast in states(method, meta, part, drawn, steps, vectorised=vectorised, check=check)
        ]
        return torch.stack(by_step, 1)

    with torch.no_grad():
        found = torch.cat([of(part, noise if shared else drawn, points) for (part, drawn), points in parts])
        predicted = (found.softmax(-1) if classes else found).cpu().numpy()
    if classes:
        return dataclasses.replace(views, query_probability=predicted)
    return dataclasses.replace(
        views, grid_x=in_units(x.cpu().numpy(), spec, "x"), grid_y=in_units(predicted, spec, "y")
    )


def panels(
    method: Method, meta: Meta, tasks: Task, steps: int, modes: tuple[str, ...] | None = None
) -> tuple[PanelData, ...]:
    """What the method shows of itself on a few fixed tasks, as arrays; nothing where they are no longer finite and so have
    no axes or ranks (the run says itself that it diverged). modes: names of the tasks' families."""
    noise = fixed_noise(method, meta, tasks, steps)
    try:
        with torch.no_grad():
            shown = method.panels(meta, tasks, noise)
    except torch.linalg.LinAlgError:  # type: ignore[attr-defined]
        return ()
    return tuple(
        PanelData(
            panel.form, panel.title, panel.note, panel.values.detach().double().cpu().numpy(),
            named(panel.rows, modes), panel.columns,
            *(None if leaf is None else leaf.detach().double().cpu().numpy() for leaf in (panel.x, panel.marks)),
        )
        for panel in shown
    )  # fmt: skip


def _grid(tasks: Task, spec: TaskSpec) -> Tensor:
    """[tasks, points, inputs] along the only input; for several inputs the query rows themselves."""
    if spec.input_shape != (1,):
        return tasks.query.x
    low, high = spec.input_range or (float(tasks.query.x.min()), float(tasks.query.x.max()))
    line = torch.linspace(low, high, GRID, dtype=tasks.query.x.dtype, device=tasks.query.x.device)
    return line[None, :, None].expand(len(tasks.query.x), GRID, 1)
