"""What MAML, Reptile and FTML show of themselves: how far a task moves each tensor, and whether tasks move alike."""

import pytest
import torch

from core.inner import rollout
from core.methods.moving_panels import agreement
from core.outer import one_task

from .cases import KINDS, WORLDS, Case, draws_of, t64


@pytest.mark.parametrize("kind", ["maml", "reptile", "ftml"])
def test_the_panels_are_of_what_the_inner_steps_do(kind):
    world = WORLDS["mlp-tanh"]
    method, tasks = KINDS[kind].method(world.net(), world.loss), world.tasks()
    meta = KINDS[kind].meta(method)
    noise = draws_of(method, meta, tasks, 2)
    far, alike = method.panels(meta, tasks, noise)
    first = next(iter(far.rows))
    start = {**meta.fixed.get("init", {}), **meta.learned["init"]}[first]
    given = [one_task(tasks, i).given for i in range(4)]
    draws = [{g: {n: leaf[i] for n, leaf in named.items()} for g, named in noise.items()} for i in range(4)]
    moves = torch.stack([rollout(method, meta, given[i], draws[i], 2)["weights"][first] - start for i in range(4)])
    expected = moves.square().mean().sqrt() / start.square().mean().sqrt()
    torch.testing.assert_close(far.values[0], expected)
    torch.testing.assert_close(alike.values[0], agreement(moves.flatten(1)))
    assert far.rows == alike.rows == tuple(world.net().shapes)


def test_only_what_adapts_is_shown_and_nothing_where_nothing_does():
    world = WORLDS["mlp-tanh"]
    for case, rows in ((Case("maml", adapt=("head.*",)), ("head.weight", "head.bias")), (Case("maml", steps=0), None)):
        method, tasks = case.method(world.net(), world.loss), world.tasks()
        shown = method.panels(case.meta(method), tasks, {})
        assert [panel.rows for panel in shown] == ([rows, rows] if rows else [])


def test_agreement_is_1_for_equal_moves_0_for_unrelated_and_below_0_for_opposed_ones():
    assert agreement(t64([[1.0, 2.0], [1.0, 2.0], [1.0, 2.0]])).item() == pytest.approx(1)
    assert agreement(t64([[1.0, 0.0], [0.0, 1.0]])).item() == pytest.approx(0)
    assert agreement(t64([[1.0, 0.0], [-1.0, 0.0]])).item() == pytest.approx(-1)
    assert agreement(t64([[3.0, 1.0]])).item() == 0
