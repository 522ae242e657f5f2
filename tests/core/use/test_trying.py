"""A start on a new task, step by step."""

import itertools
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from core.deploy import load
from core.errors import BadExperiment
from core.types import TaskSpec
from core.use.question import Question, divided
from core.use.sampled import Sampler
from core.use.starts import RandomStart, same_task
from core.use.trying import grid_for, results, trace

EVERY = ["sinusoid", "country", "meta-sgd", "mixture", "pictures", "pictures-shared", "pictures-support-scale"]


@pytest.mark.parametrize("kind", EVERY)
def test_each_step_of_a_trace_is_an_adaptation_of_so_many_steps(made, ask, kind):
    start, task = load(made(kind)), ask(kind)
    traced = trace(start, task, 3)
    for step in range(4):
        alone = start.adapt(task.support_x, task.support_y, steps=step).predict(task.query_x)
        np.testing.assert_allclose(traced.predictions[step], alone, rtol=1e-6, atol=1e-7)


def test_gradients_stay_switched_on_between_two_steps(made, ask):
    task = ask("sinusoid")
    steps = load(made("sinusoid")).stepwise(task.support_x, task.support_y, steps=2)
    next(steps)
    assert torch.is_grad_enabled()


def test_the_loss_is_that_of_training_and_the_error_that_of_the_units(made, ask):
    start, task = load(made("country")), ask("country")
    traced = trace(start, task, 2)
    difference = traced.predictions[2] - task.query_y
    assert traced.error.shape == (3, 1)
    assert traced.error[2, 0] == pytest.approx(np.sqrt(np.mean(difference**2)))
    assert traced.loss[2] == pytest.approx(np.mean((difference / start.spec.scaling["y_std"][0]) ** 2))


def test_only_queries_whose_class_is_known_are_counted(made, ask):
    start, task = load(made("pictures")), ask("pictures")
    traced = trace(start, task, 1)
    by_hand = [(step[:3].argmax(1) == np.arange(3)).sum() for step in traced.predictions]
    assert traced.right.tolist() == by_hand
    picked = traced.predictions[1, np.arange(3), np.arange(3)]
    assert traced.loss[1] == pytest.approx(-np.log(picked).mean(), rel=1e-5)


def test_without_known_targets_there_is_no_loss_but_the_movement_is_told(made, ask):
    traced = trace(load(made("sinusoid")), ask("sinusoid", known=False), 3)
    assert (traced.loss, traced.error, traced.right) == (None, None, None)
    wanted = [np.abs(b - a).mean() for a, b in itertools.pairwise(traced.predictions)]
    assert traced.moved.tolist() == pytest.approx(wanted)
    assert len(results(load(made("sinusoid")), ask("sinusoid", known=False), most=3, seconds=9)) == 0


def test_a_task_without_a_query_still_has_a_curve(made):
    start = load(made("sinusoid"))
    task = Question(np.array([[1.0]]), np.array([[2.0]]), np.empty((0, 1)))
    traced = trace(start, task, 2, grid=grid_for(start.spec, task))
    assert traced.predictions.shape == (3, 0, 1)
    assert np.isnan(traced.moved).all()
    wanted = start.adapt([1.0], [2.0], steps=2).predict(traced.grid)
    np.testing.assert_allclose(traced.line[2], wanted, rtol=1e-6)


def test_without_a_support_it_is_said_what_is_missing(made):
    with pytest.raises(BadExperiment, match="at least one"):
        trace(load(made("sinusoid")), Question(np.empty((0, 1)), np.empty((0, 1)), np.zeros((1, 1))), 1)


def test_predictions_that_are_no_numbers_are_not_right(made, ask):
    start, task = load(made("pictures")), ask("pictures")
    for named in start.meta.learned.values():
        for leaf in named.values():
            leaf.fill_(float("nan"))
    assert trace(start, task, 1).right.tolist() == [0, 0]


