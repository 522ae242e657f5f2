"""The queue and the worker thread, with made-up runs."""

import numpy as np
import pytest

from core.errors import BadExperiment
from core.storage.records import Status
from tests.app.conftest import ended


def test_a_started_run_ends_finished_with_all_its_numbers(qtbot, space, short):
    [run] = space.runner.start(short())
    qtbot.waitUntil(ended(space, run))
    assert space.catalog.run(run).status == Status.FINISHED
    assert list(space.runner.live.read()["steps"]) == list(range(1, 31))
    assert len(space.runner.live.validations) == 3


def test_seeds_become_one_group_that_trains_one_after_the_other(qtbot, space, short, fake_run):
    ids = space.runner.start(short(seed=7), seeds=3)
    assert space.runner.current == ids[0]
    assert space.runner.waiting == tuple(ids[1:])
    qtbot.waitUntil(ended(space, ids[2]))
    runs = [space.catalog.run(run) for run in ids]
    assert [run.experiment.seed for run in runs] == [7, 8, 9]
    assert len({run.group for run in runs}) == 1
    assert fake_run.executed == ids


def test_an_experiment_that_cannot_start_is_refused(space, short):
    with pytest.raises(BadExperiment, match=r"inner\.steps"):
        space.runner.start(short(inner={"steps": 0}))


def test_pause_holds_the_run_and_go_on_lets_it_go(qtbot, space, short, fake_run):
    fake_run.gate.clear()
    [run] = space.runner.start(short())
    qtbot.waitUntil(lambda: space.runner.live.started is not None)
    space.runner.pause()
    assert space.catalog.run(run).status == Status.PAUSED
    fake_run.gate.set()
    space.runner.go_on()
    qtbot.waitUntil(ended(space, run))
    assert space.catalog.run(run).status == Status.FINISHED


def test_stop_keeps_what_was_learned(qtbot, space, short, fake_run):
    fake_run.gate.clear()
    [run] = space.runner.start(short(steps=1000))
    qtbot.waitUntil(lambda: space.runner.live.started is not None)
    space.runner.stop()
    qtbot.waitUntil(ended(space, run))
    assert space.catalog.run(run).status == Status.STOPPED


def test_a_paused_run_can_be_stopped(qtbot, space, short, fake_run):
    fake_run.gate.clear()
    [run] = space.runner.start(short(steps=1000))
    qtbot.waitUntil(lambda: space.runner.live.started is not None)
    space.runner.pause()
    space.runner.stop()
    qtbot.waitUntil(ended(space, run))
    assert space.catalog.run(run).status == Status.STOPPED


def test_discard_moves_the_run_to_the_trash(qtbot, space, short, fake_run):
    fake_run.gate.clear()
    [run] = space.runner.start(short(steps=1000))
    qtbot.waitUntil(lambda: space.runner.live.started is not None)
    space.runner.discard()
    qtbot.waitUntil(ended(space, run))
    assert [one.id for one in space.catalog.runs(trashed=True)] == [run]


def test_a_discard_can_be_taken_back_before_and_after_the_end(qtbot, space, short, fake_run):
    fake_run.gate.clear()
    [run] = space.runner.start(short(steps=1000))
    qtbot.waitUntil(lambda: space.runner.live.started is not None)
    space.runner.discard()
    space.runner.keep(run)
    qtbot.waitUntil(ended(space, run))
    assert space.catalog.run(run).trashed is None
    space.catalog.trash([run])
    space.runner.keep(run)
    assert space.catalog.run(run).trashed is None


def test_a_resumed_run_shows_what_lies_behind_it(qtbot, space, short, fake_run):
    [run] = space.runner.start(short(steps=1000))
    qtbot.waitUntil(lambda: len(space.runner.live.numbers) >= 20)
    space.runner.stop()
    qtbot.waitUntil(ended(space, run))
    done = space.catalog.run(run).step
    fake_run.gate.clear()
    space.runner.resume(run)
    qtbot.waitUntil(lambda: space.runner.live.started is not None)
    assert space.runner.live.started.first_step == done
    assert list(space.runner.live.read()["steps"]) == list(range(1, done + 1))
    assert [seen.step for seen in space.runner.live.validations] == list(range(10, done + 1, 10))


def test_a_bug_in_a_run_ends_it_as_failed_and_the_queue_goes_on(qtbot, space, short, fake_run):
    fake_run.break_with = ZeroDivisionError("oh")
    [first] = space.runner.start(short("first"))
    qtbot.waitUntil(ended(space, first))
    assert space.catalog.run(first).status == Status.FAILED
    assert not space.runner.live.ended.known
    assert "ZeroDivisionError" in space.runner.live.ended.traceback
    fake_run.break_with = None
    [second] = space.runner.start(short("second"))
    qtbot.waitUntil(ended(space, second))
    assert space.catalog.run(second).status == Status.FINISHED


def test_a_run_that_is_gone_when_its_turn_comes_is_said_and_passed_over(qtbot, space, short, fake_run):
    fake_run.gate.clear()
    first, second, third = (space.runner.start(short(name))[0] for name in "abc")
    space.catalog.trash([second])
    space.catalog.purge([second])
    fake_run.gate.set()
    qtbot.waitUntil(ended(space, third))
    assert fake_run.executed == [first, third]
    assert any(message.kind == "error" for message in space.messages)


def test_closing_stops_and_keeps_and_leaves_the_queue_queued(qtbot, space, short, fake_run):
    fake_run.gate.clear()
    first, second = space.runner.start(short(steps=1000), seeds=2)
    qtbot.waitUntil(lambda: space.runner.live.started is not None)
    catalog = space.catalog
    assert space.runner.close()
    assert catalog.run(first).status == Status.STOPPED
    assert catalog.run(second).status == Status.QUEUED


def test_time_left_follows_from_the_pace():
    from app.services.live import LiveRun
    from core.config import Experiment
    from core.training.events import Started, Stepped

    live = LiveRun("x", "x", Experiment.model_validate({"outer": {"steps": 100}}))
    live.sink(Started(0, 100, "cpu", {}, {}))
    live.drain()
    assert live.seconds_left() is None
    done = np.arange(1, 51)
    live.sink(Stepped(done, done * 1.0, done * 1.0, done * 0.1))
    assert live.steps_per_second() == pytest.approx(10)
    assert live.seconds_left() == pytest.approx(5)
    assert live.share == 0.5


def test_growing_arrays_keep_their_earlier_views():
    from app.services.live import LiveNumbers
    from core.training.events import Stepped

    numbers = LiveNumbers(room=4)
    first = np.arange(1.0, 4.0)
    numbers.append(Stepped(first, first, first, first))
    seen = numbers.read()["loss"]
    for _ in range(100):
        numbers.append(Stepped(first, first, first, first))
    assert list(seen) == [1, 2, 3]
    assert len(numbers) == 303
