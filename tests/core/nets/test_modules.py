"""Every network is the plain torch.nn module that is written on its card: same names, same shapes, same outputs."""

import itertools

import pytest
import torch

from core.draws import at_step
from core.errors import BadExperiment
from core.inner import start_weights
from core.nets import build, flops, module, module_source
from core.types import Meta, TaskSpec
from tests.core.methods.cases import PICTURES, D, conv, mlp

PAIR = TaskSpec("regression", (2,), 3, 5, 5, "test")
COLOURS = TaskSpec("classification", (3, 12, 12), 4, 1, 1, "test")

NETWORKS = [
    *(
        (mlp(activation=activation, norm=norm, head=head, hidden=hidden), spec)
        for activation, norm, head, hidden, spec in itertools.product(
            ("relu", "tanh", "softplus", "leaky-relu"), ("none", "layer"), ("fixed", "shared"), ((7,), (6, 5, 4)), (PICTURES,)
        )
    ),
    *((mlp(input_vector=4, norm=norm, head=head), PICTURES) for norm in ("none", "layer") for head in ("fixed", "shared")),
    *((mlp(norm=norm, hidden=hidden), PAIR) for norm in ("none", "layer") for hidden in ((), (8,))),
    *(
        (conv(form, norm=norm, head=head, depth=depth), spec)
        for form, norm, head, depth, spec in itertools.product(
            ("strided", "pooled"), ("batch", "support", "running", "none", "layer"), ("fixed", "shared"), (1, 3),
            (PICTURES, COLOURS),
        )
    ),
]  # fmt: skip


def spoken(settings):
    parts = [settings.kind, getattr(settings, "activation", ""), settings.norm, settings.head]
    return "-".join([*parts, str(getattr(settings, "hidden", getattr(settings, "depth", "")))])


def start(net, seed=0):
    """All weights of a fresh network, biases and norms moved off their neutral start."""
    generator = at_step(seed, "init")
    drawn = net.init(generator)
    shaken = {name: leaf + 0.1 * torch.randn(leaf.shape, generator=generator, dtype=D) for name, leaf in drawn.items()}
    return start_weights(net, Meta({"init": shaken}, {}, {}))


def some(spec, count=6, seed=0):
    return torch.randn(count, *spec.input_shape, generator=at_step(seed, "x"), dtype=D)


@pytest.mark.parametrize(("settings", "spec"), NETWORKS, ids=lambda part: spoken(part) if hasattr(part, "kind") else "")
def test_a_network_is_the_plain_module_of_its_card(settings, spec):
    net = build(settings, spec, dtype=D)
    weights, x = start(net), some(spec)
    plain = module(settings, spec).double()
    plain.load_state_dict(weights, strict=True)
    torch.testing.assert_close(net.apply(weights, x), plain(x), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(
    ("settings", "spec"), NETWORKS[::7], ids=lambda part: spoken(part) if hasattr(part, "kind") else ""
)
def test_shapes_are_those_of_the_initial_weights(settings, spec):
    net = build(settings, spec)
    assert {name: tuple(leaf.shape) for name, leaf in net.init(at_step(0, "init")).items()} == net.shapes
    assert set(net.head) | set(net.norm) <= set(net.shapes)


def test_the_source_needs_torch_alone_and_can_have_other_outputs():
    source = module_source(conv("pooled"), PICTURES, 7)
    assert {line for line in source.splitlines() if "import" in line} == {
        "from collections import OrderedDict", "from torch import nn",
    }  # fmt: skip
    assert module(conv("pooled"), PICTURES, 7)(some(PICTURES).float()).shape == (6, 7)


@pytest.mark.parametrize(
    ("settings", "shape", "words"),
    [
        (conv("strided"), (4,), "takes pictures, but these tasks give 4 numbers; choose mlp"),
        (conv("pooled"), (1, 8, 9), "takes square pictures, found 8 x 9"),
        (conv("pooled", depth=4), (1, 8, 8), "network.depth: 4 poolings leave nothing of 8 x 8 pictures"),
    ],
)
def test_what_does_not_fit_is_said_in_one_sentence(settings, shape, words):
    with pytest.raises(BadExperiment) as caught:
        build(settings, TaskSpec("classification", shape, 3, 1, 1, "test"))
    assert words in str(caught.value)


def test_flops_count_multiply_and_add():
    assert flops(mlp(hidden=(40, 40)), TaskSpec("regression", (1,), 1, 5, 5, "test")) == 2 * (40 + 1600 + 40)
    assert flops(conv("strided", filters=4, depth=2), PICTURES) == 2 * 9 * (4 * 16 + 16 * 4)
    assert flops(conv("pooled", filters=4, depth=2), PICTURES) == 2 * 9 * (4 * 64 + 16 * 16)


def test_a_vector_beside_the_input_starts_at_zero_and_shifts_the_first_layer():
    """W [x, z] + b = W_x x + (b + W_z z): what a step on z does, a step on b does with another size."""
    net = build(mlp(input_vector=4, hidden=(6,)), PAIR, dtype=D)
    weights, x = net.init(at_step(0, "init")), some(PAIR)
    assert net.shapes["body.0.weight"] == (6, PAIR.input_shape[0] + 4)
    assert not weights["input.vector"].any()
    vector = torch.randn(4, generator=at_step(0, "vector"), dtype=D)
    shift = weights["body.0.weight"][:, PAIR.input_shape[0] :] @ vector
    shifted = {**weights, "body.0.bias": weights["body.0.bias"] + shift}
    torch.testing.assert_close(net.apply({**weights, "input.vector": vector}, x), net.apply(shifted, x))
    assert not torch.allclose(net.apply(weights, x), net.apply(shifted, x))
