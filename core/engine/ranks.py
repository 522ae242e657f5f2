"""Several processes, one run: the tasks of a meta-batch are shared out, gradients added up, and rank 0 alone writes.

Started by torchrun. Every rank draws the whole meta-batch (draws follow from seed and step alone), works on its share, and
adds its part of the meta-gradient and of the reports to those of the others; so all make the same outer step on the same
numbers, and advance, curricula and resume need to know nothing of ranks.
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import torch
from torch import Tensor

from core.errors import BadExperiment, LostRank
from core.outer import count
from core.types import Aux, Groups, Noise, Task, map_task

PATIENCE = timedelta(days=2)  # a rank may wait for the leader's evaluation, or a pause
GO_ON, END, STOP = 0, 1, 2


@contextmanager
def joined() -> Iterator["Ranks"]:
    """The group of all ranks: gloo between processors, NCCL between GPUs. Raises LostRank where not all come."""
    import torch.distributed as dist

    gpus = torch.cuda.is_available()
    if gpus:
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")) % torch.cuda.device_count())
    try:
        dist.init_process_group("cpu:gloo,cuda:nccl" if gpus else "gloo", timeout=PATIENCE)
    except (RuntimeError, ValueError) as error:
        raise LostRank(
            f"the ranks did not find each other ({_first_line(error)}); start them all with torchrun"
        ) from None
    try:
        yield Ranks(dist.get_rank(), dist.get_world_size())
    finally:
        dist.destroy_process_group()


class Ranks:
    """This process among the others. Every method is called by all ranks in the same order."""

    def __init__(self, rank: int, world: int) -> None:
        self.rank, self.world = rank, world

    @property
    def leads(self) -> bool:
        """Rank 0: it records, validates, saves and decides."""
        return self.rank == 0

    def refuse_too_few(self, meta_batch: int) -> None:
        """Raises BadExperiment where a rank would have nothing to do."""
        if meta_batch < self.world:
            raise BadExperiment(
                f"outer.meta_batch: {meta_batch} tasks cannot be shared by {self.world} ranks; start at most {meta_batch}"
            )

    def share(self, total: int) -> slice:
        """This rank's tasks of a meta-batch: the first ranks take one more where it does not come out even."""
        each, more = divmod(total, self.world)
        first = self.rank * each + min(self.rank, more)
        return slice(first, first + each + (self.rank < more))

    def gradient(
        self, compute: Callable[..., tuple[Groups, Aux]], meta: Any, tasks: Task, noise: Noise, progress: Tensor
    ) -> tuple[Groups, Aux]:
        """The gradient of the mean outer loss over all tasks, and the reports of all tasks, the same on every rank."""
        total = count(tasks)
        part = self.share(total)
        mine, draws = (map_task(lambda leaf: leaf[part], tree) for tree in (tasks, noise))
        gradient, aux = compute(meta, mine, draws, progress)
        own = part.stop - part.start
        found: dict[tuple[str, ...], Tensor] = {}
        for group, named in gradient.items():
            for name, leaf in named.items():
                found["gradient", group, name] = leaf * (own / total)
        for name, leaf in aux.items():
            whole = leaf.new_zeros((total, *leaf.shape[1:]))
            whole[part] = leaf
            found["aux", name] = whole
        summed = self._sums(found)
        groups = {group: {name: summed["gradient", group, name] for name in named} for group, named in gradient.items()}
        return groups, {name: summed["aux", name] for name in aux}

    def _sums(self, tensors: dict[tuple[str, ...], Tensor]) -> dict[tuple[str, ...], Tensor]:
        """Each tensor summed over the ranks; one message for all of a kind of number."""
        found: dict[tuple[str, ...], Tensor] = {}
        for dtype in dict.fromkeys(leaf.dtype for leaf in tensors.values()):
            keys = [key for key, leaf in tensors.items() if leaf.dtype == dtype]
            flat = torch.cat([tensors[key].reshape(-1) for key in keys])
            self._do(partial(_add_up, flat))
            parts = torch.split(flat, [tensors[key].numel() for key in keys])
            found |= {key: part.view(tensors[key].shape) for key, part in zip(keys, parts, strict=True)}
        return {key: found[key] for key in tensors}

    def decide(self, wish: int) -> int:
        """What the leader wishes: GO_ON, END or STOP."""
        word = torch.tensor([wish])
        self._do(lambda dist: dist.broadcast(word, 0))
        return int(word)

    def tell(self, values: dict[str, Any] | None, data: bytes = b"") -> tuple[dict[str, Any], bytes]:
        """The leader's values (as JSON) and bytes, on every rank. The others give None and nothing."""
        text = json.dumps(values).encode() if self.leads else b""
        sizes = torch.tensor([len(text), len(data)])
        self._do(lambda dist: dist.broadcast(sizes, 0))
        lengths = sizes.tolist()
        whole = torch.frombuffer(bytearray(text + data), dtype=torch.uint8) if self.leads else torch.empty(
            sum(lengths), dtype=torch.uint8
        )  # fmt: skip
        self._do(lambda dist: dist.broadcast(whole, 0))
        received = bytes(whole.numpy())
        return json.loads(received[: lengths[0]]), received[lengths[0] :]

    def _do(self, act: Callable[[Any], Any]) -> None:
        import torch.distributed as dist

        try:
            act(dist)
        except RuntimeError as error:
            raise LostRank(
                f"another rank is gone ({_first_line(error)}); what was learned is kept, resume goes on"
            ) from None


def _add_up(flat: Tensor, dist: Any) -> None:
    dist.all_reduce(flat)


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:120] if lines else type(error).__name__
