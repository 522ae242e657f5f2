"""iMAML (Rajeswaran, Finn, Kakade, Levine 2019, arXiv 1909.04630): initial weights learned by the implicit gradient of a
proximal inner problem; the adaptation itself is never differentiated, so memory does not grow with its steps.

phi* = argmin L_support(phi) + strength/2 |phi - theta|^2. With v the solution of (I + H/strength) v = grad L_query(phi*), H the
support Hessian at phi*, the gradient for theta is v, and for weights psi that are fixed inside it is
d L_query/d psi - (1/strength) d <grad L_support, v>/d psi.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor

from core import losses, tree
from core.func import grad
from core.inner import descend, learned_start, merged, plain_init, predict, rollout
from core.outer import count, one_task
from core.types import Aux, Fast, Given, Loss, Meta, Method, Net, Noise, Panel, Partition, Recipe, Task, Tensors

TINY = 1e-30
RELEASED_EXTRA = 10.0  # the released code divides the curvature by strength + 10


class Solved(NamedTuple):
    """One task's implicit gradient, all of it constant. residuals: of the linear system after 0, 1, ... iterations; rest:
    slope of the inner problem at phi, by that at its start (0 = solved)."""

    fast: Fast
    v: Tensors
    residuals: list[Tensor]
    rest: Tensor


def imaml(net: Net, loss: Loss, recipe: Recipe, partition: Partition, settings: Any) -> Method:
    """solver "proximal": the pull to the start is part of every step. "released": plain steps, after the last trained one a
    step on the pull alone; its matrix is (1 + damping) I + H / (strength + 10). No iteration: the first-order gradient.
    """
    strength, iterations, released = settings.strength, settings.iterations, settings.solver == "released"
    scale = strength + RELEASED_EXTRA if released else strength
    plain, begin = merged(net), learned_start(net, partition.adapted)
    fixed_inside = set(net.shapes) - {*partition.adapted} - {*partition.frozen}
    rates: dict[str, Tensor | float] = dict.fromkeys(partition.adapted, recipe.rate)

    def support_loss(meta: Meta, given: Given) -> Callable[[Tensors], Tensor]:
        return lambda moved: loss(net.apply(plain(meta, {"weights": moved}), given.support.x), given.support)

    def pull(meta: Meta, given: Given) -> Callable[[Tensors], Tensor]:
        anchor = begin(meta, given, {})["weights"]
        return lambda moved: strength / 2 * sum_of({n: (leaf - anchor[n]).square() for n, leaf in moved.items()})

    def proximal(meta: Meta, given: Given) -> Callable[[Tensors], Tensor]:
        fitted, held = support_loss(meta, given), pull(meta, given)
        return lambda moved: fitted(moved) + held(moved)

    def down(part: Callable[[Tensors], Tensor], moved: Tensors) -> Tensors:
        if settings.bounded_steps:
            return bounded_step(part, moved, recipe.rate, clip=recipe.clip)
        return descend(part, moved, rates, clip=recipe.clip, first_order=True)

    def step(meta: Meta, fast: Fast, given: Given, noise: Noise, t: int) -> Fast:
        if not released:
            return {"weights": down(proximal(meta, given), fast["weights"])}
        moved = down(support_loss(meta, given), fast["weights"])
        return {"weights": down(pull(meta, given), moved) if t == recipe.steps - 1 else moved}

    def solve(meta: Meta, task: Task) -> Solved:
        still = meta._replace(learned={group: tree.detach(named) for group, named in meta.learned.items()})
        fast = {"weights": tree.detach(rollout(method, still, task.given, {}, recipe.steps)["weights"])}
        slope = grad(support_loss(still, task.given))

        def query_loss(moved: Tensors) -> Tensor:
            return loss(predict(method, still, {"weights": moved}, task.given, task.query.x), task.query)

        def matrix(v: Tensors) -> Tensors:
            curved = grad(lambda moved: dot(slope(moved), v))(fast["weights"])
            return {name: (1 + settings.damping) * leaf + curved[name] / scale for name, leaf in v.items()}

        right = tree.detach(grad(query_loss)(fast["weights"]))
        with torch.no_grad():  # no graph through the iterations: nobody differentiates the solution
            v, residuals = conjugate_gradient(matrix, right, iterations) if iterations else (right, [])
        at_end, at_start = (
            grad(proximal(still, task.given))(each)
            for each in (fast["weights"], begin(still, task.given, {})["weights"])
        )
        rest = (dot(at_end, at_end) / dot(at_start, at_start).clamp(min=TINY)).sqrt()
        return Solved(fast, tree.detach(v), residuals, rest.detach())

    def objective(meta: Meta, task: Task, noise: Noise, progress: Tensor) -> tuple[Tensor, Aux]:
        """Its slope is the implicit gradient; its value says nothing (the query loss is in aux)."""
        fast, v, _, rest = solve(meta, task)
        value, aux = losses.measure(loss, predict(method, meta, fast, task.given, task.query.x), task.query)
        surrogate = value + dot(begin(meta, task.given, noise)["weights"], v)
        if iterations and fixed_inside:  # they act through phi* too
            slope = grad(support_loss(meta, task.given))(fast["weights"])
            surrogate = surrogate - dot(slope, v) / scale
        return surrogate, {**aux, "inner_slope": rest}

    def panels(meta: Meta, tasks: Task, noise: Noise) -> tuple[Panel, ...]:
        return _solver_panels([solve(meta, one_task(tasks, i)) for i in range(count(tasks))])

    method = Method(net, plain_init(net, partition.frozen), begin, step, plain, objective, panels=panels)
    return method


def bounded_step(part: Callable[[Tensors], Tensor], moved: Tensors, rate: float, *, clip: float | None) -> Tensors:
    """A gradient step of `rate`, or of |g|^2 / g'Hg where that is shorter: the lowest point along g of the parabola."""
    slope = grad(part)
    gradient = tree.detach(slope(moved))
    if clip is not None:
        gradient = {name: leaf.clamp(-clip, clip) for name, leaf in gradient.items()}
    bent = grad(lambda at: dot(slope(at), gradient))(moved)
    curvature = dot(gradient, bent).detach()
    exact = dot(gradient, gradient) / curvature.clamp(min=TINY)
    length = torch.where(curvature > 0, exact.clamp(max=rate), rate)
    return {name: leaf - length * gradient[name] for name, leaf in moved.items()}


