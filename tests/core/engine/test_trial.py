"""The short trial: what is tried, when it ends, what it chooses, and that what it found stays."""

import json
from dataclasses import replace

import pytest
import torch

from core.config import parse
from core.engine import plans, trial
from core.engine.plan import Plan
from core.engine.trial import Row, best, other_walk, tried, ways, words
from core.training import Control, train
from core.training.assembly import assemble
from core.training.events import Failed, Started, Stepped
from core.training.planning import planned, with_plan
from tests.core.engine.test_plan import engine

THUMB = Plan("per-task", 4, 1, "eager", "cpu", "float32", 1, "unrolled", 2)
ONE_THREAD = Plan("vectorised", 25, 1, "eager", "cpu", "float32")


@pytest.fixture(autouse=True)
def two_cores(monkeypatch):
    monkeypatch.setattr(trial, "available_cores", lambda: 2)


def all_ways(thumb=THUMB, kind="conv-pooled", task_flops=5e9, meta_batch=8, **changes):
    return ways(thumb, engine(**changes), kind=kind, task_flops=task_flops, meta_batch=meta_batch)


class Clock:
    """Time that passes only in passes: milliseconds of a task by way, in the order in which it is called."""

    def __init__(self, monkeypatch, costs, seconds=100.0):
        self.now, self.costs, self.calls, self.seconds = 0.0, costs, [], seconds
        monkeypatch.setattr(trial.time, "perf_counter", lambda: self.now)

    def prepare(self, plan):
        def run():
            self.calls.append(plan)
            self.now += self.costs[plan] / 1000 * trial.in_flight(plan)
            return trial.in_flight(plan)

        return run

    def rows(self, ways):
        return tried(ways, self.prepare, lambda: self.seconds - self.now, [])


# what is tried


def test_small_networks_have_one_way():
    assert all_ways(ONE_THREAD, "mlp", 1e5, 25) == [ONE_THREAD]


def test_convolutions_are_tried_task_by_task_in_both_layouts_and_vectorised():
    assert [words(plan) for plan in all_ways()] == [
        "per task, 2 at a time, unrolled",
        "per task, 2 at a time, unrolled, channels-last",
        "vectorised, 4 tasks a pass, unrolled",
        "vectorised, 4 tasks a pass, unrolled, 2 threads an operation",
    ]


@pytest.mark.parametrize(
    ("changes", "field", "values"),
    [
        ({"plan": "per-task"}, "mode", {"per-task"}),
        ({"layout": "channels-first"}, "layout", {"channels-first"}),
        ({"threads": 1}, "threads", {1}),
        ({"workers": 1}, "workers", {1, 2}),  # the thumb is made with the same settings, here it is not
    ],
)
def test_what_is_asked_for_is_not_tried_otherwise(changes, field, values):
    assert {getattr(plan, field) for plan in all_ways(**changes)} == values


def test_the_other_walk_is_tried_where_there_are_steps_and_its_graph_is_small():
    adjoint = replace(THUMB, walk="adjoint")
    assert other_walk(THUMB, engine(), steps=5, task_bytes=1e6) == [adjoint]
    assert other_walk(adjoint, engine(), steps=5, task_bytes=1e6) == [THUMB]
    assert other_walk(adjoint, engine(), steps=5, task_bytes=1e9) == []
    assert other_walk(THUMB, engine(), steps=1, task_bytes=1e6) == []
    assert other_walk(THUMB, engine(walk="unrolled"), steps=5, task_bytes=1e6) == []


# when it ends


def test_a_hopeless_way_is_timed_once(monkeypatch):
    slow = replace(THUMB, mode="vectorised", workers=1)
    clock = Clock(monkeypatch, {THUMB: 10, slow: 50})
    clock.rows([THUMB, slow])
    assert clock.calls.count(slow) == 1


def test_no_way_is_begun_for_which_there_is_no_time(monkeypatch):
    other = replace(THUMB, layout="channels-last")
    clock = Clock(monkeypatch, {THUMB: 300, other: 100}, seconds=1.2)
    assert [row.plan for row in clock.rows([THUMB, other])] == [THUMB]
    assert clock.calls == [THUMB, THUMB]


def test_one_pass_that_takes_all_the_time_is_the_whole_trial(monkeypatch):
    clock = Clock(monkeypatch, {THUMB: 5000}, seconds=1.2)
    assert [row.milliseconds for row in clock.rows([THUMB])] == [pytest.approx(5000)]
    assert len(clock.calls) == 1


def test_a_way_that_cannot_be_done_is_passed_over():
    def prepare(plan):
        if plan != THUMB:
            raise RuntimeError("no batching rule")
        return lambda: 1

    assert [row.plan for row in tried([THUMB, ONE_THREAD], prepare, lambda: 9.0, [])] == [THUMB]


# what it chooses


