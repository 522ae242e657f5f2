"""The convolution of per-task passes: F.conv2d and its derivatives, to the third."""

import pytest
import torch
import torch.nn.functional as F

from core.draws import at_step
from core.func import by_graph
from core.nets.convolution import convolved


def derivatives(convolve, leaves, times=3):
    found, now = [], [convolve(*leaves)]
    for _ in range(times):
        found += now
        weights = [torch.arange(leaf.numel(), dtype=leaf.dtype).view(leaf.shape).cos() for leaf in now]
        total = sum((leaf.square() * weight).sum() for leaf, weight in zip(now, weights, strict=True))
        now = torch.autograd.grad(total, [leaf for leaf in leaves if leaf.requires_grad], create_graph=True)
    return [leaf.detach() for leaf in (*found, *now)]


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize(
    "moves", [(True, True), (False, True), (True, False)], ids=["both", "weights alone", "maps alone"]
)
def test_derivatives_are_torchs_to_the_third(stride, moves):
    generator = at_step(0, "convolution")
    shapes = ((2, 3, 7, 6), (4, 3, 3, 3))
    leaves = [
        torch.randn(shape, generator=generator, dtype=torch.float64).requires_grad_(moved)
        for shape, moved in zip(shapes, moves, strict=True)
    ]
    expected = derivatives(lambda x, w: F.conv2d(x, w, None, stride, 1), leaves)
    with by_graph():
        found = derivatives(lambda x, w: convolved(x, w, None, stride), leaves)
        assert type(convolved(*leaves, None, stride).grad_fn).__name__ == "_ConvolutionBackward"
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-11, atol=1e-11 * float(theirs.abs().max()))


def test_under_vmap_and_with_an_offset_it_is_torchs_own():
    x, weight = torch.ones(2, 1, 1, 4, 4), torch.ones(1, 1, 3, 3, requires_grad=True)
    with by_graph():
        torch.func.vmap(lambda one: convolved(one, weight, None, 1))(x)
        assert type(convolved(x[0], weight, torch.ones(1), 1).grad_fn).__name__ == "ConvolutionBackward0"
