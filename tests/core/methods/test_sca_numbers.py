"""The numeric checks of the method file sca.md, section 14."""

import pytest
import torch

from core.draws import at_step
from core.errors import BadExperiment
from core.inner import predict, rollout
from core.methods import sca as module
from core.nets import build
from core.nets.critics import Critic, Seen, dilated_critic, relation_shapes, task_embedding, usual_start, views_of
from core.outer import one_task
from core.types import Batch, Task

from .cases import WORLDS, Case, D, assert_close, changed, gradient_of, pictures, t64
from .test_round_trip import written

PICTURES = WORLDS["mlp-pictures"]


def dilated(**changes):
    """The settings of the table, with the paper's critic."""
    return changed("sca", **{"critic": "dilated", **changes})


def made(world=PICTURES, *, steps=2, **changes):
    """(method, meta) with the settings of the table, some of them others."""
    case = Case("sca", dilated(**changes), steps=steps)
    method = case.method(world.net(), world.loss)
    return method, case.meta(method)


def after(method, meta, task, steps):
    """(weights, predictions on the query) of one task."""
    fast = rollout(method, meta, task.given, {}, steps)
    return fast["weights"], predict(method, meta, fast, task.given, task.query.x)


@pytest.fixture
def task():
    return one_task(PICTURES.tasks(), 0)


# 1. neutral


def test_check_1_a_critic_step_of_size_0_leaves_the_predictions(task):
    method, meta = made(critic_rate=0.0)
    zero = {
        name: torch.cat([leaf[:, :2], torch.zeros_like(leaf[:, 2:])], 1) for name, leaf in meta.learned["rate"].items()
    }
    meta = meta._replace(learned={**meta.learned, "rate": zero})
    assert torch.equal(after(method, meta, task, 2)[1], after(method, meta, task, 3)[1])


def test_check_1_at_rate_0_the_outer_gradient_is_mamls():
    world = WORLDS["mlp-tanh"]
    tasks = world.tasks()
    case = Case("sca", dilated(critic_rate=0.0))
    found, aux = gradient_of(case.method(world.net(), world.loss), tasks)
    expected, plain = gradient_of(Case("maml").method(world.net(), world.loss), tasks)
    assert_close({"init": found["init"]}, expected, 1e-12)
    torch.testing.assert_close(aux["outer_loss"], plain["outer_loss"], rtol=1e-13, atol=0)
    assert all(not leaf.any() for leaf in found["critic"].values())


# 2, 3. what it looks at


def test_check_2_the_labels_of_the_query_set_move_nothing(task):
    method, meta = made()
    other = task._replace(query=task.query._replace(y=task.query.y.flip(0)))
    (weights, outputs), (again, same) = after(method, meta, task, 3), after(method, meta, other, 3)
    assert torch.equal(outputs, same)
    assert all(torch.equal(weights[name], again[name]) for name in weights)


def test_check_3_the_order_of_the_queries_only_orders_the_predictions(task):
    method, meta = made()
    turned = task._replace(query=Batch(*(leaf.flip(0) for leaf in task.query)))
    torch.testing.assert_close(after(method, meta, turned, 3)[1], after(method, meta, task, 3)[1].flip(0))


def test_the_critic_moves_the_predictions_by_other_queries_too(task):
    """Transductive: the answer to the first query depends on the others."""
    method, meta = made(critic_rate=0.5)
    fewer = task._replace(query=Batch(*(leaf[:2] for leaf in task.query)))
    assert not torch.allclose(after(method, meta, fewer, 3)[1], after(method, meta, task, 3)[1][:2])


# 4, 8. the critic's gradient


def test_check_4_the_critic_learns_through_its_step_also_in_first_order():
    tasks = PICTURES.tasks()
    for order in ("second", "first"):
        case = Case("sca", dilated(), order=order)
        found, _ = gradient_of(case.method(PICTURES.net(), PICTURES.loss), tasks)
        assert all(leaf.norm() > 0 for name, leaf in found["critic"].items() if "linear" in name)


def test_check_4_without_weight_behind_the_critic_it_has_no_gradient(monkeypatch):
    monkeypatch.setattr(module, "_share_after", lambda progress, settings: torch.zeros_like(progress))
    method, meta = made()
    found, _ = gradient_of(method, PICTURES.tasks(), meta=meta)
    assert all(not leaf.any() for leaf in found["critic"].values())


