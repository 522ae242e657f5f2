"""What is learned for each inner step: beyond the trained ones its last row repeats, and the set-up says so; learned step
sizes have an outer rate of their own, slower than the common one."""

import pytest
import torch

from core.config import parse, problems
from core.inner import rollout
from core.methods.registry import METHODS
from core.outer import one_task

from .cases import KINDS, VARIANTS, WORLDS, Case, changed, flat

WORLD = WORLDS["strided-layer-fixed"]  # a normalization, so that rows by step can be there
BY_STEP = {
    "maml++": Case("maml++"),
    "maml++-rates-alone": Case("maml++", changed("maml++", norm_rows=False)),
    "maml++-rows-alone": Case("maml++", changed("maml++", step_rates=False)),
    "sca": Case("sca", changed("sca", critic_steps=0, norm_per_step=True)),
    "sca-rates-alone": Case("sca", changed("sca", critic_steps=0)),
}


def built(case, steps):
    method = case._replace(steps=steps).method(WORLD.net(), WORLD.loss)
    return method, case.meta(method)


def shapes(case, steps):
    return {key: leaf.shape for key, leaf in flat(built(case, steps)[1].learned).items()}


def differs(case):
    return shapes(case, 2) != shapes(case, 5)


@pytest.mark.parametrize("kind", METHODS)
def test_the_registry_knows_which_methods_learn_numbers_for_each_step(kind):
    cases = [KINDS[kind], *(case for case in (*VARIANTS.values(), *BY_STEP.values()) if case.kind == kind)]
    assert any(differs(case) for case in cases) == METHODS[kind].learns_steps


@pytest.mark.parametrize("case", BY_STEP.values(), ids=BY_STEP)
def test_later_steps_repeat_the_last_row(case):
    """Learned for two steps and taken on for five: the same as rows for five steps whose last ones are the second's."""
    (short, few), (long, many) = (built(case, steps) for steps in (2, 5))
    task = one_task(WORLD.tasks(), 0)

    def stretched(group, name, leaf):
        found = few.learned[group][name]
        (axis,) = [i for i, (a, b) in enumerate(zip(found.shape, leaf.shape, strict=True)) if a != b] or [0]
        return found if found.shape == leaf.shape else found.index_select(axis, rows(found, leaf, axis))

    def rows(found, leaf, axis):
        return torch.arange(leaf.shape[axis]).clamp(max=found.shape[axis] - 1)

    learned = {
        group: {name: stretched(group, name, leaf) for name, leaf in named.items()}
        for group, named in many.learned.items()
    }
    one = rollout(short, few, task.given, {}, 5)
    other = rollout(long, few._replace(learned=learned), task.given, {}, 5)
    assert flat(one).keys() == flat(other).keys()
    assert all(torch.equal(leaf, flat(other)[key]) for key, leaf in flat(one).items())
    ends = rollout(short, few, task.given, {}, 2)["weights"]
    assert not any(torch.equal(leaf, one["weights"][name]) for name, leaf in ends.items()), "later steps do something"


def test_later_steps_of_a_critic_are_its_last_one_again():
    """SCA, section 4: two support steps and one of the critic; a fourth and a fifth are the third once more."""
    method, meta = built(Case("sca"), 2)
    task = one_task(WORLD.tasks(), 0)
    fast = rollout(method, meta, task.given, {}, 3)
    again = method.step(meta, method.step(meta, fast, task.given, {}, 2), task.given, {}, 2)
    beyond = rollout(method, meta, task.given, {}, 5)
    assert all(torch.equal(leaf, beyond["weights"][name]) for name, leaf in again["weights"].items())


@pytest.mark.parametrize("kind", [kind for kind, entry in METHODS.items() if entry.learns_steps])
def test_evaluation_beyond_the_trained_steps_is_flagged_and_at_them_it_is_not(kind):
    def flagged(more):
        base = parse({"method": {"kind": kind}, "inner": {"steps": 3}})
        seen = 3 + getattr(base.method, "critic_steps", 0) + more
        experiment = parse({"method": {"kind": kind}, "inner": {"steps": 3, "evaluation_steps": seen}})
        return [p.sentence for p in problems(experiment) if p.field == "inner.evaluation_steps"]

    assert not flagged(0)
    (sentence,) = flagged(4)
    assert "repeat" in sentence


@pytest.mark.parametrize("kind", METHODS)
def test_learned_step_sizes_of_the_inner_loop_have_an_outer_rate_of_their_own_that_is_slower(kind):
    """On the common rate they grew until they diverged beyond the trained steps. (PLATIPUS' two steps to the means are made
    once, whatever the number of steps.)"""
    meta = KINDS[kind].meta(KINDS[kind].method(WORLD.net(), WORLD.loss))
    found = parse({"method": {"kind": kind}})
    assert ("rate" in meta.learned) == ("rate" in found.method.group_rates())
    if "rate" in meta.learned:
        assert found.method.group_rates()["rate"] <= found.outer.learning_rate / 10
