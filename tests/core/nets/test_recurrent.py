"""The written-out recurrent networks are torch's own, in values and in gradients."""

import pytest
import torch
from torch.func import functional_call, grad, vmap

from core.draws import at_step
from core.nets.recurrent import gru, gru_shapes, gru_step, lstm, lstm_shapes, recurrent_start

D = torch.float64
KINDS = {"lstm": (lstm, lstm_shapes, torch.nn.LSTM), "gru": (gru, gru_shapes, torch.nn.GRU)}
FORMS = [(layers, both) for layers in (1, 2) for both in (False, True)]


def made(kind, layers=1, both=False, inputs=3, hidden=4):
    """(our function on [time, inputs], weights, torch's module)."""
    function, shapes, module = KINDS[kind]
    weights = recurrent_start(
        shapes(inputs, hidden, layers=layers, bidirectional=both), at_step(0, "recurrent"), torch.float64
    )
    peer = module(inputs, hidden, layers, bidirectional=both, dtype=D)
    return lambda w, x, weight: function(w, x, weight, layers=layers, bidirectional=both), weights, peer


def sequence(rows=5, inputs=3):
    return torch.randn(rows, inputs, generator=at_step(1, "recurrent"), dtype=D)


@pytest.mark.parametrize(("layers", "both"), FORMS)
@pytest.mark.parametrize("kind", KINDS)
def test_names_shapes_and_values_are_torchs(kind, layers, both):
    ours, weights, peer = made(kind, layers, both)
    assert {name: tuple(leaf.shape) for name, leaf in peer.named_parameters()} == {
        name: tuple(leaf.shape) for name, leaf in weights.items()
    }
    expected = functional_call(peer, weights, (sequence(),))[0]
    torch.testing.assert_close(ours(weights, sequence(), torch.ones(5, dtype=D)), expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(("layers", "both"), FORMS)
@pytest.mark.parametrize("kind", KINDS)
def test_gradients_are_torchs(kind, layers, both):
    ours, weights, peer = made(kind, layers, both)
    found = grad(lambda w: ours(w, sequence(), torch.ones(5, dtype=D)).square().sum())(weights)
    peer.load_state_dict(weights)
    peer(sequence())[0].square().sum().backward()
    for name, parameter in peer.named_parameters():
        torch.testing.assert_close(found[name], parameter.grad, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("kind", KINDS)
def test_rows_of_weight_0_hold_the_state_wherever_they_stand(kind):
    ours, weights, _ = made(kind, 2, True)
    seen = sequence()
    junk = torch.full((1, 3), 7.0, dtype=D)
    wider = torch.cat([junk, seen[:2], junk, seen[2:], junk])
    kept = torch.tensor([0, 1, 1, 0, 1, 1, 1, 0], dtype=D)
    found, expected = ours(weights, wider, kept), ours(weights, seen, torch.ones(5, dtype=D))
    torch.testing.assert_close(found[kept > 0], expected, rtol=1e-13, atol=1e-15)
    torch.testing.assert_close(found[-1, :4], expected[-1, :4], rtol=1e-13, atol=1e-15)
    torch.testing.assert_close(found[0, 4:], expected[0, 4:], rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("kind", KINDS)
def test_under_vmap_each_sequence_is_read_by_itself(kind):
    ours, weights, _ = made(kind, 2, True)
    many = torch.randn(6, 5, 3, generator=at_step(2, "recurrent"), dtype=D)
    ones = torch.ones(6, 5, dtype=D)
    expected = torch.stack([ours(weights, one, ones[0]) for one in many])
    torch.testing.assert_close(vmap(ours, in_dims=(None, 0, 0))(weights, many, ones), expected, rtol=1e-12, atol=1e-14)


def test_one_step_of_the_gru_is_torchs_cell():
    _, weights, _ = made("gru")
    cell = torch.nn.GRUCell(3, 4, dtype=D)
    cell.load_state_dict({name.removesuffix("_l0"): leaf for name, leaf in weights.items()})
    state = torch.linspace(-1, 1, 4, dtype=D)
    expected = cell(sequence()[0], state)
    torch.testing.assert_close(gru_step(weights, sequence()[0], state), expected, rtol=1e-12, atol=1e-14)


def test_mmamls_two_layer_encoder_has_its_published_size():
    """mmaml.md, check 3: 53,120 numbers."""
    shapes = lstm_shapes(2, 40, layers=2, bidirectional=True)
    assert sum(torch.Size(shape).numel() for shape in shapes.values()) == 53_120
