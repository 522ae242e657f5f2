"""MTL's numeric checks (mtl.md, section 14), in float64."""

import math
from itertools import pairwise
from types import SimpleNamespace

import pytest
import torch

from core import losses
from core.config import parse, problems
from core.draws import at_step
from core.inner import predict, rollout, start_weights
from core.methods.mtl import bent, scaled
from core.methods.registry import make
from core.nets import build, module
from core.outer import one_task
from core.types import Partition, Recipe, TaskSpec

from .cases import PICTURES, WORLDS, D, conv, flat, gradient_of, pictures
from .test_subsets import trained

RGB = TaskSpec("classification", (3, 84, 84), 5, 1, 15, "shapes")
HEAD = ("head.weight", "head.bias")


def world(norm="running", *, steps=3, first_order=False, rate=0.5):
    net = build(conv("strided", norm=norm), PICTURES, dtype=D)
    body = tuple(name for name in net.shapes if name not in HEAD)
    recipe = Recipe(steps, rate, first_order)
    return net, make("mtl", net, losses.cross_entropy, recipe, Partition(HEAD, body), SimpleNamespace())


def bent_meta(method):
    """Scales off 1 and shifts off 0."""
    meta, generator = method.init(at_step(0, "init")), at_step(0, "bend")
    moved = {
        group: {n: leaf + 0.3 * torch.randn(leaf.shape, generator=generator, dtype=D) for n, leaf in named.items()}
        for group, named in meta.learned.items()
    }
    return meta._replace(learned=moved)


def test_scales_and_shifts_number_as_in_the_paper():
    """Checks 2 and section 3: 12,480 scales and 256 shifts of Conv4-64 on colours, 20,741 trained with the classifier."""
    settings = SimpleNamespace(kind="conv-pooled", filters=64, depth=4, norm="running", init="glorot", head="fixed")
    net = build(settings, RGB)
    body = tuple(name for name in net.shapes if name not in HEAD)
    method = make("mtl", net, losses.cross_entropy, Recipe(1, 0.1), Partition(HEAD, body), SimpleNamespace())
    learned = method.init(at_step(0, "init")).learned
    count = {group: sum(leaf.numel() for leaf in named.values()) for group, named in learned.items()}
    assert count == {"init": 8005, "scale": 12_480, "shift": 256}
    assert sum(count.values()) == 20_741
    assert len(scaled(net)) == 4


@pytest.mark.parametrize("first_order", [False, True])
def test_the_frozen_body_gets_no_gradient(first_order):
    _, method = world(first_order=first_order)
    gradient, _ = gradient_of(method, pictures())
    assert set(gradient) == {"init", "scale", "shift"}
    assert set(gradient["init"]) == set(HEAD)


def test_with_running_statistics_scales_and_shifts_act_and_with_the_batchs_a_shift_does_not():
    """Check 4: a shift in front of batch statistics is removed again; that is why they are refused."""
    found = {}
    for norm in ("running", "batch"):
        _, method = world(norm)
        gradient, _ = gradient_of(method, pictures(), meta=bent_meta(method))
        found[norm] = {g: max(float(leaf.abs().max()) for leaf in gradient[g].values()) for g in ("scale", "shift")}
    assert found["batch"]["shift"] < 1e-12
    assert found["running"]["shift"] > 1e-4
    assert found["running"]["scale"] > 1e-4


def test_batch_statistics_in_front_of_a_frozen_body_are_refused():
    base = {"tasks": {"kind": "glyphs"}, "method": {"kind": "mtl"}}
    for norm in ("batch", "support"):
        experiment = parse({**base, "network": {"kind": "conv-strided", "norm": norm}})
        (found,) = [problem for problem in problems(experiment) if problem.field == "network.norm"]
        assert found.blocking
        assert "choose running, layer or none" in found.sentence
    fine = parse({**base, "network": {"kind": "conv-strided", "norm": "running"}})
    assert not [problem for problem in problems(fine) if problem.blocking]


def test_the_classifier_alone_moves_whatever_is_asked_for():
    experiment = parse(
        {
            "tasks": {"kind": "glyphs"}, "network": {"kind": "conv-strided", "norm": "running"},
            "method": {"kind": "mtl"}, "subset": {"adapt": ["body.*"]},
        }
    )  # fmt: skip
    assert any(problem.field == "subset.adapt" and problem.blocking for problem in problems(experiment))


def test_a_classifier_of_small_logits_loses_the_logarithm_of_the_ways():
    """Check 9."""
    net, method = world(steps=0)
    meta = method.init(at_step(0, "init"))
    small = {name: 1e-4 * leaf for name, leaf in meta.learned["init"].items()}
    _, aux = gradient_of(method, pictures(), meta=meta._replace(learned={**meta.learned, "init": small}))
    torch.testing.assert_close(
        aux["query_loss"], torch.full_like(aux["query_loss"], math.log(net.outputs)), rtol=1e-3, atol=0
    )


def test_without_a_step_or_a_step_size_both_orders_agree():
    """Check 3."""
    for changes in ({"steps": 0}, {"rate": 0.0}):
        second, first = (world(first_order=order, **changes)[1] for order in (False, True))
        a, b = (gradient_of(method, pictures(), meta=bent_meta(method))[0] for method in (second, first))
        for group in a:
            for name in a[group]:
                torch.testing.assert_close(a[group][name], b[group][name], rtol=1e-12, atol=1e-14)


