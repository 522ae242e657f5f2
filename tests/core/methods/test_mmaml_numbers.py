"""MMAML's numeric checks (mmaml.md, section 14), in float64, and what its encoder, panels and settings say."""

import pytest
import torch

from core.config import parse, presets, problems
from core.draws import at_step
from core.inner import predict, rollout
from core.methods.mmaml import modulated_sites, modulation
from core.methods.registry import make
from core.nets import build
from core.outer import one_task
from core.panels import projected
from core.tasks.families import law, sampler
from core.types import Batch, Partition, Recipe

from .cases import REGRESSION, WORLDS, Case, D, changed, gradient_of, t64


def published(modes=5):
    """(method, meta) of the preset with the paper's network and encoder."""
    word = {2: "two", 3: "three", 5: "five"}[modes]
    chosen = presets()[f"{word}-modes-mmaml"].experiment
    net = build(chosen.network, REGRESSION, dtype=D)
    method = make(
        "mmaml",
        net,
        WORLDS["mlp-tanh"].loss,
        Recipe(5, 0.001, clip=10.0),
        Partition(tuple(net.shapes), ()),
        chosen.method,
    )
    return method, method.init(at_step(0, "init"))


def numbers(tensors, prefix=""):
    return sum(leaf.numel() for name, leaf in tensors.items() if name.startswith(prefix))


def small(**changes):
    """(method, meta, tasks) on the small tanh network, off the start."""
    case = Case("mmaml", changed("mmaml", **changes))
    world = WORLDS["mlp-tanh"]
    method = case.method(world.net(), world.loss)
    return method, case.meta(method), world.tasks()


# check 1: MAML


def with_heads(meta, value):
    heads = {
        name: torch.full_like(leaf, value) if name.startswith("head.") else leaf
        for name, leaf in meta.learned["modulation"].items()
    }
    return meta._replace(learned={**meta.learned, "modulation": heads})


@pytest.mark.parametrize("name", ["mlp-tanh", "mlp-layer", "strided-batch-fixed", "pooled-layer-shared"])
def test_with_silent_heads_every_step_is_clamped_mamls_bit_for_bit(name):
    world = WORLDS[name]
    ours, maml = (Case(kind, clip=0.05).method(world.net(), world.loss) for kind in ("mmaml", "maml"))
    silent = with_heads(ours.init(at_step(0, "init")), 0.0)
    plain = maml.init(at_step(0, "init"))
    given = one_task(world.tasks(), 0).given
    for steps in range(4):
        found, expected = (
            method.weights(meta, rollout(method, meta, given, {}, steps))
            for method, meta in ((ours, silent), (maml, plain))
        )
        assert all(torch.equal(leaf, expected[key]) for key, leaf in found.items())


# check 2: the operators


def one_unit(kind, tau):
    """z' where z = A h = 2, one hidden unit behind a linear map (the nonlinearity is left out by a positive z')."""
    gain, shift = modulation(kind, t64(tau))
    return (gain * 2.0 + shift).tolist()


@pytest.mark.parametrize(
    ("kind", "tau", "expected"),
    [
        ("film", [0.5, -1.0], [2.0]),
        ("sigmoid", [0.0], [1.0]),
        ("softmax", [0.0] * 4, [0.5] * 4),
        ("film", [0.0, 0.0], [2.0]),
    ],
)
def test_the_operators_have_the_derived_values(kind, tau, expected):
    assert one_unit(kind, tau) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(
    "name", ["mlp-tanh", "mlp-layer", "strided-batch-fixed", "strided-none-fixed", "pooled-support-fixed"]
)
def test_a_layer_is_modulated_at_the_last_scale_and_offset_before_its_nonlinearity(name):
    net = WORLDS[name].net()
    sites = modulated_sites(net)
    assert [net.shapes[site.scale][0] for site in sites] == [site.units for site in sites]
    assert all((site.scale in net.norm) is bool(net.norm) for site in sites)
    assert all({site.scale, site.offset} <= net.shapes.keys() - {*net.head} for site in sites)


# check 3: counts


@pytest.mark.parametrize(("modes", "heads"), [(5, 48_600), (3, 48_600), (2, 16_200)])
def test_the_published_sizes(modes, heads):
    method, meta = published(modes)
    assert numbers(meta.learned["init"]) == 20_501
    assert numbers(meta.learned["modulation"], "encoder.") == 53_120
    assert numbers(meta.learned["modulation"], "head.") == heads
    assert method.plain is None


# check 4: no step


def test_with_a_step_of_0_adaptation_is_modulation_alone_and_the_encoder_still_learns():
    world = WORLDS["mlp-tanh"]
    still, none = (
        Case("mmaml", rate=rate, steps=steps).method(world.net(), world.loss) for rate, steps in ((0.0, 3), (0.05, 0))
    )
    meta = Case("mmaml").meta(still)
    found, aux = gradient_of(still, world.tasks(), meta=meta)
    _, reports = gradient_of(none, world.tasks(), meta=meta)
    torch.testing.assert_close(aux["query_loss"], reports["query_loss"], rtol=1e-13, atol=0)
    assert all(leaf.abs().max() > 0 for leaf in found["modulation"].values())


# check 5: the order of points


def shuffled(task):
    order = torch.tensor([3, 0, 4, 1, 2])
    return task._replace(support=Batch(*(leaf[order] for leaf in task.support)))


