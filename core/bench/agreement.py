"""Is it the same function? Meta-gradients of a peer and of ours, on the same weights and tasks."""

from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from core.bench.peers import PEERS, Contender
from core.config import with_settings
from core.draws import at_step
from core.engine.eager import meta_gradient
from core.inner import start_weights
from core.nets import module
from core.training.assembly import Assembly, assemble
from core.training.planning import with_plan

COMPARED = 2
"""Tasks: the same function as on all."""
SAME = 1e-8
"""In float64, as a share of the largest entry. In float32 a pooling or a ReLU near its kink may fall to the other side."""
FEW_FILTERS, FEW_QUERIES, FEW_STEPS = 8, 2, 2


def contender(parts: Assembly, label: str) -> Contender:
    """That peer on our start and network. Raises ImportError where it is not installed."""
    plain = module(parts.experiment.network, parts.spec).to(parts.dtype)
    plain.load_state_dict(start_weights(parts.net, parts.method.init(at_step(0, "bench"))))
    inner = parts.experiment.inner
    return PEERS[label](plain, inner.learning_rate, inner.steps, parts.spec.task_type == "classification")


def in_float64(parts: Assembly, data_folder: Path) -> Assembly:
    """The same work in float64, with fewer filters, queries and inner steps: other sizes, but the same function in every line."""
    steps = min(FEW_STEPS, parts.experiment.inner.steps)
    wanted = [f"tasks.queries={FEW_QUERIES}", f"inner.steps={steps}", "engine.precision=float64", "engine.trial=false"]
    wanted += [f"network.filters={FEW_FILTERS}"] if parts.experiment.network.kind.startswith("conv") else []
    small = assemble(with_settings(parts.experiment, wanted), data_folder)
    return with_plan(small, replace(parts.plan, precision="float64"))


class Reference:
    """Our meta-gradient of these parts, computed once for each number of tasks."""

    def __init__(self, parts: Assembly) -> None:
        self.parts = parts
        self.meta = parts.method.init(at_step(0, "bench"))
        self._found: dict[int, dict[str, Tensor]] = {}

    def distance(self, peer: Contender, count: int = COMPARED) -> float:
        """Largest difference to a peer's on the same `count` tasks, as a share of the largest entry."""
        tasks = self.parts.splits.train.sample(at_step(0, "bench-tasks"), count)
        if count not in self._found:
            progress = torch.zeros((), dtype=self.parts.dtype)
            compute = meta_gradient(self.parts.method, self.parts.plan)
            self._found[count] = compute(self.meta, tasks, {}, progress)[0]["init"]
        ours = self._found[count]
        names = [name for name, _ in peer.module.named_parameters()]
        theirs = dict(zip(names, peer.gradient(tasks), strict=True))
        most = max(float(leaf.abs().max()) for leaf in ours.values())
        return max(float((leaf - theirs[name]).abs().max()) for name, leaf in ours.items()) / most