def test_in_first_order_the_body_hears_of_the_query_alone():
    """Check 5: the same gradient with the support's embedding held constant; the second order has another one."""
    _, method = world(first_order=True)
    tasks, meta = pictures(), bent_meta(method)
    deaf = method._replace(begin=lambda *given: detached(method.begin(*given)))
    start = method.objective._replace(start=lambda m, task, noise: deaf.begin(m, task.given, noise))
    found, _ = gradient_of(method, tasks, meta=meta)
    held, _ = gradient_of(deaf._replace(objective=start), tasks, meta=meta)
    second, _ = gradient_of(world()[1], tasks, meta=meta)
    for name, leaf in found["scale"].items():
        torch.testing.assert_close(leaf, held["scale"][name], rtol=1e-10, atol=1e-13)
    assert any((leaf - second["scale"][n]).abs().max() > 1e-4 for n, leaf in found["scale"].items())


def detached(fast):
    return {**fast, "seen": {name: leaf.detach() for name, leaf in fast["seen"].items()}}


@pytest.mark.parametrize("norm", ["running", "layer", "none"])
def test_scales_of_one_and_shifts_of_zero_leave_the_pretrained_embeddings_to_the_last_bit(norm):
    """Check 1."""
    net, method = world(norm)
    meta, x = method.init(at_step(0, "init")), pictures().support.x[0]
    assert all(torch.equal(leaf, torch.ones_like(leaf)) for leaf in meta.learned["scale"].values())
    assert not any(leaf.any() for leaf in meta.learned["shift"].values())
    assert torch.equal(net.features(method.plain(meta), x), net.features(start_weights(net, meta), x))


def test_training_changes_scales_shifts_and_classifier_and_no_bit_of_the_body():
    """Check 2: weights, offsets and statistics of the pretrained body, after three steps of AdamW."""
    _, method = world()
    meta = method.init(at_step(0, "init"))
    body = {name: leaf.clone() for name, leaf in meta.fixed["init"].items()}
    start = {key: leaf.clone() for key, leaf in flat(meta.learned).items()}
    after = trained(method, meta, WORLDS["strided-batch-fixed"])
    assert all(torch.equal(leaf, body[name]) for name, leaf in after.fixed["init"].items())
    assert {name for name in body if "running" in name}
    assert not any(torch.equal(leaf, start[key]) for key, leaf in flat(after.learned).items())


@pytest.mark.parametrize(("norm", "same"), [("batch", True), ("running", False)])
def test_the_scale_of_channels_is_lost_in_batch_statistics_and_acts_under_frozen_ones(norm, same):
    """Check 4, its second half: the first convolution's scales times 3 or 4 by channel, to the norm's eps (so pictures are a
    thousand times as loud)."""
    _, method = world(norm)
    meta, task = bent_meta(method), one_task(pictures(), 0)
    loud = task._replace(support=task.support._replace(x=1000 * task.support.x))
    name = next(iter(meta.learned["scale"]))
    times = torch.full_like(meta.learned["scale"][name], 3.0)
    times[1] = 4.0
    scale = {**meta.learned["scale"], name: times * meta.learned["scale"][name]}
    turned = meta._replace(learned={**meta.learned, "scale": scale})
    one, two = (
        predict(method, each, rollout(method, each, loud.given, {}, 0), loud.given, 1000 * task.query.x)
        for each in (meta, turned)
    )
    assert torch.allclose(one, two, rtol=1e-4, atol=1e-5) is same


def test_folded_weights_are_a_plain_network_of_the_same_outputs():
    """Check 7, through the module on the card."""
    net, method = world()
    meta, task = bent_meta(method), one_task(pictures(), 0)
    fast = rollout(method, meta, task.given, {}, 0)
    plain = module(conv("strided", norm="running"), PICTURES).double()
    plain.load_state_dict(method.plain(meta), strict=True)
    expected = predict(method, meta, fast, task.given, task.query.x)
    torch.testing.assert_close(plain(task.query.x), expected, rtol=1e-12, atol=1e-13)
    assert (net.apply(start_weights(net, meta), task.query.x) - expected).abs().max() > 1e-3
    assert set(bent(meta, start_weights(net, meta))) == set(net.shapes)


def test_a_hundred_steps_from_a_classifier_of_zeros_lose_less_than_the_logarithm_of_the_ways():
    """Check 6, its second half, at its step size of 0.01."""
    net, method = world(rate=0.01)
    meta, task = method.init(at_step(0, "init")), one_task(pictures(), 0)
    silent = {name: torch.zeros_like(leaf) for name, leaf in meta.learned["init"].items()}
    meta = meta._replace(learned={**meta.learned, "init": silent})
    lost = [
        float(losses.cross_entropy(predict(method, meta, fast, task.given, task.support.x), task.support))
        for fast in (rollout(method, meta, task.given, {}, steps) for steps in (0, 100))
    ]
    assert lost[0] == pytest.approx(math.log(net.outputs), rel=1e-12)
    assert lost[1] < lost[0] - 1e-5


def test_a_hundred_small_steps_lower_the_support_loss_every_time():
    """Check 6, on the embeddings of a fixed body."""
    _, method = world(rate=0.05)
    meta, task = method.init(at_step(0, "init")), one_task(pictures(), 0)
    fast, seen = method.begin(meta, task.given, {}), []
    for t in range(100):
        outputs = predict(method, meta, fast, task.given, task.support.x)
        seen.append(float(losses.cross_entropy(outputs, task.support)))
        fast = method.step(meta, fast, task.given, {}, t)
    assert all(later < earlier for earlier, later in pairwise(seen))
