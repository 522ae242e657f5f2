"""MT-net's numeric checks (mt_net.md, section 15), in float64, and what its panels and its head say."""

from types import SimpleNamespace

import pytest
import torch

from core.config import parse, problems
from core.draws import at_step
from core.inner import predict, rollout
from core.methods.mt_net import effective_rank, fold, straight_through
from core.methods.registry import make
from core.nets import build
from core.outer import one_task
from core.tasks.families import law, sampler
from core.types import Batch, Net, Partition, Recipe, Task

from .cases import PICTURES, WORLDS, Case, D, changed, draws_of, gradient_of, t64

OPEN = SimpleNamespace(masks="unit", draws="task", metric=True, update_probability=0.5, temperature=1.0)


def half_square(outputs, batch):
    return (outputs - batch.y).square().sum() / 2


def linear(units, inputs):
    """y = W x without an offset, W at the identity (or 1)."""
    return Net(
        {"head.weight": (units, inputs)},
        lambda generator: {"head.weight": torch.eye(units, inputs, dtype=D)},
        lambda weights, x: x @ weights["head.weight"].T,
    )


def one_layer(net, *, rate=0.1, first_order=False, **settings):
    recipe, partition = Recipe(1, rate, first_order), Partition(("head.weight",), ())
    return make("mt-net", net, half_square, recipe, partition, SimpleNamespace(**{**vars(OPEN), **settings}))


def example(x, r):
    batch = Batch(t64(x)[None], t64(r)[None], torch.ones(1, dtype=D))
    return Task(batch, batch)


def with_axis(task):
    return Task(*(Batch(*(leaf[None] for leaf in batch)) for batch in task[:2]))


def draws(*signs):
    """A logistic draw so far from 0 that the mask is open (1) or shut (0)."""
    return {"gumbel": {"head": t64([30.0 if sign else -30.0 for sign in signs])[None]}}


# check 3: the scalar layer


def scalar(first_order=False, mask=1):
    """y = t w x with t = 2, w = 1, x = 1, r = 0: (J, dJ/dw, dJ/dt)."""
    method = one_layer(linear(1, 1), first_order=first_order)
    meta = method.init(at_step(0, "init"))
    meta = meta._replace(learned={**meta.learned, "metric": {"head": t64([[2.0]]).reshape(1, 1)}})
    task = with_axis(example([1.0], [0.0]))
    found, aux = gradient_of(method, task, meta=meta, noise=draws(mask))
    return (
        aux["outer_loss"].item(),
        found["init"]["head.weight"].item(),
        found["metric"]["head"].item(),
        found["logit"]["head"].item(),
    )


def test_the_scalar_layer_has_the_derived_loss_and_gradients():
    loss, weight, metric, _ = scalar()
    assert (loss, weight, metric) == pytest.approx((0.72, 1.44, -0.24), rel=1e-12)


def test_first_order_drops_the_metrics_second_path():
    loss, weight, metric, _ = scalar(first_order=True)
    assert (loss, weight, metric) == pytest.approx((0.72, 2.4, 0.72), rel=1e-12)


def test_a_shut_mask_leaves_the_layer_where_it_was():
    assert scalar(mask=0)[0] == pytest.approx(2.0, rel=1e-12)


@pytest.mark.parametrize("first_order", [False, True])
@pytest.mark.parametrize("temperature", [0.5, 1.0])
def test_a_logits_gradient_is_the_masks_slope_times_the_softs(temperature, first_order):
    """dJ/dm = -0.96 at m = 1 whatever the order; the logit adds s (1 - s) / temperature at its draw."""
    method = one_layer(linear(1, 1), temperature=temperature, first_order=first_order)
    meta = method.init(at_step(0, "init"))
    meta = meta._replace(learned={**meta.learned, "metric": {"head": t64([[2.0]]).reshape(1, 1)}})
    drawn = 0.4
    found, _ = gradient_of(
        method, with_axis(example([1.0], [0.0])), meta=meta, noise={"gumbel": {"head": t64([drawn]).reshape(1, 1)}}
    )
    soft = torch.sigmoid(t64(drawn / temperature)).item()
    assert found["logit"]["head"].item() == pytest.approx(-0.96 * soft * (1 - soft) / temperature, rel=1e-12)


