"""What every kernel is held against: derivatives of all orders, and threads beside one another."""

import threading

import torch

from core.kernels import using


def derivatives(block, leaves, times):
    """[value, first, second, ... derivatives of sums of weighted squares]: every entry takes part, differently. block: of the
    leaves."""
    found, now = [], [block(*leaves)]
    for _ in range(times):
        found += now
        weights = [torch.arange(leaf.numel(), dtype=leaf.dtype).view(leaf.shape).cos() for leaf in now]
        total = sum((leaf.square() * weight).sum() for leaf, weight in zip(now, weights, strict=True))
        now = torch.autograd.grad(total, leaves, create_graph=True)
    return [leaf.detach() for leaf in (*found, *now)]


def assert_threads_give_the_same_bits(kernels, block, leaves):
    """Four at once, none of which disturbs another."""
    found = {}

    def work(i):
        with using(kernels):
            found[i] = torch.autograd.grad(block(*leaves).square().sum(), leaves)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i in range(1, 4):
        assert all(torch.equal(a, b) for a, b in zip(found[i], found[0], strict=True))
