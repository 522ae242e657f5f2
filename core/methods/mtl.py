"""MTL (Sun, Liu, Chua, Schiele 2019, arXiv 1812.02391): on a pretrained, frozen body a scale for every slice of the weights
and a shift for every unit are learned, and the start of the classifier; a task moves the classifier alone.

(W * S) conv x + (b + s): scale S [out, in, 1, 1], broadcast over the kernel, shift s [out]. Dense layers: S [out, 1], as one
for every weight would be as large as the weight itself.
"""

from typing import Any

import torch
from torch import Generator, Tensor

from core import losses
from core.inner import descend, learned_start, plain_init, predict, query_rollout, start_weights
from core.types import (
    Aux,
    Fast,
    Given,
    Loss,
    Meta,
    Method,
    Net,
    Noise,
    Panel,
    Partition,
    Recipe,
    Task,
    Tensors,
)


def mtl(net: Net, loss: Loss, recipe: Recipe, partition: Partition, settings: Any = None) -> Method:
    """J(S, s, theta) = query loss of theta_J on e(x_T), theta_{j+1} = theta_j - rate * grad of the support loss on e(x_S).

    Both embeddings e are computed once a task. First order takes the inner gradients as constants, so that the body
    hears of the query alone (the PyTorch release); second order is the TensorFlow release.
    """
    layers = tuple(name.removesuffix(".weight") for name in scaled(net))
    start, start_of_task = plain_init(net, partition.frozen), learned_start(net, partition.adapted)
    head_alone = set(partition.adapted) <= set(net.head)

    def init(generator: Generator) -> Meta:
        meta = start(generator)
        weights = {**meta.fixed.get("init", {}), **meta.learned.get("init", {})}
        scale = {f"{layer}.weight": _ones(weights[f"{layer}.weight"]) for layer in layers}
        shift = {f"{layer}.bias": torch.zeros_like(weights[f"{layer}.bias"]) for layer in layers}
        return meta._replace(learned={**meta.learned, "scale": scale, "shift": shift})

    def begin(meta: Meta, given: Given, noise: Noise) -> Fast:
        fast = start_of_task(meta, given, noise)
        if not head_alone:
            return fast
        assert net.features is not None
        return {**fast, "seen": {"support": net.features(bent(meta, start_weights(net, meta)), given.support.x)}}

    def step(meta: Meta, fast: Fast, given: Given, noise: Noise, t: int) -> Fast:
        def support_loss(moved: Tensors) -> Tensor:
            if not head_alone:
                return loss(net.apply(weights(meta, {"weights": moved}), given.support.x), given.support)
            assert net.readout is not None
            return loss(net.readout({**start_weights(net, meta), **moved}, fast["seen"]["support"]), given.support)

        rates: dict[str, Tensor | float] = dict.fromkeys(fast["weights"], recipe.rate)
        moved = descend(support_loss, fast["weights"], rates, clip=recipe.clip, first_order=recipe.first_order)
        return {**fast, "weights": moved}

    def weights(meta: Meta, fast: Fast) -> Tensors:
        return bent(meta, {**start_weights(net, meta), **fast["weights"]})

    def plain(meta: Meta) -> Tensors:
        """Scales and shifts folded into the weights (check 7)."""
        return bent(meta, {**meta.fixed.get("init", {}), **meta.learned.get("init", {})})

    method = Method(net, init, begin, step, weights, _later, plain=plain, panels=_panels)
    walk = query_rollout(method, loss, recipe.steps)

    def terms(meta: Meta, fast: Fast, task: Task, noise: Noise, t: int, progress: Tensor) -> tuple[Tensor, Aux]:
        """The query loss, and which class failed: hard tasks are made of those."""
        outputs = predict(method, meta, fast, task.given, task.query.x)
        value, aux = losses.measure(loss, outputs, task.query)
        return value, {**aux, "failed": losses.worst_class(outputs.detach(), task.query)}

    hard = getattr(settings, "hard_every", 0)
    return method._replace(objective=walk._replace(terms=terms) if hard else walk)


def bent(meta: Meta, weights: Tensors) -> Tensors:
    """The network's weights under the learned scales and shifts: W * S and b + s."""
    scales = {name: weights[name] * scale for name, scale in meta.learned["scale"].items()}
    return {**weights, **scales, **{name: weights[name] + shift for name, shift in meta.learned["shift"].items()}}


def scaled(net: Net) -> tuple[str, ...]:
    """The body's weights with an input axis: convolutions and linear layers, no normalization."""
    names = (name for name, shape in net.shapes.items() if name.endswith(".weight") and len(shape) > 1)
    return tuple(name for name in names if name not in net.head)


def _ones(weight: Tensor) -> Tensor:
    shape = (*weight.shape[:2], *(1 for _ in weight.shape[2:])) if weight.ndim > 2 else (weight.shape[0], 1)
    return torch.ones(shape, dtype=weight.dtype, device=weight.device)


def _later(meta: Meta, task: Task, noise: Noise, progress: Tensor) -> tuple[Tensor, Aux]:
    raise NotImplementedError


def _panels(meta: Meta, tasks: Task, noise: Noise) -> tuple[Panel, ...]:
    scale, shift = meta.learned["scale"], meta.learned["shift"]
    rows = tuple(name.removesuffix(".weight") for name in scale)
    moved = torch.stack([(leaf - 1).abs().mean() for leaf in scale.values()])
    lifted = torch.stack([leaf.abs().mean() for leaf in shift.values()])
    return (
        Panel("bars", "Scales", "Mean distance of each layer's scales from 1: how far the body was bent.", moved, rows),
        Panel("bars", "Shifts", "Mean size of each layer's shifts.", lifted, rows),
    )
