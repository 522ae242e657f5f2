"""Reptile (Nichol, Achiam, Schulman 2018, arXiv 1803.02999): move towards the weights that ordinary training reaches.

The outer loss is half the squared distance to the reached weights, held constant: its gradient is start - reached, so an
outer SGD of rate epsilon is theta + epsilon * (mean W - theta). Official code carries Adam's moments from task to task;
here the tasks of a meta-batch run side by side and the moments they end with are averaged.
"""

from typing import Any

import torch
from torch import Generator, Tensor

from core import losses, tree
from core.func import grad
from core.inner import learned_start, merged, plain_init, predict, rollout, start_weights
from core.methods.moving_panels import moving_panels
from core.types import Aux, Batch, Fast, Given, Loss, Meta, Method, Net, Noise, Partition, Recipe, Task, Tensors

BETA2, EPS = 0.999, 1e-8  # Adam with beta1 = 0, as in the released code


def reptile(net: Net, loss: Loss, recipe: Recipe, partition: Partition, settings: Any) -> Method:
    adam, size = settings.optimizer == "adam", settings.batch
    start, plain, begin_weights = plain_init(net, partition.frozen), merged(net), learned_start(net, partition.adapted)

    def init(generator: Generator) -> Meta:
        meta = start(generator)
        if not adam:
            return meta
        moved = tree.select({**meta.fixed.get("init", {}), **meta.learned["init"]}, partition.adapted)
        second = {name: torch.zeros_like(leaf) for name, leaf in moved.items()}
        return meta._replace(state={"second": second, "count": {"steps": torch.zeros((), dtype=torch.float64)}})

    def noise(generator: Generator, meta: Meta, given: Given, steps: int) -> Noise:
        """Minibatch order: a fresh permutation whenever the examples are used up, {"order": {"index": [tasks, steps, batch]}}."""
        tasks, examples = given.support.x.shape[:2]
        batch = min(size or examples, examples)
        passes = max(1, -(-steps * batch // examples))
        keys = torch.rand(tasks, passes, examples, generator=generator, device=generator.device)
        order = keys.argsort(-1).flatten(1)[:, : steps * batch]
        return {"order": {"index": order.reshape(tasks, steps, batch)}}

    def begin(meta: Meta, given: Given, noise: Noise) -> Fast:
        """Moments of a shared head are kept as one row, like the head: any number of classes begins from it."""
        fast = begin_weights(meta, given, noise)
        if not adam:
            return fast
        second = {name: meta.state["second"][name].expand_as(leaf) for name, leaf in fast["weights"].items()}
        return {**fast, "second": second, "count": meta.state["count"]}

    def step(meta: Meta, fast: Fast, given: Given, noise: Noise, t: int) -> Fast:
        seen = _minibatch(given, noise, t) if size else given.support

        def support_loss(moved: Tensors) -> Tensor:
            return loss(net.apply(plain(meta, {**fast, "weights": moved}), seen.x), seen)

        gradient = tree.detach(grad(support_loss)(fast["weights"]))
        if recipe.clip is not None:
            gradient = {name: leaf.clamp(-recipe.clip, recipe.clip) for name, leaf in gradient.items()}
        return _adam(fast, gradient, recipe.rate) if adam else _sgd(fast, gradient, recipe.rate)

    def kept(name: str, moments: Tensor) -> Tensor:
        return moments.mean(0, keepdim=True) if net.shared_head and name in net.head else moments

    def objective(meta: Meta, task: Task, noise: Noise, progress: Tensor) -> tuple[Tensor, Aux]:
        still = meta._replace(learned={group: tree.detach(named) for group, named in meta.learned.items()})
        fast = rollout(method, still, task.given, noise, recipe.steps)
        learned = tree.select(start_weights(net, meta), partition.adapted)
        distance = (
            torch.stack([(leaf - fast["weights"][name]).square().sum() for name, leaf in learned.items()]).sum() / 2
        )
        _, aux = losses.measure(loss, predict(method, still, fast, task.given, task.query.x), task.query)
        if adam:
            moments = {f"second/{name}": kept(name, leaf).detach() for name, leaf in fast["second"].items()}
            aux = {**aux, **moments, "inner_steps": fast["count"]["steps"].detach()}
        return distance, aux

    def advance(before: Meta, after: Meta, aux: Aux, progress: Tensor) -> Meta:
        if not adam:
            return after
        second = {name: aux[f"second/{name}"].mean(0) for name in before.state["second"]}
        return after._replace(state={"second": second, "count": {"steps": aux["inner_steps"][0]}})

    method = Method(net, init, begin, step, plain, objective, noise, advance)
    return method._replace(panels=moving_panels(method, recipe.steps))


def _minibatch(given: Given, noise: Noise, t: int) -> Batch:
    """Rows of step t; a rollout longer than the draw goes through the draw again."""
    index = noise["order"]["index"]
    rows = index[t % index.shape[0]]
    return Batch(*(leaf[rows] for leaf in given.support))


def _sgd(fast: Fast, gradient: Tensors, rate: float) -> Fast:
    return {**fast, "weights": {name: leaf - rate * gradient[name] for name, leaf in fast["weights"].items()}}


def _adam(fast: Fast, gradient: Tensors, rate: float) -> Fast:
    steps = fast["count"]["steps"] + 1
    second = {name: BETA2 * leaf + (1 - BETA2) * gradient[name] ** 2 for name, leaf in fast["second"].items()}
    unbias = 1 - BETA2**steps  # in float64: float32 leaves three digits of 1 - 0.999
    moved = {
        name: leaf - rate * gradient[name] / ((second[name] / unbias).sqrt() + EPS)
        for name, leaf in fast["weights"].items()
    }
    return {"weights": moved, "second": second, "count": {"steps": steps}}
