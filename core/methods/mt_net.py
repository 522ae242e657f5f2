"""T-net and MT-net (Lee, Choi 2018, arXiv 1801.05558): layer maps T are learned, W moves, masks choose which units do.

T(Wx + b) equals a plain layer with weights TW and bias Tb, so the network itself is unchanged. On one example a step moves
the layer's output by -rate * (|x|^2 + 1) * T diag(mask) T' delta: a learned metric, inside a learned subspace.
"""

import math
from typing import Any

import torch
from torch import Generator, Tensor

from core.errors import BadExperiment
from core.inner import gradient_method, learned_start, merged, plain_init, start_weights
from core.types import Fast, Given, Loss, Meta, Method, Net, Noise, Panel, Partition, Recipe, Task, Tensors

PARTS = 20  # columns of the panel of update probabilities


def mt_net(net: Net, loss: Loss, recipe: Recipe, partition: Partition, settings: Any) -> Method:
    """Masks by unit, one draw a task: MT-net; masks "none": T-net; no metric: M-net; masks by weight, a draw a step: the
    "full" variant. Layers in which nothing adapts have neither; a frozen layer keeps its start, so it has no T.
    """
    masks, temperature, by_step = settings.masks, settings.temperature, settings.draws == "step"
    layers = _layers(net, partition.adapted)
    if not layers:
        raise BadExperiment(
            "subset.adapt: mt-net's maps and masks belong to linear layers, and normalization alone would adapt; choose a "
            "layer such as 'head.*', or method.kind = 'maml'"
        )
    turned = [each for each in layers if settings.metric and not {*_parts(net, each)} & {*partition.frozen}]
    start, plain, begin = plain_init(net, partition.frozen), merged(net), learned_start(net, partition.adapted)
    moved = [name for name in partition.adapted if _layer(name) in layers]

    def init(generator: Generator) -> Meta:
        meta = start(generator)
        weights = {**meta.fixed.get("init", {}), **meta.learned.get("init", {})}
        logit = math.log(settings.update_probability / (1 - settings.update_probability))
        extra: dict[str, Tensors] = {}
        if turned:
            extra["metric"] = {each: _identity(weights[f"{each}.weight"]) for each in turned}
        if masks == "unit":
            extra["logit"] = {
                each: torch.full_like(weights[f"{each}.weight"].flatten(1)[:, 0], logit) for each in layers
            }
        if masks == "weight":
            extra["logit"] = {name: logit + _spread(weights[name], generator) for name in moved}
        return meta._replace(learned={**meta.learned, **extra})

    def noise(generator: Generator, meta: Meta, given: Given, steps: int) -> Noise:
        """The difference of two Gumbels (a logistic draw): {"gumbel": {layer or tensor: [tasks, (steps,) *its mask]}}."""
        if masks == "none":
            return {}
        weights, tasks = start_weights(net, meta), len(given.support.x)
        front = (tasks, max(steps, 1)) if by_step else (tasks,)
        shapes = {
            key: weights[key].shape if masks == "weight" else weights[f"{key}.weight"].shape[:1]
            for key in meta.learned["logit"]
        }
        like = next(iter(meta.learned["logit"].values()))
        return {"gumbel": {key: _logistic(generator, (*front, *shape), like) for key, shape in shapes.items()}}

    def mask(meta: Meta, name: str, leaf: Tensor, noise: Noise, t: int) -> Tensor | float:
        """Of one tensor, broadcastable to it; 1 for normalization, which has no unit's weights, and for a shared head: its rows
        begin alike, and two classes whose rows are masked would stay the same class."""
        key = name if masks == "weight" else _layer(name)
        alike = masks == "unit" and net.shared_head and name in net.head
        if masks == "none" or alike or key not in meta.learned["logit"]:
            return 1.0
        draw, logit = noise["gumbel"][key], meta.learned["logit"][key]
        chosen = straight_through(logit[: len(leaf)], draw[t % len(draw)] if by_step else draw, temperature)
        return chosen if masks == "weight" else chosen.reshape(-1, *[1] * (leaf.ndim - 1))

    def rates(meta: Meta, fast: Fast, noise: Noise, t: int) -> dict[str, Tensor | float]:
        return {name: recipe.rate * mask(meta, name, leaf, noise, t) for name, leaf in fast["weights"].items()}

    def folded(meta: Meta, weights: Tensors) -> Tensors:
        maps = {part: metric for each, metric in meta.learned.get("metric", {}).items() for part in _parts(net, each)}
        return {name: fold(maps[name], leaf) if name in maps else leaf for name, leaf in weights.items()}

    def weights(meta: Meta, fast: Fast) -> Tensors:
        return folded(meta, plain(meta, fast))

    def without_a_task(meta: Meta) -> Tensors:
        return folded(meta, {**meta.fixed.get("init", {}), **meta.learned["init"]})

    def panels(meta: Meta, tasks: Task, noise: Noise) -> tuple[Panel, ...]:
        return (*_mask_panels(meta, layers), *_rank_panels(meta, net, layers))

    method = gradient_method(net, loss, recipe, init=init, begin=begin, rates=rates, weights=weights, noise=noise)
    return method._replace(panels=panels, plain=without_a_task)


