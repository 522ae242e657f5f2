"""Losses and metrics of one task: weighted means."""

import math

import pytest
import torch

from core.losses import accuracy, cross_entropy, loss_of, measure, squared_error, weighted_mean
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
