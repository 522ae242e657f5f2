"""The growing mixture: when a component is born (after Jerfel et al. 2019, Chinese restaurant process prior; unverified).

Shapes never change: all components are there from the start and `alive` says which take part. Criterion "prior": the tasks
of a batch are better explained by the global prior (log zeta - scale * n * loss) than by all components. Criterion "jump":
the mean query loss of a window of steps rises against that of the window before.
"""

from typing import Any

import torch
from torch import Tensor

from core.types import Aux, Groups, Meta, Tensors


def newcomer(first: Tensors) -> Groups:
    """State that growth needs: the global prior, where a new component starts, and the clocks."""
    zero = next(iter(first.values())).new_zeros(())
    clocks = {"since": zero, "sum": zero.clone(), "steps": zero.clone(), "previous": zero.clone()}
    return {"prior": {name: leaf.clone() for name, leaf in first.items()}, "growth": clocks}


def grown(meta: Meta, groups: tuple[str, ...], aux: Aux, settings: Any) -> Meta:
    """The first component that is not alive is born where the batch asks for one; then the prior follows the living."""
    running, clocks = meta.state["mixture"], meta.state["growth"]
    clocks, jumped = _window(clocks, aux["query_loss"].mean(), settings)
    asked = aux["new"].mean() > settings.threshold if settings.spawn == "prior" else jumped
    room, rested = (running["alive"] < 0.5).any(), clocks["since"] >= settings.cooldown
    born = asked & room & rested
    slot = (torch.arange(len(groups), device=born.device) == running["alive"].argmin()) & born
    prior = meta.state["prior"]
    learned = {
        group: {name: torch.where(slot[k], prior[name], leaf) for name, leaf in meta.learned[group].items()}
        for k, group in enumerate(groups)
    }
    mass = (aux["new"].sum() if settings.spawn == "prior" else aux["new"].new_tensor(float(len(aux["new"])))).clamp(
        min=1
    )
    alive = torch.where(slot, 1.0, running["alive"])
    state = {"count": torch.where(slot, mass, running["count"]), "alive": alive, "idle": running["idle"]}
    clocks = {**clocks, "since": torch.where(born, 0.0, clocks["since"] + 1)}
    clocks["previous"] = torch.where(born, 0.0, clocks["previous"])
    meta = meta._replace(
        learned={**meta.learned, **learned}, state={**meta.state, "mixture": {**running, **state}, "growth": clocks}
    )
    return meta._replace(state={**meta.state, "prior": _followed(meta, groups, settings.prior_rate)})


def _window(clocks: Tensors, loss: Tensor, settings: Any) -> tuple[Tensors, Tensor]:
    """One more step into the window; at its end: did its mean rise by `jump` against the one before?"""
    total, steps = clocks["sum"] + loss, clocks["steps"] + 1
    full = steps >= settings.window
    mean, previous = total / steps, clocks["previous"]
    jumped = full & (previous > 0) & (mean > settings.jump * previous)
    ended = {
        "since": clocks["since"],
        "sum": torch.where(full, 0.0, total),
        "steps": torch.where(full, 0.0, steps),
        "previous": torch.where(full, mean, previous),
    }
    return ended, jumped


def _followed(meta: Meta, groups: tuple[str, ...], rate: float) -> Tensors:
    """theta_0 <- (1 - rate) theta_0 + rate * mean of the living."""
    alive = meta.state["mixture"]["alive"]
    living = alive.sum().clamp(min=1)
    found: Tensors = {}
    for name, leaf in meta.state["prior"].items():
        parts = torch.stack([alive[k] * meta.learned[group][name] for k, group in enumerate(groups)])
        found[name] = (1 - rate) * leaf + rate * parts.sum(0) / living
    return found
