"""MAML++'s checks (relatives.md, section 1), in float64, and its rows by step."""

from types import SimpleNamespace

import pytest
import torch

from core.config import parse, problems
from core.draws import at_step
from core.inner import predict, rollout
from core.methods.maml_pp import loss_shares
from core.methods.registry import make
from core.nets import build
from core.outer import one_task
from core.types import Batch, Meta, Net, Partition, Recipe, Task

from .cases import PICTURES, WORLDS, ZERO, Case, D, assert_close, changed, draws_of, flat, gradient_of, t64

PLAIN = {"step_rates": False, "norm_rows": False}


def method_on(name, steps=2, order="second", **changes):
    """(method, a start as in the middle of a run, tasks)."""
    world = WORLDS[name]
    case = Case("maml++", changed("maml++", **changes), steps=steps, order=order)
    method = case.method(world.net(), world.loss)
    return method, case.meta(method), world.tasks()


# the loss's weights


@pytest.mark.parametrize(
    ("phase", "expected"),
    [(0.0, [0.2] * 5), (0.5, [0.1] * 4 + [0.6]), (0.9, [0.02] * 4 + [0.92]), (1.0, [0.0] * 4 + [1.0])],
)
def test_the_weights_of_the_steps_are_the_papers(phase, expected):
    torch.testing.assert_close(loss_shares(t64(phase), 5), t64(expected), rtol=1e-12, atol=1e-15)


def test_an_early_steps_weight_has_the_released_codes_floor():
    torch.testing.assert_close(loss_shares(t64(0.999), 5), t64([0.006] * 4 + [0.976]), rtol=1e-12, atol=0)


@pytest.mark.parametrize("steps", [1, 2, 5, 10])
@pytest.mark.parametrize("phase", [0.0, 0.3, 0.97, 0.999, 1.0, 7.0])
def test_the_weights_sum_to_one(phase, steps):
    assert loss_shares(t64(phase), steps).sum().item() == pytest.approx(1, abs=1e-14)


def test_the_outer_loss_is_the_weighted_sum_of_the_losses_after_each_step():
    method, meta, tasks = method_on("mlp-tanh", steps=3, multi_step_share=0.5)
    progress = t64(0.2)
    _, aux = gradient_of(method, tasks, meta=meta, progress=progress)
    world, task = WORLDS["mlp-tanh"], one_task(tasks, 0)
    after = [
        world.loss(
            predict(method, meta, rollout(method, meta, task.given, {}, n), task.given, task.query.x), task.query
        )
        for n in (1, 2, 3)
    ]
    expected = (loss_shares(t64(0.4), 3) * torch.stack(after)).sum()
    assert aux["outer_loss"][0].item() == pytest.approx(expected.item(), rel=1e-12)
    assert aux["query_loss"][0].item() == pytest.approx(after[-1].item(), rel=1e-12)


def test_with_one_step_the_multi_step_loss_changes_nothing():
    found, expected = (
        gradient_of(method, tasks, meta=meta)[0]
        for method, meta, tasks in (method_on("mlp-tanh", 1), method_on("mlp-tanh", 1, multi_step_share=0.0))
    )
    assert_close(found, expected, 1e-14)


# step sizes


def test_step_sizes_of_zero_leave_the_start_and_still_learn():
    method, meta, tasks = method_on("mlp-tanh")
    still = {name: 0 * rate for name, rate in meta.learned["rate"].items()}
    meta = meta._replace(learned={**meta.learned, "rate": still})
    fast = rollout(method, meta, one_task(tasks, 0).given, {}, 2)["weights"]
    assert all(torch.equal(leaf, meta.learned["init"][name]) for name, leaf in fast.items())
    found, _ = gradient_of(method, tasks, meta=meta)
    assert all(leaf.abs().min() > 0 for leaf in found["rate"].values())


def scalar(steps, rates):
    """L = (w - 3)^2 from w = 1 with a step size for each step: w after the steps."""
    net = Net({"w": ()}, lambda generator: {"w": t64(1.0)}, lambda weights, x: weights["w"].expand(len(x), 1))
    loss = lambda outputs, batch: (outputs[:, 0] - batch.y[:, 0]).square().mean()
    settings = SimpleNamespace(multi_step_share=0.0, step_rates=True, norm_rows=True, first_order_share=0.0)
    method = make("maml++", net, loss, Recipe(len(rates), 0.1), Partition(("w",), ()), settings)
    meta = method.init(at_step(0, "init"))
    meta = Meta({**meta.learned, "rate": {"w": t64(rates).reshape(1, -1)}}, {}, {})
    batch = Batch(torch.ones(1, 1, dtype=D), t64([3.0]).reshape(1, 1), torch.ones(1, dtype=D))
    return rollout(method, meta, Task(batch, batch).given, {}, steps)["weights"]["w"].item()


