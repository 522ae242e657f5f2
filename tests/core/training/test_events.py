"""What a run tells, in which order, and that it draws what it should."""

import numpy as np
import pytest
import torch

from core.config import presets, with_settings
from core.tasks import build, fixed_tasks
from core.training.events import (
    Checkpointed,
    Evaluated,
    Failed,
    Finished,
    PhaseChanged,
    RandomStart,
    Started,
    Stepped,
    Validated,
)

from .helpers import METHODS, assert_same_bits, run, state, tiny


@pytest.fixture(scope="module")
def heard(tmp_path_factory):
    return run(tiny(), tmp_path_factory.mktemp("run"))


def test_events_come_in_the_order_of_the_run(heard):
    told = [(type(event).__name__, getattr(event, "step", None)) for event in heard]
    told = [entry for entry in told if entry[0] not in ("PhaseChanged", "Stepped", "Warned")]
    assert told == [
        ("RandomStart", None), ("Started", None), ("Validated", 0), ("Validated", 6), ("Checkpointed", 8), ("Validated", 12),
        ("Checkpointed", 16), ("Validated", 18), ("Validated", 24), ("Checkpointed", 24),
        ("Evaluated", heard.one(Evaluated).step), ("Finished", 24),
    ]  # fmt: skip


def test_phases_are_told_before_what_happens_in_them(heard):
    phases = [event.phase for event in heard.all(PhaseChanged)]
    assert phases == [
        "loading the tasks", "building the network", "drawing the validation tasks", "measuring a random start", "training",
        "evaluating on the test tasks",
    ]  # fmt: skip
    assert heard.index(PhaseChanged("training")) < heard.index(heard.all(Stepped)[0])


def test_every_step_is_told_once_and_in_order(heard):
    steps = np.concatenate([event.steps for event in heard.all(Stepped)])
    assert steps.tolist() == list(range(1, 25))
    seconds = np.concatenate([event.seconds for event in heard.all(Stepped)])
    assert (np.diff(seconds) >= 0).all()
    assert all(np.isnan(event.accuracy).all() for event in heard.all(Stepped))


def test_the_run_says_where_it_begins_and_what_it_learns(heard):
    started = heard.one(Started)
    assert (started.first_step, started.total_steps) == (0, 24)
    assert started.counts == {"total": 25, "adapted": 25, "fixed_inside": 0, "frozen": 0, "other": 0}
    assert {"mode", "chunk", "threads", "tier", "device", "precision"} <= started.engine.keys()


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        (['subset.adapt=["head.*"]'], {"adapted": 9, "fixed_inside": 16, "frozen": 0, "other": 0}),
        (['subset.freeze=["body.*"]'], {"adapted": 9, "fixed_inside": 0, "frozen": 16, "other": 0}),
        (["method.kind=meta-sgd"], {"adapted": 25, "fixed_inside": 0, "frozen": 0, "other": 25}),
        (
            ["method.kind=meta-sgd", 'subset.adapt=["head.*"]'],
            {"adapted": 9, "fixed_inside": 16, "frozen": 0, "other": 9},
        ),
    ],
)
def test_counts_are_by_answer(tmp_path, pairs, expected):
    assert run(tiny("outer.steps=1", *pairs), tmp_path).one(Started).counts == {"total": 25, **expected}


def test_validations_stand_at_their_steps_with_a_curve_by_inner_step(heard):
    validations = heard.all(Validated)
    assert [event.step for event in validations] == [0, 6, 12, 18, 24]
    best = np.inf
    for event in validations:
        assert event.curves.loss.shape == (4, 3)
        assert event.curves.accuracy is None
        value = event.curves.loss[:, -1].mean()
        assert event.best == (value < best)
        best = min(best, value)
        assert event.views.grid_y.shape == (4, 3, 100, 1)


def test_checkpoints_stand_at_their_steps_and_the_last_at_the_end(heard):
    assert [(event.step, event.reason) for event in heard.all(Checkpointed)] == [
        (8, "regular"),
        (16, "regular"),
        (24, "regular"),
    ]


def test_the_end_says_how_long_it_took(heard):
    end = heard.one(Finished)
    assert (end.status, end.step, end.reason) == ("finished", 24, "")
    assert end.seconds > 0
    assert end.steps_per_second == pytest.approx(24 / end.seconds, rel=0.5)
    assert end.steady_steps_per_second > 0


def test_the_evaluation_has_every_test_task_beside_a_random_start(heard):
    found = heard.one(Evaluated)
    assert found.curves.loss.shape == found.random_start.loss.shape == (6, 3)
    assert found.step in {event.step for event in heard.all(Validated) if event.best}
    assert len(found.digest) == 32


def test_training_learns(tmp_path):
    """200 steps on sinusoids: after adaptation well below where it began, and below the random start."""
    heard = run(
        tiny("outer.steps=200", "network.hidden=[20]", "evaluation.tasks=50", "outer.learning_rate=0.005"), tmp_path
    )
    found = heard.one(Evaluated)
    assert found.curves.loss[:, -1].mean() < 0.8 * found.random_start.loss[:, -1].mean()


# what a step draws


@pytest.mark.parametrize("pairs", METHODS.values(), ids=METHODS)
def test_the_same_experiment_gives_the_same_bits(tmp_path, pairs):
    one, other = (run(tiny(*pairs, "outer.steps=10"), tmp_path / name) for name in "ab")
    assert one.losses() == other.losses()
    assert_same_bits(state(one), state(other))


def test_another_seed_gives_other_weights_and_other_tasks(tmp_path):
    one, other = (run(tiny(f"seed={seed}", "outer.steps=2"), tmp_path / str(seed)) for seed in (0, 1))
    assert one.losses() != other.losses()
    assert one.one(RandomStart).curves.loss.tolist() != other.one(RandomStart).curves.loss.tolist()


