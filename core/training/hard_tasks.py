"""Hard tasks (MTL: Sun et al. 2019, arXiv 1812.02391; its extension 1910.03648): every so many outer steps a meta-batch of
tasks whose classes are those that lately failed.

After an ordinary step each task names the class that it got right least often; a hard step draws its classes among those
named since the last one, with fresh pictures. Which steps are hard follows from the step alone; what failed is kept in
checkpoints, so that a resumed run draws the same tasks. The paper's own numbers are unverified, the released code has no
hard tasks: this is the definition of the method file.
"""

from collections.abc import Iterable

import torch
from torch import Generator, Tensor

from core.tasks.draws import distinct
from core.tasks.pool import ClassPool
from core.types import Aux, Task, TaskDistribution

FAILED = "failed"  # position of the worst class of each task [tasks], as losses.worst_class says it


class HardTasks:
    """every: each so many-th outer step is hard; failed: class ids of an interrupted piece of the run."""

    def __init__(self, pool: ClassPool, every: int, failed: Iterable[int] = ()) -> None:
        self._pool, self._every = pool, every
        self._failed = dict.fromkeys(failed)  # in the order in which they came, each once

    @property
    def failed(self) -> list[int]:
        """Ids of the classes that failed since the last hard step."""
        return list(self._failed)

    def hard(self, step: int) -> bool:
        return step % self._every == 0

    def sample(self, ordinary: TaskDistribution, generator: Generator, tasks: int, step: int) -> Task:
        """A meta-batch of outer step `step`. Fewer failures than ways: other training classes fill the tasks up."""
        if not self.hard(step) or not self._failed:
            return ordinary.sample(generator, tasks)
        members = self._pool.ids["train"]
        chosen = torch.tensor(self.failed, dtype=members.dtype, device=members.device)
        missing = ordinary.spec.outputs - len(chosen)
        if missing > 0:
            chosen = torch.cat([chosen, _others(members, chosen, missing, generator)])
        return self._pool.among(chosen, ordinary.spec).sample(generator, tasks)

    def hear(self, tasks: Task, aux: Aux, step: int) -> None:
        if self.hard(step):
            self._failed.clear()
            return
        worst = tasks.about["classes"].gather(1, aux[FAILED].to(torch.int64)[:, None])[:, 0]
        self._failed.update(dict.fromkeys(worst.tolist()))


def _others(members: Tensor, chosen: Tensor, count: int, generator: Generator) -> Tensor:
    left = members[~torch.isin(members, chosen)]
    return left[distinct(generator, torch.tensor(len(left), device=generator.device), count).to(left.device)]