def test_only_a_clearly_quicker_way_replaces_the_rule_of_thumb():
    other = replace(THUMB, layout="channels-last")
    assert best([Row(THUMB, 10.0), Row(other, 9.0)]) == THUMB
    assert best([Row(THUMB, 10.0), Row(other, 8.0)]) == other


# a run


def small(**changes):
    values = {
        "tasks": {"kind": "glyphs", "ways": 3, "shots": 1, "queries": 2},
        "network": {"kind": "conv-pooled", "filters": 4},
        "outer": {"steps": 2, "meta_batch": 4},
        "inner": {"steps": 2, "evaluation_steps": 1},
        "evaluation": {"tasks": 2, "validation_tasks": 2},
        "engine": {"tier": "eager", "device": "cpu"},
    }
    return parse({name: {**value, **changes.get(name, {})} for name, value in values.items()})


def run(experiment, folder, **options):
    """(engine as stored, first outer loss); what the process has grown to is part of the estimate, and is left out."""
    events = []
    train(experiment, events.append, Control(), folder, folder, **options)
    assert not [event for event in events if isinstance(event, Failed)], events[-1]
    started = next(event for event in events if isinstance(event, Started))
    engine = {name: value for name, value in started.engine.items() if name != "estimate_bytes"}
    return engine, float(next(event for event in events if isinstance(event, Stepped)).loss[0])


def test_a_run_tells_what_was_tried_and_the_next_one_takes_it_from_the_folder(tmp_path, monkeypatch):
    told, loss = run(small(), tmp_path)
    assert told["trial"][0]["way"].startswith(("per task", "vectorised"))
    assert all(row["milliseconds_per_task"] > 0 for row in told["trial"])
    (kept,) = plans.kept(tmp_path)
    assert kept["trial"] == told["trial"]
    monkeypatch.setattr("core.training.planning.tried", lambda *_: pytest.fail("tried again"))
    assert run(small(), tmp_path) == (told, loss)


def test_a_stored_plan_is_replayed_and_not_tried(tmp_path, monkeypatch):
    monkeypatch.setattr("core.training.planning.tried", lambda *_: pytest.fail("tried again"))
    stored = {
        **assemble(small(), tmp_path).plan.as_dict(),
        "workers": 1,
        "layout": "channels-last",
        "trial": [{"way": "x"}],
    }
    told, _ = run(small(), tmp_path, engine=stored)
    assert (told["workers"], told["layout"], told["trial"]) == (1, "channels-last", [{"way": "x"}])


def test_without_a_trial_the_rule_of_thumb_holds_and_nothing_is_kept(tmp_path):
    experiment = small(engine={"trial": False})
    told, _ = run(experiment, tmp_path)
    assert "trial" not in told
    assert Plan.from_dict(told) == assemble(experiment, tmp_path).plan
    assert plans.kept(tmp_path) == []


def test_a_stop_during_the_trial_ends_it_and_nothing_is_kept(tmp_path):
    parts = assemble(small(), tmp_path)
    assert planned(parts, tmp_path, lambda words: None, lambda: True).plan == parts.plan
    assert plans.kept(tmp_path) == []


@pytest.mark.parametrize("content", ["", "[]", '{"plan": {}}', '{"plan": {"mode": "x"}, "trial": []}'])
def test_a_damaged_plan_is_found_anew(content, tmp_path):
    path = plans.path_of(small(), torch.device("cpu"), tmp_path)
    path.parent.mkdir(parents=True)
    path.write_text(content)
    assert plans.read(path) is None
    assert plans.kept(tmp_path) == []
    told, _ = run(small(), tmp_path)
    assert json.loads(path.read_text())["trial"] == told["trial"]


def test_a_plan_is_found_by_shapes_method_and_machine_and_by_nothing_else(tmp_path):
    def key(**changes):
        return plans.path_of(small(**changes), torch.device("cpu"), tmp_path)

    assert key() == key(outer={"steps": 9}) == key(evaluation={"tasks": 9}) == key(engine={"tier": "auto"})
    others = [
        key(outer={"meta_batch": 5}), key(inner={"steps": 3}), key(network={"filters": 5}), key(tasks={"ways": 2}),
        key(engine={"precision": "float64"}), key(engine={"layout": "channels-first"}),
    ]  # fmt: skip
    assert len({key(), *others}) == 7


def test_every_way_of_a_run_gives_its_first_outer_step(tmp_path):
    """In float64, through the whole loop: rewriting the network for a plan changes nothing but the last bits."""
    experiment = small(engine={"precision": "float64", "trial": False})
    parts = assemble(experiment, tmp_path)
    tried_ways = ways(parts.plan, experiment.engine, kind="conv-pooled", task_flops=5e9, meta_batch=4)
    found = [run(experiment, tmp_path, engine=with_plan(parts, plan).plan.as_dict())[1] for plan in tried_ways]
    assert len(found) >= 4
    assert found == pytest.approx([found[0]] * len(found), rel=1e-9)
