"""Heads for any number of ways, and the laws of the initial weights."""

import math
from types import SimpleNamespace

import pytest
import torch

from core.draws import at_step
from core.inner import predict, rollout
from core.nets import build
from core.nets.heads import first_rows
from core.nets.starts import glorot, he, truncated_normal, unit
from core.outer import one_task
from core.types import Batch, Meta, TaskSpec
from tests.core.methods.cases import PICTURES, WORLDS, Case, D, conv, mlp, pictures

SHARED = [name for name in WORLDS if name.endswith("-shared")]


@pytest.mark.parametrize("name", SHARED)
@pytest.mark.parametrize("ways", [2, 3, 8])
def test_a_shared_head_learned_for_three_classes_serves_any_number(name, ways):
    world = WORLDS[name]
    case = Case("maml")
    meta = case.meta(case.method(world.net(), world.loss))
    assert meta.learned["init"]["head.weight"].shape[0] == 1
    method = case.method(build(world.settings, world.spec, ways=ways, dtype=D), world.loss)
    task = one_task(pictures(1, ways=ways), 0)
    before, after = (predict(method, meta, adapted(method, meta, task, n), task.given, task.query.x) for n in (0, 3))
    assert before.shape == after.shape == (len(task.query.y), ways)
    torch.testing.assert_close(before, before[:, :1].expand_as(before))
    assert after.std(1).min() > 0


def adapted(method, meta, task, steps):
    return rollout(method, meta, task.given, {}, steps)


@pytest.mark.parametrize("name", ["mlp-pictures-shared", "strided-batch-shared"])
def test_with_a_shared_head_the_numbering_of_classes_carries_nothing(name):
    """Other labels for the same pictures: the same probabilities in the other columns."""
    world, order = WORLDS[name], torch.tensor([2, 0, 1])
    method = Case("maml").method(world.net(), world.loss)
    meta, task = Case("maml").meta(method), one_task(world.tasks(), 0)
    renamed = task._replace(support=Batch(task.support.x, order[task.support.y], task.support.weight))
    one, other = (predict(method, meta, adapted(method, meta, t, 3), t.given, t.query.x) for t in (task, renamed))
    torch.testing.assert_close(other[:, order], one, rtol=1e-10, atol=1e-12)


def test_a_fixed_head_serves_fewer_classes_by_leaving_rows_out():
    settings = mlp()
    weights = build(settings, PICTURES, dtype=D).init(at_step(0, "init"))
    fewer = build(settings, PICTURES, ways=2, dtype=D)
    x = one_task(pictures(1), 0).query.x
    kept = first_rows(weights, fewer.head, 2)
    whole = build(settings, PICTURES, dtype=D).apply(weights, x)
    torch.testing.assert_close(fewer.apply(kept, x), whole[:, :2], rtol=0, atol=0)


# initial weights: moments of 200,000 draws, within five standard errors

SHAPE = (400, 500)


def drawn(law):
    return law(SHAPE, at_step(0, "law"), D)


def test_truncated_normal_is_cut_at_two_standard_deviations():
    """The standard deviation of what is left is 0.8796 of the uncut one."""
    values = drawn(truncated_normal)
    assert values.abs().max().item() <= 0.02
    assert values.mean().item() == pytest.approx(0, abs=1e-4)
    assert values.std().item() == pytest.approx(0.0087963, rel=0.01)


@pytest.mark.parametrize(
    ("law", "std", "most"),
    [(he, math.sqrt(2 / 500), math.inf), (glorot, math.sqrt(2 / 900), math.sqrt(6 / 900)), (unit, 1.0, math.inf)],
)
def test_the_other_laws_have_their_spread(law, std, most):
    values = drawn(law)
    assert values.abs().max().item() <= most
    assert values.mean().item() == pytest.approx(0, abs=5 * std / math.sqrt(values.numel()))
    assert values.std().item() == pytest.approx(std, rel=0.01)


def test_glorots_fans_of_a_convolution_count_its_window():
    values = glorot((64, 32, 3, 3), at_step(0, "law"), D)
    limit = math.sqrt(6 / (9 * (64 + 32)))
    assert limit * 0.999 < values.abs().max().item() <= limit


@pytest.mark.parametrize("settings", [mlp(norm="layer"), conv("strided"), conv("pooled", init="maml-omniglot")])
def test_biases_start_at_zero_and_scales_at_one(settings):
    net = build(settings, PICTURES)
    for name, leaf in net.init(at_step(0, "init")).items():
        if name.endswith("bias"):
            assert not leaf.any(), name
        elif name in net.norm:
            assert torch.equal(leaf, torch.ones_like(leaf)), name
        else:
            assert leaf.std() > 0, name


def test_the_omniglot_start_has_a_standard_normal_head_alone():
    settings = SimpleNamespace(
        kind="conv-strided", filters=64, depth=4, norm="batch", init="maml-omniglot", head="fixed"
    )
    weights = build(settings, TaskSpec("classification", (1, 28, 28), 20, 1, 1, "test")).init(at_step(0, "init"))
    assert weights["head.weight"].std().item() == pytest.approx(1, rel=0.1)
    assert weights["body.1.conv.weight"].abs().max().item() <= math.sqrt(6 / (9 * 128))


def test_a_seed_means_the_same_weights():
    net = build(conv("pooled"), PICTURES)
    one, same, other = (net.init(at_step(seed, "init")) for seed in (0, 0, 1))
    assert all(torch.equal(leaf, same[name]) for name, leaf in one.items())
    assert not torch.equal(one["head.weight"], other["head.weight"])


def test_meta_parameters_of_a_fresh_network_are_its_learned_weights():
    net = build(mlp(), PICTURES)
    meta = Case("maml").method(net, WORLDS["mlp-pictures"].loss).init(at_step(0, "init"))
    assert meta == Meta({"init": meta.learned["init"]}, {}, {})
    assert set(meta.learned["init"]) == set(net.shapes)
