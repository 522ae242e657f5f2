"""What goes wrong on the way: numbers that are no longer finite, checkpoints that do not fit, bugs."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from core.storage.files import sha256_of
from core.training.checkpoint import load
from core.training.events import Checkpointed, Evaluated, Failed, Finished, Started, TierChanged, Warned

from .helpers import checkpoint_of, run, tiny

EXPLODING = ("outer.optimizer=sgd", "outer.learning_rate=10", "evaluation.checkpoint_every=1", "outer.steps=200")


def failed(heard):
    assert heard.last is heard.one(Failed)
    assert not heard.all(Finished)
    assert not heard.all(Evaluated)
    return heard.last


def test_a_loss_that_is_not_finite_ends_the_run_with_step_and_tensor(tmp_path):
    heard = run(tiny(*EXPLODING), tmp_path)
    end = failed(heard)
    assert end.known
    assert end.details == {"exit_code": 3, "non_finite": True}
    assert "at step " in end.sentence
    assert "init/" in end.sentence
    assert "lower outer.learning_rate or inner.learning_rate" in end.sentence
    assert end.traceback == ""


def test_every_checkpoint_of_a_failed_run_is_finite_and_whole(tmp_path):
    heard = run(tiny(*EXPLODING), tmp_path)
    assert heard.all(Checkpointed), "steps before the explosion were kept"
    for event in heard.all(Checkpointed):
        assert sha256_of(Path(event.path)) == event.sha256
        found = load(Path(event.path), torch.device("cpu"))
        assert all(leaf.isfinite().all() for leaf in found.meta.learned["init"].values())


def test_weights_that_break_in_the_last_step_are_found_without_a_loss(tmp_path):
    """The loss of a step is that of the weights before it, so the last update has no loss to show what it did."""
    heard = run(tiny("outer.steps=1", "outer.optimizer=sgd", "outer.learning_rate=10", "inner.learning_rate=100",
                     "inner.steps=8", "network.hidden=[30, 30]"), tmp_path)  # fmt: skip
    assert failed(heard).details == {"exit_code": 3, "non_finite": True}
    assert not heard.all(Checkpointed)


@pytest.mark.parametrize("first", ["evaluation.validate_every=1", "evaluation.validate_every=200"])
def test_it_is_found_whether_a_validation_or_a_step_looks_first(tmp_path, first):
    end = failed(run(tiny(*EXPLODING, first, "evaluation.checkpoint_every=200"), tmp_path))
    assert "became nan at step" in end.sentence or "became inf at step" in end.sentence
    assert end.details == {"exit_code": 3, "non_finite": True}


def test_a_failed_run_can_go_on_from_its_last_checkpoint(tmp_path):
    heard = run(tiny(*EXPLODING), tmp_path)
    again = run(tiny(*EXPLODING), tmp_path, resume=checkpoint_of(heard), engine=heard.one(Started).engine)
    assert again.one(Started).first_step == heard.all(Checkpointed)[-1].step
    assert failed(again).details == {"exit_code": 3, "non_finite": True}


def test_a_bug_comes_with_its_traceback_and_no_exit_code_of_a_person(tmp_path, monkeypatch):
    from core.training import run as module

    def broken(self):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(module._Run, "_validate", broken)
    end = failed(run(tiny(), tmp_path))
    assert not end.known
    assert end.sentence == "ZeroDivisionError: division by zero"
    assert "in broken" in end.traceback


def test_no_memory_is_said_with_what_to_lower(tmp_path, monkeypatch):
    from core.training import run as module

    def full(self, step):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")

    monkeypatch.setattr(module._Run, "_outer_step", full)
    end = failed(run(tiny(), tmp_path))
    assert end.known
    assert end.details == {"exit_code": 3}
    assert end.sentence == "out of memory on cpu; lower engine.chunk or outer.meta_batch"


SCARCE = ("outer.meta_batch=8", "engine.chunk=8", "engine.tier=eager", "outer.steps=6", "evaluation.checkpoint_every=1")


def short_of_memory(monkeypatch, most):
    """A device on which no pass over more than `most` tasks fits."""
    from core.engine import tiers as module

    whole = module.one_pass

    def one_pass(method, plan):
        gradient = whole(method, plan)

        def bounded(meta, tasks, noise, progress):
            if len(tasks.support.x) > most:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")
            return gradient(meta, tasks, noise, progress)

        return bounded

    monkeypatch.setattr(module, "one_pass", one_pass)


def test_short_memory_leads_to_smaller_chunks_and_a_line_in_the_log_not_to_a_lost_run(tmp_path, monkeypatch):
    expected = run(tiny(*SCARCE, "engine.chunk=2"), tmp_path / "expected").all(Checkpointed)[-1]
    short_of_memory(monkeypatch, 3)
    heard = run(tiny(*SCARCE), tmp_path / "short")
    assert heard.one(Finished).step == 6
    assert [event.text for event in heard.all(Warned) if "memory" in event.text] == [
        "out of memory: from outer step 1 on 4 tasks in a pass instead of 8",
        "out of memory: from outer step 1 on 2 tasks in a pass instead of 4",
    ]
    assert heard.all(TierChanged)[-1].engine["chunks"] == [[1, 4], [1, 2]]
    ours, theirs = (
        load(Path(one.path), torch.device("cpu")).meta.learned["init"]
        for one in (expected, heard.all(Checkpointed)[-1])
    )
    assert all(torch.equal(leaf, theirs[name]) for name, leaf in ours.items())


def test_the_smaller_chunks_are_replayed_from_their_step_on(tmp_path, monkeypatch):
    plan = run(tiny(*SCARCE), tmp_path / "plain").one(Started).engine
    heard = run(tiny(*SCARCE, "outer.steps=3"), tmp_path / "first")
    engine = {**plan, "chunks": [[5, 2]]}
    seen = []
    from core.engine import tiers as module

    whole = module.by_chunks
    monkeypatch.setattr(
        module, "by_chunks", lambda gradient, plan, check: seen.append(plan.chunk) or whole(gradient, plan, check)
    )
    again = run(tiny(*SCARCE), tmp_path / "first", resume=checkpoint_of(heard), engine=engine)
    assert again.one(Finished).step == 6
    assert seen == [8, 2]


def test_a_single_task_that_does_not_fit_ends_the_run_with_what_to_lower(tmp_path, monkeypatch):
    short_of_memory(monkeypatch, 0)
    end = failed(run(tiny(*SCARCE), tmp_path))
    assert end.sentence == "out of memory on cpu; lower engine.chunk or outer.meta_batch"


def test_an_evaluation_that_does_not_fit_takes_fewer_tasks_at_a_time(tmp_path, monkeypatch):
    from core.training import run as module

    whole = module.curves

    def bounded(*arguments, chunk, **options):
        if chunk > 2:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")
        return whole(*arguments, chunk=chunk, **options)

    monkeypatch.setattr(module, "curves", bounded)
    heard = run(tiny(*SCARCE), tmp_path)
    assert heard.one(Finished).step == 6
    assert any("evaluating" in event.text for event in heard.all(Warned))


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        (['subset.adapt=["haed.*"]'], "subset.adapt: no parameter matches 'haed.*'; there are body.0.*, head.*"),
        (["engine.device=cuda"], "engine.device: no CUDA device is here; choose cpu or auto"),
        (["network.kind=conv-strided"], "network.kind: conv-strided takes pictures"),
        (["tasks.kind=omniglot", "network.kind=conv-strided"], "Omniglot"),
    ],
)
def test_what_cannot_start_is_one_sentence_with_exit_code_2(tmp_path, pairs, words):
    if "engine.device=cuda" in pairs and torch.cuda.is_available():
        pytest.skip("a CUDA device is here")
    heard = run(tiny(*pairs), tmp_path)
    assert heard.last.known, heard.last
    assert words in heard.last.sentence
    assert heard.last.details == {"exit_code": 2}
    assert heard.last.step == 0


# checkpoints that do not fit


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    return checkpoint_of(run(tiny("outer.steps=8"), tmp_path_factory.mktemp("good")))


def resumed(experiment, folder, checkpoint):
    end = failed(run(experiment, folder, resume=checkpoint))
    assert end.known, end.traceback
    assert end.details == {"exit_code": 2}
    assert str(checkpoint) in end.sentence
    assert "\n" not in end.sentence
    return end.sentence


def damaged(path, target, change):
    target.write_bytes(change(path.read_bytes()))
    return target


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw[: len(raw) // 2],
        lambda raw: raw[:7],
        lambda raw: b"",
        lambda raw: b"\xff" * 8 + raw[8:],
        lambda raw: raw[:8] + b"not json" + raw[16:],
        lambda raw: b"PK\x03\x04" + raw,
    ],
)
def test_a_damaged_checkpoint_is_one_sentence(tmp_path, good, change):
    broken = damaged(good, tmp_path / "step-00000008.safetensors", change)
    assert "cannot be read" in resumed(tiny(), tmp_path, broken)


def test_a_checkpoint_that_is_not_there_is_one_sentence(tmp_path):
    assert "cannot be read" in resumed(tiny(), tmp_path, tmp_path / "none.safetensors")


@pytest.mark.parametrize(
    "pairs",
    [["network.hidden=[9]"], ["network.hidden=[8, 8]"], ["method.kind=meta-sgd"], ["method.kind=reptile"],
     ['subset.freeze=["head.*"]'], ["engine.precision=float64"], ["outer.optimizer=sgd"], ["network.norm=layer"]],
)  # fmt: skip
def test_a_checkpoint_of_another_experiment_is_refused(tmp_path, good, pairs):
    assert "belongs to another experiment" in resumed(tiny(*pairs), tmp_path, good)


def rewritten(path, target, card):
    """The same tensors with another card."""
    save_file(load_file(path), target, {} if card is None else {"headstart": json.dumps(card)})
    return target


@pytest.mark.parametrize("card", [None, {}, [], 3, {"checkpoint": 1}, {"format": 1, "network": {}}])
def test_a_file_without_a_checkpoints_card_is_refused(tmp_path, good, card):
    sentence = resumed(tiny(), tmp_path, rewritten(good, tmp_path / "other.safetensors", card))
    assert "cannot be read" in sentence or "is no checkpoint of Headstart" in sentence


def test_a_checkpoint_of_a_newer_program_is_refused(tmp_path, good):
    card = {**load(good, torch.device("cpu")).card, "checkpoint": 2}
    sentence = resumed(tiny(), tmp_path, rewritten(good, tmp_path / "newer.safetensors", card))
    assert "newer version of Headstart; update the program" in sentence


def test_a_checkpoint_goes_through_its_file_unchanged(good):
    found = load(good, torch.device("cpu"))
    assert found.card["step"] == 8
    assert set(found.meta.learned) == {"init"}
    assert found.best is not None
    assert {key.rsplit("/", 1)[1] for key in found.optimizer} == {"step", "exp_avg", "exp_avg_sq"}
