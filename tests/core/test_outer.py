"""The outer loop's mathematics: rollouts as data, chunks, reports."""

import pytest
import torch
from torch.func import grad

from core import losses
from core.draws import at_step
from core.engine.eager import meta_gradient
from core.engine.plan import Plan
from core.inner import descend, rollout
from core.methods.registry import make
from core.outer import chunks, one_task
from core.types import Partition, Recipe, Rollout
from tests.core.methods.cases import WORLDS, Case, assert_close, gradient_of, t64

WORLD = WORLDS["mlp-tanh"]


def maml(**changes):
    return Case("maml", **changes).method(WORLD.net(), WORLD.loss)


def test_a_step_is_weights_minus_rate_times_gradient_name_by_name():
    weights = {"a": t64(1.0, 2.0), "b": t64(3.0)}
    moved = descend(lambda w: (w["a"] ** 2).sum() + w["b"] ** 3, weights, {"a": t64(0.1, 0.2), "b": 0.01})
    assert moved["a"].tolist() == pytest.approx([0.8, 1.2])
    assert moved["b"].item() == pytest.approx(3 - 0.27)


def test_the_inner_clip_is_entry_by_entry():
    moved = descend(lambda w: (w["a"] ** 2).sum(), {"a": t64(1.0, -20.0)}, {"a": 0.5}, clip=3.0)
    assert moved["a"].tolist() == pytest.approx([0.0, -18.5])


def test_first_order_holds_the_gradient_constant_but_not_the_rate():
    def end(start, rate):
        return descend(lambda w: w["a"] ** 3, {"a": start}, {"a": rate}, first_order=True)["a"]

    assert grad(end, argnums=(0, 1))(t64(2.0), t64(0.1)) == (1.0, -12.0)


@pytest.mark.parametrize("walk", ["unrolled", "adjoint"])
@pytest.mark.parametrize("mode", ["vectorised", "per-task"])
@pytest.mark.parametrize("at", [(0,), (1,), (2,), (0, 1, 2), (0, 2)])
def test_a_rollout_sums_its_terms_at_the_steps_it_names(walk, mode, at):
    """A loss after several steps (MAML++): the gradient is the sum of those of MAML with so many steps."""
    method = maml(steps=2)
    rollout: Rollout = method.objective
    found, _ = gradient_of(method._replace(objective=rollout._replace(at=at)), WORLD.tasks(), mode, walk=walk)
    parts = [gradient_of(maml(steps=t), WORLD.tasks(), mode)[0]["init"] for t in at]
    assert_close(found, {"init": {name: sum(part[name] for part in parts) for name in parts[0]}}, 1e-12)


@pytest.mark.parametrize("mode", ["vectorised", "per-task"])
def test_progress_reaches_the_outer_loss(mode):
    method = maml(steps=1)
    walk: Rollout = method.objective

    def weighed(meta, fast, task, noise, t, progress):
        value, aux = walk.terms(meta, fast, task, noise, t, progress)
        return value * progress, aux

    half, _ = gradient_of(
        method._replace(objective=walk._replace(terms=weighed)), WORLD.tasks(), mode, progress=t64(0.5)
    )
    whole, _ = gradient_of(method, WORLD.tasks(), mode)
    assert_close(half, {"init": {name: leaf / 2 for name, leaf in whole["init"].items()}}, 1e-13)


def test_chunks_cover_the_tasks_in_order_and_once():
    tasks = WORLD.tasks(count=5)
    parts = list(chunks(tasks, {"draw": {"u": torch.arange(5)}}, 2))
    assert [len(part.support.x) for part, _ in parts] == [2, 2, 1]
    assert torch.equal(torch.cat([part.query.y for part, _ in parts]), tasks.query.y)
    assert [noise["draw"]["u"].tolist() for _, noise in parts] == [[0, 1], [2, 3], [4]]


@pytest.mark.parametrize("mode", ["vectorised", "per-task"])
@pytest.mark.parametrize("chunk", [1, 3, 4])
def test_reports_come_in_the_order_of_the_tasks(mode, chunk):
    method, tasks = maml(), WORLD.tasks()
    meta = method.init(at_step(0, "init"))
    _, aux = gradient_of(method, tasks, mode, chunk=chunk, meta=meta)
    for i in range(4):
        task = one_task(tasks, i)
        fast = rollout(method, meta, task.given, {}, 2)
        loss = losses.squared_error(method.net.apply(method.weights(meta, fast), task.query.x), task.query)
        assert aux["query_loss"][i].item() == pytest.approx(loss.item(), rel=1e-12)


@pytest.mark.parametrize(("mode", "chunk", "looks"), [("vectorised", 4, 1), ("vectorised", 1, 4), ("per-task", 3, 2)])
def test_a_stop_is_looked_for_before_every_chunk(mode, chunk, looks):
    seen = []
    method = maml()
    compute = meta_gradient(method, Plan(mode, chunk, 1, "eager", "cpu", "float64"), lambda: seen.append(1))
    compute(method.init(at_step(0, "init")), WORLD.tasks(), {}, t64(0.0))
    assert len(seen) == looks


def test_abandoning_a_step_leaves_the_meta_parameters_alone():
    class StopError(Exception):
        pass

    calls = []

    def check():
        calls.append(1)
        if len(calls) == 3:
            raise StopError

    method = maml()
    meta = method.init(at_step(0, "init"))
    before = {name: leaf.clone() for name, leaf in meta.learned["init"].items()}
    with pytest.raises(StopError):
        meta_gradient(method, Plan("vectorised", 1, 1, "eager", "cpu", "float64"), check)(
            meta, WORLD.tasks(), {}, t64(0.0)
        )
    assert all(torch.equal(leaf, before[name]) for name, leaf in meta.learned["init"].items())


def test_accuracy_is_reported_for_classes_alone():
    pictures = WORLDS["mlp-pictures"]
    _, aux = gradient_of(Case("maml").method(pictures.net(), pictures.loss), pictures.tasks())
    assert set(aux) == {"query_loss", "accuracy", "outer_loss"}
    assert ((aux["accuracy"] >= 0) & (aux["accuracy"] <= 1)).all()
    assert set(gradient_of(maml(), WORLD.tasks())[1]) == {"query_loss", "outer_loss"}


def test_a_graph_is_built_only_inside_the_gradient():
    method = maml()
    meta = method.init(at_step(0, "init"))
    found, aux = gradient_of(method, WORLD.tasks(), meta=meta)
    assert not any(leaf.requires_grad for leaf in [*found["init"].values(), *aux.values()])
    make("maml", WORLD.net(), WORLD.loss, Recipe(1, 0.1), Partition(tuple(WORLD.net().shapes), ()), None)
    assert not any(leaf.requires_grad for leaf in meta.learned["init"].values())