def test_check_8_every_entry_of_a_critic_layer_by_central_differences():
    method, meta = made(critic_norm="none", outer_loss="after")
    tasks = PICTURES.tasks(count=1)
    found = gradient_of(method, tasks, meta=meta)[0]["critic"]["linear.1.weight"]

    def outer_loss(k, shift):
        moved = meta.learned["critic"]["linear.1.weight"].clone()
        moved.view(-1)[k] += shift
        learned = {**meta.learned, "critic": {**meta.learned["critic"], "linear.1.weight": moved}}
        return gradient_of(method, tasks, meta=meta._replace(learned=learned))[1]["outer_loss"].sum()

    largest = found.abs().max().item()
    for k in range(0, found.numel(), 51):
        slope = (outer_loss(k, 1e-5) - outer_loss(k, -1e-5)).item() / 2e-5
        assert found.view(-1)[k].item() == pytest.approx(slope, rel=1e-4, abs=1e-4 * largest)


def test_the_gradient_of_all_groups_by_central_differences_along_one_direction():
    """The dilated critic with all that it may see, the step sizes, the relation network and the rows of a layer norm."""
    world = WORLDS["mlp-layer"]
    method, meta = made(world, steps=1, norm_per_step=True, task_embedding=True, parameters=True, reduce="sum")
    tasks = world.tasks(count=2)
    found, _ = gradient_of(method, tasks, meta=meta)
    assert found.keys() == {"init", "critic", "norm", "relation", "rate"}
    generator = at_step(0, "directions")
    for group, named in found.items():
        ways = {name: torch.randn(leaf.shape, generator=generator, dtype=D) for name, leaf in named.items()}

        def outer_loss(shift, group=group, ways=ways):
            moved = {name: leaf + shift * ways[name] for name, leaf in meta.learned[group].items()}
            there = meta._replace(learned={**meta.learned, group: moved})
            return gradient_of(method, tasks, meta=there)[1]["outer_loss"].mean().item()

        slope = sum((leaf * ways[name]).sum() for name, leaf in named.items()).item()
        assert slope == pytest.approx((outer_loss(1e-6) - outer_loss(-1e-6)) / 2e-6, rel=1e-6), group


# 5. shapes


def numbers(shapes):
    return sum(int(torch.Size(shape).numel()) for shape in shapes.values())


def test_check_5_the_dilated_critic_of_five_ways_has_15552_numbers():
    critic = dilated_critic(20, norm=True, activation="relu")
    assert critic.shapes["linear.0.weight"] == (16, 820)
    assert numbers(critic.shapes) == 15_552
    assert numbers(dilated_critic(180, norm=True, activation="relu").shapes) == 120_512
    weights = usual_start(critic.shapes, at_step(0, "critic"), D)
    views = views_of(torch.randn(75, 5, generator=at_step(0, "logits"), dtype=D), classes=True)
    assert views.shape == (75, 4, 5)
    seen = Seen(torch.zeros(75, 0, dtype=D), views, torch.zeros(0, dtype=D), torch.ones(75, dtype=D))
    assert critic.value(weights, seen).shape == (75,)


def test_the_dilated_critic_equals_a_module_of_torch():
    """Conv1d with growing dilation on all that came before, BatchNorm1d, ReLU."""
    critic = dilated_critic(6, norm=True, activation="relu")
    weights = usual_start(critic.shapes, at_step(0, "critic"), D)
    values = torch.randn(7, 2, 3, generator=at_step(0, "views"), dtype=D)
    dense = values.reshape(7, 1, 6)
    for i in range(5):
        conv = torch.nn.Conv1d(1 + 8 * i, 8, 3, padding=2**i, dilation=2**i).double()
        conv.load_state_dict({part: weights[f"conv.{i}.{part}"] for part in ("weight", "bias")})
        dense = torch.cat([dense, torch.nn.BatchNorm1d(8).double()(conv(dense)).relu()], 1)
    hidden = dense.flatten(1)
    for i in range(2):
        hidden = (hidden @ weights[f"linear.{i}.weight"].T).relu()
    seen = Seen(torch.zeros(7, 0, dtype=D), values, torch.zeros(0, dtype=D), torch.ones(7, dtype=D))
    torch.testing.assert_close(critic.value(weights, seen), (hidden @ weights["linear.2.weight"].T)[:, 0])


# 6. the outer loss


@pytest.mark.parametrize(("epoch", "share"), [(0, 0.5 + 0.5 / 150), (74, 0.75), (149, 1.0)])
def test_check_6_the_second_loss_weighs_more_with_every_epoch(epoch, share):
    found = module._share_after(t64(epoch / 150), dilated())
    assert found.item() == pytest.approx(share, abs=1e-12)


def test_the_outer_loss_is_the_weighted_sum_of_both_losses():
    method, meta = made()
    _, aux = gradient_of(method, PICTURES.tasks(), meta=meta, progress=t64(0.5))
    share = 0.5 + 0.5 * (0.5 + 1 / 150)
    expected = (1 - share) * aux["loss_before_critic"] + share * aux["query_loss"]
    torch.testing.assert_close(aux["outer_loss"], expected, rtol=1e-13, atol=0)


