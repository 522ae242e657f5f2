"""The first layer in one piece against torch's operations, to the third derivative, and against differences."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from core.draws import at_step
from core.kernels import first_layer, serves_pictures, using
from core.kernels.first_layer import MOST_CHANNELS
from core.nets.conv import conv_net
from tests.core.kernels.measures import assert_threads_give_the_same_bits, derivatives

EPS = 1e-3
SHAPES = [
    (3, 1, 6, 6, 5, 1, 2),
    (2, 3, 7, 9, 16, 1, 2),
    (3, 2, 9, 8, 64, 2, 1),
    (2, 4, 9, 9, 19, 2, 2),
    (2, 1, 5, 6, 40, 1, 1),
    (2, 1, 2, 2, 3, 1, 2),
    (2, 1, 1, 1, 3, 2, 1),
    (3, 2, 19, 35, 24, 1, 2),
]
"""[n, channels, h, w, filters, stride, pool]: filters and columns that fill vectors and such that do not, odd sides, more rows than
are summed at once."""


def drawn(n, channels, h, w, filters, dtype=torch.float64):
    """(pictures, [weight, scale, offset]): scales of both signs, pictures that are not centred."""
    generator = at_step(0, "first-layer")
    shapes = ((n, channels, h, w), (filters, channels, 3, 3), filters, filters)
    x, *leaves = (torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype) for shape in shapes)
    return x + 1.0, [leaf.requires_grad_() for leaf in leaves]


def by_torch(x: Tensor, weight: Tensor, scale: Tensor, offset: Tensor, stride: int, pool: int, eps: float) -> Tensor:
    z = F.conv2d(x, weight, None, stride, 1)
    variance, mean = torch.var_mean(z, (0, 2, 3), unbiased=False, keepdim=True)
    u = (z - mean) * torch.rsqrt(variance + eps) * scale[:, None, None] + offset[:, None, None]
    return torch.relu(F.max_pool2d(u, pool) if pool > 1 else u)


def layer(x, stride, pool, made=first_layer):
    return lambda *leaves: made(x, *leaves, stride, pool, EPS)


@pytest.mark.parametrize("shape", SHAPES)
def test_value_and_derivatives_are_torchs_to_the_third(kernels, shape):
    x, leaves = drawn(*shape[:5])
    expected = derivatives(layer(x, *shape[5:], by_torch), leaves, 3)
    with using(kernels):
        found = derivatives(layer(x, *shape[5:]), leaves, 3)
    assert len(found) == 1 + 3 * 3
    for ours, theirs in zip(found, expected, strict=True):
        assert float((ours - theirs).abs().max()) <= 1e-11 * float(theirs.abs().max())


def test_derivatives_are_those_of_differences(kernels):
    x, leaves = drawn(2, 2, 4, 5, 3)
    with using(kernels):
        assert torch.autograd.gradcheck(layer(x, 1, 2), leaves)
        assert torch.autograd.gradgradcheck(layer(x, 1, 2), leaves)


@pytest.mark.parametrize("offset", [0.0, 300.0])
def test_in_float32_it_is_as_good_as_torch_far_from_zero_too(kernels, offset):
    x, leaves = drawn(30, 1, 28, 28, 16)
    x, given = x + offset, [leaf.detach() for leaf in leaves]
    exact = by_torch(x, *given, 1, 2, EPS)
    x, given = x.float(), [leaf.float() for leaf in given]
    z = F.conv2d(x, given[0], None, 1, 1)
    theirs = torch.relu(F.max_pool2d(F.batch_norm(z, None, None, *given[1:], training=True, eps=EPS), 2))
    with using(kernels):
        ours = first_layer(x, *given, 1, 2, EPS)
    assert float((ours - exact).abs().max()) <= 1.5 * float((theirs - exact).abs().max())


def test_in_float32_a_filter_that_sees_almost_nothing_keeps_its_variance(kernels):
    """Smooth pictures under a second difference: its variance is a ten-thousandth of what its entries would give apart."""
    ramp = torch.linspace(0, 3, 40, dtype=torch.float64)
    times = torch.arange(1.0, 5.0, dtype=torch.float64)[:, None, None, None]
    x = (ramp[:, None].sin() * ramp.cos()).expand(4, 1, 40, 40) * times
    weight = torch.tensor([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]], dtype=torch.float64).expand(1, 1, 3, 3)
    ones = torch.ones(1, dtype=torch.float64)
    exact = by_torch(x, weight, ones, ones, 1, 2, 1e-8)
    with using(kernels):
        ours = first_layer(x.float(), weight.float(), ones.float(), ones.float(), 1, 2, 1e-8)
    assert float((ours - exact).abs().max()) <= 1e-4 * float(exact.abs().max())


def test_what_is_no_number_stays_to_be_seen(kernels):
    x, leaves = drawn(2, 1, 6, 6, 3)
    x[0, 0, 2, 2] = float("nan")
    with using(kernels):
        assert first_layer(x, *leaves, 1, 2, EPS).isnan().all()
        x[0, 0, 2, 2] = float("inf")
        assert first_layer(x, *leaves, 1, 2, EPS).isnan().all()
        x[0, 0, 2, 2] = 0.0
        with torch.no_grad():
            leaves[0][1] = float("nan")
        y = first_layer(x, *leaves, 1, 2, EPS)
    assert y[:, 1].isnan().all()
    assert y[:, [0, 2]].isfinite().all()


def test_threads_do_not_disturb_each_other_and_give_the_same_bits(kernels):
    x, leaves = drawn(20, 1, 28, 28, 16, torch.float32)
    assert_threads_give_the_same_bits(kernels, layer(x, 1, 2), leaves)


def test_it_serves_pictures_of_few_channels_that_nobody_differentiates(kernels):
    x, _ = drawn(2, MOST_CHANNELS, 6, 6, 3)
    assert not serves_pictures(x)
    with using(kernels):
        assert serves_pictures(x)
        assert not serves_pictures(torch.cat([x, x[:, :1]], 1))
        assert not serves_pictures(x.clone().requires_grad_())


@pytest.mark.parametrize("form", ["pooled", "strided"])
def test_a_network_has_the_same_values_whether_pictures_are_differentiated_or_not(kernels, form):
    net = conv_net(3, 16, 4, form=form, filters=8, depth=2, whole_norm=True, dtype=torch.float64)
    weights = {name: leaf.requires_grad_() for name, leaf in net.init(at_step(0, "net")).items()}
    x, _ = drawn(6, 3, 16, 16, 1)
    named = [name for name in weights if not name.endswith("conv.bias")]
    with using(kernels):
        whole, apart = net.apply(weights, x), net.apply(weights, x.clone().requires_grad_())
    torch.testing.assert_close(whole, apart, rtol=1e-11, atol=1e-12)
    for ours, theirs in zip(
        *(torch.autograd.grad(y.square().sum(), [weights[name] for name in named]) for y in (whole, apart)), strict=True
    ):
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-11)
