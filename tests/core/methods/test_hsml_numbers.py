"""HSML's numeric checks (hsml.md, section 15), in float64, and what its growth, panels and settings say."""

from types import SimpleNamespace

import pytest
import torch

from core.config import parse, presets, problems
from core.draws import at_step
from core.inner import predict, rollout
from core.methods.hsml import grown, in_blocks
from core.methods.registry import make
from core.nets import build
from core.nets.clusters import leaf_shares, pooled_embedding, recurrent_embedding, tree_start, tree_summary
from core.outer import one_task
from core.tasks.families import law, sampler
from core.types import Batch, Partition, Recipe

from .cases import REGRESSION, WORLDS, Case, D, changed, gradient_of, t64


def small(name="mlp-tanh", *, rate=None, steps=2, **changes):
    """(method, meta off the start, tasks)."""
    case, world = Case("hsml", changed("hsml", **changes), rate=rate, steps=steps), WORLDS[name]
    method = case.method(world.net(), world.loss)
    return method, case.meta(method), world.tasks()


def with_group(meta, group, **tensors):
    return meta._replace(learned={**meta.learned, group: {**meta.learned[group], **tensors}})


def gates_at(meta, offset):
    """Every gate at sigmoid(offset), whatever the task."""
    return with_group(
        meta,
        "gate",
        **{
            name: torch.full_like(leaf, offset if name.endswith(".bias") else 0.0)
            for name, leaf in meta.learned["gate"].items()
        },
    )


# check 1: MAML


@pytest.mark.parametrize("name", ["mlp-tanh", "mlp-layer", "strided-batch-fixed", "pooled-layer-shared"])
def test_with_gates_of_one_every_step_is_mamls_bit_for_bit(name):
    world = WORLDS[name]
    ours, maml = (Case(kind).method(world.net(), world.loss) for kind in ("hsml", "maml"))
    open_, plain = gates_at(ours.init(at_step(0, "init")), 1e3), maml.init(at_step(0, "init"))
    given = one_task(world.tasks(), 0).given
    for steps in range(4):
        found, expected = (
            method.weights(meta, rollout(method, meta, given, {}, steps))
            for method, meta in ((ours, open_), (maml, plain))
        )
        assert all(torch.equal(leaf, expected[key]) for key, leaf in found.items())


# check 2: one leaf


def test_one_leaf_takes_every_task_and_its_centre_has_no_gradient():
    method, meta, tasks = small(clusters=(1, 2))
    found, _ = gradient_of(method, tasks, meta=meta)
    assert not found["tree"]["leaf.centre"].any()
    assert found["tree"]["leaf.weight"].any()


# check 3: equal leaves


def equal_leaves(count=3, size=4):
    tree = tree_start((count, 2), size, at_step(0, "tree"), D)
    return {name: leaf[:1].expand_as(leaf).clone() if name.startswith("leaf") else leaf for name, leaf in tree.items()}


def test_equal_leaves_share_equally():
    shares = leaf_shares(equal_leaves(), t64([0.3, -0.2, 0.9, 0.1]), 2.0)
    torch.testing.assert_close(shares, t64([1 / 3] * 3), rtol=1e-14, atol=0)


@pytest.mark.parametrize("assign", ["linear", "gaussian"])
def test_the_order_of_leaves_does_not_matter(assign):
    tree, g = tree_start((3, 2, 2), 4, at_step(0, "tree"), D), t64([0.3, -0.2, 0.9, 0.1])
    turned = {name: leaf[[2, 0, 1]] if name.startswith("leaf") else leaf for name, leaf in tree.items()}
    torch.testing.assert_close(
        tree_summary(turned, g, 2.0, assign), tree_summary(tree, g, 2.0, assign), rtol=1e-13, atol=1e-15
    )


# check 4: literal shares


def test_the_shares_of_two_leaves_are_the_derived_ones():
    tree = {"leaf.centre": t64([[0.0, 0.0], [3.0, 0.0]])}
    found = leaf_shares(tree, t64([1.0, 0.0]), 2.0)
    torch.testing.assert_close(found, t64([0.6792, 0.3208]), rtol=0, atol=5e-5)


def test_far_from_every_centre_shares_are_still_shares():
    """The released ratio of exponentials is 0/0 there."""
    tree = {"leaf.centre": t64([[0.0, 0.0], [3.0, 0.0]])}
    assert leaf_shares(tree, t64([1e4, 0.0]), 2.0).tolist() == [0.0, 1.0]


