"""FTML's labels and leaders (ftml.md, section 13); the quadratic stream stands in tests/core/training/test_online.py."""

import math
from types import SimpleNamespace

import pytest
import torch

from core import losses
from core.config import find, parse, problems, with_settings
from core.types import Batch, Given, Task

from .cases import WORLDS, Case, D, assert_close, gradient_of


def batch(logits):
    return Batch(logits, torch.zeros(len(logits), dtype=torch.int64), torch.ones(len(logits), dtype=D))


def test_the_smoothed_loss_cannot_fall_below_the_entropy_of_its_target():
    """Check 7: -0.91 ln 0.91 - 9 * 0.01 ln 0.01 = 0.500288, reached by the target itself."""
    target = torch.tensor([[0.91, *[0.01] * 9]], dtype=D)
    soft = losses.smoothed(losses.cross_entropy, 0.1)
    floor = -0.91 * math.log(0.91) - 0.09 * math.log(0.01)
    assert float(soft(target.log(), batch(target))) == pytest.approx(floor, abs=1e-12)
    assert floor == pytest.approx(0.500288, abs=1e-6)
    for seed in range(20):
        logits = torch.randn(1, 10, generator=torch.Generator().manual_seed(seed), dtype=D) * 3
        assert float(soft(logits, batch(logits))) > floor


def test_smoothing_is_torchs_own():
    logits = torch.randn(6, 5, generator=torch.Generator().manual_seed(0), dtype=D)
    found = losses.smoothed(losses.cross_entropy, 0.1)(logits, batch(logits))
    expected = torch.nn.functional.cross_entropy(logits, batch(logits).y, label_smoothing=0.1)
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=0)


def test_regression_has_no_labels_to_smooth():
    assert losses.smoothed(losses.squared_error, 0.1) is losses.squared_error


def test_the_joint_leader_is_maml_without_a_step():
    world = WORLDS["mlp-tanh"]
    joint = Case("ftml", SimpleNamespace(leader="joint", smoothing=0.0, scale="mean"), steps=3).method(
        world.net(), world.loss
    )
    still = Case("maml", steps=0).method(world.net(), world.loss)
    assert_close(gradient_of(joint, world.tasks())[0], gradient_of(still, world.tasks())[0], 1e-12)


@pytest.mark.parametrize(("examples", "times"), [(10, 1.0), (140, 14.0), (900, 90.0)])
def test_the_released_codes_loss_makes_the_step_grow_with_the_examples(examples, times):
    """Pitfall 2: the sum over 10 is the mean on ten examples, |D|/10 times it on more. The outer loss stays a mean."""
    net = WORLDS["mlp-tanh"].net()
    x = torch.randn(examples, *net.input_shape, generator=torch.Generator().manual_seed(0), dtype=D)
    y = torch.randn(examples, net.outputs, generator=torch.Generator().manual_seed(1), dtype=D)
    support = Batch(x, y, torch.ones(examples, dtype=D))
    given = Given(support, x, support.weight)
    moved = {}
    for scale in ("mean", "sum-by-10"):
        settings = SimpleNamespace(leader="meta", smoothing=0.0, scale=scale)
        method = Case("ftml", settings).method(net, losses.squared_error)
        start = method.init(torch.Generator().manual_seed(0))
        begun = method.begin(start, given, {})
        after = method.step(start, begun, given, {}, 0)["weights"]
        moved[scale] = {name: leaf - begun["weights"][name] for name, leaf in after.items()}
        assert method.objective.terms is not None
        value, _ = method.objective.terms(start, begun, Task(support, support), {}, 1, torch.zeros(()))
        expected = losses.squared_error(net.apply(start.learned["init"], x), support)
        torch.testing.assert_close(value, expected)
    for name, leaf in moved["mean"].items():
        torch.testing.assert_close(moved["sum-by-10"][name], times * leaf, rtol=1e-9, atol=1e-14)


def test_the_joint_leader_is_fine_tuned_at_use_by_the_same_steps():
    world = WORLDS["mlp-tanh"]
    joint, meta = (
        Case("ftml", SimpleNamespace(leader=leader, smoothing=0.0, scale="mean")).method(world.net(), world.loss)
        for leader in ("joint", "meta")
    )
    start = meta.init(torch.Generator().manual_seed(0))
    given = torch.func.vmap(lambda task: task)(world.tasks()).given
    one = type(given)(Batch(*(leaf[0] for leaf in given.support)), given.query_x[0], given.query_weight[0])
    found = [method.step(start, method.begin(start, one, {}), one, {}, 0)["weights"] for method in (joint, meta)]
    assert all(torch.equal(found[0][name], found[1][name]) for name in found[0])


# presets and what does not go together


def test_the_baselines_differ_from_ftml_in_what_they_are_alone():
    """The same stream, network, meta-batch and number of outer steps."""
    ftml, joint, tuned, scratch = (find(f"rainbow-mnist-{kind}") for kind in ("ftml", "joint", "finetune", "scratch"))
    for other in (joint, tuned, scratch):
        assert (other.network, other.outer, other.tasks.evaluation_key()) == (
            ftml.network,
            ftml.outer,
            ftml.tasks.evaluation_key(),
        )
        assert other.method.leader == "joint"
    assert (tuned.tasks, tuned.inner) == (ftml.tasks, ftml.inner)
    assert (joint.tasks, joint.inner.evaluation_steps) == (ftml.tasks, 0)
    assert (scratch.tasks.memory, scratch.tasks.fresh, scratch.inner.evaluation_steps) == ("current", True, 0)


def test_a_preset_trains_through_its_whole_stream():
    for kind in ("ftml", "joint", "finetune", "scratch"):
        experiment = find(f"rainbow-mnist-{kind}")
        assert experiment.outer.steps == experiment.tasks.timetable().total
        assert not problems(experiment)


WRONG = {
    "a stream that is cut short": (["outer.steps=10"], "outer.steps", False),
    "a stream that is over": (["outer.steps=100000"], "outer.steps", False),
    "no round left": (["tasks.rounds=5", "tasks.warm=5"], "tasks.warm", True),
    "no step to learn through": (["inner.steps=0"], "inner.steps", True),
    "a shared head that nothing moves": (["method.leader=joint", "network.head=shared"], "network.head", True),
}


@pytest.mark.parametrize(("pairs", "field", "blocking"), WRONG.values(), ids=WRONG)
def test_what_does_not_go_together_is_said(pairs, field, blocking):
    found = problems(with_settings(find("rainbow-mnist-ftml"), pairs))
    assert (field, blocking) in {(problem.field, problem.blocking) for problem in found}


def test_without_a_stream_it_says_so_and_runs():
    found = problems(parse({"method": {"kind": "ftml"}}))
    assert [(problem.field, problem.blocking) for problem in found if problem.field == "tasks.kind"] == [
        ("tasks.kind", False)
    ]