def drawn(monkeypatch, folder, *pairs):
    """The training tasks of every step, by step."""
    from core.training import run as module

    seen = {}

    class Spy(module._Run):
        def _outer_step(self, step):
            train = self.assembly.splits.train
            spied = train._replace(
                sample=lambda generator, count: seen.setdefault(step, train.sample(generator, count))
            )
            self.assembly = self.assembly._replace(splits=self.assembly.splits._replace(train=spied))
            super()._outer_step(step)
            self.assembly = self.assembly._replace(splits=self.assembly.splits._replace(train=train))

    monkeypatch.setattr(module, "_Run", Spy)
    run(tiny(*pairs), folder)
    return seen


def test_the_tasks_of_a_step_depend_on_seed_and_step_alone(monkeypatch, tmp_path):
    plain = drawn(monkeypatch, tmp_path / "a", "outer.steps=6")
    others = (
        ["method.kind=reptile", "method.batch=2"],
        ["engine.chunk=1"],
        ["engine.plan=per-task"],
        ["evaluation.validate_every=1", "evaluation.checkpoint_every=1"],
        ["network.hidden=[3, 3]", "inner.steps=4"],
    )
    for number, pairs in enumerate(others):
        found = drawn(monkeypatch, tmp_path / str(number), "outer.steps=6", *pairs)
        assert found.keys() == plain.keys() == set(range(1, 7))
        for step, task in plain.items():
            assert torch.equal(task.support.x, found[step].support.x)
            assert torch.equal(task.query.y, found[step].query.y)
    assert not torch.equal(plain[1].support.x, plain[2].support.x)


def test_validating_often_changes_no_bit_of_what_is_learned(tmp_path):
    often, seldom = (
        run(tiny("outer.steps=10", f"evaluation.validate_every={every}"), tmp_path / str(every)) for every in (1, 10)
    )
    now = [{k: v for k, v in state(heard).items() if not k.startswith("best")} for heard in (often, seldom)]
    assert_same_bits(*now)


@pytest.mark.parametrize("pairs", METHODS.values(), ids=METHODS)
def test_other_chunks_and_plans_agree_for_a_few_steps_in_float64(tmp_path, pairs):
    common = ("outer.steps=4", "engine.precision=float64", *pairs)
    whole = run(tiny(*common, "engine.plan=vectorised"), tmp_path / "whole").losses()
    for name, other in {"chunked": ["engine.chunk=3"], "apart": ["engine.plan=per-task"]}.items():
        found = run(tiny(*common, *other), tmp_path / name).losses()
        assert list(found.values()) == pytest.approx(list(whole.values()), rel=1e-9)


def test_float64_is_float64_throughout(tmp_path):
    heard = run(tiny("engine.precision=float64", "outer.steps=8"), tmp_path)
    assert {leaf.dtype for name, leaf in state(heard).items() if not name.endswith("/step")} == {torch.float64}
    single = run(tiny("outer.steps=8"), tmp_path / "single")
    assert single.losses() != heard.losses()


# fixed tasks


@pytest.mark.parametrize(
    "pairs",
    [["seed=5"], ["method.kind=reptile"], ["network.hidden=[5, 5]"], ["inner.steps=3"], ["outer.meta_batch=9"],
     ["tasks.train_shots=9"], ["engine.plan=per-task"]],
)  # fmt: skip
def test_the_test_tasks_depend_on_the_task_settings_alone(tmp_path, heard, pairs):
    other = run(tiny("outer.steps=2", *pairs), tmp_path).one(Evaluated)
    assert other.digest == heard.one(Evaluated).digest


@pytest.mark.parametrize("pairs", [["tasks.shots=6"], ["tasks.noise=0.1"], ["evaluation.tasks=7"]])
def test_other_tasks_have_another_digest(tmp_path, heard, pairs):
    assert run(tiny("outer.steps=2", *pairs), tmp_path).one(Evaluated).digest != heard.one(Evaluated).digest


def test_the_random_start_is_the_same_whatever_method_is_measured(tmp_path, heard):
    """Plain gradient descent by the same recipe from a fresh network: for Reptile with Adam, too."""
    other = run(tiny("outer.steps=2", "method.kind=reptile"), tmp_path)
    for kind, part in ((RandomStart, "curves"), (Evaluated, "random_start")):
        found = [getattr(each.one(kind), part).loss for each in (heard, other)]
        assert np.array_equal(*found)


def test_validation_and_test_tasks_are_not_the_same(tmp_path):
    experiment = tiny()
    splits = build(experiment.tasks, data_folder=tmp_path)
    key = experiment.tasks.evaluation_key()
    digests = {fixed_tasks(getattr(splits, split), key, split, 4)[1] for split in ("validation", "test")}
    assert len(digests) == 2


def test_a_finite_set_of_tasks_is_grouped_by_task(tmp_path):
    experiment = with_settings(
        presets()["life-expectancy-maml"].experiment,
        [
            "outer.steps=2",
            "outer.meta_batch=3",
            "evaluation.tasks=40",
            "evaluation.validation_tasks=10",
            "engine.threads=1",
        ],
    )
    heard = run(experiment, tmp_path)
    assert not heard.all(Failed), heard.last
    found = heard.one(Evaluated)
    assert found.curves.groups.shape == (40,)
    assert np.array_equal(found.curves.groups, found.random_start.groups)
    assert len(set(found.curves.groups.tolist())) < 40
    assert all(0 <= group < len(found.names) for group in found.curves.groups)
