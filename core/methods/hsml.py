"""HSML (Yao, Wei, Huang, Li 2019, arXiv 1905.05301): a tree of task clusters decides which entries of the start count.

The support set is embedded (g), shared out over learned clusters and summed up leaf to root (r); a sigmoid gate of [g ; r]
rescales every entry of the initialization, then plain inner steps go on. The gate is read once and does not adapt.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from core import losses, tree
from core.errors import BadExperiment
from core.inner import gradient_method, plain_init, predict
from core.nets.clusters import Embedding, leaf_shares, pooled_embedding, recurrent_embedding, tree_start, tree_summary
from core.nets.encoders import picture_codes, picture_shapes, picture_start
from core.nets.starts import glorot
from core.outer import count, one_task
from core.panels import by_mode, modes, projected
from core.types import (
    Aux,
    Batch,
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
    Rollout,
    Task,
    Tensors,
    keep,
    no_noise,
)

FAR = 9999.0  # the released code's loss before the first look


def hsml(net: Net, loss: Loss, recipe: Recipe, partition: Partition, settings: Any) -> Method:
    """J = mean over tasks of L(f(Xq; theta^T), Yq) + xi * L_rec(S); theta^0 = theta0 * o, all but normalization gated.

    What is frozen has no gate either. Growing (HSML-D): clusters up to a capacity, of which `state` says who is alive.
    """
    classes = net.outputs if loss is losses.cross_entropy else None
    embedding = _embedding(net, classes, settings)
    blocks = classes is not None and settings.order == "blocks"
    start = plain_init(net, partition.frozen)
    gated = tuple(name for name in net.shapes if name not in {*net.norm, *partition.frozen})
    held = tuple(name for name in gated if name not in partition.adapted)
    capacity = (settings.most_clusters, *settings.clusters[1:]) if settings.grow else settings.clusters

    def init(generator: Generator) -> Meta:
        meta = start(generator)
        weights = {**meta.fixed.get("init", {}), **meta.learned["init"]}
        dtype = next(iter(weights.values())).dtype
        learned = {
            **meta.learned,
            "embedding": _embedding_start(net, embedding, settings, generator, dtype),
            "tree": tree_start(capacity, settings.width, generator, dtype),
            "gate": _gate_start(tree.select(weights, gated), settings, generator),
        }
        state = {"growth": _seedling(settings, capacity[0], dtype, classes)} if settings.grow else {}
        return Meta(learned, meta.fixed, {**meta.state, **state})

    def noise(generator: Generator, meta: Meta, given: Given, steps: int) -> Noise:
        """In which order the classes of each block are read: {"order": {"draw": [tasks, examples]}}."""
        weight = given.support.weight
        draw = torch.rand(weight.shape, generator=generator, dtype=weight.dtype, device=generator.device)
        return {"order": {"draw": draw}}

    def embed(meta: Meta, support: Batch, noise: Noise) -> tuple[Tensor, Tensor]:
        """(g [width], reconstruction error)."""
        learned = meta.learned["embedding"]
        if blocks:
            support = in_blocks(support, noise["order"]["draw"], net.outputs)
        return embedding.read(learned, _rows(net, classes, learned, support, settings), support.weight)

    def alive(meta: Meta) -> Tensor | None:
        return meta.state["growth"]["alive"] if settings.grow else None

    def begin(meta: Meta, given: Given, noise: Noise) -> Fast:
        g, error = embed(meta, given.support, noise)
        summary = torch.cat([g, tree_summary(meta.learned["tree"], g, settings.sigma, settings.assign, alive(meta))])
        weights = {**meta.fixed.get("init", {}), **meta.learned["init"]}
        opened = {name: weights[name] * gate(meta.learned["gate"], name, summary, weights[name]) for name in gated}
        begun = net.expand({**weights, **opened})
        return {
            "weights": tree.select(begun, partition.adapted),
            "held": tree.select(begun, held),
            "report": {"reconstruction": error},
        }

    def weights(meta: Meta, fast: Fast) -> Tensors:
        plain = net.expand({**meta.fixed.get("init", {}), **meta.learned["init"]})
        return {**plain, **fast["held"], **fast["weights"]}

    def terms(meta: Meta, fast: Fast, task: Task, noise: Noise, t: int, progress: Tensor) -> tuple[Tensor, Aux]:
        found, aux = losses.measure(loss, predict(method, meta, fast, task.given, task.query.x), task.query)
        error = fast["report"]["reconstruction"]
        return found + settings.reconstruction * error, {**aux, "reconstruction": error.detach()}

    def begin_task(meta: Meta, task: Task, noise: Noise) -> Fast:
        return begin(meta, task.given, noise)

    def advance(before: Meta, after: Meta, aux: Aux, progress: Tensor) -> Meta:
        score = aux["query_loss" if classes is None else "accuracy"].mean()
        growth = grown(after.state["growth"], score, settings, by_accuracy=classes is not None)
        return after._replace(state={**after.state, "growth": growth})

    def panels(meta: Meta, tasks: Task, noise: Noise) -> tuple[Panel, ...]:
        codes = torch.stack(
            [embed(meta, one_task(tasks, i).support, one_task(noise, i))[0] for i in range(count(tasks))]
        )
        shares = torch.stack([leaf_shares(meta.learned["tree"], g, settings.sigma, alive(meta)) for g in codes])
        return _panels(codes, shares, modes(tasks))

    rollout = Rollout(recipe.steps, (recipe.steps,), begin_task, terms)
    method = gradient_method(
        net, loss, recipe, init=init, begin=begin, weights=weights, noise=noise if blocks else no_noise, objective=rollout,
        advance=advance if settings.grow else keep,
    )  # fmt: skip
    return method._replace(panels=panels, plain=None)


def in_blocks(support: Batch, draw: Tensor, classes: int) -> Batch:
    """A support set as the released code reads it: first one example of each class, then the next, the classes of every such
    block in an order of their own. draw [examples]: uniform in 0..1; padding comes last."""
    own = F.one_hot(support.y, classes) * (support.weight > 0).to(torch.int64)[:, None]
    block = (own.cumsum(0) * own).sum(1).to(draw.dtype)  # 1 for a class's first example; 0 for padding
    key = torch.where(support.weight > 0, block + draw, torch.inf)
    order = key.argsort(stable=True)
    return Batch(*(leaf.gather(0, order.reshape(-1, *[1] * (leaf.ndim - 1)).expand_as(leaf)) for leaf in support))


def gate(learned: Tensors, name: str, summary: Tensor, leaf: Tensor) -> Tensor:
    """o = sigmoid(G [g ; r] + b), shaped like the tensor; fewer ways than learned take the first rows."""
    opened = F.linear(summary, learned[f"{name}.weight"], learned[f"{name}.bias"]).sigmoid()
    return opened.reshape(-1, *leaf.shape[1:])[: len(leaf)]


def _gate_start(weights: Tensors, settings: Any, generator: Generator) -> Tensors:
    """Glorot-uniform [entries, 2 * width]; an offset of 0 halves the start, as published."""
    found: Tensors = {}
    for name, leaf in weights.items():
        found[f"{name}.weight"] = glorot((leaf.numel(), 2 * settings.width), generator, leaf.dtype)
        found[f"{name}.bias"] = torch.full((leaf.numel(),), settings.gate_offset, dtype=leaf.dtype)
    return found


# the embedding


def _sees_pictures(net: Net) -> bool:
    return len(net.input_shape) == 3


def _embedding(net: Net, classes: int | None, settings: Any) -> Embedding:
    pictures = _sees_pictures(net)
    width = settings.picture_code if pictures else int(torch.Size(net.input_shape).numel())
    inputs = width + (classes or net.outputs)
    if settings.aggregator == "mean":
        return pooled_embedding(inputs, settings.between, settings.width)
    features = None if pictures else settings.between
    return recurrent_embedding(inputs, features, settings.width, detached=settings.detach_target)


def _picture_shapes(net: Net, settings: Any) -> dict[str, tuple[int, ...]]:
    return picture_shapes(net.input_shape[0], settings.picture_channels, settings.picture_code)


def _embedding_start(
    net: Net, embedding: Embedding, settings: Any, generator: Generator, dtype: torch.dtype
) -> Tensors:
    found = embedding.init(generator, dtype)
    if _sees_pictures(net):
        drawn = picture_start(_picture_shapes(net, settings), generator, dtype)
        found |= {f"picture.{name}": leaf for name, leaf in drawn.items()}
    return found


def _rows(net: Net, classes: int | None, learned: Tensors, support: Batch, settings: Any) -> Tensor:
    """[examples, inputs + outputs]: [x, y], or a picture's code beside the one-hot of its label."""
    x = support.x.flatten(1)
    if _sees_pictures(net):
        picture = {n.removeprefix("picture."): leaf for n, leaf in learned.items() if n.startswith("picture.")}
        x = picture_codes(picture, support.x, support.weight, len(settings.picture_channels))
    if classes is None:
        return torch.cat([x, support.y], 1)
    known = (learned["in.weight"] if "in.weight" in learned else learned["read.weight_ih_l0"]).shape[1] - x.shape[1]
    if classes > known:
        raise BadExperiment(
            f"this embedding reads labels of {known} classes and cannot take {classes}; give at most {known}, or learn one "
            "with more ways"
        )
    return torch.cat([x, F.one_hot(support.y, known).to(x.dtype)], 1)


