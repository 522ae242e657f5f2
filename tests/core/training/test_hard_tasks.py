"""Hard tasks: which classes fail, what is drawn from them, and that a stopped run draws the same (mtl.md, check 8)."""

import pytest
import torch

from core import losses
from core.config import presets, problems, with_settings
from core.draws import at_step
from core.errors import BadExperiment
from core.training import Control
from core.training.assembly import assemble
from core.training.events import Checkpointed, Started
from core.training.hard_tasks import FAILED, HardTasks
from core.types import Batch

from .helpers import assert_same_bits, checkpoint_of, run, state, tiny

GLYPHS = (
    "method.hard_every=3", "method.pretraining_steps=2", "network.filters=2", "outer.meta_batch=2", "outer.steps=12",
    "inner.steps=1", "inner.evaluation_steps=1", "evaluation.tasks=4", "evaluation.validation_tasks=4",
    "evaluation.validate_every=6", "evaluation.checkpoint_every=4",
)  # fmt: skip


def mtl(*pairs):
    usual = ["engine.threads=1", "engine.device=cpu", "engine.tier=eager"]
    return with_settings(presets()["glyphs-mtl"].experiment, [*GLYPHS, *usual, *pairs])


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    return assemble(mtl(), tmp_path_factory.mktemp("data"))


def test_the_failed_class_is_the_one_that_is_right_least_often():
    labels = torch.tensor([0, 0, 1, 1, 2, 2])
    said = torch.tensor([0, 0, 1, 0, 1, 0])
    logits = torch.nn.functional.one_hot(said, 3).double()
    assert losses.worst_class(logits, Batch(labels, labels, torch.ones(6, dtype=torch.float64))) == 2


def test_among_equals_the_larger_loss_fails_and_padding_does_not_count():
    labels = torch.tensor([0, 1, 2, 2])
    logits = torch.tensor([[0.0, 1.0, 0.0], [3.0, 0.0, 0.0], [0.0, 0.0, 5.0], [9.0, 0.0, 0.0]])
    weight = torch.tensor([1.0, 1.0, 1.0, 0.0])
    assert losses.worst_class(logits, Batch(logits, labels, weight)) == 1


def test_a_class_that_always_fails_is_named_by_its_id_in_the_data_set(parts):
    """Check 8, first half: the third class of every task is misclassified."""
    hard, tasks = HardTasks(parts.splits.pool, 3), parts.splits.train.sample(at_step(0, "tasks"), 4)
    hard.hear(tasks, {FAILED: torch.full((4,), 2)}, 1)
    assert hard.failed == list(dict.fromkeys(tasks.about["classes"][:, 2].tolist()))


def test_hard_tasks_hold_failed_classes_alone_where_those_are_enough(parts):
    """Check 8, second half."""
    ids = parts.splits.pool.ids["train"][10:17].tolist()
    hard = HardTasks(parts.splits.pool, 3, ids)
    found = hard.sample(parts.splits.train, at_step(0, "tasks"), 20, 3)
    assert set(found.about["classes"].flatten().tolist()) == set(ids)
    ordinary = parts.splits.train.sample(at_step(0, "tasks"), 20)
    assert found.support.x.shape == ordinary.support.x.shape
    assert all(len(set(row)) == 5 for row in found.about["classes"].tolist())


def test_fewer_failed_classes_than_ways_are_filled_up_with_others(parts):
    ids = parts.splits.pool.ids["train"][:2].tolist()
    found = HardTasks(parts.splits.pool, 3, ids).sample(parts.splits.train, at_step(0, "tasks"), 6, 3)
    for row in found.about["classes"].tolist():
        assert len(set(row)) == 5
        assert set(ids) < set(row) <= set(parts.splits.pool.ids["train"].tolist())


def test_ordinary_steps_are_what_they_were_and_a_hard_one_empties_the_list(parts):
    hard, ordinary = HardTasks(parts.splits.pool, 3, [1, 2]), parts.splits.train
    same = ordinary.sample(at_step(0, "tasks"), 3)
    assert torch.equal(hard.sample(ordinary, at_step(0, "tasks"), 3, 2).support.x, same.support.x)
    empty = HardTasks(parts.splits.pool, 3)
    assert torch.equal(empty.sample(ordinary, at_step(0, "tasks"), 3, 3).support.x, same.support.x)
    hard.hear(same, {FAILED: torch.zeros(3)}, 3)
    assert hard.failed == []


def test_a_stopped_run_goes_on_with_the_classes_that_failed(tmp_path):
    whole = run(mtl(), tmp_path / "whole")
    control = Control()

    def stop_after_four(event):
        if isinstance(event, Checkpointed) and event.step == 4:
            control.stop()

    cut = run(mtl(), tmp_path / "cut", on=stop_after_four, control=control)
    assert 3 < max(cut.losses()) < 12
    rest = run(mtl(), tmp_path / "cut", resume=checkpoint_of(cut), engine=cut.all(Started)[-1].engine)
    assert_same_bits(state(rest), state(whole))


def test_hard_tasks_need_classes_and_ordinary_steps_in_between(tmp_path):
    assert [p.field for p in problems(mtl("method.hard_every=1")) if p.blocking] == ["method.hard_every"]
    numbers = tiny("method.kind=mtl", "method.pretraining_steps=2", "method.hard_every=3")
    assert "method.hard_every" in [p.field for p in problems(numbers) if p.blocking]
    with pytest.raises(BadExperiment, match=r"method\.hard_every"):
        assemble(numbers, tmp_path)