# 7. plumbing


def entropy(weights, seen):
    """The softmax entropy of the logits [examples], in the place of the critic."""
    logits = seen.views[:, 0]
    return -(logits.softmax(-1) * logits.log_softmax(-1)).sum(-1)


def test_check_7_with_entropy_for_a_critic_one_small_step_lowers_it(monkeypatch):
    monkeypatch.setattr(module, "_critic", lambda *arguments: Critic({}, entropy))
    method, _ = made(critic_rate=0.01, learn_rates=False)
    meta = method.init(at_step(0, "init"))
    tasks, lower = PICTURES.tasks(count=40), 0
    for i in range(40):
        one = one_task(tasks, i)
        before, later = (entropy({}, one_seen(after(method, meta, one, steps)[1])).mean() for steps in (2, 3))
        lower += int(later < before)
    assert lower >= 39


def one_seen(outputs):
    return Seen(outputs[:, :0], views_of(outputs, classes=True), outputs.new_zeros(0), torch.ones(len(outputs)))


# 9. no critic


def test_check_9_without_critic_steps_it_is_maml():
    world = WORLDS["mlp-tanh"]
    tasks = world.tasks()
    found, _ = gradient_of(Case("sca", dilated(critic_steps=0)).method(world.net(), world.loss), tasks)
    assert_close({"init": found["init"]}, gradient_of(Case("maml").method(world.net(), world.loss), tasks)[0], 1e-12)


# the task's embedding, other ways, use


def test_the_embedding_of_a_task_does_not_depend_on_the_order_of_its_support_set():
    """Rows are marked by their place in the order of classes; within a class the given order counts, as released."""
    weights = usual_start(relation_shapes(4, 1), at_step(0, "relation"), D)
    features = torch.randn(6, 4, generator=at_step(0, "features"), dtype=D)
    support = Batch(features, torch.tensor([0, 0, 1, 1, 2, 2]), torch.ones(6, dtype=D))
    order = torch.tensor([4, 0, 2, 5, 1, 3])  # within each class as before
    turned = Batch(*(leaf[order] for leaf in support))
    found = task_embedding(weights, features, support, 3, "relu")
    assert found.shape == (3, 32)
    torch.testing.assert_close(task_embedding(weights, features[order], turned, 3, "relu"), found)


def test_padded_support_rows_are_not_in_the_embedding():
    weights = usual_start(relation_shapes(4, 1), at_step(0, "relation"), D)
    features = torch.randn(6, 4, generator=at_step(0, "features"), dtype=D)
    support = Batch(features, torch.tensor([0, 1, 2, 0, 0, 0]), t64(1, 1, 1, 0, 0, 0))
    seen = Batch(*(leaf[:3] for leaf in support))
    torch.testing.assert_close(
        task_embedding(weights, features, support, 3, "relu"), task_embedding(weights, features[:3], seen, 3, "relu")
    )


def test_the_small_critic_takes_any_number_of_ways_and_the_dilated_one_refuses():
    world = WORLDS["mlp-pictures-shared"]
    narrower = one_task(world.tasks(), 0)
    keep = narrower.support.y < 2, narrower.query.y < 2
    two = Task(*(Batch(*(leaf[kept] for leaf in part)) for part, kept in zip(narrower[:2], keep, strict=True)))
    for critic in ("small", "dilated"):
        case = Case("sca", dilated(critic=critic))
        meta = case.meta(case.method(world.net(), world.loss))
        method = case.method(build(world.settings, world.spec, ways=2, dtype=D), world.loss)
        if critic == "small":
            assert after(method, meta, two, 3)[1].shape == (4, 2)
        else:
            with pytest.raises(BadExperiment, match=r"another number of ways; .* method.critic = 'small'"):
                after(method, meta, two, 3)


@pytest.mark.parametrize("head", ["fixed", "shared"])
def test_a_file_with_the_small_critic_takes_fewer_classes(head, tmp_path):
    loaded, _, _ = written("sca", "pictures", tmp_path, method={"critic": "small"}, network={"head": head})
    task = one_task(pictures(ways=2), 0)
    found = loaded.adapt(task.support.x.numpy(), task.support.y.numpy()).predict(task.query.x.numpy())
    assert found.shape == (4, 2)
    assert abs(found.sum(1) - 1).max() < 1e-5


def test_panels_tell_what_the_critic_brought():
    method, meta = made()
    brought, values, rates = method.panels(meta, PICTURES.tasks(), {})
    _, aux = gradient_of(method, PICTURES.tasks(), meta=meta)
    torch.testing.assert_close(brought.values, aux["loss_before_critic"] - aux["query_loss"])
    assert (brought.rows, values.values.shape, len(rates.rows)) == (values.rows, (4,), len(rates.values))
