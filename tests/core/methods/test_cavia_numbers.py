"""CAVIA's checks (relatives.md, section 4), in float64: what moves, what the context does, what the panel shows."""

import pytest
import torch

from core.config import parse, presets, problems, with_settings
from core.draws import at_step
from core.inner import predict, rollout
from core.outer import one_task
from core.types import map_task

from .cases import WORLDS, Case, assert_close, changed, draws_of, gradient_of


def method_on(name, steps=2, order="second", freeze=(), **changes):
    """(method, a start as in the middle of a run, tasks)."""
    world = WORLDS[name]
    case = Case("cavia", changed("cavia", **changes), steps=steps, order=order, freeze=freeze)
    method = case.method(world.net(), world.loss)
    return method, case.meta(method), world.tasks()


NETWORKS = pytest.mark.parametrize("name", ["mlp-tanh", "strided-batch-fixed", "pooled-none-fixed"])


@NETWORKS
def test_only_the_context_is_carried_and_it_starts_at_zero(name):
    method, meta, tasks = method_on(name)
    begun = method.begin(meta, one_task(tasks, 0).given, {})
    assert {group: list(named) for group, named in begun.items()} == {"weights": ["context"]}
    assert begun["weights"]["context"].tolist() == [0] * 4
    after = rollout(method, meta, one_task(tasks, 0).given, {}, 2)
    assert after["weights"]["context"].abs().min() > 0


@NETWORKS
def test_adaptation_touches_the_modulated_layer_alone(name):
    method, meta, tasks = method_on(name)
    given = one_task(tasks, 0).given
    before, after = (method.weights(meta, rollout(method, meta, given, {}, n)) for n in (0, 2))
    changed_ = {key for key, leaf in after.items() if not torch.equal(leaf, before[key])}
    expected = {
        "mlp-tanh": {"body.0.bias"},
        "strided-batch-fixed": {"body.1.norm.weight", "body.1.norm.bias"},
        "pooled-none-fixed": {"body.1.conv.weight", "body.1.conv.bias"},
    }
    assert changed_ == expected[name]


def test_the_context_joins_the_input():
    """W x + b + W_c c is one layer on [x; c]."""
    method, meta, tasks = method_on("mlp-tanh")
    task = one_task(tasks, 0)
    fast = rollout(method, meta, task.given, {}, 2)
    init, context = meta.learned["init"], fast["weights"]["context"]
    wide = torch.cat([init["body.0.weight"], meta.learned["context"]["weight"]], 1)
    joined = torch.cat([task.query.x, context.expand(len(task.query.x), -1)], 1)
    hidden = torch.tanh(joined @ wide.T + init["body.0.bias"])
    hidden = torch.tanh(hidden @ init["body.2.weight"].T + init["body.2.bias"])
    expected = hidden @ init["head.weight"].T + init["head.bias"]
    found = predict(method, meta, fast, task.given, task.query.x)
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)


def test_pictures_are_scaled_and_shifted_behind_the_normalization():
    """Block 1 of a network without normalization: relu(gamma * conv(x) + beta)."""
    method, meta, tasks = method_on("strided-none-fixed", layer=1)
    task = one_task(tasks, 0)
    fast = rollout(method, meta, task.given, {}, 2)
    how = meta.learned["context"]
    gamma, beta = (how["weight"] @ fast["weights"]["context"] + how["bias"]).split(3)
    init, weights = meta.learned["init"], method.weights(meta, fast)
    plain = torch.nn.functional.conv2d(task.query.x, init["body.0.conv.weight"], init["body.0.conv.bias"], 2, 1)
    found = torch.nn.functional.conv2d(task.query.x, weights["body.0.conv.weight"], weights["body.0.conv.bias"], 2, 1)
    torch.testing.assert_close(found, gamma[:, None, None] * plain + beta[:, None, None], rtol=1e-12, atol=1e-12)


