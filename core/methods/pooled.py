"""Joint training: one network on the examples of all tasks together; fine-tuned by plain SGD at use.

The baseline of every paper, and the first stage of methods that want a pretrained body.
"""

from typing import Any

from torch import Tensor

from core import losses
from core.inner import gradient_method, joined, learned_start, plain_init, start_weights
from core.types import Aux, Loss, Meta, Method, Net, Noise, Partition, Recipe, Task


def pooled(net: Net, loss: Loss, recipe: Recipe, partition: Partition, settings: Any = None) -> Method:
    """Outer loss: the loss of the initialization itself on support and query joined; nothing is adapted in training."""

    def objective(meta: Meta, task: Task, noise: Noise, progress: Tensor) -> tuple[Tensor, Aux]:
        batch = joined(task)
        return losses.measure(loss, net.apply(start_weights(net, meta), batch.x), batch)

    return gradient_method(
        net, loss, recipe,
        init=plain_init(net, partition.frozen), begin=learned_start(net, partition.adapted), objective=objective,
    )  # fmt: skip
