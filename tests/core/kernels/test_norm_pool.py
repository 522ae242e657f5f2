"""The kernels against the same mathematics in torch's operations, to the third derivative, and against differences."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from core.draws import at_step
from core.kernels import norm_pool, serves, using
from tests.core.kernels.measures import assert_threads_give_the_same_bits, derivatives

EPS = 1e-3
SHAPES = [(3, 5, 6, 6, 2), (2, 16, 7, 7, 2), (4, 64, 3, 3, 2), (2, 19, 5, 4, 1), (2, 8, 5, 5, 2), (40, 3, 14, 14, 2)]
"""[n, c, h, w, pool]: channels that fill vectors and such that do not, odd sides, more places than are summed at once."""


def drawn(n, c, h, w, dtype=torch.float64):
    """(maps, scale, offset): scales of both signs."""
    generator = at_step(0, "norm-pool")
    z, scale, offset = (torch.randn(shape, generator=generator, dtype=torch.float64) for shape in ((n, c, h, w), c, c))
    return [leaf.to(dtype).requires_grad_() for leaf in (z, scale, offset)]


def by_torch(z: Tensor, scale: Tensor, offset: Tensor, pool: int, eps: float) -> Tensor:
    variance, mean = torch.var_mean(z, (0, 2, 3), unbiased=False, keepdim=True)
    u = (z - mean) * torch.rsqrt(variance + eps) * scale[:, None, None] + offset[:, None, None]
    return torch.relu(F.max_pool2d(u, pool) if pool > 1 else u)


def block(pool, made=norm_pool):
    return lambda *leaves: made(*leaves, pool, EPS)


@pytest.mark.parametrize("shape", SHAPES)
def test_value_and_derivatives_are_torchs_to_the_third(kernels, shape):
    leaves = drawn(*shape[:4])
    expected = derivatives(block(shape[4], by_torch), leaves, 3)
    with using(kernels):
        found = derivatives(block(shape[4]), leaves, 3)
    assert len(found) == 1 + 3 * 3
    for ours, theirs in zip(found, expected, strict=True):
        assert float((ours - theirs).abs().max()) <= 1e-12 * float(theirs.abs().max())


def test_derivatives_are_those_of_differences(kernels):
    leaves = drawn(2, 3, 4, 5)
    with using(kernels):
        assert torch.autograd.gradcheck(block(2), leaves)
        assert torch.autograd.gradgradcheck(block(2), leaves)


@pytest.mark.parametrize("offset", [0.0, 300.0])
def test_in_float32_sums_are_as_good_as_torchs_far_from_zero_too(kernels, offset):
    """Single precision alone would lose the variance of maps that lie far from 0."""
    z, scale, shift = (leaf.detach() for leaf in drawn(30, 16, 28, 28))
    exact = by_torch(z + offset, scale, shift, 2, EPS)
    single = [(z + offset).float(), scale.float(), shift.float()]
    theirs = torch.relu(F.max_pool2d(F.batch_norm(single[0], None, None, *single[1:], training=True, eps=EPS), 2))
    with using(kernels):
        ours = norm_pool(*single, 2, EPS)
    assert float((ours - exact).abs().max()) <= 1.5 * float((theirs - exact).abs().max())


def test_what_is_no_number_stays_to_be_seen(kernels):
    z, scale, offset = (leaf.detach() for leaf in drawn(2, 3, 4, 4))
    z[0, 1, 2, 2] = float("nan")
    with using(kernels):
        y = norm_pool(z, scale, offset, 2, EPS)
    assert y[:, 1].isnan().all()
    assert y[:, [0, 2]].isfinite().all()


def test_of_equal_entries_the_first_takes_the_gradient_as_in_torch(kernels):
    z = torch.zeros(1, 1, 2, 4, dtype=torch.float64)
    z[..., 2:] = 1.0
    leaves = [z.requires_grad_(), torch.ones(1, dtype=torch.float64), torch.ones(1, dtype=torch.float64)]
    expected = torch.autograd.grad(by_torch(*leaves, 2, EPS)[0, 0, 0, 1], z)[0]
    with using(kernels):
        found = torch.autograd.grad(norm_pool(*leaves, 2, EPS)[0, 0, 0, 1], z)[0]
    torch.testing.assert_close(found, expected)


def test_threads_do_not_disturb_each_other_and_give_the_same_bits(kernels):
    assert_threads_give_the_same_bits(kernels, block(2), drawn(20, 16, 14, 14, torch.float32))


def test_they_serve_only_where_they_are_used_and_never_under_vmap(kernels):
    z = drawn(2, 3, 4, 4)[0].detach()
    seen = []
    assert not serves(z)
    with using(kernels):
        assert serves(z)
        assert not serves(z.half())
        torch.func.vmap(lambda one: seen.append(serves(one)) or one)(z)
    assert seen == [False]
    assert not serves(z)