def test_half_the_draws_give_the_expected_loss():
    """(0.72 + 2) / 2 = 1.36 at a chance of one half."""
    assert (scalar(mask=1)[0] + scalar(mask=0)[0]) / 2 == pytest.approx(1.36, rel=1e-12)


# check 4: the metric


@pytest.mark.parametrize(
    ("mask", "expected"),
    [((1, 1), (-0.75, -3.0)), ((1, 0), (1.0, 4.0)), ((0, 1), (0.25, -3.0)), ((0, 0), (2.0, 4.0))],
)
def test_a_step_moves_the_output_by_the_metric_inside_the_open_units(mask, expected):
    method = one_layer(linear(2, 2))
    meta = method.init(at_step(0, "init"))
    metric = t64([[1.0, 0.5], [0.0, 2.0]])
    meta = meta._replace(learned={**meta.learned, "metric": {"head": metric}})
    task, noise = example([1.0, 2.0], [0.0, 1.0]), one_task(draws(*mask), 0)
    after = rollout(method, meta, task.given, noise, 1)
    found = predict(method, meta, after, task.given, task.query.x)[0]
    torch.testing.assert_close(found, t64(expected), rtol=1e-12, atol=1e-12)
    delta = t64([2.0, 4.0]) - t64([0.0, 1.0])
    rule = t64([2.0, 4.0]) - 0.1 * 5 * metric @ torch.diag(t64(mask)) @ metric.T @ delta
    torch.testing.assert_close(found, rule, rtol=1e-12, atol=1e-12)


# check 5: the masks' statistics


@pytest.mark.parametrize(
    ("logit", "chance", "soft", "slope"),
    [(-2.0, 0.1192, 0.206, 0.1133), (0.0, 0.5, 0.5, 1 / 6), (1.0, 0.7311, 0.661, 0.1509), (2.0, 0.8808, 0.794, 0.1133)],
)
def test_gumbel_statistics(logit, chance, soft, slope):
    """400,000 draws: four standard errors of a share are 0.0032, of the others (deviation below 0.3) less."""
    method = one_layer(linear(1, 1))
    meta, task = method.init(at_step(0, "init")), example([1.0], [0.0])
    many = Task(*(Batch(*(leaf.expand(400_000, *leaf.shape) for leaf in batch)) for batch in task[:2]))
    drawn = method.noise(at_step(0, "noise"), meta, many.given, 1)["gumbel"]["head"][:, 0]
    at = t64(logit).requires_grad_()
    mask = straight_through(at, drawn, 1.0)
    assert set(mask.tolist()) == {0.0, 1.0}
    assert mask.mean().item() == pytest.approx(chance, abs=0.0032)
    assert torch.sigmoid(at + drawn).mean().item() == pytest.approx(soft, abs=0.0025)
    (found,) = torch.autograd.grad(mask.mean(), at)
    assert found.item() == pytest.approx(slope, abs=0.001)
    assert torch.equal(straight_through(at, drawn, 0.3), mask)


# checks 2, 6, 7: masks shut, folding, scale


def test_with_every_unit_shut_nothing_adapts_and_the_logits_still_learn():
    world = WORLDS["mlp-tanh"]
    method, tasks = Case("mt-net").method(world.net(), world.loss), world.tasks()
    meta = Case("mt-net").meta(method)
    shut = {"gumbel": {layer: draw * 0 - 6 for layer, draw in draws_of(method, meta, tasks)["gumbel"].items()}}
    one, noise = one_task(tasks, 0), one_task(shut, 0)
    before, after = (rollout(method, meta, one.given, noise, n)["weights"] for n in (0, 3))
    assert all(torch.equal(leaf, after[name]) for name, leaf in before.items())
    found, _ = gradient_of(method, tasks, meta=meta, noise=shut)
    assert all(leaf.abs().sum() > 0 for leaf in found["logit"].values())


