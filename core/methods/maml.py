"""MAML (Finn, Abbeel, Levine 2017, arXiv 1703.03400): initial weights are learned, the adapted ones move by plain SGD.

First order, ANIL (Raghu et al. 2020, arXiv 1909.09157) and BOIL (Oh et al. 2021, arXiv 2008.08882) are this method with
a flag or a subset; Meta-SGD (Li et al. 2017, arXiv 1707.09835) puts a learned tensor where the step size stood.
"""

from typing import Any

import torch
from torch import Generator, Tensor

from core.inner import gradient_method, learned_start, plain_init
from core.methods.moving_panels import moving_panels
from core.types import Fast, Loss, Meta, Method, Net, Noise, Panel, Partition, Recipe, Task


def maml(net: Net, loss: Loss, recipe: Recipe, partition: Partition, settings: Any = None) -> Method:
    """J(theta) = mean over tasks of the query loss after `recipe.steps` steps on the support set (section 5)."""
    method = gradient_method(
        net, loss, recipe, init=plain_init(net, partition.frozen), begin=learned_start(net, partition.adapted)
    )
    return method._replace(panels=moving_panels(method, recipe.steps))


def meta_sgd(net: Net, loss: Loss, recipe: Recipe, partition: Partition, settings: Any = None) -> Method:
    """phi = theta - a * grad, elementwise; a is learned, its sign free. A shared head shares the step sizes of its row."""
    start = plain_init(net, partition.frozen)
    drawn = getattr(settings, "random_start", None)

    def init(generator: Generator) -> Meta:
        meta = start(generator)
        common = recipe.rate
        if drawn is not None:
            common = drawn[0] + (drawn[1] - drawn[0]) * float(torch.rand((), generator=generator))
        weights = {**meta.fixed.get("init", {}), **meta.learned["init"]}
        rate = {name: torch.full_like(weights[name], common) for name in partition.adapted}
        return meta._replace(learned={**meta.learned, "rate": rate})

    def rates(meta: Meta, fast: Fast, noise: Noise, t: int) -> dict[str, Tensor | float]:
        return dict(meta.learned["rate"])

    method = gradient_method(net, loss, recipe, init=init, begin=learned_start(net, partition.adapted), rates=rates)
    return method._replace(panels=_rate_panels)


def _rate_panels(meta: Meta, tasks: Task, noise: Noise) -> tuple[Panel, ...]:
    """Learned step sizes by tensor: how large, and how many go uphill."""
    rate = meta.learned["rate"]
    size = torch.stack([leaf.abs().mean() for leaf in rate.values()])
    uphill = torch.stack([(leaf < 0).to(size.dtype).mean() for leaf in rate.values()])
    return (
        Panel(
            "bars", "Step sizes", "Mean size of each tensor's learned step sizes, signs left out.", size, tuple(rate)
        ),
        Panel("bars", "Share below 0", "Entries whose learned step goes uphill.", uphill, tuple(rate)),
    )
