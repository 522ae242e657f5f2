"""Several draws of one task at use: each is an adaptation of its own, and a prediction averages them.

A method with `samples` > 1 still thinks of one task and one draw. At use the draws are fixed once and shared by all tasks, so
that a file gives the same prediction wherever it is loaded, and what is evaluated is what is shipped.
"""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from core.draws import at_step
from core.inner import predict, rollout
from core.types import Batch, Fast, Given, Groups, Meta, Method, Noise, map_task

STREAM = "use"


def use_noise(method: Method, meta: Meta, given: Given, steps: int) -> Noise:
    """The draws [samples, ...] of an adaptation at use, made on the CPU; given: of one task."""
    repeated = map_task(lambda leaf: leaf[None].expand(method.samples, *leaf.shape), given)
    drawn = method.noise(at_step(0, STREAM), meta, repeated, steps)
    return {group: {k: v.to(given.query_x.device) for k, v in named.items()} for group, named in drawn.items()}


def mixture(outputs: Tensor, *, classes: bool, dim: int = 0) -> Tensor:
    """One prediction out of several along `dim`: the mean value, or logits whose softmax is the mean probability."""
    if not classes:
        return outputs.mean(dim)
    return outputs.log_softmax(-1).logsumexp(dim) - math.log(outputs.shape[dim])


def labelled(batch: Batch) -> bool:
    """Are the targets classes?"""
    return not torch.is_floating_point(batch.y)


def adapted(method: Method, meta: Meta, given: Given, noise: Noise, steps: int) -> Fast:
    """One task under every draw of `noise` [samples, ...], one after the other: fast weights [samples, ...]."""
    return _stacked([rollout(method, meta, given, one_sample(noise, i), steps) for i in range(method.samples)])


def _stacked(each: list[Fast]) -> Fast:
    return {
        group: {name: torch.stack([fast[group][name] for fast in each]) for name in named}
        for group, named in each[0].items()
    }


def on_the_way(method: Method, meta: Meta, given: Given, noise: Noise, steps: int) -> Iterator[Fast]:
    """As `adapted`, but after 0, 1, ..., steps steps: the same draws, looked at on their way. The caller says no_grad."""
    states = [method.begin(meta, given, one_sample(noise, i)) for i in range(method.samples)]
    yield _stacked(states)
    for t in range(steps):
        states = [method.step(meta, fast, given, one_sample(noise, i), t) for i, fast in enumerate(states)]
        yield _stacked(states)


def predictions(method: Method, meta: Meta, fast: Fast, given: Given, x: Tensor) -> Tensor:
    """Of every sample: [samples, examples, outputs] for x [examples, *input]."""
    states = (one_sample(fast, i) for i in range(method.samples))
    return torch.stack([predict(method, meta, state, given, x) for state in states])


def one_sample(groups: Groups, index: int) -> Groups:
    """One element of the samples axis of noise or fast weights."""
    return {group: {name: leaf[index] for name, leaf in named.items()} for group, named in groups.items()}
