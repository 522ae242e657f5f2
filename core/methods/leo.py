"""LEO (Rusu et al. 2019, arXiv 1807.05960): a support set becomes short codes, a decoder makes weights of them; adaptation
descends in the codes first, then in the weights. Learned are encoder, relation network, decoder and every step size.

Regression: one code a task, and all adapted tensors are made of it. Classification: one code a class, and its row of the head
is made of it, over unit-norm features of a frozen body. In training codes and weights are samples, at use means.
"""

import math
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import torch
from torch import Generator, Tensor

from core import losses, tree
from core.errors import BadExperiment
from core.inner import descend
from core.methods.leo_panels import leo_panels
from core.nets.heads import through
from core.nets.relation import perceptron, perceptron_start, relation
from core.types import (
    Aux,
    Batch,
    Fast,
    Given,
    Groups,
    Loss,
    Meta,
    Method,
    Net,
    Noise,
    Partition,
    Recipe,
    Rollout,
    Task,
    Tensors,
)

Rates = dict[str, Tensor | float]
MAPS = ("encoder", "relation", "decoder")


class Form(NamedTuple):
    """Where regression and classification differ.

    net: what predicts; held: its names that are fixed; codes: of one task; made: shapes of what the decoder makes of all of
    them; rates: of its step sizes; widths: of the three networks; read: (network, batch) -> what the encoder reads [examples,
    inputs]; members: support -> shares of a code's examples [codes, examples]; outputs: (network, batch, what was read) ->
    outputs [examples, outputs].
    """

    net: Net
    held: tuple[str, ...]
    codes: int
    made: dict[str, tuple[int, ...]]
    rates: dict[str, tuple[int, ...]]
    widths: dict[str, list[int]]
    read: Callable[[Tensors, Batch], Tensor]
    members: Callable[[Batch], Tensor]
    outputs: Callable[[Tensors, Batch, Tensor], Tensor]