def test_an_adapted_network_is_a_plain_one_with_the_metric_folded_in():
    world = WORLDS["strided-layer-fixed"]
    net, case = world.net(), Case("mt-net")
    method, tasks = case.method(net, world.loss), world.tasks()
    meta = case.meta(method)
    noise = one_task(draws_of(method, meta, tasks), 0)
    task = one_task(tasks, 0)
    fast = rollout(method, meta, task.given, noise, 2)
    kernel, metric = fast["weights"]["body.0.conv.weight"], meta.learned["metric"]["body.0.conv"]
    x = task.query.x
    plain = torch.nn.functional.conv2d(x, kernel, fast["weights"]["body.0.conv.bias"], stride=2, padding=1)
    mapped = torch.nn.functional.conv2d(plain, metric[:, :, None, None])
    weights = method.weights(meta, fast)
    folded = torch.nn.functional.conv2d(x, weights["body.0.conv.weight"], weights["body.0.conv.bias"], 2, 1)
    torch.testing.assert_close(folded, mapped, rtol=1e-12, atol=1e-12)
    assert torch.equal(net.apply(weights, x), predict(method, meta, fast, task.given, x))


@pytest.mark.parametrize(("name", "same"), [("strided-batch-fixed", True), ("strided-none-fixed", False)])
def test_below_a_batch_norm_the_metrics_scale_does_not_matter(name, same):
    """To the norm's eps of 1e-3 only, so the pictures' scale is raised a thousandfold. Adaptation moves the head."""
    world = WORLDS[name]
    case = Case("mt-net", adapt=("body.0.conv.*", "head.*"), rate=1e-9 if not same else 0.1)
    method, tasks = case.method(world.net(), world.loss), world.tasks()
    meta = case.meta(method)
    metric = {**meta.learned["metric"], "body.0.conv": 2 * meta.learned["metric"]["body.0.conv"]}
    doubled = meta._replace(learned={**meta.learned, "metric": metric})
    noise, task = one_task(draws_of(method, meta, tasks), 0), one_task(tasks, 0)
    loud = task._replace(support=task.support._replace(x=1000 * task.support.x))
    one, two = (
        predict(method, each, rollout(method, each, loud.given, noise, 2), loud.given, 1000 * task.query.x)
        for each in (meta, doubled)
    )
    assert torch.allclose(one, two, rtol=1e-4, atol=1e-5) is same


def test_a_map_of_one_unit_is_a_scale_and_fewer_ways_leave_out_rows_and_columns():
    leaf = torch.arange(6.0).reshape(3, 2)
    assert torch.equal(fold(t64([[2.0]]).reshape(1, 1).float(), leaf), 2 * leaf)
    metric = torch.arange(25.0).reshape(5, 5)
    assert torch.equal(fold(metric, leaf), metric[:3, :3] @ leaf)


# the subset, the draws, the head


def test_layers_in_which_nothing_adapts_have_no_metric_and_frozen_ones_no_map():
    world = WORLDS["mlp-tanh"]
    head = Case("mt-net", adapt=("head.*",)).method(world.net(), world.loss).init(at_step(0, "init")).learned
    assert set(head["metric"]) == set(head["logit"]) == {"head"}
    frozen = Case("mt-net", freeze=("body.0.*",)).method(world.net(), world.loss).init(at_step(0, "init")).learned
    assert set(frozen["metric"]) == {"body.2", "head"}
    assert set(frozen["logit"]) == {"body.0", "body.2", "head"}


def test_tasks_draw_their_own_masks_once_and_the_full_variant_at_every_step():
    world = WORLDS["mlp-tanh"]
    by_task = Case("mt-net").method(world.net(), world.loss)
    tasks = world.tasks()
    drawn = draws_of(by_task, by_task.init(at_step(0, "init")), tasks)["gumbel"]
    assert {layer: tuple(leaf.shape) for layer, leaf in drawn.items()} == {
        "body.0": (4, 6), "body.2": (4, 5), "head": (4, 1)
    }  # fmt: skip
    assert len({tuple(row.tolist()) for row in drawn["body.0"]}) == 4
    full = Case("mt-net", changed("mt-net", masks="weight", draws="step")).method(world.net(), world.loss)
    drawn = draws_of(full, full.init(at_step(0, "init")), tasks, 3)["gumbel"]
    assert drawn["body.2.weight"].shape == (4, 3, 5, 6)
    assert not torch.equal(drawn["body.2.weight"][:, 0], drawn["body.2.weight"][:, 1])


