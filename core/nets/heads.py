"""Heads for any number of ways."""

from core.types import Net, Tensors


def shared_rows(net: Net, ways: int) -> Net:
    """A network whose head is learned as one row and copied to every class when a task begins."""

    def expand(weights: Tensors) -> Tensors:
        rows = {name: weights[name].expand(ways, *weights[name].shape[1:]) for name in net.head}
        return {**weights, **rows}

    return net._replace(expand=expand, shared_head=True)


def first_rows(weights: Tensors, head: tuple[str, ...], ways: int) -> Tensors:
    """A fixed head for fewer classes than it was learned for: the unused outputs are masked by leaving their rows out."""
    return {name: leaf[:ways] if name in head else leaf for name, leaf in weights.items()}
