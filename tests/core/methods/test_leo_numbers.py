"""LEO's numeric checks (leo.md, section 13), in float64; any number of ways; what its panels show and what it refuses."""

import math

import pytest
import torch

import core
from core.card import make_card
from core.config import parse, problems
from core.deploy import write
from core.draws import at_step
from core.errors import BadExperiment
from core.inner import predict, rollout
from core.methods.leo import gaussian_kl, misalignment, shifted, usual
from core.methods.registry import make
from core.nets import build, module_source
from core.nets.relation import perceptron, relation
from core.outer import one_task
from core.training.assembly import methods_for
from core.types import Batch, Net, Partition, Recipe, Task

from .cases import PICTURES, SETTINGS, WORLDS, Case, D, changed, draws_of, gradient_of, pictures, t64
from .test_round_trip import WORLDS as ROUND_TRIP
from .test_round_trip import experiment
from .test_subsets import trained

NUMBERS, SHAPES = WORLDS["mlp-tanh"], WORLDS["strided-layer-fixed"]
BOTH = pytest.mark.parametrize("world", [NUMBERS, SHAPES], ids=["regression", "classification"])


def built(world, *, steps=2, rate=None, net=None, **changes):
    """(method, meta as in the middle of a run, tasks)."""
    case = Case("leo", changed("leo", **changes), steps=steps, rate=rate)
    method = case.method(net or world.net(), world.loss)
    return method, case.meta(method), world.tasks()


def with_rates(meta, **rates):
    """Step sizes all of one value: code=, others=."""
    group = {
        name: torch.full_like(leaf, rates["code" if name == "code" else "others"])
        for name, leaf in meta.learned["rate"].items()
    }
    return meta._replace(learned={**meta.learned, "rate": group})


def walked(method, meta, task, steps):
    return rollout(method, meta, task.given, {}, steps)


# check 1: nothing moves


@BOTH
def test_with_step_sizes_of_0_the_weights_are_the_decoded_means_and_the_penalty_is_0(world):
    method, meta, tasks = built(world, latent_steps=2, steps=4, penalty_weight=1e6)
    still, task = with_rates(meta, code=0.0, others=0.0), one_task(tasks, 0)
    before, after = (method.weights(still, walked(method, still, task, n)) for n in (0, 4))
    assert all(torch.equal(leaf, after[name]) for name, leaf in before.items())
    noise = draws_of(method, still, tasks, 4)
    free = built(world, latent_steps=2, steps=4, penalty_weight=0.0)[0]
    losses = [gradient_of(each, tasks, meta=still, noise=noise)[1]["outer_loss"] for each in (method, free)]
    assert torch.equal(*losses)


@BOTH
def test_the_start_is_decoded_from_the_mean_over_all_ordered_pairs(world):
    """By the paper's formula, pair after pair."""
    method, meta, tasks = built(world)
    task = one_task(tasks, 1)
    fast = walked(method, meta, task, 0)
    h = perceptron(meta.learned["encoder"], fast["read"]["support"])
    labels = task.support.y if world is SHAPES else torch.zeros(len(h), dtype=torch.long)
    for code in range(int(labels.max()) + 1):
        of_pairs = [perceptron(meta.learned["relation"], torch.cat([a, b])) for a in h[labels == code] for b in h]
        mean = torch.stack(of_pairs).mean(0)[:3]
        torch.testing.assert_close(fast["code"]["now"][code, 0], mean, rtol=1e-11, atol=1e-12)
        decoded = perceptron(meta.learned["decoder"], mean).chunk(2)[0]
        made = torch.cat([leaf[code] if world is SHAPES else leaf.flatten() for leaf in fast["weights"].values()])
        torch.testing.assert_close(made, decoded, rtol=1e-11, atol=1e-12)


# check 2: samples in training, means at use


