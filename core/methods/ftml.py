"""FTML (Finn, Rajeswaran, Kakade, Levine 2019, arXiv 1902.08438): after every round play the initialization that would have
been best, after adaptation, for all tasks so far; MAML's outer loss over a growing buffer.

The buffer is the task distribution (core.tasks.stream), so this is MAML with smoothed labels; what follows the leader
without adaptation (U = identity) is joint training.
"""

from typing import Any

from torch import Tensor

from core.inner import query_rollout
from core.losses import smoothed
from core.methods.maml import maml
from core.types import Batch, Loss, Method, Net, Partition, Recipe


def ftml(net: Net, loss: Loss, recipe: Recipe, partition: Partition, settings: Any) -> Method:
    """J_t(w) = E over k <= t of L(D_k^val, U_k(w)), U_k: gradient steps on D_k^tr (section 6).

    leader "joint": J_t(w) = E of L(D_k^val, w): follow the leader, fine-tuned by U at use, or not at all with no
    steps at evaluation (the paper's "train on everything").
    """
    soft = smoothed(loss, settings.smoothing)
    method = maml(net, soft if settings.scale == "mean" else by_ten(soft), recipe, partition)
    return method._replace(objective=query_rollout(method, soft, recipe.steps if settings.leader == "meta" else 0))


def by_ten(loss: Loss) -> Loss:
    """The sum over examples divided by 10, the released code's constant: the mean on ten of them, 14 times it on 140."""

    def scaled(outputs: Tensor, batch: Batch) -> Tensor:
        return loss(outputs, batch) * batch.weight.sum() / 10

    return scaled
