"""What a method that averages samples shows of itself: sampled predictions, their spread, their calibration."""

from math import prod

import numpy as np
import torch
from torch import Tensor

from core.analysis.calibration import LEVELS, coverage, reliability
from core.inner import predict, rollout
from core.looped import over
from core.outer import chunks
from core.sampling import labelled
from core.types import Batch, Meta, Method, Net, Noise, Panel, Task, map_task

POINTS, DRAWN, PICTURED = 100, 6, 4
HELD = 32 * 2**20
"""Bytes of weights, of all samples of the tasks that are looked at together; a rollout takes four to six times that."""


def at_once(net: Net, samples: int) -> int:
    """Tasks that are looked at together; at least one."""
    numbers = sum(prod(shape) for shape in net.shapes.values())
    return max(1, HELD // (4 * samples * numbers))


def sampled_panels(
    method: Method, meta: Meta, tasks: Task, noise: Noise, steps: int, target_noise: float
) -> tuple[Panel, ...]:
    """noise [samples, ...], shared by all tasks; target_noise: standard deviation of a regression's targets."""
    if labelled(tasks.support):
        return _of_classes(method, meta, _first(tasks, PICTURED), noise, steps)
    query = _sampled(method, meta, tasks, noise, steps, tasks.query.x)
    found = (_coverage(query, tasks, target_noise), _by_examples(method, meta, tasks, noise, steps, query))
    if method.net.input_shape != (1,):
        return found
    return (_curves(method, meta, _first(tasks, DRAWN), noise, steps, tasks.query.x), *found)


def _first(tasks: Task, count: int) -> Task:
    chosen: Task = map_task(lambda leaf: leaf[:count], tasks)
    return chosen


def _sampled(method: Method, meta: Meta, tasks: Task, noise: Noise, steps: int, x: Tensor) -> Tensor:
    """Outputs [tasks, samples, points, outputs] at x [tasks, points, *input]; of pictures one sample at a time, of wide
    networks a few tasks at a time."""
    each = over(method.net)

    def of_task(task: Task, inputs: Tensor) -> Tensor:
        def of_draw(draws: Noise) -> Tensor:
            fast = rollout(method, meta, task.given, draws, steps)
            return predict(method, meta, fast, task.given, inputs)

        found: Tensor = each(of_draw)(noise)
        return found

    parts = zip(chunks(tasks, {}, size := at_once(method.net, method.samples)), torch.split(x, size), strict=True)
    return torch.cat([each(of_task)(some, points) for (some, _), points in parts])


def _curves(method: Method, meta: Meta, tasks: Task, noise: Noise, steps: int, seen: Tensor) -> Panel:
    line = torch.linspace(float(seen.min()), float(seen.max()), POINTS, dtype=seen.dtype, device=seen.device)
    x = line[None, :, None].expand(len(tasks.support.x), POINTS, 1)
    values = _sampled(method, meta, tasks, noise, steps, x)[..., 0]
    marks = torch.stack([tasks.support.x[..., 0], tasks.support.y[..., 0]], -1)
    marks = marks.where(tasks.support.weight[..., None] > 0, torch.nan)
    note = "Each line is one sampled start after adaptation to the marked points: they part where the points leave it open."
    names = tuple(f"Task {i + 1}" for i in range(len(values)))
    return Panel("curves", "Sampled predictions", note, values, names, x=x[..., 0], marks=marks)


def _coverage(query: Tensor, tasks: Task, target_noise: float) -> Panel:
    """Query points of all tasks together; padding is left out. target_noise: scatter of targets about each sample."""
    held = tasks.query.weight.flatten() > 0
    samples = query[..., 0].transpose(0, 1).flatten(1)[:, held]
    truth = tasks.query.y[..., 0].flatten()[held]
    found = coverage(samples.double().cpu().numpy(), truth.double().cpu().numpy(), target_noise)
    return _against(found, LEVELS, "Calibration of the intervals", _verdict(found - LEVELS, target_noise), "covered")


def _verdict(gaps: np.ndarray, target_noise: float) -> str:
    side = "too narrow" if gaps.mean() < 0 else "too wide"
    about = f" and targets scatter by {target_noise:.2g} about each" if target_noise else ""
    return (
        f"Share of query targets inside the central interval of the samples{about}, by its nominal level; below the line the "
        f"samples agree too much. Calibration error {100 * np.abs(gaps).mean():.1f} %, on the whole {side}."
    )


def _against(found: np.ndarray, levels: np.ndarray, title: str, note: str, name: str) -> Panel:
    values = torch.tensor(np.stack([found, levels]))
    return Panel("lines", title, note, values, (name, "ideal"), x=torch.tensor(levels))


def _by_examples(method: Method, meta: Meta, tasks: Task, noise: Noise, steps: int, query: Tensor) -> Panel:
    """Spread with the first few support examples alone, the others' weight 0: what examples tie down, and what they leave open.
    query: outputs at the query points after all examples, which are there already."""
    shots = tasks.support.weight.shape[1]
    counts = sorted({min(count, shots) for count in (1, 2, shots // 2, shots) if count})
    first = torch.arange(shots, device=tasks.support.weight.device)
    found = []
    for count in counts:
        support = tasks.support._replace(weight=tasks.support.weight * (first < count))
        fewer = tasks._replace(support=support)
        asked = query if count == shots else _sampled(method, meta, fewer, noise, steps, tasks.query.x)
        known = _sampled(method, meta, fewer, noise, steps, support.x)
        found.append([_mean_std(known, support), _mean_std(asked, tasks.query)])
    note = (
        "Mean standard deviation over the samples, by how many examples they were adapted to: samples should differ where a "
        "task is ambiguous, and agree where examples tie it down."
    )
    values = torch.stack([torch.stack(pair) for pair in found], 1)
    x = torch.tensor(counts, dtype=torch.float64)
    return Panel("lines", "Spread by examples", note, values, ("at the examples", "at query points"), x=x)


def _spread(support: Tensor, query: Tensor, tasks: Task) -> Panel:
    """Of chances, at what was shown and at what is asked."""
    values = torch.stack([_mean_std(support, tasks.support), _mean_std(query, tasks.query)])
    note = (
        "Standard deviation over the samples: small where examples tie the prediction down, larger where they do not."
    )
    return Panel("bars", "Spread of the samples", note, values, ("support points", "query points"))


def _mean_std(outputs: Tensor, batch: Batch) -> Tensor:
    """Over samples, then the mean over examples and outputs: [tasks, samples, examples, outputs] -> []."""
    std = outputs.std(1, correction=0).mean(-1)
    return (std * batch.weight).sum() / batch.weight.sum().clamp(min=1)


def _of_classes(method: Method, meta: Meta, tasks: Task, noise: Noise, steps: int) -> tuple[Panel, ...]:
    """Of a few tasks: pictures cost as much as samples times tasks."""
    query, support = (
        _sampled(method, meta, tasks, noise, steps, part.x).softmax(-1) for part in (tasks.query, tasks.support)
    )
    held = tasks.query.weight.flatten() > 0
    chances = query.mean(1).flatten(0, 1)[held].double().cpu().numpy()
    found = reliability(chances, tasks.query.y.flatten()[held].cpu().numpy())
    note = (
        "Share of right answers by how sure the averaged prediction is; below the line it is surer than it should be. "
        f"Expected calibration error {100 * found.error:.1f} %."
    )
    bins = (np.arange(len(found.accuracy)) + 0.5) / len(found.accuracy)
    return (
        _against(found.accuracy, bins, "Calibration of the probabilities", note, "right"),
        _spread(support, query, tasks),
    )
