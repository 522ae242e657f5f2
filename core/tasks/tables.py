"""Regression out of tables: a table is a task, its rows are divided anew into support and query in every episode."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from core.data.tables import Tables
from core.types import Batch, Task, TaskRows

from .draws import by_device, distinct, in_turn


def sampler(
    tables: Tables,
    members: NDArray[np.int64],
    shots: int,
    queries: int,
    *,
    device: str | torch.device = "cpu",
    dtype: torch.dtype = torch.float32,
) -> Callable[[Generator, int], Task]:
    """Tables of `members` (positions in `tables`; each has two rows or more), in random order, every one before any
    comes again.

    Of n rows min(shots, n - 1) are support and up to `queries` of the others query; slots left over are zero and
    weigh zero.
    """
    ids = torch.from_numpy(members).to(device)
    x, y = (torch.from_numpy(values).to(device, dtype) for values in (tables.x, tables.y))
    on = by_device(x, y, torch.from_numpy(tables.rows).to(device), ids)

    def sample(generator: Generator, tasks: int) -> Task:
        x, y, rows, ids = on(generator.device)
        table = ids[in_turn(generator, len(ids), tasks)]
        order = distinct(generator, rows[table], shots + queries).clamp_(max=x.shape[1] - 1)
        known = (rows[table] - 1).clamp(max=shots)[:, None]
        slot = torch.arange(shots + queries, device=order.device)
        support = _batch(x, y, table, order[:, :shots], slot[:shots] < known)
        later = slot[:queries] + known
        query = _batch(x, y, table, order.gather(1, later), later < rows[table][:, None])
        return Task(support, query, {"id": table})

    return sample


def _batch(x: Tensor, y: Tensor, table: Tensor, order: Tensor, there: Tensor) -> Batch:
    """`where`, not a product: what lies behind the last row may be anything."""
    at = (table[:, None], order)
    zero = x.new_zeros(())
    x, y = (torch.where(there[..., None], values[at], zero) for values in (x, y))
    return Batch(x, y, there.to(x.dtype))


def is_padded(rows: NDArray[np.int64], shots: int, queries: int) -> bool:
    """Whether an episode of any of these tables has empty slots."""
    return bool((rows < shots + queries).any())


def rows_of(tables: Tables, members: NDArray[np.int64]) -> TaskRows:
    """Every row of the tables `members`, one task after the other."""
    there = tables.filled[members]
    task = np.repeat(members, tables.rows[members])
    return TaskRows(tables.x[members][there], tables.y[members][there], task, tables.y[tables.filled].std(0))
