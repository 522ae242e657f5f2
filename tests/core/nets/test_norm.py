"""Normalization: written out where torch is wrong, in one piece where it is right, and its three policies."""

import pytest
import torch
import torch.nn.functional as F
from torch.func import grad, vmap

from core.config import parse, problems
from core.draws import at_step
from core.inner import predict, rollout
from core.nets import build, module
from core.nets.conv import EPS
from core.outer import one_task
from core.training.assembly import ruled_frozen
from core.types import Batch, Given
from tests.core.methods.cases import PICTURES, WORLDS, Case, conv, t64

from .test_modules import some, start


def squared_twice(apply, weights, x):
    """Gradient of a gradient's square: every second derivative takes part."""

    def slope(at):
        first = grad(lambda inner: apply(inner, x).pow(3).sum())(at)
        return sum(leaf.square().sum() for leaf in first.values())

    return grad(slope)(weights)


@pytest.mark.parametrize("form", ["strided", "pooled"])
def test_batch_norm_written_out_equals_torchs_own_to_the_second_derivative(form):
    settings, x = conv(form), some(PICTURES)
    written, whole = (build(settings, PICTURES, whole_norm=piece, dtype=torch.float64) for piece in (False, True))
    weights = start(written)
    torch.testing.assert_close(written.apply(weights, x), whole.apply(weights, x), rtol=1e-12, atol=1e-13)
    ours, theirs = squared_twice(written.apply, weights, x), squared_twice(whole.apply, weights, x)
    most = max(float(leaf.abs().max()) for leaf in theirs.values())
    for name, leaf in theirs.items():
        torch.testing.assert_close(ours[name], leaf, rtol=1e-10, atol=1e-13 * most)


def one_step_of_maml(weights, support, query):
    """The query loss after one step on a convolution with torch's own batch norm, scale and offset adapted."""

    def outputs(now, x):
        x = F.conv2d(x, now["weight"])
        return F.batch_norm(x, None, None, now["scale"], now["offset"], training=True, eps=EPS)

    slope = grad(lambda now: outputs(now, support).pow(3).mean())(weights)
    moved = {name: leaf - 0.1 * slope[name] for name, leaf in weights.items()}
    return outputs(moved, query).sigmoid().sum()


def test_torchs_batch_norm_is_still_wrong_under_vmap_twice_differentiated():
    """Why batch norm is written out in the vectorised plan: the loss agrees, the second-order gradient does not. Where
    this fails, torch has mended it: use F.batch_norm in both plans, and delete this test with `whole_norm` and `_batch`."""
    support, query = torch.randn(2, 3, 6, 2, 4, 4, generator=at_step(0, "riddle"), dtype=torch.float64)
    weights = {"weight": t64(0.5, -0.3, 0.8, 0.2).reshape(2, 2, 1, 1), "scale": t64(1.3, 0.7), "offset": t64(0.1, -0.2)}

    def vectorised(now):
        return vmap(one_step_of_maml, (None, 0, 0))(now, support, query).sum()

    def looped(now):
        return sum(one_step_of_maml(now, *task) for task in zip(support, query, strict=True))

    torch.testing.assert_close(vectorised(weights), looped(weights), rtol=1e-12, atol=0)
    wrong, right = grad(vectorised)(weights)["weight"], grad(looped)(weights)["weight"]
    assert (wrong - right).abs().max() > 1e-3 * right.abs().max()


def support_and_queries(norm):
    """(query -> outputs of the network adapted to the first task, its queries)."""
    world = WORLDS[f"strided-{norm}-fixed"]
    task = one_task(world.tasks(), 0)
    method = Case("maml").method(world.net(), world.loss)
    meta = Case("maml").meta(method)
    fast = rollout(method, meta, task.given, {}, 2)
    blind = Given(task.support, task.query.x[:0], task.query.weight[:0])
    return (lambda x: predict(method, meta, fast, blind, x)), task.query.x


