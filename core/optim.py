"""The outer optimizer, with schedules, clips and state that goes into a checkpoint.

The updates are torch's own fused kernels, those that torch.optim calls with fused=True, bit for bit. torch.optim itself imports
torch's compiler at its first use, a second of a run's start, and takes longer over its bookkeeping than a small network's update.
"""

import math
from typing import Any, NamedTuple

import torch
from torch import Tensor

from core.types import Groups, Tensors

BETAS, EPS = (0.9, 0.999), 1e-8


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
        self._parts = [
            _Part(
                [(group, name) for name in named],
                rates.get(group, settings.learning_rate),
                decay.get(group, settings.weight_decay),
            )
            for group, named in learned.items()
            if named
        ]
        self._state: dict[tuple[str, str], Tensors] = {}

    def step(self, learned: Groups, gradient: Groups, step: int) -> None:
        """One update; `step` counts from 1 and decides the schedule alone, so that a resumed run continues it."""
        self._clip(gradient)
        kind, factor = self._settings.optimizer, share(self._settings, step)
        for part in self._parts:
            leaves = [learned[group][name] for group, name in part.keys]
            gradients = [gradient[group][name] for group, name in part.keys]
            if kind == "sgd":
                _sgd(leaves, gradients, part.rate * factor, part.decay)
            else:
                _adam(leaves, gradients, self._entries(part, leaves), part.rate * factor, part.decay, kind == "adamw")

    def _entries(self, part: "_Part", leaves: list[Tensor]) -> list[Tensors]:
        """The moments of a part's tensors; zero before the first step."""
        for key, leaf in zip(part.keys, leaves, strict=True):
            if key not in self._state:
                step = torch.zeros((), dtype=torch.float32, device=leaf.device)
                self._state[key] = {
                    "step": step,
                    "exp_avg": torch.zeros_like(leaf),
                    "exp_avg_sq": torch.zeros_like(leaf),
                }
        return [self._state[key] for key in part.keys]

    def tensors(self, learned: Groups) -> Tensors:
        """The state as flat tensors: "group/name/exp_avg"."""
        found: Tensors = {}
        for group, name in self._names:
            for key, value in self._state.get((group, name), {}).items():
                found[f"{group}/{name}/{key}"] = value
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
            self._state.setdefault((group, name), {})[entry] = value.to(learned[group][name].device)

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


class _Part(NamedTuple):
    """Tensors that move at one rate. decay: of the weights."""

    keys: list[tuple[str, str]]
    rate: float
    decay: float


def _sgd(leaves: list[Tensor], gradients: list[Tensor], rate: float, decay: float) -> None:
    torch._fused_sgd_(
        leaves, gradients, [], weight_decay=decay, momentum=0.0, lr=rate, dampening=0.0, nesterov=False, maximize=False,
        is_first_step=False,
    )  # fmt: skip


def _adam(
    leaves: list[Tensor], gradients: list[Tensor], entries: list[Tensors], rate: float, decay: float, decoupled: bool
) -> None:
    """Kingma and Ba's update; decoupled: Loshchilov and Hutter's weight decay."""
    steps = [entry["step"] for entry in entries]
    torch._foreach_add_(steps, 1)
    update = torch._fused_adamw_ if decoupled else torch._fused_adam_
    update(
        leaves, gradients, [entry["exp_avg"] for entry in entries], [entry["exp_avg_sq"] for entry in entries], [], steps,
        lr=rate, beta1=BETAS[0], beta2=BETAS[1], weight_decay=decay, eps=EPS, amsgrad=False, maximize=False,
    )  # fmt: skip


def share(settings: Any, step: int) -> float:
    """The schedule's share of the learning rate at outer step `step` (1 is the first)."""
    done = (step - 1) / settings.steps
    if settings.schedule == "linear":
        return float(settings.final_share + (1 - settings.final_share) * (1 - done))
    if settings.schedule == "cosine":
        return float(settings.final_share + (1 - settings.final_share) * 0.5 * (1 + math.cos(math.pi * done)))
    return 1.0
