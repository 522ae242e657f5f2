"""A loss that is no number: the run asks, goes back to its last good checkpoint, and on from there otherwise."""

from pathlib import Path

import numpy as np
import pytest

from core.training import Control
from core.training.events import Checkpointed, Diverged, Failed, Finished, Started, Warned
from core.training.remedies import CLIPPING, HALF_RATE, changes_of, in_words, outer_at, settings_for

from .helpers import assert_same_bits, checkpoint_of, run, state, tiny

EXPLODING = ("outer.optimizer=sgd", "outer.learning_rate=10", "outer.steps=40")
CALM = ("outer.optimizer=sgd", "outer.learning_rate=0.01")


def answering(remedy, most=40):
    """(control, what to call with every event): that answer to every question, `stop` after so many."""
    control, asked = Control(answers=True), []

    def hear(event):
        if isinstance(event, Diverged):
            asked.append(event)
            control.stop() if remedy == "stop" or len(asked) > most else control.answer(remedy)

    return control, hear, asked


def written(heard, step):
    """The checkpoint of that step."""
    return next(Path(event.path) for event in heard.all(Checkpointed) if event.step == step)


def broken_once(monkeypatch, *at):
    """The weights become no number in the first of those outer steps; when the run comes to it, in the next one."""
    from core.training import run as module

    whole, left = module._Run._outer_step, list(at)

    def step(self, number):
        whole(self, number)
        if left and number == left[0]:
            left.pop(0)
            next(iter(self.meta.learned["init"].values())).fill_(float("nan"))

    monkeypatch.setattr(module._Run, "_outer_step", step)


@pytest.mark.parametrize("remedy", [HALF_RATE, CLIPPING])
def test_it_asks_with_step_and_tensor_and_goes_on_from_the_last_good_checkpoint(tmp_path, monkeypatch, remedy):
    broken_once(monkeypatch, 13)
    control, hear, [*_] = answering(remedy)
    heard = run(tiny(*CALM), tmp_path, control=control, on=hear)
    asked = heard.one(Diverged)
    assert "no longer finite" in asked.sentence or "became nan at step" in asked.sentence
    assert "(first in init/" in asked.sentence
    assert asked.checkpoint == 8
    first, second = heard.all(Started)
    assert (first.first_step, second.first_step) == (0, 8)
    assert "changes" not in first.engine
    settings = {"learning_rate": 0.005} if remedy == HALF_RATE else {"clip_norm": 1.0}
    assert second.engine["changes"] == [[8, settings]]
    assert heard.last is heard.one(Finished)
    assert heard.last.step == 24
    assert np.isfinite([heard.losses()[step] for step in range(9, 25)]).all()
    assert any(in_words((8, settings)) in event.text for event in heard.all(Warned))


def test_what_follows_is_what_a_run_resumed_from_that_checkpoint_with_that_rate_computes(tmp_path, monkeypatch):
    whole = run(tiny(*CALM), tmp_path / "whole")
    at_8 = written(whole, 8)
    engine = {**whole.one(Started).engine, "changes": [[8, {"learning_rate": 0.005}]]}
    resumed = run(tiny(*CALM), tmp_path / "resumed", resume=at_8, engine=engine)
    broken_once(monkeypatch, 13)
    control, hear, _ = answering(HALF_RATE)
    asked = run(tiny(*CALM), tmp_path / "asked", control=control, on=hear)
    assert_same_bits(state(asked), state(resumed))
    assert asked.losses()[20] != whole.losses()[20]


def test_a_change_that_lies_ahead_of_the_checkpoint_is_made_when_its_step_comes(tmp_path):
    whole = run(tiny(*CALM), tmp_path / "whole")
    at_8, at_16 = (written(whole, step) for step in (8, 16))
    engine = {**whole.one(Started).engine, "changes": [[16, {"learning_rate": 0.005}]]}
    early = run(tiny(*CALM), tmp_path / "early", resume=at_8, engine=engine)
    late = run(tiny(*CALM), tmp_path / "late", resume=at_16, engine=engine)
    assert_same_bits(state(early), state(late))
    assert any(leaf.ne(state(whole)[name]).any() for name, leaf in state(early).items())


def test_to_end_it_keeps_the_last_good_checkpoint(tmp_path, monkeypatch):
    broken_once(monkeypatch, 13)
    control, hear, _ = answering("stop")
    heard = run(tiny(*CALM), tmp_path, control=control, on=hear)
    end = heard.one(Finished)
    assert (end.status, end.step) == ("stopped", 8)
    assert end.reason == heard.one(Diverged).sentence
    assert heard.all(Checkpointed)[-1].step == 8
    assert all(leaf.isfinite().all() for leaf in state(heard).values())