@BOTH
def test_use_is_the_same_bit_for_bit_and_training_draws(world):
    method, meta, tasks = built(world, steps=2, dropout=0.3)
    one, two = (method.weights(meta, walked(method, meta, one_task(tasks, 0), 2)) for _ in range(2))
    assert all(torch.equal(leaf, two[name]) for name, leaf in one.items())
    noises = [method.noise(at_step(seed, "noise"), meta, tasks.given, 2) for seed in (0, 1)]
    losses = [gradient_of(method, tasks, meta=meta, noise=noise)[1]["outer_loss"] for noise in noises]
    assert not torch.equal(*losses)


def test_every_decoding_has_a_draw_of_its_own_and_every_look_its_own_dropout():
    method, meta, tasks = built(SHAPES, latent_steps=2, dropout=0.5, copies=2)
    drawn = draws_of(method, meta, tasks, 5)
    assert drawn["draw"]["code"].shape == (4, 3, 2, 3)
    assert drawn["draw"]["weights"].shape == (4, 3, 3, 2, 3)
    assert {use: tuple(kept.shape) for use, kept in drawn["kept"].items()} == {
        "encoder": (4, 6, 3), "support": (4, 5, 6, 3), "query": (4, 6, 3)
    }  # fmt: skip
    assert "kept" not in draws_of(*built(NUMBERS, dropout=0.5))


# check 3: the loop's plumbing


def test_three_latent_steps_of_the_official_toy():
    """Maps that pass a number on, loss 4 w^2, start 4, rate 0.1: 4, 0.8, 0.16, 0.032."""
    one = torch.ones(1, 1, dtype=D)
    net = Net(
        {"w": (1, 1)}, lambda generator: {"w": one}, lambda weights, x: weights["w"], input_shape=(1,), outputs=1
    )  # fmt: skip
    settings = changed("leo", latent=1, hidden=1, latent_steps=3)
    loss = lambda outputs, batch: 4 * outputs.square().sum()
    method = make("leo", net, loss, Recipe(3, 0.1), Partition(("w",), ()), settings)
    first, last = t64([1.0, 0.0])[None], t64([[1.0], [0.0]])
    learned = {
        **method.init(at_step(0, "init")).learned,
        "encoder": {"0": first, "1": one, "2": one},
        "relation": {"0": first, "1": one, "2": last},
        "decoder": {"0": one, "1": one, "2": last},
    }
    meta = method.init(at_step(0, "init"))._replace(learned=learned)
    batch = Batch(4 * one, 0 * one, torch.ones(1, dtype=D))
    found = [walked(method, meta, Task(batch, batch), n)["weights"]["w"].item() for n in range(4)]
    assert found == pytest.approx([4, 0.8, 0.16, 0.032], rel=1e-12)


# checks 4 and 5: closed forms


def test_the_divergence_from_the_standard_normal():
    assert gaussian_kl(t64([0.0, 1.0]), t64([1.0, 1.0])).tolist() == [0.0, 0.5]


def test_orthogonal_directions_cost_nothing_and_equal_ones_almost_1():
    rows = torch.linalg.qr(torch.randn(128, 64, generator=at_step(0, "rows"), dtype=D))[0].T
    assert misalignment(3 * rows).item() < 1e-20
    assert misalignment(torch.ones(64, 128, dtype=D)).item() == pytest.approx(0.984375, rel=1e-9)


def test_scales_are_glorots_where_the_decoder_says_0():
    assert shifted(t64([0.0]), usual((5, 640))).item() == pytest.approx(0.05569, abs=1e-5)
    assert shifted(t64([0.0, -1.0]), 0.0).tolist() == [1e-10, 1e-10]
    assert usual((40,)) == 0.01
    assert usual((8, 4, 3, 3)) == pytest.approx(math.sqrt(2 / 108))