# growth


def _seedling(settings: Any, capacity: int, dtype: torch.dtype, classes: int | None) -> Tensors:
    """Who is alive [capacity]; outer steps since the last growth and since the last look; the score's sum; the last look's."""
    alive = (torch.arange(capacity) < settings.clusters[0]).to(dtype)
    zero = torch.zeros((), dtype=dtype)
    last = torch.full((), FAR if classes is None else 0.0, dtype=dtype)
    return {"alive": alive, "since": zero, "seen": zero.clone(), "total": zero.clone(), "last": last}


def grown(growth: Tensors, score: Tensor, settings: Any, *, by_accuracy: bool) -> Tensors:
    """HSML-D's rule: every `grow_every` steps compare the mean score with the last one; much worse wakes one more leaf.

    Much worse: loss above 1.25 times, accuracy below 0.85 times. A leaf that wakes has its fresh start, untouched so far.
    """
    seen, since, total = growth["seen"] + 1, growth["since"] + 1, growth["total"] + score
    mean, look = total / seen, seen >= settings.grow_every
    worse = mean < 0.85 * growth["last"] if by_accuracy else mean > 1.25 * growth["last"]
    grow = look & worse & (since >= settings.grow_after)
    alive = (growth["alive"] > 0.5).to(growth["alive"].dtype)
    wakes = (torch.arange(len(alive), device=alive.device) == alive.sum()).to(alive.dtype)
    return {
        "alive": alive + wakes * grow,
        "since": torch.where(grow, torch.zeros_like(since), since),
        "seen": torch.where(look, torch.zeros_like(seen), seen),
        "total": torch.where(look, torch.zeros_like(total), total),
        "last": torch.where(look, mean, growth["last"]),
    }


# panels


def _panels(codes: Tensor, shares: Tensor, mode: Tensor | None) -> tuple[Panel, ...]:
    """Which cluster each task goes to, tasks of one mode below each other; embeddings in the plane; whether clusters are used."""
    order = torch.arange(len(codes)) if mode is None else mode.argsort(stable=True).cpu()
    labels = by_mode(mode, len(codes))
    rows = tuple(labels[i] for i in order.tolist())
    each = torch.special.entr(shares).sum(1).mean().exp()
    together = torch.special.entr(shares.mean(0)).sum().exp()
    columns = tuple(f"cluster {k + 1}" for k in range(shares.shape[1]))
    return (
        Panel(
            "heat", "Assignment to clusters", "A row is a task, its shares add up to 1. Tasks of one mode should look alike, "
            "modes should differ.", shares[order], rows, columns,
        ),
        Panel("points", "Task embeddings", "Each point is a task, along the two directions in which they differ most.",
              projected(codes), labels),
        Panel(
            "bars", "Clusters in use", "By one task, and by all together. Both at 1: one cluster takes everything.",
            torch.stack([each, together]), ("by a task", "by all"),
        ),
    )  # fmt: skip
