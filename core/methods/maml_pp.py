"""MAML++ (Antoniou, Edwards, Storkey 2019, arXiv 1810.09502): MAML steadied by a loss after every step, a learned step size
for each tensor and step, a normalization row for each step, and first order at the start of the run.

The row of step 0 stands in "init"; "norm" holds those of the later steps. Rates and rows repeat the last beyond the trained
steps. Running batch statistics are left out: the released code collects them and never normalizes with them.
"""

from typing import Any

import torch
from torch import Generator, Tensor

from core import losses, tree
from core.inner import constant_rates, gradient_method, learned_start, merged, plain_init, predict
from core.types import (
    Aux,
    Fast,
    Given,
    Loss,
    Meta,
    Method,
    Net,
    Noise,
    Panel,
    Partition,
    Recipe,
    Rollout,
    Task,
    Tensors,
)

LEAST = 0.03  # of an early step's loss weight, times 1/n: in the released code, which ignores its setting of 0.01


def maml_pp(net: Net, loss: Loss, recipe: Recipe, partition: Partition, settings: Any) -> Method:
    """J = mean over tasks of sum_t v_t L_query(theta_t), t = 1..n; v moves to the last step while training (`loss_shares`)."""
    steps = max(recipe.steps, 1)
    rows = [name for name in net.norm if name not in {*partition.adapted, *partition.frozen}]
    rows = rows if settings.norm_rows and steps > 1 else []
    until, anneal = settings.multi_step_share, settings.first_order_share
    start, plain, begin_weights = plain_init(net, partition.frozen), merged(net), learned_start(net, partition.adapted)

    def init(generator: Generator) -> Meta:
        meta = start(generator)
        weights = {**meta.fixed.get("init", {}), **meta.learned.get("init", {})}
        learned = dict(meta.learned)
        if settings.step_rates:
            rate = weights[next(iter(weights))].new_full(
                (1, steps), recipe.rate
            )  # one row: use with fewer ways cuts rows
            learned["rate"] = {name: rate.clone() for name in partition.adapted}
        if rows:
            learned["norm"] = {name: torch.stack([weights[name]] * (steps - 1)) for name in rows}
        second = {"second": weights[next(iter(weights))].new_zeros(())}
        return meta._replace(learned=learned, state={**meta.state, "order": second} if anneal else meta.state)

    def row(meta: Meta, t: int) -> Tensors:
        """Scales and offsets of step t."""
        if t == 0:
            return tree.select(meta.learned["init"], rows)
        return {name: meta.learned["norm"][name][min(t, steps - 1) - 1] for name in rows}

    def at_row(fast: Fast, meta: Meta, t: int) -> Fast:
        return {**fast, "norm": row(meta, t)} if rows else fast

    def begin(meta: Meta, given: Given, noise: Noise) -> Fast:
        return at_row(begin_weights(meta, given, noise), meta, 0)

    def rates(meta: Meta, fast: Fast, noise: Noise, t: int) -> dict[str, Tensor | float]:
        return {name: rate[0, min(t, steps - 1)] for name, rate in meta.learned["rate"].items()}

    def weights(meta: Meta, fast: Fast) -> Tensors:
        return {**plain(meta, fast), **fast.get("norm", {})}

    parts: dict[str, Any] = {
        "init": init,
        "begin": begin,
        "weights": weights,
        "rates": rates if settings.step_rates else constant_rates(recipe.rate),
    }
    second_order = gradient_method(net, loss, recipe, **parts)
    first_order = gradient_method(net, loss, recipe._replace(first_order=True), **parts)

    def step(meta: Meta, fast: Fast, given: Given, noise: Noise, t: int) -> Fast:
        """Step t on its own row. Order annealing: both orders reach the same weights; one of the two is differentiated."""
        fast = at_row(fast, meta, t)
        moved = second_order.step(meta, fast, given, noise, t)
        if not anneal:
            return moved
        still, second = first_order.step(meta, fast, given, noise, t), meta.state["order"]["second"]
        return {
            **moved,
            "weights": {n: torch.lerp(leaf, moved["weights"][n], second) for n, leaf in still["weights"].items()},
        }

    def begin_training(meta: Meta, task: Task, noise: Noise) -> Fast:
        return begin(meta, task.given, noise)

    def terms(meta: Meta, fast: Fast, task: Task, noise: Noise, t: int, progress: Tensor) -> tuple[Tensor, Aux]:
        value, aux = losses.measure(loss, predict(method, meta, fast, task.given, task.query.x), task.query)
        return (loss_shares(progress / until, recipe.steps)[t - 1] * value if until and t else value), aux

    def advance(before: Meta, after: Meta, aux: Aux, progress: Tensor) -> Meta:
        """The order of the next outer step."""
        second = (progress >= anneal).to(before.state["order"]["second"])
        return after._replace(state={**after.state, "order": {"second": second}})

    def panels(meta: Meta, tasks: Task, noise: Noise) -> tuple[Panel, ...]:
        return _rate_panels(meta) if settings.step_rates else ()

    at = tuple(range(1, recipe.steps + 1)) if until and recipe.steps else (recipe.steps,)
    walk = Rollout(recipe.steps, at, begin_training, terms)
    method = second_order._replace(step=step, objective=walk, panels=panels)
    return method._replace(advance=advance) if anneal else method


def loss_shares(phase: Tensor, steps: int) -> Tensor:
    """Weight of the query loss after each step [steps], sum 1: equal at phase 0, nearly all on the last step just before
    phase 1, all of it from then on. The paper moves them once an epoch; here with every outer step."""
    early = torch.clamp(1 / steps - phase / steps, min=LEAST / steps)
    last = torch.clamp(1 / steps + phase * (steps - 1) / steps, max=1 - (steps - 1) * LEAST / steps)
    annealed = torch.stack([early] * (steps - 1) + [last])
    final = torch.stack([torch.zeros_like(early)] * (steps - 1) + [torch.ones_like(last)])
    return torch.where(phase < 1, annealed, final)


def _rate_panels(meta: Meta) -> tuple[Panel, ...]:
    """Step sizes by step, a line for each adapted tensor."""
    rates = meta.learned["rate"]
    values, note = torch.cat(list(rates.values())), "Learned step size of each tensor. Below 0 a step goes uphill."
    if values.shape[1] == 1:
        return (Panel("bars", "Step sizes", note, values[:, 0], tuple(rates)),)
    at = torch.arange(1, values.shape[1] + 1, dtype=values.dtype, device=values.device)
    return (Panel("lines", "Step sizes by inner step", note, values, tuple(rates), x=at),)