@pytest.mark.parametrize(("changed_at", "goes_to"), [(16, 8), (8, 16)])
def test_a_resumed_run_knows_the_checkpoints_before_its_own(tmp_path, monkeypatch, changed_at, goes_to):
    """Where the last change was made is no place to go back to; any other good one is."""
    whole = run(tiny(*CALM), tmp_path)
    at_16 = written(whole, 16)
    engine = {**whole.one(Started).engine, "changes": [[changed_at, {"learning_rate": 0.005}]]}
    broken_once(monkeypatch, 18)
    control, hear, _ = answering("stop")
    heard = run(tiny(*CALM), tmp_path, resume=at_16, engine=engine, control=control, on=hear)
    assert heard.one(Diverged).checkpoint == goes_to
    assert heard.one(Finished).step == goes_to


def test_changes_of_a_way_that_was_left_do_not_come_back(tmp_path, monkeypatch):
    broken_once(monkeypatch, 20, 18)
    control, hear, _ = answering(HALF_RATE)
    heard = run(tiny(*CALM), tmp_path, control=control, on=hear)
    assert [event.checkpoint for event in heard.all(Diverged)] == [16, 8]
    assert heard.all(Started)[-1].engine["changes"] == [[8, {"learning_rate": 0.005}]]


def test_stopped_where_there_is_nothing_to_go_back_to_the_record_keeps_what_there_is(tmp_path, monkeypatch):
    from core.runs import enqueue, execute
    from core.storage.catalog import Catalog

    broken_once(monkeypatch, 13, 10)
    control, asked = Control(answers=True), []

    def hear(event):
        if isinstance(event, Diverged):
            asked.append(event.checkpoint)
            control.stop() if len(asked) == 2 else control.answer(HALF_RATE)

    with Catalog.open(tmp_path / "data") as catalog:
        ended = execute(catalog, enqueue(catalog, tiny(*CALM)).id, hear, control)
        assert asked == [8, 0]
        assert [kept.step for kept in catalog.checkpoints(ended.id) if kept.present] == [8]
        assert (ended.status, ended.step) == ("stopped", 8)
        assert len(catalog.initializations()) == 1


def test_without_a_checkpoint_it_begins_again_as_a_fresh_run_with_that_rate_would(tmp_path, monkeypatch):
    slower = run(tiny("outer.optimizer=sgd", "outer.learning_rate=0.005"), tmp_path / "slower")
    broken_once(monkeypatch, 4)
    control, hear, _ = answering(HALF_RATE)
    heard = run(tiny(*CALM), tmp_path / "asked", control=control, on=hear)
    assert heard.one(Diverged).checkpoint == 0
    assert heard.last.step == 24
    assert_same_bits(state(heard), state(slower))


def test_it_may_be_asked_again_and_again_until_the_rate_is_small_enough(tmp_path):
    control, hear, asked = answering(HALF_RATE)
    heard = run(tiny(*EXPLODING), tmp_path, control=control, on=hear)
    assert len(asked) > 1
    assert heard.last.status == "finished"
    rates = [settings["learning_rate"] for _, settings in heard.all(Started)[-1].engine["changes"]]
    assert rates == [10 / 2**n for n in range(1, len(rates) + 1)]


def test_where_nobody_answers_it_fails_as_before(tmp_path, monkeypatch):
    broken_once(monkeypatch, 13)
    heard = run(tiny(*CALM), tmp_path)
    assert not heard.all(Diverged)
    assert heard.one(Failed).details["exit_code"] == 3
    assert checkpoint_of(heard).name == "step-00000008.safetensors"


def test_a_second_clipping_cuts_at_a_tenth_and_later_changes_win():
    outer = tiny().outer
    first = settings_for(CLIPPING, outer)
    assert first == {"clip_norm": 1.0}
    assert settings_for(CLIPPING, outer.model_copy(update=first)) == {"clip_norm": 0.1}
    changes = changes_of({"changes": [[8, first], [8, {"clip_norm": 0.1}], [16, {"learning_rate": 0.5}]]})
    assert outer_at(outer, changes, 7) == outer
    assert outer_at(outer, changes, 8).clip_norm == 0.1
    assert outer_at(outer, changes, 16).learning_rate == 0.5