def test_at_the_start_of_a_run_the_modulation_of_pictures_is_the_identity_and_can_learn():
    method, _, tasks = method_on("strided-batch-fixed")
    meta = method.init(at_step(0, "init"))
    weights = method.weights(meta, method.begin(meta, one_task(tasks, 0).given, {}))
    assert all(torch.equal(leaf, meta.learned["init"][key]) for key, leaf in weights.items())
    assert meta.learned["context"]["weight"].abs().min() > 0


def test_a_step_size_of_zero_is_the_network_at_the_zero_context():
    world = WORLDS["mlp-tanh"]
    method = Case("cavia", rate=0.0).method(world.net(), world.loss)
    meta, task = Case("cavia").meta(method), one_task(world.tasks(), 0)
    fast = rollout(method, meta, task.given, {}, 3)
    assert torch.equal(
        predict(method, meta, fast, task.given, task.query.x), method.net.apply(method.plain(meta), task.query.x)
    )


def test_the_order_of_tasks_changes_nothing():
    """Check c: every task begins from the zero context, whatever came before it."""
    case, world = Case("cavia"), WORLDS["mlp-tanh"]
    method, tasks = case.method(world.net(), world.loss), world.tasks()
    meta, other = case.meta(method), map_task(lambda leaf: leaf.flip(0), tasks)
    (first, aux), (second, turned) = (gradient_of(method, each, meta=meta) for each in (tasks, other))
    assert_close(first, second, 1e-12)
    torch.testing.assert_close(aux["query_loss"], turned["query_loss"].flip(0), rtol=1e-12, atol=1e-12)


def test_without_a_step_the_orders_agree():
    found, expected = (
        gradient_of(method, tasks, meta=meta)[0]
        for method, meta, tasks in (method_on("mlp-tanh", 0, order) for order in ("first", "second"))
    )
    assert_close(found, expected, 1e-14)


@pytest.mark.parametrize("name", ["mlp-tanh", "strided-batch-fixed"])
def test_a_frozen_layer_stays_and_the_context_acts_on_it(name):
    method, meta, tasks = method_on(name, freeze=("body.*",))
    assert all(not key.startswith("body") for key in meta.learned["init"])
    found, _ = gradient_of(method, tasks, meta=meta)
    assert set(found["init"]) == {"head.weight", "head.bias"}
    assert found["context"]["weight"].abs().sum() > 0


# the panel


def test_the_panel_shows_a_point_for_each_task():
    for size in (1, 2, 5):
        method, meta, tasks = method_on("mlp-tanh", context=size)
        (panel,) = method.panels(meta, tasks, draws_of(method, meta, tasks))
        assert (panel.form, tuple(panel.values.shape), len(panel.rows)) == ("points", (4, 2), 4)


def test_two_numbers_are_shown_as_they_are():
    method, meta, tasks = method_on("mlp-tanh", context=2)
    (panel,) = method.panels(meta, tasks, {})
    fast = rollout(method, meta, one_task(tasks, 1).given, {}, 2)
    assert torch.equal(panel.values[1], fast["weights"]["context"])


# settings


def complaints(*pairs, preset="glyphs-maml"):
    return {
        (p.field, p.blocking)
        for p in problems(with_settings(presets()[preset].experiment, ["method.kind=cavia", *pairs]))
    }


@pytest.mark.parametrize(
    ("pair", "field"),
    [
        ('subset.adapt=["head.*"]', "subset.adapt"),
        ("subset.adapt=[]", "subset.adapt"),
        ("network.head=shared", "network.head"),
        ("method.layer=5", "method.layer"),
        ("inner.steps=0", "inner.steps"),
    ],
)
def test_what_does_not_go_with_a_context_is_refused(pair, field):
    assert complaints(pair) == {(field, True)}


def test_a_block_that_there_is_and_frozen_parts_are_fine():
    assert complaints("method.layer=4", 'subset.freeze=["head.*"]') == set()
    assert problems(parse({"method": {"kind": "cavia"}})) == []
