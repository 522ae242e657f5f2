"""Predicting parameters from activations (Qiao, Liu, Shen, Yuille 2018, arXiv 1706.03466): a map phi writes classifier rows.

The body is pretrained on all training classes and frozen; phi is learned by telling many of those classes apart, each by one
row made of the mean of its activations or of a single one. A new class is one forward pass and no gradient step.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from core import losses, tree
from core.outer import one_task
from core.types import Aux, Batch, Fast, Given, Loss, Meta, Method, Net, Noise, Panel, Partition, Recipe, Task, Tensors

EPS = 1e-12


def predict_rows(net: Net, loss: Loss, recipe: Recipe, partition: Partition, settings: Any) -> Method:
    """w_y = phi(s_y), logits = W a(x) without a bias; s_y: mean of the support activations of class y.

    In training s_y is that mean with probability `mean_share`, else one activation of the class; the query is never in it.
    """
    ways, size = recipe.train_ways or net.outputs, net.feature_size

    def init(generator: Generator) -> Meta:
        """phi begins as the identity: cosine nearest class mean, where no feature is negative."""
        weights = net.init(generator)
        dtype = next(iter(weights.values())).dtype
        layers = 2 if settings.map == "two-layer" else 1
        phi = {f"{i}.weight": torch.eye(size, dtype=dtype) for i in range(layers)}
        phi |= {f"{i}.bias": torch.zeros(size, dtype=dtype) for i in range(layers)}
        scale = {"scale": {"logits": torch.ones((), dtype=dtype)}} if settings.scale else {}
        return Meta({"phi": phi, **scale}, {"init": tree.without(weights, net.head)}, {})

    def noise(generator: Generator, meta: Meta, given: Given, steps: int) -> Noise:
        """Uniform numbers by class [tasks, classes]: is it the mean, and which activation if not."""
        tasks, device, dtype = len(given.support.x), generator.device, meta.learned["phi"]["0.weight"].dtype
        drawn = {
            name: torch.rand(tasks, ways, generator=generator, device=device, dtype=dtype) for name in ("mean", "which")
        }
        return {"statistic": drawn}

    def rows(meta: Meta, statistics: Tensor) -> Tensor:
        found = predicted(meta.learned["phi"], statistics, settings)
        return found * meta.learned["scale"]["logits"] if settings.scale else found

    def begin(meta: Meta, given: Given, noise: Noise) -> Fast:
        means, _ = by_class(features(net, meta, given.support.x), given.support, net.outputs)
        return {"weights": head(rows(meta, means))}

    def step(meta: Meta, fast: Fast, given: Given, noise: Noise, t: int) -> Fast:
        return fast

    def weights(meta: Meta, fast: Fast) -> Tensors:
        return {**meta.fixed["init"], **fast["weights"]}

    def objective(meta: Meta, task: Task, noise: Noise, progress: Tensor) -> tuple[Tensor, Aux]:
        """Cross-entropy over all classes of the task; the body and every activation are constants."""
        activations = features(net, meta, task.support.x)
        means, member = by_class(activations, task.support, ways)
        single = chosen(member, noise["statistic"]["which"]) @ activations
        is_mean = (noise["statistic"]["mean"] < settings.mean_share)[:, None]
        table = head(rows(meta, torch.where(is_mean, means, single)))
        logits = F.linear(features(net, meta, task.query.x), table["head.weight"], table["head.bias"])
        return losses.measure(loss, logits, task.query)

    def panels(meta: Meta, tasks: Task, noise: Noise) -> tuple[Panel, ...]:
        task: Task = one_task(tasks, 0)
        means, _ = by_class(features(net, meta, task.support.x), task.support, net.outputs)
        asked, _ = by_class(features(net, meta, task.query.x), task.query, net.outputs)
        return _panels(means, asked, predicted(meta.learned["phi"], means, settings))

    return Method(net, init, begin, step, weights, objective, noise, panels=panels, plain=None)


def predicted(phi: Tensors, statistics: Tensor, settings: Any) -> Tensor:
    """[classes, features] -> rows [classes, features] of length 1: W2 relu(W1 s/|s| + b1) + b2, or W1 s/|s| + b1."""
    u = F.linear(unit(statistics), phi["0.weight"], phi["0.bias"])
    if settings.map == "two-layer":
        u = torch.relu(u) if settings.activation == "relu" else u
        u = F.linear(u, phi["1.weight"], phi["1.bias"])
    return unit(u)


def unit(rows: Tensor) -> Tensor:
    """Rows of length 1; a row of zeros stays one and has no slope that explodes."""
    square = rows.square().sum(-1, keepdim=True)
    return rows * torch.where(square > EPS**2, square, 1.0).rsqrt()


def features(net: Net, meta: Meta, x: Tensor) -> Tensor:
    """Penultimate activations by the frozen body, a constant [examples, features]."""
    assert net.features is not None
    return net.features(meta.fixed["init"], x).detach()


def by_class(activations: Tensor, batch: Batch, classes: int) -> tuple[Tensor, Tensor]:
    """(means [classes, features], membership [examples, classes]); averaged first, normalized later, as the paper does."""
    member = F.one_hot(batch.y, classes).to(activations.dtype) * batch.weight[:, None]
    return member.T @ activations / member.sum(0).clamp(min=1)[:, None], member


def chosen(member: Tensor, which: Tensor) -> Tensor:
    """0/1 [classes, examples]: of each class the example that its uniform number in `which` names."""
    count = member.sum(0)
    wanted = (which * count).floor().clamp(max=(count - 1).clamp(min=0))
    place = member.cumsum(0) - 1
    return (member * (place == wanted)).T


def head(rows: Tensor) -> Tensors:
    return {"head.weight": rows, "head.bias": rows.new_zeros(len(rows))}


def _panels(means: Tensor, asked: Tensor, rows: Tensor) -> tuple[Panel, ...]:
    """Of the first task: do the rows point at the classes they were made for, and how far has phi turned them?"""
    names = tuple(f"class {i + 1}" for i in range(len(rows)))
    cosine = (unit(rows) @ unit(asked).T).clamp(0, 1)
    turned = (unit(rows) * unit(means)).sum(-1).clamp(-1, 1).arccos().rad2deg()
    return (
        Panel(
            "heat", "Rows beside query activations",
            "Cosine of each predicted row (down) with the mean query activation of each class (across); a good map is bright on "
            "the diagonal alone.", cosine, names, names,
        ),
        Panel(
            "bars", "How far the map turns a row", "Degrees between a predicted row and the mean it was made of; 0 is the nearest "
            "class mean, where the map begins.", turned, names,
        ),
    )  # fmt: skip
