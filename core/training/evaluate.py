"""Fixed tasks by inner step: curves and predictions, without any graph, a chunk of tasks at a time."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.draws import at_step
from core.engine.passes import together
from core.func import by_graph, vmap
from core.inner import predict
from core.looped import looped
from core.losses import by_output, measure
from core.outer import chunks, one_task
from core.sampling import labelled, mixture, use_noise
from core.types import Aux, Batch, Fast, Given, Groups, Loss, Meta, Method, Noise, Task, map_task

from .events import Curves

Check = Callable[[], None]


def curves(
    method: Method,
    loss: Loss,
    meta: Meta,
    tasks: Task,
    steps: int,
    *,
    chunk: int,
    vectorised: bool,
    check: Check,
    workers: int = 1,
) -> Curves:
    """Query loss (and accuracy) of every task after 0..steps inner steps, `workers` chunks at a time. Memory does not grow
    with steps."""
    noise = fixed_noise(method, meta, tasks, steps)
    shared = method.samples > 1
    parts = list(chunks(tasks, {} if shared else noise, max(1, chunk // method.samples)))

    def of(i: int) -> _Found:
        some_tasks, drawn = parts[i]
        with nullcontext() if vectorised else by_graph():
            return _chunk_curves(method, loss, meta, some_tasks, noise if shared else drawn, steps, vectorised, check)

    with torch.no_grad():
        found = together(of, len(parts), workers)
    groups = tasks.about["id"].cpu().numpy() if "id" in tasks.about else None
    return Curves(
        _joined([one.loss for one in found]),
        _joined_if_there([one.accuracy for one in found]),
        groups,
        _joined_if_there([one.by_target for one in found]),
    )


def fixed_noise(method: Method, meta: Meta, tasks: Task, steps: int) -> Noise:
    """Draws of the method for fixed tasks: always the same ones, made on the CPU. Task axis in front; of a method that
    averages samples, the draws [samples, ...] that every task shares."""
    given = tasks.given
    if method.samples > 1:
        return use_noise(method, meta, one_task(given, 0), steps)
    drawn = method.noise(at_step(0, "evaluation-noise"), meta, given, steps)
    return {group: {k: v.to(given.query_x.device) for k, v in named.items()} for group, named in drawn.items()}


def states(
    method: Method, meta: Meta, tasks: Task, noise: Noise, steps: int, *, vectorised: bool, check: Check
) -> Iterator[tuple[int, Fast]]:
    """The fast weights of all tasks after 0, 1, ..., steps inner steps: [tasks, ...], or [tasks, samples, ...]."""
    over = vmap if vectorised else looped
    if method.samples > 1:
        yield from _sampled_states(method, meta, tasks, noise, steps, over, check)
        return
    fast = over(lambda given, draws: method.begin(meta, given, draws))(tasks.given, noise)
    yield 0, fast
    for t in range(steps):
        check()
        fast = over(lambda state, given, draws, t=t: method.step(meta, state, given, draws, t))(
            fast, tasks.given, noise
        )
        yield t + 1, fast


def _sampled_states(
    method: Method, meta: Meta, tasks: Task, noise: Noise, steps: int, over: Callable[..., Any], check: Check
) -> Iterator[tuple[int, Fast]]:
    """Every task under every draw; tasks are not copied."""

    def begun(given: Given) -> Fast:
        started: Fast = over(lambda draws: method.begin(meta, given, draws))(noise)
        return started

    def moved(states: Fast, given: Given, t: int) -> Fast:
        stepped: Fast = over(lambda state, draws: method.step(meta, state, given, draws, t))(states, noise)
        return stepped

    fast = over(begun)(tasks.given)
    yield 0, fast
    for t in range(steps):
        check()
        fast = over(lambda states, given, t=t: moved(states, given, t))(fast, tasks.given)
        yield t + 1, fast


def outputs(method: Method, meta: Meta, fast: Fast, given: Given, x: Tensor, *, vectorised: bool) -> Tensor:
    """Outputs [tasks, examples, outputs] for x [tasks, examples, *input]; samples are averaged."""
    if method.samples > 1:
        each = sampled_outputs(method, meta, fast, given, x, vectorised=vectorised)
        return mixture(each, classes=labelled(given.support), dim=1)
    over = vmap if vectorised else looped
    result: Tensor = over(lambda state, task, inputs: predict(method, meta, state, task, inputs))(fast, given, x)
    return result


def sampled_outputs(method: Method, meta: Meta, fast: Fast, given: Given, x: Tensor, *, vectorised: bool) -> Tensor:
    """[tasks, samples, examples, outputs] for x [tasks, examples, *input]."""
    over = vmap if vectorised else looped

    def of_task(states: Fast, task: Given, inputs: Tensor) -> Tensor:
        found: Tensor = over(lambda state: predict(method, meta, state, task, inputs))(states)
        return found

    result: Tensor = over(of_task)(fast, given, x)
    return result


class _Found(NamedTuple):
    """Of a chunk of tasks, as in Curves."""

    loss: Tensor
    accuracy: Tensor | None
    by_target: Tensor | None


def _joined(parts: list[Tensor]) -> NDArray[np.float64]:
    return torch.cat(parts).cpu().numpy().astype(np.float64)


def _joined_if_there(parts: Sequence[Tensor | None]) -> NDArray[np.float64] | None:
    there = [part for part in parts if part is not None]
    return _joined(there) if there else None


def _chunk_curves(
    method: Method, loss: Loss, meta: Meta, tasks: Task, noise: Noise, steps: int, vectorised: bool, check: Check
) -> _Found:
    over = vmap if vectorised else looped
    judge = over(lambda out, batch: _judge(loss, out, batch))
    by_step: list[Aux] = []
    for _, fast in states(method, meta, tasks, noise, steps, vectorised=vectorised, check=check):
        out = outputs(method, meta, fast, tasks.given, tasks.query.x, vectorised=vectorised)
        by_step.append(judge(out, tasks.query))
    losses_ = torch.stack([aux["query_loss"] for aux in by_step], 1)
    shares = torch.stack([aux["accuracy"] for aux in by_step], 1) if "accuracy" in by_step[0] else None
    several = tasks.query.y.is_floating_point() and tasks.query.y.shape[-1] > 1
    return _Found(losses_, shares, over(by_output)(out, tasks.query) if several else None)


def _judge(loss: Loss, out: Tensor, batch: Batch) -> Aux:
    return measure(loss, out, batch)[1]


def to_device(tasks: Task, device: torch.device, dtype: torch.dtype) -> Task:
    """Tasks drawn on the CPU, moved to where the network lives."""
    moved: Task = map_task(lambda leaf: leaf.to(device, dtype) if leaf.is_floating_point() else leaf.to(device), tasks)
    return moved


def moved(meta: Meta, device: torch.device) -> Meta:
    """Meta-parameters made on the CPU, on the device."""

    def move(groups: Groups) -> Groups:
        return {group: {name: leaf.to(device) for name, leaf in named.items()} for group, named in groups.items()}

    return Meta(move(meta.learned), move(meta.fixed), move(meta.state))