def conjugate_gradient(
    matrix: Callable[[Tensors], Tensors], right: Tensors, iterations: int
) -> tuple[Tensors, list[Tensor]]:
    """(x, residual norms by iteration): matrix(x) = right from x = 0, a fixed number of iterations (a stop that depends on data
    cannot be mapped over tasks). From the first direction of no or negative curvature on, x stays."""
    x = {name: torch.zeros_like(leaf) for name, leaf in right.items()}
    residual = direction = right
    square = dot(residual, residual)
    going, norms = torch.ones_like(square), [square.sqrt()]
    for _ in range(iterations):
        image = matrix(direction)
        curvature = dot(direction, image)
        going = going * (curvature > 0)
        length = going * square / curvature.clamp(min=TINY)
        x = {name: leaf + length * direction[name] for name, leaf in x.items()}
        residual = {name: leaf - length * image[name] for name, leaf in residual.items()}
        fresh = dot(residual, residual)
        turn = fresh / square.clamp(min=TINY)
        direction = {name: leaf + turn * direction[name] for name, leaf in residual.items()}
        square = fresh
        norms.append(square.sqrt())
    return x, norms


def dot(one: Tensors, other: Tensors) -> Tensor:
    return sum_of({name: leaf * other[name] for name, leaf in one.items()})


def sum_of(tensors: Tensors) -> Tensor:
    return torch.stack([leaf.sum() for leaf in tensors.values()]).sum()


def _solver_panels(solved: list[Solved]) -> tuple[Panel, ...]:
    """How far the implicit gradient can be trusted: is the inner problem solved, is the linear system?"""
    rest = torch.stack([one.rest for one in solved])
    ends = ("median", "worst")
    note = (
        "Slope of the inner problem after adaptation, by that at the start, over tasks. Far from 0: more inner steps."
    )
    shown = [Panel("bars", "Inner problem left", note, torch.stack([rest.median(), rest.max()]), ends)]
    if solved[0].residuals:
        norms = torch.stack([torch.stack(one.residuals) for one in solved])
        share = norms / norms[:, :1].clamp(min=TINY)
        lines = torch.stack([share.median(0).values, share.max(0).values])
        at = torch.arange(lines.shape[1], dtype=lines.dtype, device=lines.device)
        note = (
            "Residual of the linear system by iteration, by that at the start. Far from 0 at the end: more iterations."
        )
        shown.append(Panel("lines", "Solver", note, lines, ends, x=at))
    return tuple(shown)
