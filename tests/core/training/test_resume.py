"""Stop and go on, whenever it was stopped: the same weights, bit for bit, as a run that was never stopped."""

import numpy as np
import pytest

from core.training import Control
from core.training.events import Checkpointed, Evaluated, Failed, Finished, PhaseChanged, Started, Stepped, Validated

from .helpers import METHODS, assert_same_bits, checkpoint_of, run, state, tiny

EVERY_METHOD = pytest.mark.parametrize("pairs", METHODS.values(), ids=METHODS)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Uninterrupted runs by their settings, each trained once."""
    known = {}

    def find(*pairs):
        if pairs not in known:
            known[pairs] = run(tiny(*pairs), tmp_path_factory.mktemp("whole"))
        return known[pairs]

    return find


def stopped_at(experiment, folder, moment):
    """Run until `moment(event)` is true, then stop as a click does: from the sink, on the training thread."""
    control = Control()
    heard = run(experiment, folder, control=control, on=lambda event: control.stop() if moment(event) else None)
    assert heard.last.status == "stopped", heard.last
    return heard


def gone_on(experiment, folder, stopped):
    engine = stopped.all(Started)[-1].engine if stopped.all(Started) else None
    resume = checkpoint_of(stopped) if stopped.all(Checkpointed) else None  # nothing is kept before the first step
    return run(experiment, folder, resume=resume, engine=engine if resume else None)


def after_step(number):
    """True once that step has been told; steps are told in batches, so it may be a few steps later."""
    return lambda event: isinstance(event, Stepped) and event.steps[-1] >= number


@EVERY_METHOD
def test_stopped_and_gone_on_is_never_stopped(tmp_path, whole, pairs):
    """Stopped by a validation, between two checkpoints, with the optimizer's moments under way."""
    stopped = stopped_at(tiny(*pairs), tmp_path, lambda event: isinstance(event, Validated) and event.step == 6)
    assert 6 <= stopped.last.step < 24
    rest = gone_on(tiny(*pairs), tmp_path, stopped)
    expected = whole(*pairs)
    assert rest.one(Started).first_step == stopped.last.step
    assert_same_bits(state(rest), state(expected))
    assert {**stopped.losses(), **rest.losses()} == expected.losses()
    assert np.array_equal(rest.one(Evaluated).curves.loss, expected.one(Evaluated).curves.loss)
    assert rest.one(Evaluated).digest == expected.one(Evaluated).digest


MOMENTS = {
    "while the tasks are loaded": lambda event: event == PhaseChanged("loading the tasks"),
    "while a random start is measured": lambda event: event == PhaseChanged("measuring a random start"),
    "before the first step": lambda event: isinstance(event, Started),
    "in the first validation": lambda event: isinstance(event, PhaseChanged) and event.phase == "training",
    "after a checkpoint": lambda event: isinstance(event, Checkpointed) and event.step == 16,
    "after the last validation": lambda event: isinstance(event, Validated) and event.step == 24,
    "after the last step": lambda event: isinstance(event, Checkpointed) and event.step == 24,
    "in the evaluation": lambda event: event == PhaseChanged("evaluating on the test tasks"),
}


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
def test_whenever_it_is_stopped_going_on_ends_the_same(tmp_path, whole, moment):
    """Weights, best so far, and every validation: none is lost and none comes twice with other numbers."""
    stopped = stopped_at(tiny(), tmp_path, moment)
    rest, expected = gone_on(tiny(), tmp_path, stopped), whole()
    assert rest.one(Finished).status == "finished"
    assert_same_bits(state(rest if rest.all(Checkpointed) else stopped), state(expected))
    joined = {event.step: event.curves.loss.tolist() for event in [*stopped.all(Validated), *rest.all(Validated)]}
    assert joined == {event.step: event.curves.loss.tolist() for event in expected.all(Validated)}
    assert rest.one(Evaluated).step == expected.one(Evaluated).step


