"""iMAML's checks (relatives.md, section 5), in float64: the solver, the implicit gradient, its limits."""

from types import SimpleNamespace

import pytest
import torch

from core.config import parse, problems
from core.draws import at_step
from core.inner import rollout
from core.methods.imaml import conjugate_gradient
from core.methods.registry import make
from core.outer import one_task
from core.types import Batch, Net, Partition, Recipe, Task

from .cases import WORLDS, ZERO, Case, D, assert_close, changed, draws_of, gradient_of, t64

SOLVED = SimpleNamespace(strength=2.0, iterations=30, damping=0.0, solver="proximal", bounded_steps=False)

# the solver


def test_the_solver_reaches_the_solution_in_as_many_iterations_as_there_are_dimensions():
    generator = at_step(0, "matrix")
    root = torch.randn(20, 20, generator=generator, dtype=D)
    matrix, right = root @ root.T + torch.eye(20, dtype=D), torch.randn(20, generator=generator, dtype=D)
    found, norms = conjugate_gradient(lambda v: {"a": matrix @ v["a"]}, {"a": right}, 20)
    torch.testing.assert_close(found["a"], torch.linalg.solve(matrix, right), rtol=1e-6, atol=1e-8)
    assert len(norms) == 21
    assert norms[0].item() == pytest.approx(right.norm().item())
    assert norms[-1] < 1e-6 * norms[0]


def test_the_solver_stays_where_the_curvature_is_negative_and_where_it_is_done():
    """diag(1, -1) and (1, 2): the first direction has curvature 1 - 4 < 0. The identity is solved in one iteration."""
    found, _ = conjugate_gradient(lambda v: {"a": t64([1.0, -1.0]) * v["a"]}, {"a": t64([1.0, 2.0])}, 5)
    assert found["a"].tolist() == [0, 0]
    found, norms = conjugate_gradient(lambda v: dict(v), {"a": t64([1.0, 2.0])}, 5)
    assert found["a"].tolist() == [1, 2]
    assert norms[-1] == 0


# the implicit gradient


def quadratic(curvature, centre, start, strength, steps=100, rate=0.2, **settings):
    """L_support = 1/2 (phi - centre)' A (phi - centre), L_query = sum of phi: (phi*, gradient for the start)."""
    matrix = t64(curvature)
    size = len(matrix)
    net = Net({"w": (size,)}, lambda generator: {"w": t64(start)}, lambda weights, x: weights["w"].expand(len(x), size))

    def loss(outputs, batch):
        away = outputs[0] - t64(centre)
        return torch.where(batch.y[0, 0] > 0, outputs[0].sum(), away @ matrix @ away / 2)

    chosen = SimpleNamespace(**{**vars(SOLVED), "strength": strength, **settings})
    method = make("imaml", net, loss, Recipe(steps, rate), Partition(("w",), ()), chosen)
    one = torch.ones(1, 1, dtype=D)
    task = Task(Batch(one, -one, one[0]), Batch(one, one, one[0]))
    found, _ = gradient_of(method, Task(*(Batch(*(leaf[None] for leaf in part)) for part in task[:2])))
    meta = method.init(at_step(0, "init"))
    return rollout(method, meta, task.given, {}, steps)["weights"]["w"], found["init"]["w"]


def test_on_a_quadratic_both_have_closed_forms():
    """phi* = (A + strength)^-1 (A a + strength theta); d phi*/d theta = (I + A/strength)^-1."""
    matrix, centre, start, strength = [[2.0, 0.5], [0.5, 1.0]], [1.0, -2.0], [0.3, 0.7], 0.8
    phi, gradient = quadratic(matrix, centre, start, strength)
    a = t64(matrix)
    left = a + strength * torch.eye(2, dtype=D)
    torch.testing.assert_close(
        phi, torch.linalg.solve(left, a @ t64(centre) + strength * t64(start)), rtol=1e-9, atol=0
    )
    expected = torch.linalg.solve(torch.eye(2, dtype=D) + a / strength, torch.ones(2, dtype=D))
    torch.testing.assert_close(gradient, expected, rtol=1e-9, atol=1e-12)