def test_the_tree_is_the_methods_files_formula():
    """Section 4 written out with loops, for two levels between leaves and root."""
    tree, g, size = tree_start((3, 2, 2), 4, at_step(1, "tree"), D), t64([0.3, -0.2, 0.9, 0.1]), 4
    shares = leaf_shares(tree, g, 2.0)
    below = [shares[k] * torch.tanh(g @ tree["leaf.weight"][k] + tree["leaf.bias"][k]) for k in range(3)]
    for level in ("level.1", "level.2"):
        assign, offset = tree[f"{level}.assign"], tree[f"{level}.offset"]
        nodes = []
        for j in range(2):
            node = torch.zeros(size, dtype=D)
            for one in below:
                share = torch.stack([one @ assign[i] + offset[i] for i in range(2)]).softmax(0)[j]
                node = node + share * torch.tanh(one @ tree[f"{level}.weight"][j] + tree[f"{level}.bias"][j])
            nodes.append(node)
        below = nodes
    expected = sum(torch.tanh(node @ tree["root.weight"] + tree["root.bias"]) for node in below)
    torch.testing.assert_close(tree_summary(tree, g, 2.0), expected, rtol=1e-13, atol=1e-15)


# check 5: gates of a half


def test_gates_without_weights_and_offset_halve_the_start():
    method, meta, tasks = small()
    world, task = WORLDS["mlp-tanh"], one_task(tasks, 0)
    half = gates_at(meta, 0.0)
    fast = method.begin(half, task.given, {})
    halved = {name: leaf / 2 for name, leaf in meta.learned["init"].items()}
    torch.testing.assert_close(method.weights(half, fast), halved, rtol=1e-15, atol=0)
    loss = world.loss(predict(method, half, fast, task.given, task.query.x), task.query)
    assert torch.equal(loss, world.loss(world.net().apply(halved, task.query.x), task.query))


# check 6: where gradients go


@pytest.mark.parametrize("aggregator", ["recurrent", "mean"])
def test_without_reconstruction_the_decoder_has_no_gradient(aggregator):
    method, meta, tasks = small(aggregator=aggregator, reconstruction=0.0, width=8, between=8)
    found = gradient_of(method, tasks, meta=meta)[0]["embedding"]
    decoder = [name for name in found if name.startswith(("write.", "out.", "back."))]
    assert decoder
    assert not any(found[name].any() for name in decoder)
    assert all(leaf.any() for name, leaf in found.items() if name not in decoder)


def test_with_a_step_of_0_the_centres_still_learn_through_the_gate():
    method, meta, tasks = small(rate=0.0)
    assert gradient_of(method, tasks, meta=meta)[0]["tree"]["leaf.centre"].abs().min() > 0


def test_the_reconstruction_reaches_the_embedding_alone():
    (with_, without) = (
        gradient_of(method, tasks, meta=meta)[0]
        for method, meta, tasks in (small(reconstruction=1.0), small(reconstruction=0.0))
    )
    for group in ("init", "tree", "gate"):
        assert all(torch.allclose(leaf, without[group][name], rtol=1e-12) for name, leaf in with_[group].items())
    assert any(not torch.allclose(leaf, without["embedding"][name]) for name, leaf in with_["embedding"].items())


# the embeddings


def rows(count=4, inputs=2):
    return torch.randn(count, inputs, generator=at_step(0, "rows"), dtype=D)


def test_the_recurrent_embedding_is_torchs_gru_there_and_back():
    """g: mean of outputs; the decoder starts from the last state and 0 and rebuilds the rows backwards."""
    embedding = recurrent_embedding(2, 3, 5, detached=False)
    weights, ones = embedding.init(at_step(0, "embedding"), D), torch.ones(4, dtype=D)
    g, error = embedding.read(weights, rows(), ones)
    cells = {}
    for part in ("read", "write"):
        cells[part] = torch.nn.GRUCell(3, 5, dtype=D)
        cells[part].load_state_dict(
            {n.removeprefix(f"{part}.").removesuffix("_l0"): v for n, v in weights.items() if n.startswith(part)}
        )
    e = rows() @ weights["in.weight"].T + weights["in.bias"]
    state, outputs, rebuilt, last = torch.zeros(5, dtype=D), [], [], torch.zeros(3, dtype=D)
    for row in e:
        state = cells["read"](row, state)
        outputs.append(state)
    for _ in e:
        state = cells["write"](last, state)
        last = weights["out.weight"] @ state + weights["out.bias"]
        rebuilt.append(last)
    torch.testing.assert_close(g, torch.stack(outputs).mean(0), rtol=1e-12, atol=1e-14)
    torch.testing.assert_close(error, (e - torch.stack(rebuilt).flip(0)).square().mean(), rtol=1e-12, atol=0)


