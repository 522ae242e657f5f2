"""The rule of thumb: the same experiment on the same machine always has the same plan, and a stored one is replayed."""

from types import SimpleNamespace

import pytest
import torch

from core.engine import plan as module
from core.engine.plan import Plan, choose, choose_device
from core.errors import BadExperiment

CPU = torch.device("cpu")


def engine(**changes):
    defaults = {"tier": "auto", "plan": "auto", "walk": "auto", "chunk": None, "threads": None, "precision": "float32",
                "workers": None, "layout": "auto"}  # fmt: skip
    return SimpleNamespace(**{**defaults, **changes})


def chosen(kind="mlp", meta_batch=25, steps=1, task_flops=1e6, evaluation_flops=1e6, task_bytes=1e5, **changes):
    return choose(
        engine(**changes), kind=kind, meta_batch=meta_batch, steps=steps, task_flops=task_flops,
        evaluation_flops=evaluation_flops, task_bytes=task_bytes, device=CPU,
    )  # fmt: skip


@pytest.fixture(autouse=True)
def four_cores(monkeypatch):
    monkeypatch.setattr(module.os, "cpu_count", lambda: 4)


def test_small_networks_take_all_tasks_in_one_vectorised_pass_on_one_thread():
    found = chosen()
    assert (found.mode, found.chunk, found.threads, found.walk) == ("vectorised", 25, 1, "unrolled")


@pytest.mark.parametrize("kind", ["conv-pooled", "conv-strided"])
def test_convolutions_on_a_cpu_go_task_by_task_a_core_each(kind):
    """Grouped convolutions are slow there, batch norm in one piece is five times faster, and threads inside of an operation
    wait for each other: on a busy machine ten times as long as they work."""
    found = chosen(kind, 8, task_flops=5e9)
    assert (found.mode, found.threads, found.workers, found.evaluation_chunk) == ("per-task", 1, 4, 1)


@pytest.mark.parametrize(
    ("threads", "workers", "expected"),
    [(None, None, (1, 4)), (2, None, (2, 2)), (None, 2, (2, 2)), (8, None, (8, 1)), (3, 5, (3, 5)), (None, 9, (1, 8))],
)
def test_cores_are_shared_between_tasks_at_a_time_and_threads_of_an_operation(threads, workers, expected):
    found = chosen("conv-pooled", 8, task_flops=5e9, threads=threads, workers=workers)
    assert (found.threads, found.workers) == expected


def test_a_chunk_is_no_longer_than_a_stop_may_wait_and_no_larger_than_memory():
    by_time = chosen("conv-strided", 32, task_flops=2.5e9, plan="vectorised")
    assert by_time.chunk == int(module.ANSWER_SECONDS * module.CPU_FLOPS * 4 / 2.5e9) == 4
    assert chosen("conv-strided", 32, task_flops=1e3, task_bytes=2**30).chunk == 2
    assert chosen("conv-strided", 32, task_flops=1e15, task_bytes=2**40, plan="vectorised").chunk == 1
    assert chosen(meta_batch=3).chunk == 3


def test_a_chunk_of_workers_is_whole_rounds_and_at_least_one():
    assert chosen("conv-pooled", 32, task_flops=1e9).chunk == 8  # 10 would answer in time
    assert chosen("conv-pooled", 32, task_flops=1e15).chunk == 4


def test_many_steps_of_convolutions_walk_back_without_a_graph():
    assert chosen("conv-strided", steps=4).walk == "unrolled"
    assert chosen("conv-strided", steps=5).walk == "adjoint"
    assert chosen("mlp", steps=5).walk == "unrolled"


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"plan": "per-task"}, "mode", "per-task"),
        ({"chunk": 7}, "chunk", 7),
        ({"chunk": 700}, "chunk", 25),
        ({"threads": 3}, "threads", 3),
        ({"precision": "float64"}, "precision", "float64"),
        ({"walk": "adjoint"}, "walk", "adjoint"),
        ({"plan": "per-task", "workers": 2}, "workers", 2),
        ({"layout": "channels-last"}, "layout", "channels-last"),
    ],
)
def test_what_is_asked_for_is_taken(changes, field, value):
    assert getattr(chosen(**changes), field) == value


def test_a_stored_plan_comes_back_and_an_older_one_takes_the_defaults():
    plan = chosen("conv-strided", steps=9, chunk=3)
    assert Plan.from_dict(plan.as_dict()) == plan
    older = {key: value for key, value in plan.as_dict().items() if key not in ("walk", "evaluation_chunk", "workers")}
    found = Plan.from_dict({**older, "unknown": 1})
    assert (found.walk, found.workers) == ("unrolled", 1)


def test_the_rule_of_thumb_is_a_cost_model_and_not_a_stopwatch():
    assert {chosen("conv-strided", 32, task_flops=3e8) for _ in range(5)} == {
        chosen("conv-strided", 32, task_flops=3e8)
    }


def test_a_device_that_is_not_there_is_one_sentence(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose_device("auto") == choose_device("cpu") == CPU
    with pytest.raises(BadExperiment, match="no CUDA device is here; choose cpu or auto"):
        choose_device("cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert choose_device("auto").type == choose_device("cuda").type == "cuda"
    assert choose_device("cpu") == CPU
