"""The growing mixture: when a component is born (after Jerfel et al. 2019, Chinese restaurant process prior; unverified).

Shapes never change: all components are there from the start and `alive` says which take part. Criterion "prior": the tasks
of a batch are better explained by the global prior (log zeta - scale * n * loss) than by all components. Criterion "jump":
the mean query loss of a window of steps rises against that of the window before.
"""

from typing import Any

import torch
from torch import Tensor

from core.types import Aux, Groups, Meta, Tensors


def newcomer(first: Tensors, count: int) -> Groups:
    """State that growth needs: the global prior, where a new component starts, and the clocks. rare: for how many steps each
    component's share has been too small [components]."""
    zero = next(iter(first.values())).new_zeros(())
    clocks = {"since": zero, "sum": zero.clone(), "steps": zero.clone(), "previous": zero.clone()}
    clocks["rare"] = zero.new_zeros(count)
    return {"prior": {name: leaf.clone() for name, leaf in first.items()}, "growth": clocks}


def grown(meta: Meta, groups: tuple[str, ...], aux: Aux, settings: Any) -> Meta:
    """Components that nearly no task used for long are taken out; the first that is not alive is born where the batch asks
    for one; then the prior follows the living."""
    running, rare = _pruned(meta.state["mixture"], meta.state["growth"]["rare"], settings)
    clocks = {**meta.state["growth"], "rare": rare}
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
    clocks["rare"] = torch.where(slot, 0.0, clocks["rare"])
    meta = meta._replace(
        learned={**meta.learned, **learned}, state={**meta.state, "mixture": {**running, **state}, "growth": clocks}
    )
    return meta._replace(state={**meta.state, "prior": _followed(meta, groups, settings.prior_rate)})


def far_from_prior(meta: Meta, groups: tuple[str, ...]) -> Tensor:
    """Squared distance of the living components from the common start, which is a constant here."""
    alive, prior = meta.state["mixture"]["alive"], meta.state["prior"]
    far = [
        torch.stack([(meta.learned[group][name] - leaf).square().sum() for name, leaf in prior.items()]).sum()
        for group in groups
    ]
    return torch.where(alive > 0.5, torch.stack(far), 0.0).sum()


def _pruned(running: Tensors, rare: Tensor, settings: Any) -> tuple[Tensors, Tensor]:
    """Without those whose share stayed below `prune_share` for `prune_after` steps; the largest always stays."""
    share = running["count"] / running["count"].sum().clamp(min=1e-12)
    small = (running["alive"] > 0.5) & (share < settings.prune_share)
    rare = torch.where(small, rare + 1, 0.0)
    gone = (rare >= settings.prune_after) & (share < share.max())
    alive, counts = (torch.where(gone, 0.0, running[key]) for key in ("alive", "count"))
    return {**running, "alive": alive, "count": counts}, torch.where(gone, 0.0, rare)


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
        "rare": clocks["rare"],
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