def test_every_step_has_its_own_size_and_later_ones_repeat_the_last():
    """w' = w - 2 rate (w - 3): 1 -> 2 -> 2.4 -> 2.64 -> 2.784 with sizes 1/4, 1/5, 1/5, ..."""
    assert [scalar(n, [0.25, 0.2]) for n in range(5)] == pytest.approx([1.0, 2.0, 2.4, 2.64, 2.784], rel=1e-12)


# rows of the normalization


@pytest.mark.parametrize("name", ["mlp-layer", "strided-batch-fixed"])
def test_step_t_reads_row_t_and_the_query_the_row_of_the_last_step(name):
    """Rows that an episode of n steps does not read have no gradient, those that it reads have one."""
    method, meta, tasks = method_on(name, steps=3, multi_step_share=0.0)
    names = set(WORLDS[name].net().norm)
    assert {key: len(leaf) for key, leaf in meta.learned["norm"].items()} == dict.fromkeys(names, 2)
    read = rollout(method, meta, one_task(tasks, 0).given, {}, 1)["norm"]
    assert all(torch.equal(read[key], meta.learned["init"][key]) for key in names)
    for steps, row in ((2, 0), (3, 1), (9, 1)):
        read = rollout(method, meta, one_task(tasks, 0).given, {}, steps)["norm"]
        assert all(torch.equal(read[key], meta.learned["norm"][key][row]) for key in names)
    found, _ = gradient_of(method, tasks, meta=meta)
    assert all(leaf.abs().sum(-1).min() > 0 for leaf in found["norm"].values())


def test_equal_rows_are_one_normalization():
    """At the start of a run: MAML with the same step sizes, whose norm gradient is the sum over the rows."""
    world = WORLDS["mlp-layer"]
    case = Case("maml++", changed("maml++", multi_step_share=0.0, step_rates=False), steps=3)
    rows, one = case.method(world.net(), world.loss), Case("maml", steps=3).method(world.net(), world.loss)
    found, expected = (gradient_of(method, world.tasks())[0] for method in (rows, one))
    merged = {
        name: leaf + found["norm"][name].sum(0) if name in found["norm"] else leaf
        for name, leaf in found["init"].items()
    }
    assert_close({"init": merged}, expected, 1e-11)


def test_a_network_without_normalization_and_one_whose_norm_adapts_have_no_rows():
    assert "norm" not in method_on("mlp-tanh")[1].learned
    world = WORLDS["mlp-layer"]
    assert "norm" not in Case("maml++", adapt=("*",)).method(world.net(), world.loss).init(at_step(0, "i")).learned


# orders


def test_first_order_is_the_weighted_sum_of_the_query_gradients():
    """Check e: d J / d theta = sum_t v_t * grad L_query(theta_t)."""
    method, meta, tasks = method_on("mlp-tanh", steps=3, order="first", **PLAIN)
    found, _ = gradient_of(method, tasks, meta=meta)
    world = WORLDS["mlp-tanh"]
    total = {name: torch.zeros_like(leaf) for name, leaf in meta.learned["init"].items()}
    for i in range(4):
        task = one_task(tasks, i)
        for n in (1, 2, 3):
            fast = rollout(method, meta, task.given, {}, n)["weights"]
            there = {name: leaf.clone().requires_grad_() for name, leaf in fast.items()}
            loss = world.loss(method.net.apply(there, task.query.x), task.query)
            for name, slope in zip(there, torch.autograd.grad(loss, list(there.values())), strict=True):
                total[name] += slope / 3 / 4
    assert_close(found, {"init": total}, 1e-11)


@pytest.mark.parametrize(("second", "order"), [(0.0, "first"), (1.0, "second")])
def test_order_annealing_is_first_order_before_and_second_order_after(second, order):
    method, meta, tasks = method_on("mlp-tanh", first_order_share=0.5)
    meta = meta._replace(state={"order": {"second": t64(second)}})
    plain, start, _ = method_on("mlp-tanh", order=order)
    assert_close(gradient_of(method, tasks, meta=meta)[0], gradient_of(plain, tasks, meta=start)[0], 1e-12)


