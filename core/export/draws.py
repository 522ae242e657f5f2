"""What a stochastic method draws, fixed once: the file gives the same prediction wherever it is run, the one of Headstart."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from core.config import Experiment
from core.draws import at_step
from core.sampling import STREAM, use_noise
from core.types import DTYPES, Batch, Given, Groups, Meta, Method, Noise, TaskSpec


class Draws(NamedTuple):
    """stored: what goes into the file; given: (stored, support) -> the noise [samples, ...] of one adaptation; most_support:
    examples that the stored numbers reach for, None where there is no bound."""

    stored: Groups
    given: Callable[[Groups, Batch], Noise]
    most_support: int | None = None


def draws_of(
    method: Method, experiment: Experiment, meta: Meta, spec: TaskSpec, ways: int, steps: int, most_support: int
) -> Draws:
    """Draws that do not depend on the number of examples are stored as they are; an order of minibatches is made from
    stored uniform numbers, as many as `most_support` examples need."""
    one, other = (use_noise(method, meta, _given(experiment, spec, ways, n), steps) for n in (ways + 3, ways + 5))
    size = getattr(experiment.method, "batch", None)
    if "order" in one:
        return _orders(size, steps, most_support) if size else Draws({}, lambda stored, support: {})
    kept = {group: named for group, named in one.items() if _shapes(named) == _shapes(other[group])}
    return Draws(kept, lambda stored, support: stored)


def _given(experiment: Experiment, spec: TaskSpec, ways: int, examples: int) -> Given:
    dtype = DTYPES[experiment.engine.precision]
    x, weight = torch.zeros(examples, *spec.input_shape, dtype=dtype), torch.ones(examples, dtype=dtype)
    y = torch.arange(examples) % ways if spec.task_type == "classification" else x.new_zeros(examples, ways)
    return Given(Batch(x, y, weight), x[:0], weight[:0])


def _shapes(named: dict[str, Tensor]) -> dict[str, torch.Size]:
    return {name: leaf.shape for name, leaf in named.items()}


def _orders(size: int, steps: int, most: int) -> Draws:
    """Minibatch orders (Reptile): core draws one uniform number a pass and example, row after row, so the first of a longer
    draw are those of a shorter one."""
    stored = torch.rand(max(steps, 1) * most, generator=at_step(0, STREAM))

    def given(groups: Groups, support: Batch) -> Noise:
        """A pass more than is needed changes nothing, so there are as many as steps."""
        passes, examples = max(steps, 1), support.x.shape[0]
        batch = torch.sym_min(size, examples)  # type: ignore[no-untyped-call]
        rows = torch.arange(passes)[:, None]
        keys = groups["order"]["keys"][rows * examples + torch.arange(examples)]
        order = (keys.argsort(-1)).flatten()
        return {"order": {"index": order[rows * batch + torch.arange(batch)][None]}}

    return Draws({"order": {"keys": stored}}, given, most)
