"""Losses and metrics of one task: weighted means over examples, so that padding (weight 0) changes nothing."""

import torch
import torch.nn.functional as F
from torch import Tensor

from core.types import Aux, Batch, Loss


def weighted_mean(per_example: Tensor, weight: Tensor) -> Tensor:
    """[examples] and their weights -> scalar; 0 where all weights are 0."""
    return (per_example * weight).sum() / weight.sum().clamp(min=1)


def squared_error(outputs: Tensor, batch: Batch) -> Tensor:
    """Mean over examples (and output columns) of the squared error, no factor 1/2."""
    return weighted_mean((outputs - batch.y).square().mean(-1), batch.weight)


def by_output(outputs: Tensor, batch: Batch) -> Tensor:
    """Squared error of each output column [outputs], mean over examples."""
    weight = batch.weight[:, None]
    return ((outputs - batch.y).square() * weight).sum(0) / weight.sum().clamp(min=1)


def surprise(logits: Tensor, labels: Tensor) -> Tensor:
    """-log of the labels' chances [examples]. The bits of F.cross_entropy, which under vmap imports sympy to check its shapes
    (28 MiB and 480 modules, measured)."""
    return -logits.log_softmax(-1).gather(-1, labels[:, None])[:, 0]


def cross_entropy(logits: Tensor, batch: Batch) -> Tensor:
    """Mean over examples. The released MAML code sums over ways: its step sizes are `ways` times smaller."""
    return weighted_mean(surprise(logits, batch.y), batch.weight)


def smoothed(loss: Loss, share: float) -> Loss:
    """Cross-entropy against (1 - share) of the label and `share` spread over all classes; any other loss as it is."""
    if loss is not cross_entropy or share == 0:
        return loss

    def soft(logits: Tensor, batch: Batch) -> Tensor:
        everywhere = -logits.log_softmax(-1).mean(-1)
        own = surprise(logits, batch.y)
        return weighted_mean((1 - share) * own + share * everywhere, batch.weight)

    return soft


def accuracy(logits: Tensor, batch: Batch) -> Tensor:
    """Share of examples whose largest output is the right one."""
    right = (logits.argmax(-1) == batch.y).to(batch.weight.dtype)
    return weighted_mean(right, batch.weight)


def worst_class(logits: Tensor, batch: Batch) -> Tensor:
    """The label [0-d] whose examples are right least often; among equals the one of the largest mean loss."""
    share = F.one_hot(batch.y, logits.shape[-1]).to(batch.weight.dtype) * batch.weight[:, None]
    share = share / share.sum(0).clamp(min=1)
    right = (logits.argmax(-1) == batch.y).to(share.dtype) @ share
    loss = surprise(logits, batch.y) @ share
    return torch.where(right <= right.min() + 1e-6, loss, -1.0).argmax()


def loss_of(task_type: str) -> Loss:
    return cross_entropy if task_type == "classification" else squared_error


def measure(loss: Loss, outputs: Tensor, batch: Batch) -> tuple[Tensor, Aux]:
    """The loss, and what reports want to know: "query_loss" and, where labels are classes, "accuracy"."""
    value = loss(outputs, batch)
    aux = {"query_loss": value.detach()}
    if not torch.is_floating_point(batch.y):
        aux["accuracy"] = accuracy(outputs.detach(), batch)
    return value, aux