def leo(net: Net, loss: Loss, recipe: Recipe, partition: Partition, settings: Any) -> Method:
    """`recipe.steps` counts both phases: steps before settings.latent_steps move codes, later ones weights."""
    classes = loss is losses.cross_entropy
    form = _rows(net, settings) if classes else _network(net, partition, settings)
    copies, dropout = (settings.copies, settings.dropout) if classes else (1, 0.0)
    sizes = {name: math.prod(shape) // form.codes for name, shape in form.made.items()}

    def init(generator: Generator) -> Meta:
        whole = net.init(generator)
        rest = tree.without(whole, (*form.made, *(net.head if classes else ())))
        held = tree.select(rest, [name for name in rest if name in form.held])
        dtype = next(iter(whole.values())).dtype
        rate = {name: torch.full(shape, settings.tuning_rate, dtype=dtype) for name, shape in form.rates.items()}
        rate["code"] = torch.full((settings.latent,), recipe.rate, dtype=dtype)
        maps = {name: perceptron_start(form.widths[name], generator, dtype) for name in MAPS}
        return Meta(_group(tree.without(rest, held)) | maps | {"rate": rate}, _group(held), {})

    def noise(generator: Generator, meta: Meta, given: Given, steps: int) -> Noise:
        """Draws of the codes, of what is decoded from them before and after each latent step, and what dropout keeps."""
        like, (tasks, examples) = meta.learned["rate"]["code"], given.support.weight.shape
        kind: dict[str, Any] = {"generator": generator, "dtype": like.dtype, "device": generator.device}
        decodes = min(settings.latent_steps, steps) + 1
        code = torch.randn(tasks, form.codes, copies, settings.latent, **kind)
        weights = torch.randn(tasks, decodes, form.codes, copies, sum(sizes.values()), **kind)
        drawn: Noise = {"draw": {"code": code, "weights": weights}}
        if dropout:
            shapes = {"encoder": (examples,), "support": (steps, examples), "query": given.query_weight.shape[1:]}
            kept = {use: torch.rand(tasks, *shape, net.feature_size, **kind) for use, shape in shapes.items()}
            drawn["kept"] = {use: draw >= dropout for use, draw in kept.items()}
        return drawn

    def encode(meta: Meta, support: Batch, read: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation of each code [codes, latent]."""
        share = support.weight / support.weight.sum().clamp(min=1)
        h = perceptron(meta.learned["encoder"], read)
        mean, raw = relation(meta.learned["relation"], h, form.members(support), share).chunk(2, -1)
        return mean, raw.exp() if settings.scale == "exp" else shifted(raw, 0.0)

    def decode(meta: Meta, codes: Tensor, draw: Tensor | None) -> Tensors:
        """[codes, copies, latent] -> made tensors, the mean over copies. draw [codes, copies, numbers]; none: their means."""
        parts = [sizes[name] for name in form.made]
        means, raws = (
            torch.split_with_sizes(half, parts, -1) for half in perceptron(meta.learned["decoder"], codes).chunk(2, -1)
        )
        made = dict(zip(form.made, means, strict=True))
        if draw is not None:
            drawn = zip(form.made.items(), means, raws, torch.split_with_sizes(draw, parts, -1), strict=True)
            most = (
                settings.scale_limit
            )  # a latent step that raises a scale sees a larger one next: exp of it overflowed
            made = {
                name: mean + shifted(raw.clamp(max=most), usual(shape)) * eps for (name, shape), mean, raw, eps in drawn
            }
        return {name: leaf.mean(1).reshape(form.made[name]) for name, leaf in made.items()}

    def network(meta: Meta, made: Tensors) -> Tensors:
        """Made over learned over fixed; rows of classes have no offset."""
        offset = {"head.bias": made["head.weight"].new_zeros(form.codes)} if classes and made else {}
        return {**_rest(meta), **made, **offset}

    def begin(meta: Meta, given: Given, noise: Noise) -> Fast:
        read = form.read(network(meta, {}), given.support)
        codes = encode(meta, given.support, read)[0][:, None].expand(-1, copies, -1)
        return {"weights": decode(meta, codes, None), "code": {"now": codes}, "read": {"support": read}}

    def training_start(meta: Meta, task: Task, noise: Noise) -> Fast:
        """Samples, and what the penalties need: by these `step` knows that it trains."""
        read, draw = form.read(network(meta, {}), task.support), noise["draw"]
        mean, deviation = encode(meta, task.support, dropped(read, noise, "encoder"))
        codes = mean[:, None] + deviation[:, None] * draw["code"]
        code = {"now": codes, "start": codes, "mean": mean, "deviation": deviation}
        return {"weights": decode(meta, codes, draw["weights"][0]), "code": code, "read": {"support": read}}

    def dropped(features: Tensor, noise: Noise, use: str, t: int | None = None) -> Tensor:
        if not dropout:
            return features
        kept = noise["kept"][use] if t is None else noise["kept"][use][t]
        return features * kept / (1 - dropout)

    def step(meta: Meta, fast: Fast, given: Given, noise: Noise, t: int) -> Fast:
        support, read, rates = given.support, fast["read"]["support"], meta.learned["rate"]
        training = "start" in fast["code"]
        seen = dropped(read, noise, "support", t) if training else read
        examples = support.weight.sum() if classes else 1.0  # classes: the sum over examples, as published

        def support_loss(made: Tensors) -> Tensor:
            return examples * loss(form.outputs(network(meta, made), support, seen), support)

        if t >= settings.latent_steps:
            eta: Rates = {name: rates[rate] / copies for name, rate in zip(form.made, form.rates, strict=True)}
            moved = descend(support_loss, fast["weights"], eta, clip=recipe.clip, first_order=recipe.first_order)
            return {**fast, "weights": moved}

        def code_loss(code: Tensors) -> Tensor:
            return support_loss(decode(meta, code["now"], noise["draw"]["weights"][t] if training else None))

        now = tree.select(fast["code"], ["now"])
        alpha: Rates = {"now": rates["code"]}
        moved = descend(code_loss, now, alpha, clip=recipe.clip, first_order=recipe.first_order)
        weights = decode(meta, moved["now"], noise["draw"]["weights"][t + 1] if training else None)
        return {**fast, "weights": weights, "code": {**fast["code"], **moved}}

    def weights(meta: Meta, fast: Fast) -> Tensors:
        return network(meta, fast["weights"])

    def terms(meta: Meta, fast: Fast, task: Task, noise: Noise, t: int, progress: Tensor) -> tuple[Tensor, Aux]:
        """Query loss + KL + encoder penalty + what keeps the decoder's directions apart and all maps small."""
        whole, query, code = weights(meta, fast), task.query, fast["code"]
        seen = dropped(form.read(whole, query), noise, "query") if classes else query.x
        value, aux = losses.measure(loss, form.outputs(whole, query, seen), query)
        divergence = gaussian_kl(code["mean"], code["deviation"]).mean()
        penalty = (code["now"].detach() - code["start"]).square().mean()  # pulls the encoder alone towards what adapts
        matrices = [leaf for name in MAPS for leaf in meta.learned[name].values()]
        decay = sum((leaf.square().sum() for leaf in matrices), start=progress.new_zeros(())) / 2
        apart = misalignment(meta.learned["decoder"]["0.weight"].T)
        value = value + settings.kl_weight * divergence + settings.penalty_weight * penalty
        return value + settings.map_decay * decay + settings.orthogonality * apart, aux

    rollout = Rollout(recipe.steps, (recipe.steps,), training_start, terms)
    method = Method(form.net, init, begin, step, weights, rollout, noise, plain=None)
    shown = leo_panels(
        method, training_start, recipe.steps, min(settings.latent_steps, recipe.steps), sampled=not classes
    )
    return method._replace(panels=shown)


def shifted(raw: Tensor, offset: float) -> Tensor:
    """Standard deviation: `offset` where the network says 0, as in the released code."""
    return (raw.exp() - (1 - offset)).clamp(min=1e-10)


def usual(shape: tuple[int, ...]) -> float:
    """Glorot's scale of weights, 0.01 of offsets."""
    return math.sqrt(2 / (math.prod(shape[2:]) * (shape[0] + shape[1]))) if len(shape) > 1 else 0.01


def gaussian_kl(mean: Tensor, deviation: Tensor) -> Tensor:
    """KL(N(mean, deviation^2) | N(0, 1)) entry by entry; the released code takes log q - log p of one sample, of this mean."""
    return (deviation.square() + mean.square() - 1) / 2 - deviation.log()


def misalignment(rows: Tensor) -> Tensor:
    """Mean over entries of (C - 1)^2, C the cosines between rows: 0 for orthogonal ones, 1 - 1/n for n equal ones."""
    rows = unit(rows)
    apart: Tensor = rows @ rows.T - torch.eye(len(rows), dtype=rows.dtype, device=rows.device)
    return apart.square().mean()


def unit(x: Tensor) -> Tensor:
    """Rows of length 1 (0 stays 0)."""
    return x * (x.square().sum(-1, keepdim=True) + 1e-12).rsqrt()


def _rest(meta: Meta) -> Tensors:
    return {**meta.fixed.get("init", {}), **meta.learned.get("init", {})}


def _group(tensors: Tensors) -> Groups:
    return {"init": tensors} if tensors else {}


def _rows(net: Net, settings: Any) -> Form:
    """Classification. One linear map each way, as the released code."""
    body, ways, size, latent = net.features, net.outputs, net.feature_size, settings.latent
    assert body is not None
    assert net.readout is not None
    readout = net.readout

    def features(weights: Tensors, x: Tensor) -> Tensor:
        return unit(body(weights, x))

    def members(support: Batch) -> Tensor:
        labels = torch.arange(ways, device=support.y.device)[:, None]
        mine = (support.y == labels).to(support.weight.dtype) * support.weight
        return mine / mine.sum(1, keepdim=True).clamp(min=1)

    widths = {"encoder": [size, latent], "relation": [2 * latent] * 4, "decoder": [latent, 2 * size]}
    return Form(
        net._replace(features=features, apply=through(features)), tuple(net.shapes), ways, {"head.weight": (ways, size)},
        {"row": (size,)}, widths, lambda weights, batch: features(weights, batch.x), members,
        lambda weights, batch, read: readout(weights, read),
    )  # fmt: skip


def _network(net: Net, partition: Partition, settings: Any) -> Form:
    """Regression. Three maps each; what does not adapt is learned or fixed as in MAML."""
    if both := {*partition.adapted} & {*partition.frozen}:
        raise BadExperiment(
            f"subset.freeze: leo makes {_listed(both)} for each task, so there is no start to freeze; take it out of "
            "subset.freeze, or name in subset.adapt what is to be made"
        )
    made = {name: net.shapes[name] for name in partition.adapted}
    total, hidden, latent = sum(map(math.prod, made.values())), settings.hidden, settings.latent
    inputs = math.prod(net.input_shape) + net.outputs

    def members(support: Batch) -> Tensor:
        return (support.weight / support.weight.sum().clamp(min=1))[None]

    widths = {
        "encoder": [inputs, hidden, hidden, hidden],
        "relation": [2 * hidden, hidden, hidden, 2 * latent],
        "decoder": [latent, hidden, hidden, 2 * total],
    }
    return Form(
        net, partition.frozen, 1, made, made, widths, lambda weights, batch: torch.cat([batch.x.flatten(1), batch.y], -1),
        members, lambda weights, batch, read: net.apply(weights, batch.x),
    )  # fmt: skip


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
