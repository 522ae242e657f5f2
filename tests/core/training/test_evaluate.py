"""Fixed tasks by inner step: the same numbers in both modes and in any chunks, and those of a rollout by hand."""

import numpy as np
import pytest
import torch

from core import losses
from core.draws import at_step
from core.inner import predict, rollout
from core.methods.registry import METHODS
from core.outer import one_task
from core.training.evaluate import curves, fixed_noise
from tests.core.methods.cases import KINDS, WORLDS, D, sensible


def nothing():
    return None


def measured(kind, name, *, vectorised=True, chunk=4, steps=3, dtype=D):
    world = WORLDS[name]
    method = KINDS[kind].method(world.net(dtype=dtype), world.loss)
    meta = KINDS[kind].meta(method)
    return curves(
        method, world.loss, meta, world.tasks(dtype), steps, chunk=chunk, vectorised=vectorised, check=nothing
    )


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (kind, name)
        for kind in METHODS
        for name in ("mlp-tanh", "strided-support-fixed", "mlp-pictures-shared")
        if sensible(kind, WORLDS[name])
    ],
)
def test_modes_and_chunks_give_the_same_curves(kind, name):
    expected = measured(kind, name)
    for vectorised, chunk in ((True, 3), (True, 1), (False, 1), (False, 4)):
        found = measured(kind, name, vectorised=vectorised, chunk=chunk)
        np.testing.assert_allclose(found.loss, expected.loss, rtol=1e-9)
        if expected.accuracy is not None:
            np.testing.assert_array_equal(found.accuracy, expected.accuracy)


@pytest.mark.parametrize("kind", METHODS)
def test_a_curve_is_the_query_loss_after_each_step(kind):
    world, steps = WORLDS["mlp-pictures"], 3
    method = KINDS[kind].method(world.net(), world.loss)
    meta, tasks = method.init(at_step(0, "init")), world.tasks()
    noise = fixed_noise(method, meta, tasks, steps)
    found = curves(method, world.loss, meta, tasks, steps, chunk=4, vectorised=True, check=nothing)
    assert found.loss.shape == found.accuracy.shape == (4, steps + 1)
    for i in range(4):
        task = one_task(tasks, i)
        each = [one_task(noise, i)] if method.samples == 1 else [one_task(noise, s) for s in range(method.samples)]
        for t in range(steps + 1):
            fasts = [rollout(method, meta, task.given, draws, t) for draws in each]
            outs = [predict(method, meta, fast, task.given, task.query.x) for fast in fasts]
            out = outs[0] if len(outs) == 1 else torch.stack(outs).softmax(-1).mean(0).log()
            assert found.loss[i, t] == pytest.approx(losses.cross_entropy(out, task.query).item(), rel=1e-9)
            assert found.accuracy[i, t] == pytest.approx(losses.accuracy(out, task.query).item())


@pytest.mark.parametrize("kind", [kind for kind in METHODS if sensible(kind, WORLDS["mlp-tanh"])])
def test_in_float32_nothing_is_promoted_on_the_way(kind):
    """An inner Adam counts its steps in float64; its weights stay what they are."""
    single, double = (measured(kind, "mlp-tanh", dtype=dtype) for dtype in (torch.float32, D))
    assert not np.array_equal(single.loss, double.loss)
    assert np.array_equal(single.loss.astype(np.float32), single.loss)


def test_a_stop_is_looked_for_between_inner_steps():
    world, looks = WORLDS["mlp-tanh"], []
    method = KINDS["maml"].method(world.net(), world.loss)
    meta = method.init(at_step(0, "init"))
    curves(method, world.loss, meta, world.tasks(), 3, chunk=2, vectorised=True, check=lambda: looks.append(1))
    assert len(looks) == 2 * 3


def test_no_steps_are_the_start_alone():
    assert measured("reptile", "mlp-tanh", steps=0).loss.shape == (4, 1)


def test_the_draws_of_fixed_tasks_are_always_the_same():
    world = WORLDS["mlp-tanh"]
    method = KINDS["reptile"].method(world.net(), world.loss)
    meta = method.init(at_step(0, "init"))
    one, two = (fixed_noise(method, meta, world.tasks(), 3)["order"]["index"] for _ in range(2))
    assert torch.equal(one, two)