def test_a_random_start_is_plain_descent_from_a_fresh_network(made, ask):
    learned, task = load(made("sinusoid")), ask("sinusoid")
    fresh = RandomStart(learned)
    begin = fresh.for_ways(1)[1].learned["init"]
    assert any(not torch.equal(leaf, learned.meta.learned["init"][name]) for name, leaf in begin.items())
    again = trace(RandomStart(learned), task, 2)
    np.testing.assert_array_equal(trace(fresh, task, 2).predictions, again.predictions)


def test_results_end_after_the_steps_or_the_seconds_that_are_given(made, ask):
    start, task = RandomStart(load(made("sinusoid"))), ask("sinusoid")
    found = results(start, task, most=7, seconds=60)
    np.testing.assert_allclose(found, trace(start, task, 7).loss)
    assert len(results(start, task, most=1000, seconds=0)) == 1


def test_the_same_seed_is_the_same_task_and_another_is_another(made, tmp_path):
    sampler = Sampler(load(made("country")), tmp_path)
    first, again, other = sampler.question(1), sampler.question(1), sampler.question(2)
    np.testing.assert_array_equal(first.support_x, again.support_x)
    assert first.about == again.about
    assert not np.array_equal(first.support_y, other.support_y)
    assert 1952 <= first.support_x.min() <= first.support_x.max() <= 2007
    assert first.about in sampler.splits.test.spec.names


def test_other_tasks_are_refused_with_what_they_take(made):
    with pytest.raises(BadExperiment, match="regression on 1 number"):
        same_task(load(made("pictures")), load(made("sinusoid")))
    same_task(load(made("sinusoid")), load(made("mixture")))


TABLE = {
    "kind": "table", "task": "Tree", "inputs": [{"name": "age", "type": "number", "seen": [1.0, 9.0]}], "targets": ["size"],
    "ranges": [[1.0, 9.0]],
}  # fmt: skip
ELSEWHERE = {**TABLE, "inputs": [{"name": "age", "type": "number", "seen": [2.0, 7.0]}], "ranges": [[2.0, 7.0]]}
PICTURES = {"kind": "images", "side": 8, "channels": 1, "fit": "squeeze", "trained_classes": ["a"]}


def beside(ours, theirs):
    """Two initializations with those encodings."""
    spec = TaskSpec("regression", (1,), 1, 5, 5, "made up")
    same_task(*(SimpleNamespace(spec=spec._replace(encoding=kept)) for kept in (ours, theirs)))


@pytest.mark.parametrize(
    ("ours", "theirs"), [(TABLE, ELSEWHERE), (PICTURES, {**PICTURES, "trained_classes": ["b"], "level": "top"})]
)
def test_another_split_of_the_same_data_is_the_same_task(ours, theirs):
    beside(ours, theirs)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"inputs": [{"name": "girth", "type": "number"}]}, "the columns girth and this one on age"),
        ({"inputs": [{"name": "age", "type": "date"}]}, "the columns age"),
        ({"inputs": [{"name": "age", "type": "category", "categories": ["old"]}]}, "the columns age"),
        ({"targets": ["weight"]}, "the target weight and this one on size"),
    ],
)
def test_other_columns_are_another_task(changes, words):
    with pytest.raises(BadExperiment, match=words):
        beside(TABLE, {**TABLE, **changes})
    with pytest.raises(BadExperiment, match="other columns or pictures"):
        beside(TABLE, PICTURES)


def test_known_examples_are_divided_class_by_class():
    x = np.arange(7)
    task = divided(x, np.array([0, 0, 0, 1, 1, 0, 1]), 2, about="mine", labels=tuple("abcdefg")).question
    assert task.support_x.tolist() == [0, 1, 3, 4]
    assert (task.query_x.tolist(), task.labels) == ([2, 5, 6], ("c", "f", "g"))
    with pytest.raises(BadExperiment, match="none is left"):
        divided(x, np.zeros((7, 1)), 7, about="mine")
