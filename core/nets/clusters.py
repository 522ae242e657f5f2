"""A small tree of learned clusters over task embeddings, leaf to root (HSML, Yao et al. 2019), and the embeddings themselves."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from core.losses import weighted_mean
from core.nets.encoders import average
from core.nets.recurrent import gru, gru_shapes, gru_step, recurrent_start, walked
from core.nets.starts import glorot, truncated_normal
from core.types import Tensors


class Embedding(NamedTuple):
    """init: (generator, dtype) -> weights; read: (weights, rows [examples, n], weight [examples]) ->
    (embedding [size], mean squared error of the rows' reconstruction)."""

    init: Callable[[Generator, torch.dtype], Tensors]
    read: Callable[[Tensors, Tensor, Tensor], tuple[Tensor, Tensor]]


def pooled_embedding(inputs: int, between: int, size: int) -> Embedding:
    """Each row through two layers and back; g = ReLU(P mean(code) + p), error halved as in the released code."""
    widths = {
        "in": (between, inputs),
        "code": (size, between),
        "pool": (size, size),
        "back": (between, size),
        "out": (inputs, between),
    }

    def init(generator: Generator, dtype: torch.dtype) -> Tensors:
        return _linears(widths, generator, dtype)

    def read(weights: Tensors, rows: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
        codes = torch.relu(_linear(weights, "code", torch.relu(_linear(weights, "in", rows))))
        rebuilt = _linear(weights, "out", torch.relu(_linear(weights, "back", codes)))
        error = weighted_mean((rows - rebuilt).square().mean(-1), weight) / 2
        return torch.relu(_linear(weights, "pool", average(codes, weight))), error

    return Embedding(init, read)


def recurrent_embedding(inputs: int, features: int | None, size: int, *, detached: bool) -> Embedding:
    """Rows (through a learned linear map to `features`, where given) read by a GRU; g = mean of its outputs. A second GRU
    rebuilds the rows from the last to the first. detached: the rows to be rebuilt are constants."""
    seen = features or inputs
    reader, writer = gru_shapes(seen, size), gru_shapes(seen, size)

    def init(generator: Generator, dtype: torch.dtype) -> Tensors:
        found = {f"read.{name}": leaf for name, leaf in recurrent_start(reader, generator, dtype).items()}
        found |= {f"write.{name}": leaf for name, leaf in recurrent_start(writer, generator, dtype).items()}
        found |= {
            "out.weight": truncated_normal((seen, size), generator, dtype, std=1.0),
            "out.bias": torch.full((seen,), 0.1, dtype=dtype),
        }
        return found | (_linears({"in": (features, inputs)}, generator, dtype) if features else {})

    def read(weights: Tensors, rows: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
        examples = _linear(weights, "in", rows) if features else rows
        outputs = gru(_under("read", weights), examples, weight)
        rebuilt = _rebuilt(weights, outputs[-1], weight)
        target = examples.detach() if detached else examples
        error = weighted_mean((target - rebuilt).square().mean(-1), weight)
        return average(outputs, weight), error

    return Embedding(init, read)


def _rebuilt(weights: Tensors, state: Tensor, weight: Tensor) -> Tensor:
    """Rows [examples, size], made from the last to the first; each is the next one's input, the first input is 0. The size
    is what was learned: a task of fewer classes has labels of as many."""
    writer = _under("write", weights)
    names, width = tuple(writer), state.shape[-1]

    def step(before: Tensor, there: Tensor, *learned: Tensor) -> Tensor:
        """before [state + row]: what the writer remembers, and the row that it wrote last."""
        state, last = before[:width], before[width:]
        moved = gru_step(dict(zip(names, learned, strict=False)), last, state)
        return torch.where(there, torch.cat([moved, F.linear(moved, *learned[-2:])]), before)

    out = (weights["out.weight"], weights["out.bias"])
    begin = torch.cat([state, torch.zeros_like(weights["out.bias"])])
    return walked(step, begin, ((weight > 0).flip(0)[:, None],), (*writer.values(), *out))[:, width:].flip(0)


# the tree


def tree_start(clusters: Sequence[int], size: int, generator: Generator, dtype: torch.dtype) -> Tensors:
    """Glorot-uniform throughout, as released: a row of `size` has the limit sqrt(6 / (1 + size)).

    leaf.*: a centre and a map for each leaf; level.j.*: assignment and map of the nodes above; root.*: the root's map.
    """

    def rows(count: int) -> Tensor:
        return torch.cat([glorot((1, size), generator, dtype) for _ in range(count)])

    def maps(count: int) -> Tensor:
        return torch.stack([glorot((size, size), generator, dtype) for _ in range(count)])

    leaves, *nodes = clusters
    tree = {"leaf.centre": rows(leaves), "leaf.weight": maps(leaves), "leaf.bias": rows(leaves)}
    for j, count in enumerate(nodes, 1):
        tree |= {
            f"level.{j}.assign": rows(count),
            f"level.{j}.offset": torch.cat([glorot((1, 1), generator, dtype)[0] for _ in range(count)]),
            f"level.{j}.weight": maps(count),
            f"level.{j}.bias": rows(count),
        }
    return tree | {"root.weight": maps(1)[0], "root.bias": rows(1)[0]}


def leaf_shares(tree: Tensors, embedding: Tensor, sigma: float, alive: Tensor | None = None) -> Tensor:
    """p_k = softmax of -|g - c_k|^2 / (2 sigma) [leaves]; a leaf that is not alive has none. (The released code takes a ratio
    of exponentials, which is 0/0 far from every centre.)"""
    logits = -(embedding - tree["leaf.centre"]).square().sum(-1) / (2 * sigma)
    if alive is not None:
        logits = logits.masked_fill(alive <= 0.5, -torch.inf)
    return logits.softmax(0)


def tree_summary(
    tree: Tensors, embedding: Tensor, sigma: float, assign: str = "linear", alive: Tensor | None = None
) -> Tensor:
    """r [size] of one embedding [size]: leaves share it by p, each node takes its part of every leaf, the root sums nodes."""
    shares = leaf_shares(tree, embedding, sigma, alive)
    below = shares[:, None] * torch.tanh(torch.einsum("khi,h->ki", tree["leaf.weight"], embedding) + tree["leaf.bias"])
    there = None if alive is None else (alive > 0.5).to(embedding.dtype)
    for j in range(1, levels(tree) + 1):
        below = _level(tree, f"level.{j}", below, assign, there)
        there = None
    if there is not None:  # no level between leaves and root
        return (torch.tanh(below @ tree["root.weight"] + tree["root.bias"]) * there[:, None]).sum(0)
    return torch.tanh(below @ tree["root.weight"] + tree["root.bias"]).sum(0)


def levels(tree: Tensors) -> int:
    return sum(name.endswith(".assign") for name in tree)


def _level(tree: Tensors, level: str, below: Tensor, assign: str, there: Tensor | None) -> Tensor:
    """m_j = sum over the nodes below of pi_kj tanh(l_k U_j + u_j) [nodes, size]; nodes that are not there count nothing."""
    centres, offset = tree[f"{level}.assign"], tree[f"{level}.offset"]
    distance = (below[:, None] - centres).square().sum(-1)
    logits = below @ centres.T + offset if assign == "linear" else -(distance + offset) / 2
    share = logits.softmax(-1)
    if there is not None:
        share = share * there[:, None]
    values = torch.tanh(torch.einsum("kh,jhi->kji", below, tree[f"{level}.weight"]) + tree[f"{level}.bias"])
    return (share[..., None] * values).sum(0)


def _linears(widths: dict[str, tuple[int, int]], generator: Generator, dtype: torch.dtype) -> Tensors:
    found: Tensors = {}
    for name, shape in widths.items():
        found |= {f"{name}.weight": glorot(shape, generator, dtype), f"{name}.bias": torch.zeros(shape[0], dtype=dtype)}
    return found


def _linear(weights: Tensors, name: str, x: Tensor) -> Tensor:
    return F.linear(x, weights[f"{name}.weight"], weights[f"{name}.bias"])


def _under(prefix: str, tensors: Tensors) -> Tensors:
    start = f"{prefix}."
    return {name.removeprefix(start): leaf for name, leaf in tensors.items() if name.startswith(start)}