def test_a_constant_target_has_the_same_error_and_another_gradient():
    weights = recurrent_embedding(2, 3, 5, detached=False).init(at_step(0, "embedding"), D)
    found = {}
    for detached in (False, True):
        embedding = recurrent_embedding(2, 3, 5, detached=detached)
        found[detached] = torch.func.grad_and_value(
            lambda w, e=embedding: e.read(w, rows(), torch.ones(4, dtype=D))[1]
        )(weights)
    assert torch.equal(found[True][1], found[False][1])
    assert not torch.allclose(found[True][0]["in.weight"], found[False][0]["in.weight"])


def test_the_mean_embedding_halves_its_error_and_knows_no_order():
    embedding = pooled_embedding(2, 3, 5)
    weights = embedding.init(at_step(0, "embedding"), D)
    silent = {**weights, "out.weight": torch.zeros(2, 3, dtype=D)}
    g, error = embedding.read(silent, rows(), torch.ones(4, dtype=D))
    assert error.item() == pytest.approx(rows().square().mean().item() / 2, rel=1e-14)
    torch.testing.assert_close(
        embedding.read(silent, rows().flip(0), torch.ones(4, dtype=D))[0], g, rtol=1e-13, atol=1e-15
    )


# check 7: growth


GROWTH = SimpleNamespace(grow_every=1, grow_after=0)


def fed(scores, *, by_accuracy=False, **changes):
    """How many leaves are alive after each look at a fake stream of scores."""
    last = 0.0 if by_accuracy else 9999.0
    growth = {"alive": t64([1.0, 1.0, 0.0, 0.0]), **{name: t64(0.0).reshape(()) for name in ("since", "seen", "total")}}
    growth["last"] = t64(last).reshape(())
    counts = []
    for score in scores:
        growth = grown(
            growth,
            torch.tensor(score, dtype=D),
            SimpleNamespace(**{**vars(GROWTH), **changes}),
            by_accuracy=by_accuracy,
        )
        counts.append(int(growth["alive"].sum()))
    return counts


@pytest.mark.parametrize(
    ("scores", "expected"),
    [([1.0, 1.0, 1.3], [2, 2, 3]), ([1.0, 1.2, 1.44], [2, 2, 2]), ([1.0, 2.0, 4.0, 8.0, 16.0], [2, 3, 4, 4, 4])],
)
def test_a_much_larger_loss_wakes_a_leaf_up_to_the_capacity(scores, expected):
    assert fed(scores) == expected


def test_a_much_smaller_accuracy_wakes_a_leaf():
    assert fed([0.9, 0.8, 0.6], by_accuracy=True) == [2, 2, 3]


def test_looks_are_at_means_and_growths_keep_their_distance():
    assert fed([1.0, 1.0, 1.0, 1.8], grow_every=2) == [2, 2, 2, 3]
    assert fed([1.0, 2.0, 4.0, 8.0], grow_after=3) == [2, 2, 3, 3]


def test_a_leaf_that_is_not_alive_has_no_share_and_no_gradient():
    method, meta, tasks = small(grow=True, clusters=(2, 2), most_clusters=4)
    found = gradient_of(method, tasks, meta=meta)[0]["tree"]
    for name in ("leaf.centre", "leaf.weight", "leaf.bias"):
        assert found[name][:2].abs().sum() > 0
        assert not found[name][2:].any()
    heat = method.panels(meta, tasks, {})[0]
    assert not heat.values[:, 2:].any()
    assert heat.values.sum(1).tolist() == pytest.approx([1.0] * 4)


def test_leaves_that_sleep_change_nothing():
    """With the same leaves alive a capacity of 3 and one of 2 have the same summary."""
    tree, g = tree_start((3, 2), 4, at_step(0, "tree"), D), t64([0.3, -0.2, 0.9, 0.1])
    fewer = {name: leaf[:2] if name.startswith("leaf") else leaf for name, leaf in tree.items()}
    found = tree_summary(tree, g, 2.0, "linear", t64([1.0, 1.0, 0.0]))
    torch.testing.assert_close(found, tree_summary(fewer, g, 2.0), rtol=1e-14, atol=1e-16)


def test_training_wakes_a_leaf_through_the_state():
    method, meta, tasks = small(grow=True, clusters=(2, 2), most_clusters=3, grow_every=1, grow_after=0)
    for loss, alive in ((1.0, 2), (2.0, 3)):
        meta = method.advance(meta, meta, {"query_loss": t64([loss] * 4)}, t64(0.5))
        assert int((meta.state["growth"]["alive"] > 0.5).sum()) == alive
    assert gradient_of(method, tasks, meta=meta)[0]["tree"]["leaf.centre"][2].any()


# sizes, panels, settings