def test_a_units_weights_and_its_offset_share_one_mask():
    world = WORLDS["mlp-tanh"]
    case = Case("mt-net", changed("mt-net", metric=False, update_probability=0.5))
    method, tasks = case.method(world.net(), world.loss), world.tasks()
    meta = case.meta(method)
    noise, task = one_task(draws_of(method, meta, tasks), 0), one_task(tasks, 0)
    before, after = (rollout(method, meta, task.given, noise, n)["weights"] for n in (0, 1))
    for layer in ("body.0", "body.2"):
        rows = (after[f"{layer}.weight"] != before[f"{layer}.weight"]).any(1)
        assert torch.equal(rows, after[f"{layer}.bias"] != before[f"{layer}.bias"])
        assert torch.equal(rows, meta.learned["logit"][layer] + noise["gumbel"][layer] > 0)


def test_each_class_of_a_shared_head_draws_its_own_mask():
    world = WORLDS["mlp-pictures-shared"]
    method = Case("mt-net").method(world.net(), world.loss)
    meta = method.init(at_step(0, "init"))
    assert meta.learned["logit"]["head"].shape == meta.learned["metric"]["head"].shape[:1] == (1,)
    assert draws_of(method, meta, world.tasks())["gumbel"]["head"].shape == (4, 3)


def test_a_fixed_head_serves_fewer_classes():
    world = WORLDS["mlp-pictures"]
    five, meta = (case := Case("mt-net")).method(world.net(), world.loss), None
    meta = case.meta(five)
    net = build(world.settings, PICTURES, ways=2, dtype=D)
    two, names = case.method(net, world.loss), net.head
    fewer = meta._replace(
        learned={
            group: {name: leaf[:2] if name in names else leaf for name, leaf in named.items()}
            for group, named in meta.learned.items()
        }
    )
    task = one_task(world.tasks(), 0)
    kept = task.support.y < 2
    support = Batch(*(leaf[kept] for leaf in task.support))
    noise = draws_of(two, fewer, Task(Batch(*(leaf[None] for leaf in support)), world.tasks().query))
    fast = rollout(two, fewer, task.given._replace(support=support), one_task(noise, 0), 2)
    assert predict(two, fewer, fast, task.given, support.x).shape == (4, 2)


# panels


def test_the_effective_rank_counts_equal_directions():
    assert effective_rank(torch.diag(t64([1.0, 1.0, 0.0, 0.0]))).item() == pytest.approx(2, rel=1e-9)
    assert effective_rank(torch.eye(7)).item() == pytest.approx(7, rel=1e-9)
    assert 1 < effective_rank(torch.diag(t64([1.0, 0.1]))).item() < 2


@pytest.mark.parametrize("masks", ["unit", "weight", "none"])
def test_the_panels_show_chances_and_ranks_by_layer(masks):
    world = WORLDS["mlp-tanh"]
    case = Case("mt-net", changed("mt-net", masks=masks, update_probability=0.5))
    method, tasks = case.method(world.net(), world.loss), world.tasks()
    meta = method.init(at_step(0, "init"))
    *shown, ranks = method.panels(meta, tasks, draws_of(method, meta, tasks))
    assert ranks.rows == ("body.0 (of 6)", "body.2 (of 5)", "head (of 1)")
    torch.testing.assert_close(ranks.values, t64([6.0, 5.0, 1.0]), rtol=1e-3, atol=0)
    assert [panel.form for panel in shown] == ([] if masks == "none" else ["heat", "bars"])
    for panel in shown:
        assert panel.rows == ("body.0", "body.2", "head")
        assert panel.values.shape[0] == 3
        assert (panel.values - 0.5).abs().max() < 0.06


# check 8: what the paper's subspaces are shown on


def test_a_polynomial_of_degree_d_stays_within_d_plus_1():
    chosen = law(SimpleNamespace(kind="polynomial"))
    tasks = sampler(chosen.families, chosen.x, 10, 10, dtype=D)(at_step(0, "tasks"), 3000)
    most = torch.cat([tasks.support.y, tasks.query.y], 1).abs().amax((1, 2))
    degree = tasks.about["mode"]
    assert (most <= degree + 1 + 1e-6).all()  # drawn in float32
    assert all(most[degree == d].max() > 0.8 * (d + 1) for d in range(3))


# settings


def complaints(**changes):
    return problems(parse({"method": {"kind": "mt-net", **changes}, "inner": {"steps": 1}}))


def test_no_mask_and_no_metric_is_maml_and_says_so():
    (found,) = complaints(masks="none", metric=False)
    assert not found.blocking
    assert "maml" in found.sentence
    assert complaints() == complaints(masks="none") == []
