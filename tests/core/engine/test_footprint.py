"""The estimate of an outer step's memory: exact where it can be counted by hand, near what a process then takes."""

import json
import subprocess
import sys
from functools import partial
from itertools import accumulate

import numpy as np
import pytest
import torch
from torch.profiler import ProfilerActivity, profile

from core.config import parse
from core.draws import at_step
from core.engine.footprint import most_alive, pass_bytes
from core.engine.passes import one_pass
from core.engine.plan import Plan
from core.func import grad, last_grad
from core.tasks import views
from core.training.assembly import assemble
from core.training.evaluate import fixed_noise
from core.training.viewing import with_predictions
from core.types import TaskSpec
from tests.core.methods.cases import WORLDS, Case

MIB = 2**20


def test_what_is_alive_together_is_added_up_and_what_is_gone_is_not():
    def work():
        a = torch.zeros(MIB, dtype=torch.uint8)
        b = a + 1
        del a
        c = b + 1
        return b.sum() + c.sum()

    assert MIB * 2 <= most_alive(work) < MIB * 2 + 1000


def test_views_and_results_in_place_bring_nothing():
    def work():
        a = torch.zeros(MIB, dtype=torch.uint8)
        return a.view(2, -1)[0].add_(1), a.mul_(2)

    assert most_alive(work) == MIB


def test_what_a_graph_holds_on_to_counts():
    """cos keeps its input for the way back, so every further one adds the same."""
    x = torch.zeros(MIB // 4)

    def cosines(v, times):
        for _ in range(times):
            v = v.cos()
        return v.sum()

    two, three, four = (most_alive(lambda times=times: grad(cosines)(x, times)) for times in (2, 3, 4))
    assert four - three == three - two >= MIB


def test_what_a_convolution_copies_for_itself_counts_while_it_runs():
    """Measured with glibc's own numbers: the output forward, input and gradient backward, nothing with channels last."""
    x, w = torch.zeros(8, 16, 64, 64), torch.zeros(16, 16, 3, 3)
    last = x.contiguous(memory_format=torch.channels_last)
    assert most_alive(lambda: torch.conv2d(x, w, padding=1)) == 2 * x.nbytes
    assert most_alive(lambda: torch.conv2d(last, w, padding=1)) == x.nbytes


def test_in_float64_a_convolution_writes_its_windows_out():
    """Nine columns a pixel beside the output, and beside the gradients on the way back: torch's own record says the same."""
    x, w = torch.zeros(2, 8, 16, 16, dtype=torch.float64), torch.zeros(8, 8, 3, 3, dtype=torch.float64)
    columns, y = 9 * x.nbytes, torch.conv2d(x, w, padding=1)

    def backward():
        return torch.ops.aten.convolution_backward(y, x, w, None, *([1, 1],) * 3, False, [0, 0], 1, [True, True, False])

    assert most_alive(lambda: torch.conv2d(x, w, padding=1)) == y.nbytes + columns
    assert most_alive(backward) == x.nbytes + w.nbytes + columns


def test_a_gradient_that_nobody_differentiates_lets_go_on_its_way_back():
    """grad keeps all it has saved until it is done, and its gradients in a graph."""
    x = torch.zeros(MIB // 4)

    def cosines(v, times):
        for _ in range(times):
            v = v.cos()
        return v.sum(), {}

    def most(make, times):
        return most_alive(lambda: make(lambda v: cosines(v, times))(x))

    assert most(last_grad, 8) <= most(partial(grad, has_aux=True), 8) - 6 * MIB


@pytest.mark.parametrize(
    "kind", ["maml", "mt-net", "mmaml", "hsml", "mixture", "platipus", "imaml", "cavia", "meta-sgd"]
)
@pytest.mark.parametrize("walk", ["unrolled", "adjoint"])
def test_every_method_is_counted_as_torch_hands_it_out(kind, walk, tmp_path):
    """Held against torch's own record of its allocations, which also sees what operations take inside."""
    values = {
        "tasks": {"kind": "sinusoid"}, "method": {"kind": kind}, "outer": {"meta_batch": 7}, "inner": {"steps": 2},
        "engine": {"tier": "eager", "walk": walk, "chunk": 7, "device": "cpu"},
    }  # fmt: skip
    parts = assemble(parse(values), tmp_path)
    meta = parts.method.init(at_step(0, "init"))
    tasks = parts.splits.train.sample(at_step(0, "tasks"), 7)
    noise = parts.method.noise(at_step(0, "noise"), meta, tasks.given, 2)
    arguments = (meta, tasks._replace(about={}), noise, torch.zeros(()))
    with torch.no_grad(), profile(activities=[ProfilerActivity.CPU], profile_memory=True) as seen:
        found = one_pass(parts.method, parts.plan)(*arguments)
    memory = [event for event in seen.profiler.kineto_results.events() if event.name() == "[memory]"]
    handed_out = list(accumulate(event.nbytes() for event in sorted(memory, key=lambda event: event.start_ns())))
    assert found
    assert pass_bytes(parts.method, parts.plan, *arguments) == pytest.approx(max(handed_out), rel=0.05)


@pytest.mark.parametrize("kind", ["platipus", "leo"])
def test_what_a_method_shows_of_pictures_needs_no_more_than_a_training_pass(kind):
    """Its tasks and samples one after the other: all at once they took 400 MiB beside a pass of 38."""
    world = WORLDS["strided-layer-fixed"]
    method, tasks = Case(kind).method(world.net(), world.loss), world.tasks()
    meta, plan = method.init(at_step(0, "init")), Plan("per-task", 1, 1, "eager", "cpu", "float64")
    shown, drawn = fixed_noise(method, meta, tasks, 2), method.noise(at_step(0, "noise"), meta, tasks.given, 2)
    training = pass_bytes(method, plan, meta, tasks, drawn, torch.zeros((), dtype=torch.float64))
    with torch.no_grad():
        assert most_alive(lambda: method.panels(meta, tasks, shown)) <= training


@pytest.mark.parametrize("vectorised", [True, False])
def test_views_are_the_same_in_chunks_and_need_less(vectorised):
    """Of several samples a task too, which every task shares."""
    world = WORLDS["mlp-tanh"]
    method, tasks = Case("platipus").method(world.net(), world.loss), world.tasks()
    meta, spec = method.init(at_step(0, "init")), TaskSpec("regression", (1,), 1, 5, 5, "")
    whole = views(spec, tasks)

    def seen(chunk):
        return with_predictions(
            whole, method, meta, tasks, spec, 2, chunk=chunk, vectorised=vectorised, check=lambda: None
        )

    np.testing.assert_allclose(seen(1).grid_y, seen(100).grid_y, rtol=1e-9)
    assert len(seen(1).grid_y) == len(tasks.support.x) > 1
    assert most_alive(lambda: seen(1)) < most_alive(lambda: seen(100))


@pytest.mark.slow
@pytest.mark.parametrize("row", ["sine-5", "strided", "pooled, unrolled, 3 steps", "mt-net", "many test tasks"])
def test_a_run_takes_what_was_said_before_it_to_a_quarter(row):
    """A few rows of `python -m tests.benchmarks.memory`, each in a process of its own."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.benchmarks.memory", "--alone", row]
    found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1])
    assert found["estimate"] == pytest.approx(found["peak"], rel=0.25)
