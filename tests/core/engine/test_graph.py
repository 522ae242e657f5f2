"""Of the CUDA graph tier what is not CUDA's: fixed inputs, results that stay, shapes, and what is said without a GPU.

The recorder here repeats the work into the tensors of the first time, as a replay does.
"""

from typing import NamedTuple

import pytest
import torch

from core.cli.examine import _graph
from core.config import parse
from core.engine.graph import SHAPES, graphed
from core.outer import vectorised_gradient
from core.training import Control, train
from core.training.events import Failed, Finished, Started, Warned
from core.types import map_task
from tests.core.methods.cases import KINDS, WORLDS, ZERO, D, assert_close, draws_of, sensible


class Pair(NamedTuple):
    groups: dict
    aux: dict


class Recorder:
    def __init__(self):
        self.recordings = 0

    def __call__(self, work):
        self.recordings += 1
        results = map_task(torch.clone, Pair(*work()))

        def replay():
            for kept, fresh in zip(results, work(), strict=True):
                for place, leaf in zip(leaves(kept), leaves(fresh), strict=True):
                    place.copy_(leaf)

        return replay, results


def leaves(tree):
    return [tree] if isinstance(tree, torch.Tensor) else [leaf for key in tree for leaf in leaves(tree[key])]


def arguments(case, world, method, seed, count=3):
    meta, tasks = case.meta(method), world.tasks(count=count, seed=seed)
    return meta, tasks, draws_of(method, meta, tasks, case.steps), ZERO.to(D)


def made(kind, name="mlp-tanh"):
    case, world = KINDS[kind], WORLDS[name]
    return case, world, case.method(world.net(), world.loss)


@pytest.mark.parametrize("kind", [kind for kind, case in KINDS.items() if sensible(case.kind, WORLDS["mlp-tanh"])])
def test_a_replay_with_other_tasks_is_their_gradient_for_every_method(kind):
    case, world, method = made(kind)
    plain = vectorised_gradient(method)
    replayed = graphed(plain, Recorder())
    with torch.no_grad():
        replayed(*arguments(case, world, method, 0))
        other = arguments(case, world, method, 1)
        found, aux = replayed(*other)
        expected, reports = plain(*other)
    assert_close(found, expected, 1e-12)
    assert aux.keys() == reports.keys()


def test_results_are_not_overwritten_by_the_next_replay():
    case, world, method = made("maml")
    replayed = graphed(vectorised_gradient(method), Recorder())
    with torch.no_grad():
        first, _ = replayed(*arguments(case, world, method, 0))
        kept = map_task(torch.clone, first)
        replayed(*arguments(case, world, method, 1))
    assert all(torch.equal(one, other) for one, other in zip(leaves(first), leaves(kept), strict=True))


def test_a_shape_is_recorded_once_and_no_more_than_two_are():
    case, world, method = made("maml")
    plain, recorder = vectorised_gradient(method), Recorder()
    replayed = graphed(plain, recorder)
    with torch.no_grad():
        for count in (3, 2, 3, 2, 1, 1):
            given = arguments(case, world, method, count, count)
            assert_close(replayed(*given)[0], plain(*given)[0], 1e-12)
    assert recorder.recordings == SHAPES == 2


def test_without_a_gpu_the_run_says_so_once_and_stays_eager(tmp_path):
    values = {"outer": {"steps": 2, "meta_batch": 2}, "engine": {"tier": "graph", "device": "cpu"},
              "evaluation": {"tasks": 2, "validation_tasks": 2}}  # fmt: skip
    events = []
    train(parse(values), events.append, Control(), tmp_path, tmp_path)
    assert not [event for event in events if isinstance(event, Failed)]
    assert [event.text for event in events if isinstance(event, Warned)] == [
        "the graph tier is not to be had (a CUDA graph needs a GPU); going on eagerly"
    ]
    assert next(event for event in events if isinstance(event, Started)).engine["tier"] == "eager"
    assert isinstance(events[-1], Finished)


def test_doctor_claims_nothing_that_was_not_run():
    assert "needs a GPU" in _graph(False)
    assert "not tried out" in _graph(True)