def straight_through(logit: Tensor, draw: Tensor, temperature: float) -> Tensor:
    """0/1 mask: value of the hard choice, gradient of the soft one. P(1) = sigmoid(logit) whatever the temperature."""
    soft = ((logit + draw) / temperature).sigmoid()
    mask: Tensor = (soft > 0.5).to(soft.dtype) + (soft - soft.detach())
    return mask


def fold(metric: Tensor, leaf: Tensor) -> Tensor:
    """T W or T b: [units, units] times [units, ...]. A shared head has one scale; fewer ways leave out rows and columns."""
    if len(metric) == 1:
        return metric[0, 0] * leaf
    folded: Tensor = torch.tensordot(metric[: len(leaf), : len(leaf)], leaf, 1)
    return folded


def _layer(name: str) -> str:
    return name.rpartition(".")[0]


def _layers(net: Net, adapted: tuple[str, ...]) -> list[str]:
    """Linear maps (dense or convolutional) of which some tensor adapts."""
    maps = [_layer(name) for name, shape in net.shapes.items() if name.endswith(".weight") and len(shape) > 1]
    return [each for each in maps if {*_parts(net, each)} & {*adapted}]


def _parts(net: Net, layer: str) -> list[str]:
    return [name for name in (f"{layer}.weight", f"{layer}.bias") if name in net.shapes]


def _identity(weight: Tensor) -> Tensor:
    return torch.eye(len(weight), dtype=weight.dtype, device=weight.device)


def _spread(leaf: Tensor, generator: Generator) -> Tensor:
    """The released code's start of a logit for every weight: truncated normal, 0.01 for convolutions, else 0.1."""
    std = 0.01 if leaf.ndim > 2 else 0.1
    return torch.nn.init.trunc_normal_(torch.empty_like(leaf), 0.0, std, -2 * std, 2 * std, generator=generator)


def _logistic(generator: Generator, shape: tuple[int, ...], like: Tensor) -> Tensor:
    u = torch.rand(shape, generator=generator, dtype=like.dtype, device=generator.device).clamp(1e-7, 1 - 1e-7)
    return u.log() - (-u).log1p()


# panels


def _mask_panels(meta: Meta, layers: list[str]) -> tuple[Panel, ...]:
    """Update probabilities, the units of each layer sorted and read off at equal parts: layers differ in their sizes."""
    if "logit" not in meta.learned:
        return ()
    chances = {each: _chances(meta, each).flatten() for each in layers}
    at = torch.linspace(0, 1, PARTS, dtype=torch.float64, device=next(iter(chances.values())).device)
    sorted_ = torch.stack([chance.double().quantile(at) for chance in chances.values()])
    shares = torch.stack([chance.mean() for chance in chances.values()])
    ends = tuple("least" if i == 0 else "most" if i == PARTS - 1 else "" for i in range(PARTS))
    note = "How likely a unit takes part in a task's adaptation; each layer's units sorted from the least to the most likely."
    share_note = "Mean over the layer: how much of it moves in a task. Near 0 the layer is shared by all tasks."
    return (
        Panel("heat", "Update probability", note, sorted_, tuple(layers), ends),
        Panel("bars", "Share that moves", share_note, shares, tuple(layers)),
    )


def _chances(meta: Meta, layer: str) -> Tensor:
    """Update probabilities of a layer's units; by weight, of all its masked weights."""
    logits = meta.learned["logit"]
    if layer in logits:
        return logits[layer].sigmoid()
    return torch.cat([leaf.sigmoid().flatten() for name, leaf in logits.items() if _layer(name) == layer])


def _rank_panels(meta: Meta, net: Net, layers: list[str]) -> tuple[Panel, ...]:
    """Of T diag(p) T', p the update probabilities: in how many directions the layer's output moves."""
    ranks, names = [], []
    for each in layers:
        units = net.shapes[f"{each}.weight"][0]
        ranks.append(effective_rank(_expected_metric(meta, each, units, next(iter(meta.learned["init"].values())))))
        names.append(f"{each} (of {units})")
    note = "Effective number of directions in which a task moves the layer's output (entropy of the metric's spectrum)."
    return (Panel("bars", "Effective rank of the subspace", note, torch.stack(ranks), tuple(names)),)


def _expected_metric(meta: Meta, layer: str, units: int, like: Tensor) -> Tensor:
    """T diag(p) T' [units, units]."""
    identity = torch.eye(units, dtype=like.dtype, device=like.device)
    metric = meta.learned.get("metric", {}).get(layer, identity)
    logits = meta.learned.get("logit", {})
    if layer in logits:
        chance = logits[layer].sigmoid()
    elif f"{layer}.weight" in logits:
        chance = logits[f"{layer}.weight"].sigmoid().flatten(1).mean(1)
    else:
        chance = torch.ones_like(identity[0])
    return (metric * chance) @ metric.T


def effective_rank(matrix: Tensor) -> Tensor:
    """exp(entropy) of the normalized singular values (Roy, Vetterli 2007): k for k equal ones, between where they differ."""
    values = torch.linalg.svdvals(matrix.double())
    share = values / values.sum().clamp(min=1e-30)
    rank: Tensor = torch.special.entr(share).sum().exp()
    return rank