@pytest.mark.parametrize("norm", ["support", "none", "layer"])
def test_a_query_alone_has_the_answer_that_it_has_among_others(norm):
    """Policy support takes its statistics from the support set: neither the order nor the number of queries matters."""
    answer, x = support_and_queries(norm)
    together = answer(x)
    torch.testing.assert_close(answer(x.flip(0)).flip(0), together, rtol=1e-12, atol=1e-13)
    for i in range(len(x)):
        torch.testing.assert_close(answer(x[i : i + 1])[0], together[i], rtol=1e-12, atol=1e-13)


def test_under_policy_batch_queries_help_each_other():
    answer, x = support_and_queries("batch")
    assert not torch.allclose(answer(x[:2]), answer(x)[:2], rtol=1e-3)


def test_support_statistics_are_those_of_the_support_pass():
    """The support set predicted under its own statistics is what policy batch gives for it."""
    settings, x = conv("pooled", norm="support"), some(PICTURES)
    net = build(settings, PICTURES, dtype=torch.float64)
    weights = start(net)
    fixed = {**weights, **net.moments(weights, x)}
    torch.testing.assert_close(net.apply(fixed, x), net.apply(weights, x), rtol=1e-12, atol=1e-13)


def test_support_statistics_carry_their_gradient():
    """The query loss depends on the weights through the support statistics, too; checked by central differences."""
    world = WORLDS["strided-support-fixed"]
    net, tasks = world.net(), world.tasks()
    support, query = (Batch(*(leaf[0] for leaf in part)) for part in tasks[:2])
    weights = start(net)
    name = "body.0.conv.weight"

    def loss(leaf):
        now = {**weights, name: leaf}
        return world.loss(net.apply({**now, **net.moments(now, support.x)}, query.x), query)

    direction = torch.ones_like(weights[name])
    rise = (loss(weights[name] + 1e-5 * direction) - loss(weights[name] - 1e-5 * direction)).item() / 2e-5
    assert (grad(loss)(weights[name]) * direction).sum().item() == pytest.approx(rise, rel=1e-6)


@pytest.mark.parametrize("form", ["strided", "pooled"])
def test_running_statistics_are_torchs_batch_norm_in_eval_mode(form):
    """A .pt of such a network loads strictly into the plain module, which then says the same of one picture as of many."""
    settings = conv(form, norm="running")
    net, x = build(settings, PICTURES, dtype=torch.float64), some(PICTURES)
    weights = start(net)
    plain = module(settings, PICTURES).double()
    plain.load_state_dict(weights, strict=True)
    assert not plain.training
    torch.testing.assert_close(net.apply(weights, x), plain(x), rtol=1e-12, atol=1e-13)
    torch.testing.assert_close(net.apply(weights, x[:1]), plain(x)[:1], rtol=1e-12, atol=1e-13)


def test_running_statistics_are_never_learned():
    settings = parse({"tasks": {"kind": "glyphs"}, "network": {"kind": "conv-strided", "norm": "running"}})
    net = build(settings.network, PICTURES)
    assert net.statistics == tuple(f"body.{i}.norm.running_{part}" for i in range(4) for part in ("mean", "var"))
    assert set(net.statistics) <= set(ruled_frozen(settings, net))


def test_running_statistics_without_pretraining_are_a_complaint():
    settings = parse({"tasks": {"kind": "glyphs"}, "network": {"kind": "conv-strided", "norm": "running"}})
    (found,) = [problem for problem in problems(settings) if problem.field == "network.norm"]
    assert found.blocking
    assert "choose batch or layer" in found.sentence


def test_channels_last_is_meant_for_pictures_of_one_channel_too():
    """Both layouts of one channel are the same bytes: torch would take channels-first from the strides, in every layer."""
    net = build(conv("pooled", norm="running"), PICTURES, whole_norm=True, channels_last=True)
    assert PICTURES.input_shape[0] == 1
    weights = {name: leaf.float() for name, leaf in start(net).items()}
    maps = net.seen(weights, some(PICTURES).float())
    assert maps
    assert all(leaf.is_contiguous(memory_format=torch.channels_last) for leaf in maps.values())
