"""Losses and metrics of one task: weighted means."""

import math
from functools import partial

import pytest
import torch
import torch.nn.functional as F

from core.func import grad, vmap
from core.losses import accuracy, cross_entropy, loss_of, measure, squared_error, surprise, weighted_mean
from core.types import Batch
from tests.core.methods.cases import t64


def batch(y, weight):
    return Batch(torch.zeros(len(weight), 1), y, t64(*weight))


def test_squared_error_is_a_mean_without_a_half():
    y = t64(1.0, 2.0, 9.0).reshape(3, 1)
    outputs = t64(0.0, 4.0, 0.0).reshape(3, 1)
    assert squared_error(outputs, batch(y, (1.0, 1.0, 0.0))).item() == pytest.approx((1 + 4) / 2)


def test_several_output_columns_are_averaged():
    y, outputs = t64(0.0, 0.0).reshape(1, 2), t64(1.0, 3.0).reshape(1, 2)
    assert squared_error(outputs, Batch(torch.zeros(1, 1), y, torch.ones(1))).item() == 5


def test_cross_entropy_is_positive_and_a_mean():
    logits = t64(0.0, 0.0, 0.0, 0.0, math.log(3.0), 0.0).reshape(3, 2)
    labels = torch.tensor([0, 1, 0])
    expected = (2 * math.log(2) + math.log(4 / 3)) / 3
    assert cross_entropy(logits, batch(labels, (1.0, 1.0, 1.0))).item() == pytest.approx(expected)
    assert cross_entropy(logits, batch(labels, (1.0, 1.0, 0.0))).item() == pytest.approx(math.log(2))


@pytest.mark.parametrize("mapped", [False, True])
def test_cross_entropy_has_the_bits_of_torchs_own_to_the_second_derivative(mapped):
    generator = torch.Generator().manual_seed(3)
    logits, labels = 3 * torch.randn(4, 20, 7, generator=generator), torch.randint(7, (20,), generator=generator)
    over = vmap if mapped else (lambda function: lambda stacked: torch.stack([function(one) for one in stacked]))

    def derivatives(chances):
        value = lambda x: chances(x, labels).square().mean()
        slope = lambda x: grad(value)(x).square().sum()
        return [over(function)(logits) for function in (value, grad(value), grad(slope))]

    for ours, theirs in zip(
        derivatives(surprise), derivatives(partial(F.cross_entropy, reduction="none")), strict=True
    ):
        assert torch.equal(ours, theirs)


def test_accuracy_leaves_padding_out():
    logits = t64(2.0, 1.0, 1.0, 2.0, 5.0, 0.0).reshape(3, 2)
    assert accuracy(logits, batch(torch.tensor([0, 0, 0]), (1.0, 1.0, 1.0))).item() == pytest.approx(2 / 3)
    assert accuracy(logits, batch(torch.tensor([0, 0, 0]), (1.0, 0.0, 0.0))).item() == 1.0


def test_nothing_has_the_mean_zero_and_no_nan():
    assert weighted_mean(t64(3.0, 4.0), t64(0.0, 0.0)).item() == 0.0


def test_reports_carry_no_graph():
    outputs = t64(1.0, 2.0).reshape(2, 1).requires_grad_()
    value, aux = measure(squared_error, outputs, batch(t64(0.0, 0.0).reshape(2, 1), (1.0, 1.0)))
    assert value.requires_grad
    assert not aux["query_loss"].requires_grad
    assert set(aux) == {"query_loss"}


def test_the_loss_follows_the_task():
    assert loss_of("classification") is cross_entropy
    assert loss_of("regression") is squared_error