@BOTH
def test_a_scale_that_the_latent_steps_drive_up_stays_finite(world):
    """A step of the published size can raise u, whose exp then steepens the next one: within four steps of a recipe's first
    task exp(u) was infinite. Below the limit nothing changes."""
    method, meta, tasks = built(world, latent_steps=2)
    steep = {name: 3e3 * leaf for name, leaf in meta.learned["decoder"].items()}
    driven = meta._replace(learned={**meta.learned, "decoder": steep})
    found, aux = gradient_of(method, tasks, meta=with_rates(driven, code=1e-9, others=1e-9))
    assert aux["outer_loss"].isfinite().all()
    assert all(leaf.isfinite().all() for named in found.values() for leaf in named.values())
    loose = built(world, latent_steps=2, scale_limit=20.0)[0]
    noise = draws_of(method, meta, tasks)
    same = [gradient_of(each, tasks, meta=meta, noise=noise)[1]["outer_loss"] for each in (method, loose)]
    torch.testing.assert_close(*same, rtol=0, atol=0)


# check 6: what the penalty reaches


@BOTH
def test_the_penalty_trains_the_encoder_alone(world):
    found = []
    for weight in (0.0, 1.0):
        method, meta, tasks = built(world, penalty_weight=weight)
        found.append(gradient_of(method, tasks, meta=with_rates(meta, code=0.1, others=0.1))[0])
    free, pulled = found
    for group in ("decoder", "rate"):
        assert all(torch.equal(leaf, pulled[group][name]) for name, leaf in free[group].items())
    for group in ("encoder", "relation"):
        assert all(not torch.equal(leaf, pulled[group][name]) for name, leaf in free[group].items())
    assert free["rate"]["code"].abs().min() > 0


@BOTH
def test_training_changes_every_step_size(world):
    """Check 6, its end: none of them is a constant by mistake."""
    method, meta, _ = built(world, penalty_weight=0.1)
    start = {name: leaf.clone() for name, leaf in meta.learned["rate"].items()}
    after = trained(method, meta, world)
    assert all((after.learned["rate"][name] != leaf).all() for name, leaf in start.items())


# check 7: order


@BOTH
def test_the_order_of_the_support_set_does_not_matter(world):
    method, meta, tasks = built(world)
    task = one_task(tasks, 0)
    order = torch.randperm(len(task.support.x), generator=at_step(0, "order"))
    mixed = task._replace(support=Batch(*(leaf[order] for leaf in task.support)))
    one, two = (method.weights(meta, walked(method, meta, each, 2)) for each in (task, mixed))
    for name, leaf in one.items():
        torch.testing.assert_close(two[name], leaf, rtol=1e-10, atol=1e-12)


def test_other_numbers_for_the_classes_are_other_rows():
    method, meta, tasks = built(SHAPES)
    task, turn = one_task(tasks, 0), torch.tensor([1, 2, 0])
    turned = task._replace(support=task.support._replace(y=turn[task.support.y]))
    one, two = (walked(method, meta, each, 2)["weights"]["head.weight"] for each in (task, turned))
    torch.testing.assert_close(two[turn], one, rtol=1e-10, atol=1e-12)


# check 8: copies


@pytest.mark.parametrize("latent_steps", [2, 0])
def test_copies_take_a_step_of_their_share(latent_steps):
    """Five copies at a rate are one at a fifth of it, in codes and in weights."""
    one, meta, tasks = built(SHAPES, latent_steps=latent_steps, steps=2)
    five = built(SHAPES, latent_steps=latent_steps, steps=2, copies=5)[0]
    task = one_task(tasks, 0)
    whole = walked(five, with_rates(meta, code=1.0, others=0.5), task, 2)["weights"]["head.weight"]
    share = walked(one, with_rates(meta, code=0.2, others=0.1), task, 2)["weights"]["head.weight"]
    torch.testing.assert_close(whole, share, rtol=1e-10, atol=1e-12)


# checks 9 and 10


def test_the_papers_size_has_172736_parameters_whatever_the_ways():
    for ways in (5, 20):
        net = WORLDS["mlp-pictures"].net()._replace(feature_size=640, outputs=ways)
        method, _, _ = built(WORLDS["mlp-pictures"], net=net, latent=64)
        learned = method.init(at_step(0, "init")).learned
        assert sum(leaf.numel() for named in learned.values() for leaf in named.values()) == 172_736


