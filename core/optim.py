"""The outer optimizer: torch.optim behind a few lines, with schedules, clips and state that goes into a checkpoint."""

import math
from typing import Any

import torch
from torch import Tensor

from core.types import Groups, Tensors


class OuterOptimizer:
    """Moves `learned` tensors in place. settings: optimizer, learning_rate, schedule, final_share, steps, clip_value,
    clip_norm, weight_decay (read by attribute). group_rates, group_decay: learning rates and weight decay of groups that
    do not take the common ones; entry_clips, tensor_clips, group_clips: of a group's gradient the largest entry, the largest
    norm of each tensor by itself, and of the group as a whole."""

    def __init__(
        self,
        learned: Groups,
        settings: Any,
        group_rates: dict[str, float] | None = None,
        *,
        group_clips: dict[str, float] | None = None,
        group_decay: dict[str, float] | None = None,
        entry_clips: dict[str, float] | None = None,
        tensor_clips: dict[str, float] | None = None,
    ) -> None:
        self._settings, self._group_clips = settings, group_clips or {}
        self._entry_clips, self._tensor_clips = entry_clips or {}, tensor_clips or {}
        self._names = [(group, name) for group, named in learned.items() for name in named]
        rates, decay = group_rates or {}, group_decay or {}
        parts = [
            {
                "params": list(named.values()),
                "lr": rates.get(group, settings.learning_rate),
                "weight_decay": decay.get(group, settings.weight_decay),
            }
            for group, named in learned.items()
            if named
        ]
        self._base = [part["lr"] for part in parts]
        self._optimizer = _make(parts, settings)

    def step(self, learned: Groups, gradient: Groups, step: int) -> None:
        """One update; `step` counts from 1 and decides the schedule alone, so that a resumed run continues it."""
        self._clip(gradient)
        for part, base in zip(self._optimizer.param_groups, self._base, strict=True):
            part["lr"] = base * share(self._settings, step)
        for group, name in self._names:
            learned[group][name].grad = gradient[group][name]
        self._optimizer.step()

    def tensors(self, learned: Groups) -> Tensors:
        """The state as flat tensors: "group/name/exp_avg"."""
        found: Tensors = {}
        for group, name in self._names:
            for key, value in self._optimizer.state.get(learned[group][name], {}).items():
                found[f"{group}/{name}/{key}"] = torch.as_tensor(value)
        return found

    def fits(self, learned: Groups, tensors: Tensors) -> bool:
        """Are `tensors` what this optimizer keeps for these tensors once it has made a step?"""
        entries = () if self._settings.optimizer == "sgd" else ("step", "exp_avg", "exp_avg_sq")
        wanted = {
            f"{group}/{name}/{entry}": () if entry == "step" else tuple(learned[group][name].shape)
            for group, name in self._names
            for entry in entries
        }
        return wanted == {key: tuple(value.shape) for key, value in tensors.items()}

    def load(self, learned: Groups, tensors: Tensors) -> None:
        """Put `tensors` back as the state."""
        for key, value in tensors.items():
            path, entry = key.rsplit("/", 1)
            group, name = path.split("/", 1)
            leaf = learned[group][name]
            self._optimizer.state[leaf][entry] = value.to(leaf.device if entry != "step" else value.device)

    def _clip(self, gradient: Groups) -> None:
        leaves = [gradient[group][name] for group, name in self._names]
        for leaf, (group, _) in zip(leaves, self._names, strict=True):
            if (most := self._entry_clips.get(group)) is not None:
                leaf.clamp_(-most, most)
            if (most := self._tensor_clips.get(group)) is not None:
                _clip_norm([leaf], most)
        if self._settings.clip_value is not None:
            for leaf in leaves:
                leaf.clamp_(-self._settings.clip_value, self._settings.clip_value)
        for group, most in self._group_clips.items():
            _clip_norm([gradient[owner][name] for owner, name in self._names if owner == group], most)
        if self._settings.clip_norm is not None:
            _clip_norm(leaves, self._settings.clip_norm)


def settled(held: Groups, wanted: Groups) -> Groups:
    """`held` with the values of `wanted`, in place: the optimizer and its moments go with the tensors that it was made of."""
    for group, named in wanted.items():
        for name, leaf in named.items():
            if held[group][name] is not leaf:
                held[group][name].copy_(leaf)
    return held


def _clip_norm(leaves: list[Tensor], most: float) -> None:
    """Scale the tensors down together, in place, to a norm of at most `most`."""
    if not leaves:
        return
    norm = torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(leaf) for leaf in leaves]))
    scale: Tensor = (most / (norm + 1e-12)).clamp(max=1)
    for leaf in leaves:
        leaf.mul_(scale)


def _make(parts: list[dict[str, Any]], settings: Any) -> torch.optim.Optimizer:
    if settings.optimizer == "sgd":
        return torch.optim.SGD(parts, lr=settings.learning_rate, weight_decay=settings.weight_decay, fused=True)
    kind = torch.optim.AdamW if settings.optimizer == "adamw" else torch.optim.Adam
    return kind(parts, lr=settings.learning_rate, weight_decay=settings.weight_decay, fused=True)


def share(settings: Any, step: int) -> float:
    """The schedule's share of the learning rate at outer step `step` (1 is the first)."""
    done = (step - 1) / settings.steps
    if settings.schedule == "linear":
        return float(settings.final_share + (1 - settings.final_share) * (1 - done))
    if settings.schedule == "cosine":
        return float(settings.final_share + (1 - settings.final_share) * 0.5 * (1 + math.cos(math.pi * done)))
    return 1.0
