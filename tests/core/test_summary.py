"""What Set up and the command line say about an experiment before it runs."""

import pytest
import torch

from core.config import Experiment
from core.errors import BadExperiment
from core.nets import module
from core.summary import describe, dry_run, sizes
from tests.core.training.helpers import noise_pictures, tiny


@pytest.fixture
def pictures(monkeypatch):
    """Classification tasks that need no data."""
    monkeypatch.setattr("core.tasks.build", noise_pictures, raising=False)
    return (
        "tasks.kind=glyphs",
        "network.kind=conv-strided",
        "network.filters=4",
        "network.depth=2",
        "inner.learning_rate=0.5",
    )


def rows(found):
    return {row.name: row for row in found.tensors}


def test_every_parameter_has_a_row_with_its_answer(tmp_path):
    found = describe(tiny('subset.adapt=["head.*"]', 'subset.freeze=["body.0.bias"]'), tmp_path)
    assert {name: (row.adapted, row.frozen, row.count) for name, row in rows(found).items()} == {
        "body.0.weight": (False, False, 8),
        "body.0.bias": (False, True, 8),
        "head.weight": (True, False, 8),
        "head.bias": (True, False, 1),
    }
    assert found.counts == {"total": 25, "adapted": 9, "fixed_inside": 8, "frozen": 8, "other": 0}
    assert found.problems == ()


def test_a_scale_that_the_network_does_not_learn_says_why(tmp_path, pictures):
    found = rows(describe(tiny(*pictures), tmp_path))
    assert "network.scale" in found["body.0.norm.weight"].ruled
    assert found["body.0.norm.weight"].frozen
    assert found["body.0.norm.bias"].ruled == ""
    learned = rows(describe(tiny(*pictures, "network.scale=true"), tmp_path))
    assert (learned["body.0.norm.weight"].ruled, learned["body.0.norm.weight"].frozen) == ("", False)


def test_the_sentence_says_what_will_happen(tmp_path, pictures):
    found = describe(tiny(*pictures, "tasks.ways=5", "tasks.shots=1"), tmp_path)
    assert found.sentence.startswith(
        "MAML learns on Glyphs (5-way 1-shot tasks): 24 outer steps of 4 tasks, 1 inner step"
    )
    assert "parameters adapt" in found.sentence


def test_the_module_is_the_network(tmp_path, pictures):
    found = describe(tiny(*pictures, "tasks.ways=7"), tmp_path)
    scope = {}
    exec(found.module, scope)
    assert {name: tuple(leaf.shape) for name, leaf in scope["model"].state_dict().items()} == {
        row.name: row.shape for row in found.tensors
    }
    assert module(tiny(*pictures).network, found.spec)(torch.rand(2, 1, 28, 28)).shape == (2, 7)


def test_a_pattern_that_matches_nothing_is_a_problem_and_the_rows_stay(tmp_path):
    found = describe(tiny('subset.adapt=["haed.*"]'), tmp_path)
    (problem,) = found.problems
    assert (problem.field, problem.blocking) == ("subset.adapt", True)
    assert problem.sentence.startswith("no parameter matches 'haed.*'")
    assert len(found.tensors) == 4


def test_what_does_not_go_together_is_listed(tmp_path):
    found = describe(tiny("inner.steps=0"), tmp_path)
    assert [problem.field for problem in found.problems] == ["inner.steps"]


def test_what_cannot_be_built_is_raised(tmp_path):
    with pytest.raises(BadExperiment, match="takes pictures"):
        describe(tiny("network.kind=conv-strided"), tmp_path)


@pytest.mark.parametrize(
    ("pairs", "compared"),
    [([], True), (["inner.order=first"], False), (["method.kind=reptile"], False), (["method.kind=meta-sgd"], True)],
)
def test_a_dry_run_measures_real_steps_and_what_second_order_costs(tmp_path, pairs, compared):
    threads = torch.get_num_threads()
    found = dry_run(tiny(*pairs), tmp_path)
    assert 0 < found.seconds_per_step < 5
    assert found.total_seconds == pytest.approx(24 * found.seconds_per_step)
    assert (found.first_order_seconds_per_step is not None) == compared
    assert found.memory_bytes >= 0
    assert found.engine["mode"] == "vectorised"
    assert torch.get_num_threads() == threads


def test_every_network_that_takes_the_tasks_says_its_size(tmp_path):
    spec = describe(Experiment(), tmp_path).spec
    assert sizes(spec) == {"mlp": 1 * 40 + 40 + 40 * 40 + 40 + 40 + 1}