def test_the_relation_of_five_by_five_looks_at_625_pairs(monkeypatch):
    seen, relu = [], torch.relu
    monkeypatch.setattr(torch, "relu", lambda x: seen.append(x.shape[:-1].numel()) or relu(x))
    weights = {str(i): torch.randn(8, 8, dtype=D) for i in range(3)}
    relation(weights, torch.randn(25, 4, dtype=D), torch.full((5, 25), 0.2, dtype=D), torch.full((25,), 0.04, dtype=D))
    assert seen == [625, 625]


def test_published_step_sizes_are_where_the_rates_begin():
    method, _, _ = built(SHAPES, rate=1.0, tuning_rate=0.001)
    rate = method.init(at_step(0, "init")).learned["rate"]
    assert rate["code"].tolist() == [1.0] * 3
    assert rate["row"].tolist() == [0.001] * 3


# padding under dropout, features, any number of ways


def test_padding_changes_nothing_under_dropout_either():
    """The draws of the examples are the same; what stands behind them does not matter."""
    method, meta, tasks = built(SHAPES, dropout=0.4)
    noise = draws_of(method, meta, tasks)
    behind = lambda leaf, axis: torch.cat([leaf, torch.ones_like(leaf.narrow(axis, 0, 2))], axis)
    wider = Task(*(Batch(behind(b.x, 1), behind(b.y, 1), behind(b.weight * 1, 1)) for b in tasks[:2]))
    for batch, plain in zip(wider[:2], tasks[:2], strict=True):
        batch.weight[:, plain.weight.shape[1] :] = 0
    kept = noise["kept"]
    longer = {**noise, "kept": {use: behind(leaf, 2 if use == "support" else 1) for use, leaf in kept.items()}}
    expected, found = (
        gradient_of(method, t, meta=meta, noise=n)[1]["outer_loss"] for t, n in ((tasks, noise), (wider, longer))
    )
    torch.testing.assert_close(found, expected, rtol=1e-11, atol=1e-12)