def test_the_published_sizes_of_the_toy():
    """Network 1,761; gate 80 -> 1,761 (142,641 with offsets); section 3."""
    chosen = presets()["four-families-hsml"].experiment
    net = build(chosen.network, REGRESSION, dtype=D)
    method = make(
        "hsml", net, WORLDS["mlp-tanh"].loss, Recipe(5, 0.001), Partition(tuple(net.shapes), ()), chosen.method
    )
    learned = method.init(at_step(0, "init")).learned
    sizes = {group: sum(leaf.numel() for leaf in named.values()) for group, named in learned.items()}
    assert (sizes["init"], sizes["gate"]) == (1_761, 142_641)
    assert sizes["tree"] == 4 * (40 + 1600 + 40) + 2 * (40 + 1 + 1600 + 40) + 1600 + 40
    assert learned["tree"]["leaf.centre"].abs().max() <= (6 / 41) ** 0.5


def test_the_assignment_view_sorts_tasks_by_their_mode():
    chosen = law(presets()["four-families-hsml"].experiment.tasks)
    tasks = sampler(chosen.families, chosen.x, 5, 5, dtype=D)(at_step(0, "panels"), 9)
    method, meta, _ = small()
    heat, points, used = method.panels(meta, tasks, {})
    assert (heat.form, points.form, used.form) == ("heat", "points", "bars")
    assert heat.rows == tuple(f"mode {int(mode) + 1}" for mode in tasks.about["mode"].sort().values)
    assert heat.columns == ("cluster 1", "cluster 2", "cluster 3")
    torch.testing.assert_close(heat.values.sum(1), torch.ones(9, dtype=D))
    assert points.values.shape == (9, 2)
    assert 1.0 <= used.values[0] <= used.values[1] + 1e-12 <= 3.0 + 1e-9


@pytest.mark.parametrize("name", ["mlp-layer", "strided-batch-fixed"])
def test_normalization_and_what_is_frozen_have_no_gate(name):
    case, world = Case("hsml", freeze=("body.0.*",)), WORLDS[name]
    net = world.net()
    meta = case.method(net, world.loss).init(at_step(0, "init"))
    gated = {key.rpartition(".")[0] for key in meta.learned["gate"]}
    assert gated == {key for key in net.shapes if key not in net.norm and not key.startswith("body.0.")}


@pytest.mark.parametrize(
    ("settings", "field"),
    [({"clusters": [4, 0]}, "method.clusters"), ({"grow": True, "most_clusters": 4}, "method.most_clusters")],
)
def test_impossible_trees_are_refused(settings, field):
    found = problems(parse({"method": {"kind": "hsml", **settings}, "tasks": {"kind": "four-families"}}))
    assert [problem.field for problem in found if problem.blocking] == [field]


# reading order


def of_classes(ways, shots, padding=0):
    y = torch.arange(ways).repeat_interleave(shots)
    y, weight = torch.cat([y, y.new_zeros(padding)]), torch.cat([torch.ones(ways * shots), torch.zeros(padding)]).to(D)
    return Batch(torch.arange(len(y), dtype=D)[:, None], y, weight)


def test_blocks_hold_every_class_once_each_in_an_order_of_its_own():
    support = of_classes(5, 3, padding=2)
    draw = torch.rand(17, generator=torch.Generator().manual_seed(1), dtype=D)
    found = in_blocks(support, draw, 5)
    blocks = found.y[:15].reshape(3, 5)
    assert all(sorted(row) == [0, 1, 2, 3, 4] for row in blocks.tolist())
    assert len({tuple(row) for row in blocks.tolist()}) == 3
    assert found.weight.tolist() == [1.0] * 15 + [0.0] * 2
    for label in range(5):  # of one class the first example comes before the second
        own = found.x[:15, 0][found.y[:15] == label]
        assert own.tolist() == sorted(own.tolist())
    assert sorted(found.x[:, 0].tolist()) == support.x[:, 0].tolist()


def test_the_order_of_the_draw_is_what_a_recurrent_embedding_reads():
    world = WORLDS["strided-none-fixed"]
    net, loss = world.net(), world.loss
    method = Case("hsml", changed("hsml", order="blocks")).method(net, loss)
    tasks = world.tasks()
    meta = method.init(torch.Generator().manual_seed(0))
    noise = [method.noise(torch.Generator().manual_seed(seed), meta, tasks.given, 1) for seed in (0, 0, 1)]
    begun = [method.begin(meta, one_task(tasks, 0).given, one_task(each, 0))["weights"] for each in noise]
    assert all(torch.equal(begun[0][name], begun[1][name]) for name in begun[0])
    assert any(not torch.equal(begun[0][name], begun[2][name]) for name in begun[0])