@pytest.mark.parametrize(("order", "same"), [("sorted", True), ("given", False)])
def test_sorted_points_make_the_order_of_a_support_set_mean_nothing(order, same):
    method, meta, tasks = small(order=order)
    task = one_task(tasks, 0)
    one, other = (method.begin(meta, each.given, {})["modulation"] for each in (task, shuffled(task)))
    assert all(torch.equal(leaf, other[layer]) for layer, leaf in one.items()) is same


def test_the_encoder_sees_no_query():
    method, meta, tasks = small()
    task = one_task(tasks, 0)
    other = task._replace(query=Batch(task.query.x + 1, task.query.y, task.query.weight))
    one, two = (method.begin(meta, each.given, {})["modulation"] for each in (task, other))
    assert all(torch.equal(leaf, two[layer]) for layer, leaf in one.items())


# check 7 is the table's central differences; the two paths into the encoder


@pytest.mark.parametrize("order", ["first", "second"])
def test_first_order_trains_the_encoder_through_the_query_pass_alone(order):
    """Held fixed in the inner loop, the modulation has in first order the same gradient; in second another."""
    world, case = WORLDS["mlp-tanh"], Case("mmaml", order=order)
    method, tasks = case.method(world.net(), world.loss), world.tasks(count=1)
    meta, task = case.meta(method), one_task(world.tasks(count=1), 0)
    held = rollout(method, meta, task.given, {}, 2)["weights"]

    def query_alone(modulated):
        there = meta._replace(learned={**meta.learned, "modulation": modulated})
        fast = {**method.begin(there, task.given, {}), "weights": held}
        return world.loss(predict(method, there, fast, task.given, task.query.x), task.query)

    expected = torch.func.grad(query_alone)(meta.learned["modulation"])
    found = gradient_of(method, tasks, meta=meta)[0]["modulation"]
    same = all(torch.allclose(leaf, expected[name], rtol=1e-10, atol=1e-13) for name, leaf in found.items())
    assert same is (order == "first")


# pictures


def test_the_encoder_of_pictures_sees_no_label():
    world, case = WORLDS["strided-batch-fixed"], Case("mmaml")
    method = case.method(world.net(), world.loss)
    task = one_task(world.tasks(), 0)
    turned = task._replace(support=task.support._replace(y=task.support.y.flip(0)))
    one, other = (method.begin(case.meta(method), each.given, {})["modulation"] for each in (task, turned))
    assert all(torch.equal(leaf, other[layer]) for layer, leaf in one.items())


# panels


def test_panels_show_a_point_a_task_labelled_by_its_mode():
    chosen = law(presets()["five-modes-mmaml"].experiment.tasks)
    draw = sampler(chosen.families, chosen.x, 5, 5, balanced=True, dtype=D)
    tasks = draw(at_step(0, "panels"), 10)
    method, meta, _ = small()
    points, codes, spread = method.panels(meta, tasks, {})
    assert (points.form, codes.form, spread.form) == ("points", "points", "bars")
    assert points.values.shape == codes.values.shape == (10, 2)
    assert points.rows == tuple(f"mode {int(mode) + 1}" for mode in tasks.about["mode"])
    assert spread.rows == ("body.0", "body.2")
    assert (spread.values > 0).all()


def test_silent_heads_have_no_spread():
    method, meta, tasks = small()
    *_, spread = method.panels(with_heads(meta, 0.0), tasks, {})
    assert spread.values.tolist() == [0.0, 0.0]


def test_a_projection_keeps_the_distances_of_points_in_a_plane():
    plane = torch.randn(7, 2, generator=at_step(0, "plane"), dtype=D)
    axes = torch.linalg.qr(torch.randn(5, 2, generator=at_step(1, "plane"), dtype=D))[0]
    torch.testing.assert_close(
        torch.cdist(*[projected(plane @ axes.T)] * 2), torch.cdist(plane, plane), rtol=1e-9, atol=1e-9
    )


# settings


def complaints(**sections):
    tasks = sections.pop("tasks", {"kind": "five-modes"})
    return problems(parse({"method": {"kind": "mmaml"}, "tasks": tasks, **sections}))


def test_without_a_hidden_layer_there_is_nothing_to_modulate():
    (problem,) = [each for each in complaints(network={"kind": "mlp", "hidden": []}) if each.field == "network.hidden"]
    assert problem.blocking
    assert "maml" in problem.sentence


@pytest.mark.parametrize(
    ("tasks", "network", "blocking"),
    [({"kind": "five-modes"}, {"kind": "mlp"}, False), ({"kind": "glyphs"}, {"kind": "conv-strided"}, True)],
)
@pytest.mark.parametrize("change", [{"inner": {"steps": 0}}, {"subset": {"adapt": []}}])
def test_modulation_alone_fits_a_curve_but_no_classes(tasks, network, blocking, change):
    found = [
        each
        for each in complaints(tasks=tasks, network=network, **change)
        if each.field in ("inner.steps", "subset.adapt")
    ]
    assert [each.blocking for each in found] == [blocking]


def test_each_of_the_two_optimizers_has_its_own_clip_and_rate():
    method = presets()["five-modes-mmaml"].experiment.method
    assert method.group_clips() == {"init": 2.0, "modulation": 2.0}
    assert method.group_rates() == {}
    assert method.model_copy(update={"modulation_learning_rate": 1e-4}).group_rates() == {"modulation": 1e-4}
