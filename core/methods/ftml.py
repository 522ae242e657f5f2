"""FTML (Finn, Rajeswaran, Kakade, Levine 2019, arXiv 1902.08438): after every round play the initialization that would have
been best, after adaptation, for all tasks so far; MAML's outer loss over a growing buffer.

The buffer is the task distribution (core.tasks.stream), so this is MAML with smoothed labels; what follows the leader
without adaptation (U = identity) is joint training.
"""

from typing import Any

from core.inner import query_rollout
from core.losses import smoothed
from core.methods.maml import maml
from core.types import Loss, Method, Net, Partition, Recipe


def ftml(net: Net, loss: Loss, recipe: Recipe, partition: Partition, settings: Any) -> Method:
    """J_t(w) = E over k <= t of L(D_k^val, U_k(w)), U_k: gradient steps on D_k^tr (section 6).

    leader "joint": J_t(w) = E of L(D_k^val, w): follow the leader, fine-tuned by U at use, or not at all with no
    steps at evaluation (the paper's "train on everything").
    """
    soft = smoothed(loss, settings.smoothing)
    method = maml(net, soft, recipe, partition)
    return method if settings.leader == "meta" else method._replace(objective=query_rollout(method, soft, 0))