def test_the_order_changes_with_the_progress_and_the_start_is_first_order():
    method, _, _ = method_on("mlp-tanh", first_order_share=0.5)
    meta = method.init(at_step(0, "init"))
    seen = [meta.state["order"]["second"].item()]
    for progress in (0.0, 0.49, 0.5, 0.99):
        meta = method.advance(meta, meta, {}, t64(progress))
        seen.append(meta.state["order"]["second"].item())
    assert seen == [0, 0, 0, 1, 1]


def test_without_annealing_there_is_no_state():
    assert method_on("mlp-tanh")[1].state == {}


# use


def test_a_fixed_head_serves_fewer_classes_than_steps():
    """Use with fewer ways cuts the first axis of what is named as the head (core.deploy)."""
    world, case = WORLDS["mlp-pictures"], Case("maml++", steps=5)
    meta = case.meta(case.method(world.net(), world.loss))
    net = build(world.settings, PICTURES, ways=2, dtype=D)
    cut = {
        group: {name: leaf[:2] if name in net.head else leaf for name, leaf in named.items()}
        for group, named in meta.learned.items()
    }
    method, task = case.method(net, world.loss), one_task(world.tasks(), 0)
    kept = task.support.y < 2
    given = task.given._replace(support=Batch(*(leaf[kept] for leaf in task.support)))
    fast = rollout(method, meta._replace(learned=cut), given, {}, 7)
    assert fast["weights"]["head.weight"].shape == (2, 5)


@pytest.mark.parametrize(("steps", "form", "shape"), [(1, "bars", (6,)), (3, "lines", (6, 3))])
def test_the_panel_shows_step_sizes_by_tensor_and_step(steps, form, shape):
    method, meta, tasks = method_on("mlp-tanh", steps=steps)
    (panel,) = method.panels(meta, tasks, draws_of(method, meta, tasks))
    assert (panel.form, tuple(panel.values.shape)) == (form, shape)
    assert panel.rows == tuple(meta.learned["rate"])


def test_meta_sgds_panels_show_sizes_and_signs():
    world = WORLDS["mlp-tanh"]
    method = Case("meta-sgd").method(world.net(), world.loss)
    meta = method.init(at_step(0, "init"))
    rate = {**meta.learned["rate"], "head.bias": t64([-0.2]).reshape(1)}
    size, uphill = method.panels(meta._replace(learned={**meta.learned, "rate": rate}), world.tasks(), {})
    assert size.values[-1].item() == pytest.approx(0.2)
    assert uphill.values.tolist() == [0, 0, 0, 0, 0, 1]


# settings


def complaints(kind, inner, **changes):
    return {(p.field, p.blocking) for p in problems(parse({"method": {"kind": kind, **changes}, "inner": inner}))}


def test_steps_beyond_the_trained_ones_are_told():
    beyond = {("inner.evaluation_steps", False)}
    assert complaints("maml++", {"steps": 5, "evaluation_steps": 6}) == beyond
    assert complaints("maml++", {"steps": 5, "evaluation_steps": 5}) == set()


def test_annealing_towards_an_order_that_never_comes_is_told():
    inner = {"steps": 5, "evaluation_steps": 5, "order": "first"}
    assert complaints("maml++", inner, first_order_share=0.5) == {("method.first_order_share", False)}


@pytest.mark.parametrize("kind", ["meta-sgd", "maml++"])
def test_learned_step_sizes_have_their_own_slower_outer_rate(kind):
    experiment = parse({"method": {"kind": kind}})
    assert experiment.method.group_rates() == {"rate": 1e-4}
    assert experiment.method.group_rates()["rate"] < experiment.outer.learning_rate


def test_progress_of_zero_weighs_every_step_the_same():
    method, meta, tasks = method_on("mlp-tanh", steps=2)
    at_zero, _ = gradient_of(method, tasks, meta=meta, progress=ZERO)
    late, _ = gradient_of(method, tasks, meta=meta, progress=t64(0.9))
    assert flat(at_zero).keys() == flat(late).keys()
    assert not torch.allclose(at_zero["init"]["head.weight"], late["init"]["head.weight"])
