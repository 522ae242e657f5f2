"""Reptile's own parts: the order of minibatches, and the inner Adam's moments between outer steps."""

from itertools import permutations
from types import SimpleNamespace

import pytest
import torch

from core import losses
from core.draws import at_step
from core.inner import rollout
from core.nets.dense import mlp
from core.outer import one_task
from core.types import Batch, Task

from .cases import MODES, WORLDS, Case, D, draws_of, gradient_of

WORLD = WORLDS["mlp-tanh"]  # five support examples


def reptile(batch, steps=3, optimizer="adam"):
    case = Case("reptile", SimpleNamespace(optimizer=optimizer, batch=batch), steps=steps)
    return case.method(WORLD.net(), WORLD.loss)


@pytest.mark.parametrize(("batch", "steps"), [(1, 5), (5, 3), (None, 2)])
def test_a_pass_shows_every_example_once(batch, steps):
    method, tasks = reptile(batch), WORLD.tasks()
    index = draws_of(method, method.init(at_step(0, "init")), tasks, steps)["order"]["index"]
    size = batch or 5
    assert index.shape == (4, steps, size)
    for walk in index.flatten(1):
        for start in range(0, steps * size, 5):
            assert sorted(walk[start : start + 5].tolist()) == list(range(5))


def test_every_pass_and_every_task_has_its_own_order():
    method, tasks = reptile(1), WORLD.tasks(count=50)
    index = draws_of(method, method.init(at_step(0, "init")), tasks, 10)["order"]["index"][..., 0]
    assert len({tuple(walk.tolist()) for walk in index}) == 50
    assert any(walk[:5].tolist() != walk[5:].tolist() for walk in index)


def test_a_step_sees_its_minibatch_alone():
    """Other numbers in the examples that the order leaves out change nothing."""
    method, tasks = reptile(2, steps=1, optimizer="sgd"), WORLD.tasks()
    meta = method.init(at_step(0, "init"))
    task, draws = one_task(tasks, 0), one_task(draws_of(method, meta, tasks, 1), 0)
    unseen = [i for i in range(5) if i not in draws["order"]["index"][0].tolist()]
    y = task.support.y.clone()
    y[unseen] += 100
    other = task._replace(support=task.support._replace(y=y))
    one, two = (rollout(method, meta, each.given, draws, 1)["weights"] for each in (task, other))
    assert all(torch.equal(leaf, two[name]) for name, leaf in one.items())


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_its_expected_gradient_is_k_averages_less_what_makes_minibatches_agree(steps):
    """maml.md, section 15: over all orders of one-example minibatches, k A - k (k - 1) / 2 a C + O(a^2), A the mean gradient and C
    the mean of H_i g_j over pairs i != j; with one step it is joint training."""
    generator, rate = at_step(0, "quadratics"), 1e-5
    x, y = (torch.randn(3, 2, generator=generator, dtype=D)[:, :size] for size in (2, 1))
    orders = list(permutations(range(3), steps))
    support = Batch(*(leaf.expand(len(orders), *leaf.shape) for leaf in (x, y, torch.ones(3, dtype=D))))
    net = mlp(2, [], 1, dtype=D)
    case = Case("reptile", SimpleNamespace(optimizer="sgd", batch=1), steps=steps, rate=rate, adapt=("head.weight",))
    method, noise = case.method(net, losses.squared_error), {"order": {"index": torch.tensor(orders)[..., None]}}
    meta = method.init(at_step(0, "init"))
    found = gradient_of(method, Task(support, support), meta=meta, noise=noise)[0]["init"]["head.weight"][0] / rate
    start = meta.learned["init"]
    gradients = 2 * (x @ start["head.weight"][0] + start["head.bias"] - y[:, 0])[:, None] * x
    hessians = 2 * x[:, :, None] * x[:, None, :]
    pairs = [hessians[i] @ gradients[j] for i in range(3) for j in range(3) if i != j]
    bend = steps * (steps - 1) / 2 * torch.stack(pairs).mean(0)
    torch.testing.assert_close((steps * gradients.mean(0) - found) / rate, bend, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("mode", MODES)
def test_between_outer_steps_the_moments_are_the_mean_over_tasks_and_the_count_goes_on(mode):
    """After the first outer step: beta2 = 0.999, so one step leaves 0.001 * gradient^2, averaged over the tasks."""
    method, tasks = reptile(None, steps=1), WORLD.tasks()
    meta = method.init(at_step(0, "init"))
    noise = draws_of(method, meta, tasks, 1)
    _, aux = gradient_of(method, tasks, mode, meta=meta, noise=noise)
    after = method.advance(meta, meta, aux, torch.tensor(0.0))
    slopes = []
    for i in range(4):
        weights = {name: leaf.clone().requires_grad_() for name, leaf in meta.learned["init"].items()}
        support = one_task(tasks, i).support
        loss = WORLD.loss(method.net.apply(weights, support.x), support)
        slopes.append(dict(zip(weights, torch.autograd.grad(loss, list(weights.values())), strict=True)))
    for name, leaf in after.state["second"].items():
        expected = torch.stack([0.001 * slope[name] ** 2 for slope in slopes]).mean(0)
        torch.testing.assert_close(leaf, expected, rtol=1e-10, atol=0)
    assert after.state["count"]["steps"].item() == 1
    _, aux = gradient_of(method, tasks, mode, meta=after, noise=noise)
    assert method.advance(after, after, aux, torch.tensor(0.0)).state["count"]["steps"].item() == 2


def test_plain_inner_sgd_keeps_no_state():
    method = reptile(None, optimizer="sgd")
    meta = method.init(at_step(0, "init"))
    assert meta.state == {}
    assert method.advance(meta, meta, {}, torch.tensor(0.0)) is meta


def test_a_rollout_longer_than_its_draw_goes_through_the_draw_again():
    """Use with more steps than were drawn for (the window's slider)."""
    method, tasks = reptile(2, steps=2, optimizer="sgd"), WORLD.tasks()
    meta = method.init(at_step(0, "init"))
    given, draws = one_task(tasks, 0).given, one_task(draws_of(method, meta, tasks, 2), 0)
    twice = {"order": {"index": draws["order"]["index"].repeat(2, 1)}}
    one, two = (rollout(method, meta, given, noise, 4)["weights"] for noise in (draws, twice))
    assert all(torch.equal(leaf, two[name]) for name, leaf in one.items())