def test_curvature_one_and_pull_one_give_one_half():
    assert quadratic([[1.0, 0.0], [0.0, 1.0]], [0.0, 0.0], [1.0, 1.0], 1.0)[1].tolist() == pytest.approx([0.5, 0.5])


def test_a_strong_pull_leaves_the_query_gradient_of_the_start():
    _, gradient = quadratic([[2.0, 0.5], [0.5, 1.0]], [1.0, -2.0], [0.3, 0.7], 1e8, steps=3, rate=1e-9)
    torch.testing.assert_close(gradient, torch.ones(2, dtype=D), rtol=1e-7, atol=0)


def test_the_released_code_damps_and_adds_ten():
    """(1 + damping) v + A v / (strength + 10) = query gradient."""
    matrix = [[2.0, 0.5], [0.5, 1.0]]
    _, gradient = quadratic(matrix, [1.0, -2.0], [0.3, 0.7], 2.0, damping=1.0, solver="released")
    expected = torch.linalg.solve(2 * torch.eye(2, dtype=D) + t64(matrix) / 12, torch.ones(2, dtype=D))
    torch.testing.assert_close(gradient, expected, rtol=1e-9, atol=0)


def test_the_released_codes_steps_are_plain_and_the_last_one_is_followed_by_the_pull():
    """A = 1, a = 0, from 1 by rate 0.1: 0.9, 0.81, then + 0.1 * 2 * (1 - 0.81) = 0.848; the fourth step is plain again."""
    found = [quadratic([[1.0]], [0.0], [1.0], 2.0, steps=n, rate=0.1, solver="released")[0].item() for n in (1, 2)]
    assert found == pytest.approx([0.9 + 0.2 * 0.1, 0.81 + 0.2 * 0.19], rel=1e-12)


@pytest.mark.parametrize(
    ("name", "adapt"),
    [
        ("mlp-tanh", None),
        ("mlp-tanh", ("head.*",)),
        ("mlp-tanh", ("body.*",)),
        ("mlp-pictures-shared", None),
        ("mlp-pictures-shared", ("head.*",)),
    ],
)
def test_with_the_inner_problem_solved_it_is_the_slope_of_the_query_loss(name, adapt):
    """Central differences of theta -> L_query(phi*(theta)), for weights that adapt and for those that are fixed inside."""
    world = WORLDS[name]
    case = Case("imaml", changed("imaml", strength=6.0, iterations=50), adapt=adapt, steps=280, rate=0.02)
    method, tasks = case.method(world.net(), world.loss), world.tasks(count=2)
    meta = case.meta(method)
    found, aux = gradient_of(method, tasks, meta=meta)
    assert aux["inner_slope"].max() < 1e-6
    query_loss = lambda shifted: gradient_of(method, tasks, meta=meta._replace(learned={"init": shifted}))[1][
        "query_loss"
    ].mean()
    generator = at_step(0, "directions")
    direction = {n: torch.randn(leaf.shape, generator=generator, dtype=D) for n, leaf in meta.learned["init"].items()}
    moved = [
        query_loss({n: leaf + h * direction[n] for n, leaf in meta.learned["init"].items()}) for h in (1e-5, -1e-5)
    ]
    slope = sum((leaf * direction[n]).sum() for n, leaf in found["init"].items()).item()
    assert slope == pytest.approx((moved[0] - moved[1]).item() / 2e-5, rel=1e-3)


def test_no_iteration_is_first_order_maml_on_the_proximal_steps():
    world = WORLDS["mlp-tanh"]
    method = Case("imaml", changed("imaml", iterations=0)).method(world.net(), world.loss)
    found, _ = gradient_of(method, world.tasks())
    total = {name: torch.zeros_like(leaf) for name, leaf in found["init"].items()}
    meta = method.init(at_step(0, "init"))
    for i in range(4):
        task = one_task(world.tasks(), i)
        there = {n: w.clone().requires_grad_() for n, w in rollout(method, meta, task.given, {}, 2)["weights"].items()}
        loss = world.loss(method.net.apply(there, task.query.x), task.query)
        for name, slope in zip(there, torch.autograd.grad(loss, list(there.values())), strict=True):
            total[name] += slope / 4
    assert_close(found, {"init": total}, 1e-11)


