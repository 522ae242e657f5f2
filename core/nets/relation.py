"""Linear maps without offsets, and the relation network over all ordered pairs of a support set (Rusu et al. 2019)."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Generator, Tensor

from core.nets.starts import glorot
from core.types import Tensors


def perceptron_start(widths: Sequence[int], generator: Generator, dtype: torch.dtype) -> Tensors:
    """{"0.weight": [widths[1], widths[0]], "1.weight": ...}, Glorot-uniform."""
    return {f"{i}.weight": glorot((out, into), generator, dtype) for i, (into, out) in enumerate(pairwise(widths))}


def perceptron(weights: Tensors, x: Tensor) -> Tensor:
    """Linear maps without offsets, ReLU between them: [..., inputs] -> [..., outputs]."""
    first, *others = weights.values()
    x = x @ first.T
    for weight in others:
        x = torch.relu(x) @ weight.T
    return x


def relation(weights: Tensors, h: Tensor, members: Tensor, share: Tensor) -> Tensor:
    """Mean over pairs (i, j), i among a code's members [codes, examples], j among all (share [examples]; both sum to 1), of
    the network on [h_i ; h_j]: h [examples, units] -> [codes, outputs]. Pairs take examples^2 x width numbers.

    W [h_i ; h_j] = W_1 h_i + W_2 h_j, and the last map is taken of the mean: equal, and cheaper.
    """
    first, *between, last = weights.values()
    left, right = first[:, : h.shape[-1]], first[:, h.shape[-1] :]
    pairs = torch.relu((h @ left.T)[:, None] + (h @ right.T)[None])
    for weight in between:
        pairs = torch.relu(pairs @ weight.T)
    over_partners = (pairs * share[:, None]).sum(1)
    return members @ over_partners @ last.T