def test_a_class_is_judged_by_unit_norm_features_and_rows_without_an_offset():
    method, meta, tasks = built(SHAPES)
    task = one_task(tasks, 0)
    fast = walked(method, meta, task, 2)
    features = SHAPES.net().features(meta.fixed["init"], task.query.x)
    expected = features / features.norm(dim=-1, keepdim=True) @ fast["weights"]["head.weight"].T
    torch.testing.assert_close(predict(method, meta, fast, task.given, task.query.x), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("ways", [2, 7])
def test_what_was_learned_serves_any_number_of_ways(ways):
    _, meta, _ = built(SHAPES)
    other, _, _ = built(SHAPES, net=build(SHAPES.settings, PICTURES, ways=ways, dtype=D))
    task = one_task(pictures(1, ways=ways), 0)
    fast = walked(other, meta, task, 2)
    assert predict(other, meta, fast, task.given, task.query.x).shape == (2 * ways, ways)


def test_a_file_serves_more_classes_than_it_was_learned_with_and_has_no_plain_network(tmp_path):
    chosen, spec = experiment("leo", "pictures"), ROUND_TRIP["pictures"][0]
    net = build(chosen.network, spec, dtype=D)
    method, _, partition, _ = methods_for(chosen, spec, net)
    source = module_source(chosen.network, spec)
    card = make_card(chosen, spec, partition, net.shapes, run="r", step=1, module=source, evaluation=None)
    write(tmp_path / "start.safetensors", method.init(at_step(0, "init")), net, partition, card)
    task = one_task(pictures(1, ways=7), 0)
    adapted = core.load(tmp_path / "start.safetensors").adapt(task.support.x.numpy(), task.support.y.numpy())
    assert adapted.predict(task.query.x.numpy()).shape == (14, 7)
    with pytest.raises(BadExperiment, match="leo makes the network's weights from a support set"):
        core.deploy.export(tmp_path / "start.safetensors", tmp_path / "start.pt")


# panels


@BOTH
def test_the_panels_show_codes_their_differences_step_sizes_and_drawn_curves(world):
    method, meta, tasks = built(world, latent_steps=2)
    tasks = tasks._replace(about={"mode": torch.tensor([0, 1, 0, 1])} if world is NUMBERS else {})
    *curves, places, differences, rates = method.panels(meta, tasks, {})
    codes = 4 if world is NUMBERS else 12
    assert places.form == "points"
    assert places.values.shape == (2 * codes, 2)
    assert len(places.rows) == 2 * codes
    assert places.rows[1] == ("mode 2, before" if world is NUMBERS else "class 2, before")
    assert not torch.equal(places.values[:codes], places.values[codes:])
    assert differences.values.shape == (3,)
    assert rates.rows[0] == "code"
    assert rates.values[0] == meta.learned["rate"]["code"].abs().mean()
    assert len(curves) == (world is NUMBERS)
    for panel in curves:
        assert panel.values.shape == (4, 8, 60)
        assert panel.x.shape == (4, 60)
        assert panel.values.std(1).min() > 0


# what it refuses


def test_a_tensor_that_is_made_cannot_be_frozen():
    with pytest.raises(BadExperiment, match=r"leo makes body.0.bias, body.0.weight for each task"):
        Case("leo", freeze=("body.0.*",)).method(NUMBERS.net(), NUMBERS.loss)


def test_what_is_not_adapted_in_regression_is_learned_once_for_all_tasks():
    method = Case("leo", SETTINGS["leo"], adapt=("head.*",)).method(NUMBERS.net(), NUMBERS.loss)
    meta = method.init(at_step(0, "init"))
    assert set(meta.learned["init"]) == {"body.0.weight", "body.0.bias", "body.2.weight", "body.2.bias"}
    assert set(walked(method, meta, one_task(NUMBERS.tasks(), 0), 1)["weights"]) == {"head.weight", "head.bias"}


def complaints(tasks="sinusoid", network=None, subset=None, steps=10, clip=10.0, **settings):
    network = network or {"kind": "mlp"}
    return problems(parse({
        "tasks": {"kind": tasks}, "network": network, "method": {"kind": "leo", **settings}, "subset": subset or {},
        "inner": {"steps": steps} | ({"clip": clip} if clip else {}),
    }))  # fmt: skip


def test_settings_that_do_not_go_together_are_told():
    assert complaints() == []
    assert [(c.field, c.blocking) for c in complaints(clip=None)] == [("inner.clip", False)]
    assert [c.blocking for c in complaints(subset={"adapt": []})] == [True]
    assert [c.field for c in complaints(steps=3)] == ["method.latent_steps"]
    assert [c.field for c in complaints(pretraining_steps=10, copies=2)] == [
        "method.pretraining_steps",
        "method.copies",
    ]
    batch = {"kind": "conv-strided", "norm": "batch"}
    found = complaints("glyphs", batch, pretraining_steps=10)
    assert [(c.field, c.blocking) for c in found] == [("network.norm", True)]


@pytest.mark.parametrize(
    "subset", [{"adapt": ["*"]}, {"adapt": ["*.bias"]}, {"freeze": ["body.0.*"]}, {"freeze": ["head.*"]}]
)
def test_of_classes_it_makes_the_head_whatever_the_subset_says(subset):
    found = complaints(
        "glyphs",
        {"kind": "conv-strided", "norm": "running"},
        pretraining_steps=10,
        subset={"adapt": ["head.*"]} | subset,
    )
    assert [(c.field, c.blocking) for c in found] == [(f"subset.{next(iter(subset))}", True)]


@pytest.mark.parametrize("name", ["sinusoid", "glyphs"])
def test_only_classification_keeps_a_body(name):
    experiment = parse({"tasks": {"kind": name}, "method": {"kind": "leo"}})
    assert experiment.method.holds_body(experiment) is (name == "glyphs")
