"""The meta-gradient without a graph through the inner loop: memory does not grow with the number of inner steps.

Walk forward without a graph and keep only the fast weights phi_0 ... phi_n. Then walk back: with v_n the gradient of the
last term, v_t = (d step_t / d phi)^T v_{t+1} + the term at t, one vector-Jacobian product of one inner step each, which also
gives the part of every other meta-parameter (step sizes, weights that are fixed inside). Exact, as the unrolled way.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_map

from core.func import last, vjp, vmap
from core.outer import Gradient, add
from core.types import Aux, Fast, Groups, Meta, Method, Noise, Rollout, Task


def adjoint_gradient(method: Method, *, vectorised: bool) -> Gradient:
    """As core.outer.vectorised_gradient or per_task_gradient, for methods whose objective is a Rollout."""
    walk = method.objective
    assert isinstance(walk, Rollout)
    over = _vectorised if vectorised else _alone

    def gradient(meta: Meta, tasks: Task, noise: Noise, progress: Tensor) -> tuple[Groups, Aux]:
        return _Walk(method, walk, over, meta, tasks, noise, progress).back()

    return gradient


class _Walk:
    """One forward and one backward walk over a chunk of tasks (or one task alone)."""

    def __init__(
        self,
        method: Method,
        walk: Rollout,
        over: Callable[..., Any],
        meta: Meta,
        tasks: Task,
        noise: Noise,
        progress: Tensor,
    ) -> None:
        self.method, self.walk, self.over, self.meta = method, walk, over, meta
        self.tasks, self.noise, self.progress = tasks, noise, progress

    def start(self, learned: Groups) -> Fast:
        meta = self.meta._replace(learned=learned)
        begun: Fast = self.over(lambda task, draws: self.walk.start(meta, task, draws), self.tasks, self.noise)
        return begun

    def step(self, t: int) -> Callable[[Groups, Fast], Fast]:
        def one_step(learned: Groups, fast: Fast) -> Fast:
            meta = self.meta._replace(learned=learned)
            moved: Fast = self.over(
                lambda state, task, draws: self.method.step(meta, state, task.given, draws, t),
                fast,
                self.tasks,
                self.noise,
            )
            return moved

        return one_step

    def terms(self, t: int) -> Callable[[Groups, Fast], tuple[Tensor, Aux]]:
        def judged(learned: Groups, fast: Fast) -> tuple[Tensor, Aux]:
            meta = self.meta._replace(learned=learned)
            found: tuple[Tensor, Aux] = self.over(
                lambda state, task, draws: self.walk.terms(meta, state, task, draws, t, self.progress),
                fast, self.tasks, self.noise,
            )  # fmt: skip
            return found

        return judged

    def back(self) -> tuple[Groups, Aux]:
        learned, states = self.meta.learned, self._forward()
        carried: Fast = tree_map(torch.zeros_like, states[-1])
        parts: list[Groups] = []
        total: Tensor | None = None
        found: Aux = {}
        for t in reversed(range(self.walk.steps + 1)):
            if t in self.walk.at:
                loss, pull, aux = vjp(self.terms(t), learned, states[t], has_aux=True)
                part, onto = last(pull, torch.ones_like(loss))
                parts, carried = [add([*parts, part])], tree_map(torch.add, carried, onto)
                total, found = loss if total is None else total + loss, {**aux, **found}
            if t > 0:
                _, pull = vjp(self.step(t - 1), learned, states[t - 1])
                part, carried = last(pull, carried)
                parts = [add([*parts, part])]
                del states[t]
        _, pull = vjp(self.start, learned)
        (part,) = last(pull, carried)
        found["outer_loss"] = self.progress.new_zeros(()) if total is None else total
        return add([*parts, part]), found

    def _forward(self) -> list[Fast]:
        states = [self.start(self.meta.learned)]
        for t in range(self.walk.steps):
            states.append(self.step(t)(self.meta.learned, states[-1]))
        return states


def _vectorised(function: Callable[..., Any], *arguments: Any) -> Any:
    return vmap(function)(*arguments)


def _alone(function: Callable[..., Any], *arguments: Any) -> Any:
    return function(*arguments)
