"""MMAML (Vuorio, Sun, Hu, Lim 2019, arXiv 1910.13616): a code of the support set modulates hidden units, then weights move.

(1 + g) * (A h + c) + b equals a plain layer with rows (1 + g) A and offset (1 + g) c + b, so the network is unchanged; behind
a normalization it is that one's scale and offset. The code is read once, from the support set alone, and stays for the task.
"""

from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from core import losses
from core.inner import gradient_method, learned_start, merged, plain_init
from core.nets.critics import usual_start
from core.nets.encoders import Encoder, picture_encoder, sequence_encoder
from core.outer import count, one_task
from core.panels import by_mode, modes, projected
from core.types import Fast, Given, Loss, Meta, Method, Net, Noise, Panel, Partition, Recipe, Task, Tensors

PARTS = {"film": 2, "sigmoid": 1, "softmax": 1}
"""Numbers for each modulated unit."""


class Site(NamedTuple):
    """Where a hidden layer is modulated: names of the last scale (or weights) and offset before its nonlinearity."""

    layer: str
    scale: str
    offset: str
    units: int


def mmaml(net: Net, loss: Loss, recipe: Recipe, partition: Partition, settings: Any) -> Method:
    """J(theta, omega) = mean over tasks of L(f(Xq; theta^T, tau), Yq), tau from the support set by encoder and heads.

    omega (group "modulation") learns through tau in the query pass and inside every inner gradient; in first order
    through the query pass alone.
    """
    sites = modulated_sites(net)[: 1 if settings.layers == "first" else None]
    encoder, parts = _encoder(net, loss, settings), PARTS[settings.modulation]
    heads = _head_shapes(sites, parts, encoder.size)
    start, plain, begin_weights = plain_init(net, partition.frozen), merged(net), learned_start(net, partition.adapted)

    def init(generator: Generator) -> Meta:
        meta = start(generator)
        dtype = next(iter({**meta.fixed.get("init", {}), **meta.learned["init"]}.values())).dtype
        drawn = _named("encoder", encoder.init(generator, dtype)) | _named("head", usual_start(heads, generator, dtype))
        return meta._replace(learned={**meta.learned, "modulation": drawn})

    def code(meta: Meta, given: Given) -> Tensor:
        return encoder.read(_under("encoder", meta.learned["modulation"]), given.support)

    def begin(meta: Meta, given: Given, noise: Noise) -> Fast:
        upsilon, learned = code(meta, given), _under("head", meta.learned["modulation"])
        tau = {
            site.layer: F.linear(upsilon, learned[f"{site.layer}.weight"], learned[f"{site.layer}.bias"])
            for site in sites
        }
        return {**begin_weights(meta, given, noise), "modulation": tau}

    def weights(meta: Meta, fast: Fast) -> Tensors:
        found = plain(meta, fast)
        for site in sites:
            gain, shift = modulation(settings.modulation, fast["modulation"][site.layer])
            scale = found[site.scale]
            found[site.scale] = gain.reshape(-1, *[1] * (scale.ndim - 1)) * scale
            found[site.offset] = gain * found[site.offset] + shift
        return found

    def panels(meta: Meta, tasks: Task, noise: Noise) -> tuple[Panel, ...]:
        given = [one_task(tasks, i).given for i in range(count(tasks))]
        codes = torch.stack([code(meta, each) for each in given])
        taus = [begin(meta, each, {})["modulation"] for each in given]
        return _panels(codes, taus, modes(tasks), settings.modulation)

    method = gradient_method(net, loss, recipe, init=init, begin=begin, weights=weights)
    return method._replace(panels=panels, plain=None)


def modulation(kind: str, tau: Tensor) -> tuple[Tensor, Tensor | float]:
    """(gain, shift) [units] of tau. film: 1 + g and b, the identity at tau = 0; the gates halve, or share out, at tau = 0."""
    if kind == "film":
        gain, shift = tau.chunk(2)
        return 1 + gain, shift
    return (tau.sigmoid() if kind == "sigmoid" else tau.softmax(0)), 0.0


def modulated_sites(net: Net) -> list[Site]:
    """One for each hidden layer, in order: its linear map, or the normalization behind it. The head is never modulated."""
    found: list[Site] = []
    for name, shape in net.shapes.items():
        layer = name.removesuffix(".weight")
        if name in net.head or not name.endswith(".weight"):
            continue
        if name in net.norm:
            found[-1] = Site(found[-1].layer, name, f"{layer}.bias", shape[0])
        elif len(shape) > 1:
            found.append(Site(layer, name, f"{layer}.bias", shape[0]))
    return found


def _head_shapes(sites: list[Site], parts: int, size: int) -> dict[str, tuple[int, ...]]:
    """One linear map a modulated layer: [parts * units, code]."""
    shapes: dict[str, tuple[int, ...]] = {}
    for site in sites:
        shapes |= {f"{site.layer}.weight": (parts * site.units, size), f"{site.layer}.bias": (parts * site.units,)}
    return shapes


def _encoder(net: Net, loss: Loss, settings: Any) -> Encoder:
    if len(net.input_shape) == 3:
        return picture_encoder(net.input_shape[0], settings.picture_channels, settings.picture_code)
    classes = net.outputs if loss is losses.cross_entropy else None
    return sequence_encoder(
        int(torch.Size(net.input_shape).numel()) + net.outputs, settings.encoder_width, settings.encoder_layers,
        by_input=settings.order == "sorted", classes=classes,
    )  # fmt: skip


def _named(prefix: str, tensors: Tensors) -> Tensors:
    return {f"{prefix}.{name}": leaf for name, leaf in tensors.items()}


def _under(prefix: str, tensors: Tensors) -> Tensors:
    start = f"{prefix}."
    return {name.removeprefix(start): leaf for name, leaf in tensors.items() if name.startswith(start)}


# panels


def _panels(codes: Tensor, taus: list[Tensors], mode: Tensor | None, kind: str) -> tuple[Panel, ...]:
    """Task codes and modulations in the plane, and how far from 1 each layer's gain is."""
    together = torch.stack([torch.cat(list(tau.values())) for tau in taus])
    gains = {layer: torch.stack([modulation(kind, tau[layer])[0] for tau in taus]) for layer in taus[0]}
    spread = torch.stack([(gain - gain.mean(0)).abs().mean() for gain in gains.values()])
    labels = by_mode(mode, len(codes))
    note = "Each point is a task, along the two directions in which they differ most. Tasks of one mode should lie together."
    spread_note = "How much a unit's gain differs from task to task, by layer. 0: the encoder is not used there."
    return (
        Panel("points", "Modulation by task", note, projected(together), labels),
        Panel("points", "Task codes", note, projected(codes), labels),
        Panel("bars", "Gain's spread", spread_note, spread, tuple(gains)),
    )