@pytest.mark.parametrize("check", range(1, 9))
def test_a_stop_inside_a_validation_loses_no_validation(tmp_path, whole, check):
    """The stop comes at one of the looks that a validation takes between its inner steps; the validation is thrown away
    and has to come again, for it may be the best one."""
    looks = []

    class Late(Control):
        def check(self):
            if self.counting:
                looks.append(1)
                if len(looks) == check:
                    self.stop()
            super().check()

    control = Late()
    control.counting = False

    def on(event):
        if isinstance(event, Stepped) and event.steps[-1] == 6:
            control.counting = True  # the validation of step 6 comes next: steps are told before it

    stopped = run(tiny(), tmp_path, control=control, on=on)
    rest, expected = gone_on(tiny(), tmp_path, stopped), whole()
    assert_same_bits(state(rest), state(expected))
    joined = {event.step for event in [*stopped.all(Validated), *rest.all(Validated)]}
    assert joined == {0, 6, 12, 18, 24}


def test_stopped_many_times_is_never_stopped(tmp_path, whole):
    experiment = tiny("engine.chunk=1")
    heard = stopped_at(experiment, tmp_path, lambda event: isinstance(event, Validated) and event.step == 6)
    for at in (12, 18):
        control = Control()
        heard = run(
            experiment, tmp_path, control=control, resume=checkpoint_of(heard), engine=heard.one(Started).engine,
            on=lambda event, at=at, control=control: control.stop() if isinstance(event, Validated) and event.step == at else None,
        )  # fmt: skip
        assert heard.one(Finished).status == "stopped"
    assert_same_bits(state(gone_on(experiment, tmp_path, heard)), state(whole("engine.chunk=1")))


def test_the_stored_plan_is_replayed(tmp_path):
    """Chunks decide the last bits, so a resumed run takes those it began with, whatever the settings say by now."""
    stopped = stopped_at(
        tiny("engine.chunk=3"), tmp_path, lambda event: isinstance(event, Validated) and event.step == 6
    )
    rest = gone_on(tiny("engine.chunk=1"), tmp_path, stopped)
    before, after = ({**heard.one(Started).engine, "estimate_bytes": None} for heard in (stopped, rest))
    assert after == before
    assert rest.one(Started).engine["chunk"] == 3


def test_seconds_go_on_where_they_stood(tmp_path):
    stopped = stopped_at(tiny(), tmp_path, lambda event: isinstance(event, Checkpointed) and event.step == 8)
    rest = gone_on(tiny(), tmp_path, stopped)
    before = stopped.all(Stepped)[-1].seconds[-1]
    assert rest.all(Stepped)[0].seconds[0] > before
    assert rest.one(Finished).seconds > stopped.one(Finished).seconds


# patience and time


def test_patience_ends_a_run_that_gets_no_better(tmp_path):
    """A rate so small that float32 weights cannot move: every validation after the first is no better."""
    experiment = tiny("outer.learning_rate=1e-12", "evaluation.patience=2")
    heard = run(experiment, tmp_path)
    end = heard.one(Finished)
    assert (end.status, end.step) == ("finished", 12)
    assert end.reason == "no better validation in 2 validations"
    assert [event.step for event in heard.all(Validated)] == [0, 6, 12]
    assert heard.one(Evaluated).step == 0
    assert heard.all(Checkpointed)[-1].step == 12


def test_patience_counts_on_over_a_stop(tmp_path):
    experiment = tiny("outer.learning_rate=1e-12", "evaluation.patience=2")
    stopped = stopped_at(experiment, tmp_path, lambda event: isinstance(event, Validated) and event.step == 6)
    assert gone_on(experiment, tmp_path, stopped).one(Finished).step == 12


def test_a_run_that_lost_patience_and_was_stopped_in_its_evaluation_only_evaluates(tmp_path):
    experiment = tiny("outer.learning_rate=1e-12", "evaluation.patience=1")
    stopped = stopped_at(experiment, tmp_path, lambda event: event == PhaseChanged("evaluating on the test tasks"))
    rest = gone_on(experiment, tmp_path, stopped)
    assert rest.one(Finished).step == stopped.last.step == 6
    assert not rest.all(Stepped)
    assert rest.one(Evaluated).step == 0


def test_minutes_end_a_run_with_steps_left(tmp_path):
    heard = run(tiny("outer.steps=100000", "outer.minutes=0.002", "evaluation.validate_every=100000"), tmp_path)
    end = heard.one(Finished)
    assert end.status == "finished"
    assert 0 < end.step < 100000
    assert end.reason == "time limit of 0.002 minutes"
    assert 0.12 < end.seconds < 1.5
    assert heard.all(Checkpointed)[-1].step == end.step


def test_no_limit_no_failure(tmp_path):
    assert not run(tiny(), tmp_path).all(Failed)