def test_more_inner_steps_change_nothing_once_the_inner_problem_is_solved():
    world = WORLDS["mlp-tanh"]
    settings = changed("imaml", strength=6.0, iterations=10)
    few, more = (
        gradient_of(Case("imaml", settings, steps=n, rate=0.02).method(world.net(), world.loss), world.tasks())[0]
        for n in (200, 220)
    )
    assert_close(more, few, 1e-5)


# panels and settings


@pytest.mark.parametrize("iterations", [0, 3])
def test_the_panels_tell_how_far_both_problems_are_solved(iterations):
    world = WORLDS["mlp-tanh"]
    case = Case("imaml", changed("imaml", iterations=iterations), steps=20)
    method, tasks = case.method(world.net(), world.loss), world.tasks()
    meta = method.init(at_step(0, "init"))
    left, *solver = method.panels(meta, tasks, draws_of(method, meta, tasks))
    assert left.form == "bars"
    assert 0 < left.values[0] <= left.values[1] < 1
    assert [panel.form for panel in solver] == (["lines"] if iterations else [])
    for panel in solver:
        assert panel.values.shape == (2, 4)
        assert panel.values[:, 0].tolist() == [1, 1]
        assert (panel.values[:, -1] < 0.5).all()


def complaints(inner=None, **changes):
    return {
        (p.field, p.blocking) for p in problems(parse({"method": {"kind": "imaml", **changes}, "inner": inner or {}}))
    }


def test_a_step_that_overshoots_the_pull_is_refused():
    assert complaints({"learning_rate": 1.0}, strength=2.0) == {("inner.learning_rate", True)}
    assert complaints({"learning_rate": 0.9}, strength=2.0) == set()


def test_the_order_is_said_to_make_no_difference():
    assert complaints({"order": "first"}) == {("inner.order", False)}
    assert complaints({"order": "first"}, iterations=0) == set()


def test_the_query_loss_is_reported_and_not_the_surrogate():
    world = WORLDS["mlp-tanh"]
    method = Case("imaml").method(world.net(), world.loss)
    _, aux = gradient_of(method, world.tasks(), progress=ZERO)
    task, meta = one_task(world.tasks(), 0), method.init(at_step(0, "init"))
    fast = rollout(method, meta, task.given, {}, 2)["weights"]
    expected = world.loss(method.net.apply(fast, task.query.x), task.query)
    assert aux["query_loss"][0].item() == pytest.approx(expected.item(), rel=1e-12)


def test_a_bounded_step_ends_at_the_lowest_point_of_a_parabola_along_the_gradient_and_never_beyond_its_rate():
    """f = sum of a w^2 / 2: |g|^2 / g'Hg = (a1^2 w1^2 + a2^2 w2^2) / (a1^3 w1^2 + a2^3 w2^2)."""
    from core.methods.imaml import bounded_step

    steep, start = t64(100.0, 1.0), {"w": t64(1.0, 2.0)}
    slope = steep * start["w"]
    exact = float((slope @ slope) / (slope @ (steep * slope)))
    for rate, length in ((1.0, exact), (0.001, 0.001)):
        found = bounded_step(lambda at: (steep * at["w"].square()).sum() / 2, start, rate, clip=None)
        torch.testing.assert_close(found["w"], start["w"] - length * slope, rtol=1e-12, atol=0)


def test_where_the_loss_curves_downwards_a_bounded_step_has_its_rate():
    from core.methods.imaml import bounded_step

    found = bounded_step(lambda at: -at["w"].square().sum(), {"w": t64(1.0, 2.0)}, 0.1, clip=None)
    torch.testing.assert_close(found["w"], t64(1.2, 2.4), rtol=1e-12, atol=0)
