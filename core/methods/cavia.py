"""CAVIA (Zintgraf, Shiarlis, Kurin, Hofmann, Whiteson 2019, arXiv 1810.03642): a small context vector moves, zero at the start of
every task; the network itself is shared by all tasks.

Numbers: the context joins the input, W [x; c] + b, which is a layer with offset b + W_c c. Pictures: it scales and shifts the
channels of one block, gamma * h + beta, folded into the block's normalization, or its convolution where there is none.
"""

from typing import Any

import torch
from torch import Generator, Tensor
from torch.nn.functional import pad

from core.inner import gradient_method, plain_init, rollout, start_weights
from core.nets.starts import glorot
from core.outer import count, one_task
from core.panels import by_mode, modes, projected
from core.types import Fast, Given, Loss, Meta, Method, Net, Noise, Panel, Partition, Recipe, Task, Tensors


def cavia(net: Net, loss: Loss, recipe: Recipe, partition: Partition, settings: Any) -> Method:
    """`partition.adapted` does not apply: nothing of the network moves in a task. The context's start is not learned.

    Released code puts the modulation behind the max-pool; here it is before ReLU and pool, the same for gamma >= 0, and its
    own offset starts at gamma = 1, beta = 0 (released: near 0, which silences the layer).
    """
    start, size = plain_init(net, partition.frozen), settings.context
    layers = [
        name.removesuffix(".weight")
        for name, shape in net.shapes.items()
        if name.endswith(".weight") and len(shape) > 1
    ]
    pictures = len(net.shapes[f"{layers[0]}.weight"]) > 2
    layer = _block(layers, settings.layer) if pictures else layers[0]
    units = net.shapes[f"{layer}.weight"][0]

    def init(generator: Generator) -> Meta:
        meta = start(generator)
        like = _any(meta)
        rows = 2 * units if pictures else units
        modulation: Tensors = {"weight": glorot((rows, size), generator, like.dtype)}
        if pictures:
            modulation["bias"] = torch.cat([like.new_ones(units), like.new_zeros(units)])
        return meta._replace(learned={**meta.learned, "context": modulation})

    def begin(meta: Meta, given: Given, noise: Noise) -> Fast:
        return {"weights": {"context": _any(meta).new_zeros(size)}}

    def weights(meta: Meta, fast: Fast) -> Tensors:
        plain, modulation = start_weights(net, meta), meta.learned["context"]
        shift = modulation["weight"] @ fast["weights"]["context"]
        if not pictures:
            return {**plain, f"{layer}.bias": plain[f"{layer}.bias"] + shift}
        gamma, beta = (shift + modulation["bias"]).chunk(2)
        return {**plain, **modulated(plain, _affine(net, layer), gamma, beta)}

    def panels(meta: Meta, tasks: Task, noise: Noise) -> tuple[Panel, ...]:
        """The contexts of the shown tasks after the trained number of steps."""
        found = [
            rollout(method, meta, one_task(tasks, i).given, {}, recipe.steps)["weights"]["context"]
            for i in range(count(tasks))
        ]
        return (_context_panel(torch.stack(found), by_mode(modes(tasks), count(tasks))),)

    def without_a_task(meta: Meta) -> Tensors:
        """At the zero context; in front of `net.expand` (a shared head does not adapt here and is refused)."""
        return weights(meta, {"weights": {"context": _any(meta).new_zeros(size)}})

    method = gradient_method(net, loss, recipe, init=init, begin=begin, weights=weights)
    return method._replace(panels=panels, plain=without_a_task)


def modulated(weights: Tensors, affine: str, gamma: Tensor, beta: Tensor) -> Tensors:
    """The affine map whose output is gamma * h + beta, channel by channel: gamma A, gamma c + beta."""
    scale, offset = weights[f"{affine}.weight"], weights[f"{affine}.bias"]
    return {
        f"{affine}.weight": gamma.reshape(-1, *[1] * (scale.ndim - 1)) * scale,
        f"{affine}.bias": gamma * offset + beta,
    }


def _block(layers: list[str], wanted: int | None) -> str:
    """The convolution of block `wanted`, counted from 1; the third, or the last of fewer, where none is named."""
    blocks = layers[:-1]
    return blocks[min(wanted or 3, len(blocks)) - 1]


def _affine(net: Net, layer: str) -> str:
    """The block's last affine map: its normalization where it has one."""
    norm = f"{layer.rpartition('.')[0]}.norm"
    return norm if f"{norm}.weight" in net.shapes else layer


def _any(meta: Meta) -> Tensor:
    return next(iter({**meta.fixed.get("init", {}), **meta.learned.get("init", {})}.values()))


def _context_panel(contexts: Tensor, labels: tuple[str, ...]) -> Panel:
    plane = projected(contexts) if contexts.shape[1] > 2 else pad(contexts, (0, 2 - contexts.shape[1]))
    how = "in their two directions of largest variance" if contexts.shape[1] > 2 else "as they are"
    note = f"Each task's context after adaptation, {how}: near points are tasks that the network treats alike."
    return Panel("points", "Contexts", note, plane, labels)
