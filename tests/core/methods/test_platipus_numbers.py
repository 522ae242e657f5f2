"""PLATIPUS against the closed forms of its method file (section 13), and samples of a posterior that is known exactly."""

import numpy as np
import pytest
import torch

from core import losses
from core.draws import at_step
from core.engine.eager import meta_gradient
from core.engine.plan import Plan
from core.inner import rollout
from core.methods.platipus import assumed_scatter, gaussian_kl, platipus
from core.outer import one_task
from core.sampled_panels import sampled_panels
from core.sampling import adapted as adapted_to
from core.sampling import mixture, predictions, use_noise
from core.types import Batch, Meta, Net, Partition, Recipe, Task

from .cases import WORLDS, ZERO, Case, D, changed, draws_of, gradient_of, t64

ALPHA, MU, KL = 0.1, 1.0, 0.2108256238
GAMMAS = {"prior": 0.05, "posterior": 0.2}
STDS = {"log_prior": 0.5, "log_posterior": 0.3}


def apply(weights, x):
    """One weight times an input: a squared error at x = sqrt(a / 2) and y = x c is (a / 2) (w - c)^2."""
    return x * weights["w"]


NET = Net({"w": ()}, lambda generator: {"w": t64(MU)}, apply, input_shape=(1,))
HALF = 2**-0.5


def task(shots=1):
    """Support (2/2)(w - 3)^2, query (1/2)(w - 2.5)^2, two tasks of them."""
    ones = torch.ones(2, shots, dtype=D)
    support = Batch(torch.ones(2, shots, 1, dtype=D), torch.full((2, shots, 1), 3.0, dtype=D), ones)
    query = Batch(torch.full((2, 1, 1), HALF, dtype=D), torch.full((2, 1, 1), 2.5 * HALF, dtype=D), ones[:, :1])
    return Task(support, query)


def method_and_meta(*, first_order=False, gammas=GAMMAS, stds=STDS, **settings):
    chosen = changed("platipus", kl_weight=1.0, **settings)
    recipe = Recipe(1, ALPHA, first_order)
    method = platipus(NET, losses.squared_error, recipe, Partition(("w",), ()), chosen)
    logs = {group: {"w": t64(std).log()} for group, std in stds.items()}
    learned = {"init": {"w": t64(MU)}, **logs, "gamma": {name: t64(value) for name, value in gammas.items()}}
    return method, Meta(learned, {}, {})


def eps(*values):
    return {"sample": {"w": t64(*values)}}


def gradient(method, meta, noise, walk="unrolled"):
    plan = Plan("vectorised", 2, 1, "eager", "cpu", "float64", walk=walk)
    found, aux = meta_gradient(method, plan)(meta, task(), noise, ZERO)
    return {
        "mu": found["init"]["w"].item(),
        "gamma_q": found["gamma"]["posterior"].item(),
        "gamma_p": found["gamma"]["prior"].item(),
        "log_q": found["log_posterior"]["w"].item(),
        "log_p": found["log_prior"]["w"].item(),
    }, aux


@pytest.mark.parametrize("walk", ["unrolled", "adjoint"])
def test_the_worked_example_in_expectation(walk):
    """Check 3. The loss is quadratic in epsilon, so two tasks with epsilon +1 and -1 give the expectation exactly."""
    method, meta = method_and_meta()
    found, aux = gradient(method, meta, eps(1.0, -1.0), walk)
    assert aux["kl"].tolist() == pytest.approx([KL, KL], rel=1e-9)
    assert aux["query_loss"].mean().item() == pytest.approx(0.3986, rel=1e-12)
    assert aux["outer_loss"].mean().item() == pytest.approx(0.6094256238, rel=1e-9)
    expected = {"mu": -0.5904, "gamma_q": -0.432, "gamma_p": -1.6, "log_q": -0.5824, "log_p": 0.6}
    assert found == pytest.approx(expected, rel=1e-10)


def test_the_worked_example_in_first_order():
    """All gradients inside are constants; the gammas in front of them are not."""
    method, meta = method_and_meta(first_order=True)
    found, aux = gradient(method, meta, eps(1.0, -1.0))
    assert aux["outer_loss"].mean().item() == pytest.approx(0.6094256238, rel=1e-9)
    expected = {"mu": -0.86, "gamma_q": -0.69, "gamma_p": -1.6, "log_q": -0.568, "log_p": 0.6}
    assert found == pytest.approx(expected, rel=1e-10)


def test_one_fixed_sample():
    """Check 4, without the divergence."""
    method, meta = method_and_meta()
    without = method._replace(
        objective=method.objective._replace(
            terms=lambda meta, fast, seen, noise, t, progress: (
                losses.squared_error(apply(fast["weights"], seen.query.x), seen.query),
                {"query_loss": ZERO, "theta": fast["weights"]["w"].detach()},
            )
        )
    )
    found, aux = gradient(without, meta, eps(1.0, 1.0))
    assert aux["theta"].tolist() == pytest.approx([1.88, 1.88], rel=1e-12)
    assert aux["outer_loss"].tolist() == pytest.approx([0.1922, 0.1922], rel=1e-12)
    expected = {"mu": -0.3968, "gamma_q": -0.744, "gamma_p": 0.0, "log_q": -0.1488, "log_p": 0.0}
    assert found == pytest.approx(expected, rel=1e-10)


def test_many_drawn_samples_have_the_expected_query_loss_of_the_closed_form():
    """Check 4: 400,000 draws of the method's own noise average to 0.3986 within 0.001 (standard error 0.0003)."""
    method, meta = method_and_meta()
    one = one_task(task(), 0)
    many = Task(*(Batch(*(leaf.expand(400_000, *leaf.shape) for leaf in batch)) for batch in one[:2]))
    drawn = method.noise(at_step(0, "noise"), meta, many.given, 1)
    plan = Plan("vectorised", 400_000, 1, "eager", "cpu", "float64", walk="unrolled")
    _, aux = meta_gradient(method, plan)(meta, many, drawn, ZERO)
    assert aux["query_loss"].mean().item() == pytest.approx(0.3986, abs=0.001)


@pytest.mark.parametrize(("group", "std"), [("log_prior", 0.316228), ("log_posterior", 0.464238)])
def test_the_stationary_spreads(group, std):
    """Check 5: at these spreads, the others as in the example, the slope vanishes."""
    method, meta = method_and_meta(stds={**STDS, group: std})
    found, _ = gradient(method, meta, eps(1.0, -1.0))
    assert found[f"log_{'p' if group == 'log_prior' else 'q'}"] == pytest.approx(0.0, abs=1e-5)


def test_the_divergence_of_two_gaussians():
    """Check 6."""
    one = {"w": t64([1.0])}, {"w": t64([0.5]).log()}
    two = {"w": t64([0.0])}, {"w": t64([0.0])}
    assert gaussian_kl(*one, *two).item() == pytest.approx(0.8181471806, rel=1e-10)
    assert gaussian_kl(*one, *one).item() == pytest.approx(0.0, abs=1e-15)


def test_the_divergence_is_summed_over_all_weights_and_stays_finite():
    wide = {"w": torch.zeros(3, dtype=D)}, {"w": torch.zeros(3, dtype=D)}
    narrow = {"w": torch.zeros(3, dtype=D)}, {"w": torch.full((3,), -50.0, dtype=D)}
    assert torch.isfinite(gaussian_kl(*wide, *narrow))
    one = {"w": torch.ones(3, dtype=D)}, {"w": t64([0.5]).log().expand(3)}
    assert gaussian_kl(*one, *wide).item() == pytest.approx(3 * 0.8181471806, rel=1e-10)


def test_a_use_without_spread_and_with_mamls_step_to_the_mean_is_maml_with_one_more_step():
    """Check 2: phi = 1.72 for n = 1."""
    method, meta = method_and_meta(gammas={"prior": ALPHA, "posterior": 0.0})
    given = Task(*(Batch(*(leaf[0] for leaf in part)) for part in task()[:2])).given
    fast = rollout(method, meta, given, {"sample": {"w": t64(0.0)}}, 1)
    assert fast["weights"]["w"].item() == pytest.approx(1.72, rel=1e-12)


def test_the_posterior_of_both_sets_follows_the_sum_of_their_gradients():
    """m_q = 1 - 0.2 (-4 - 1.5) = 2.1."""
    method, meta = method_and_meta(posterior="both")
    one = Task(*(Batch(*(leaf[0] for leaf in part)) for part in task()[:2]))
    fast = method.objective.start(meta, one, {"sample": {"w": t64(0.0)}})
    assert fast["posterior"]["w"].item() == pytest.approx(2.1, rel=1e-12)
    assert fast["prior"]["w"].item() == pytest.approx(1.2, rel=1e-12)


def test_a_warm_up_lets_the_divergence_in_by_and_by():
    method, meta = method_and_meta(kl_warmup=0.5)
    plan = Plan("vectorised", 2, 1, "eager", "cpu", "float64")
    for progress, share in ((0.0, 0.0), (0.25, 0.5), (0.5, 1.0), (1.0, 1.0)):
        _, aux = meta_gradient(method, plan)(meta, task(), eps(1.0, -1.0), t64(progress))
        assert aux["outer_loss"].mean().item() == pytest.approx(0.3986 + share * KL, rel=1e-9)


def test_no_query_label_reaches_a_use():
    """`begin` takes a Given; the posterior's quantities have no part in it."""
    method, meta = method_and_meta()
    other = meta._replace(
        learned={
            **meta.learned,
            "log_posterior": {"w": t64(0.7)},
            "gamma": {**meta.learned["gamma"], "posterior": t64(9.0)},
        }
    )
    given = Task(*(Batch(*(leaf[0] for leaf in part)) for part in task()[:2])).given
    noise = {"sample": {"w": t64(0.3)}}
    one, two = (method.begin(each, given, noise)["weights"]["w"] for each in (meta, other))
    assert torch.equal(one, two)


# samples at use


def test_samples_spread_as_the_exact_law_says():
    """phi = 0.8 theta + 0.6, theta ~ N(1.2, 0.5^2): samples at use have mean 1.56 and deviation 0.4 (20,000 draws: 0.4 times
    1 / sqrt(40,000) is one standard error of the deviation; five are allowed)."""
    method, meta = method_and_meta(samples=20_000)
    one = Task(*(Batch(*(leaf[0] for leaf in part)) for part in task()[:2])).given
    noise = use_noise(method, meta, one, 1)
    weights = torch.func.vmap(lambda draws: rollout(method, meta, one, draws, 1)["weights"]["w"])(noise)
    assert weights.mean().item() == pytest.approx(1.56, abs=5 * 0.4 / 20_000**0.5)
    assert weights.std().item() == pytest.approx(0.4, abs=5 * 0.4 / 40_000**0.5)


def test_more_support_steps_bring_the_samples_together():
    """Each step shrinks every sample's distance to 3 by 0.8, and with it their spread: closed form on a quadratic."""
    method, meta = method_and_meta(samples=5)
    given = Task(*(Batch(*(leaf[0] for leaf in part)) for part in task()[:2])).given
    noise = use_noise(method, meta, given, 10)
    spreads = [adapted_to(method, meta, given, noise, steps)["weights"]["w"].std().item() for steps in (0, 1, 10)]
    assert spreads[1] == pytest.approx(0.8 * spreads[0], rel=1e-12)
    assert spreads[2] == pytest.approx(0.8**10 * spreads[0], rel=1e-12)


def test_samples_differ_where_a_direction_is_not_tied_down_and_agree_where_it_is():
    """Two weights, a support set that shows the first alone: after many steps it is known, the other keeps its spread."""
    net = Net(
        {"w": (2,)}, lambda generator: {"w": torch.zeros(2, dtype=D)}, lambda w, x: (x * w["w"]).sum(-1, keepdim=True)
    )
    settings = changed("platipus", samples=8)
    method = platipus(net, losses.squared_error, Recipe(1, 0.25), Partition(("w",), ()), settings)
    meta = method.init(at_step(0, "init"))
    x = t64([[1.0, 0.0]])
    given = Task(Batch(x, t64([[2.0]]), torch.ones(1, dtype=D)), Batch(x, t64([[2.0]]), torch.ones(1, dtype=D))).given
    noise = use_noise(method, meta, given, 60)
    fast = adapted_to(method, meta, given, noise, 60)
    seen, unseen = predictions(method, meta, fast, given, t64([[1.0, 0.0], [0.0, 1.0]]))[..., 0].T
    assert seen.tolist() == pytest.approx([2.0] * 8, abs=1e-12)
    torch.testing.assert_close(unseen, 0.3 * noise["sample"]["w"][:, 1], rtol=1e-12, atol=0)


def test_draws_at_use_are_always_the_same():
    world = WORLDS["mlp-tanh"]
    method = Case("platipus").method(world.net(), world.loss)
    meta = method.init(at_step(0, "init"))
    tasks = world.tasks()
    given = Task(*(Batch(*(leaf[0] for leaf in part)) for part in tasks[:2])).given
    one, two = (use_noise(method, meta, given, 3)["sample"] for _ in range(2))
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert {len(leaf) for leaf in one.values()} == {4}


def test_a_mixture_averages_probabilities_not_logits():
    logits = t64([[[2.0, 0.0]], [[0.0, 1.0]]])
    expected = logits.softmax(-1).mean(0)
    torch.testing.assert_close(mixture(logits, classes=True).softmax(-1), expected, rtol=1e-12, atol=0)
    torch.testing.assert_close(mixture(logits, classes=False), logits.mean(0), rtol=0, atol=0)


def test_tiny_spreads_leave_maml():
    """Samples of deviation e^-8 predict what MAML predicts, to that order."""
    world = WORLDS["mlp-tanh"]
    settings = changed("platipus", initial_std=np.exp(-8.0), initial_gamma=0.0)
    method, maml = (
        Case("platipus", settings).method(world.net(), world.loss),
        Case("maml").method(world.net(), world.loss),
    )
    tasks = world.tasks()
    aux = [gradient_of(each, tasks)[1]["query_loss"] for each in (method, maml)]
    torch.testing.assert_close(aux[0], aux[1], rtol=1e-2, atol=1e-3)


# panels


@pytest.mark.parametrize(
    ("world", "forms"), [("mlp-tanh", ["curves", "lines", "lines"]), ("mlp-pictures", ["lines", "bars"])]
)
def test_panels_show_samples_calibration_and_spread(world, forms):
    method = Case("platipus").method(WORLDS[world].net(), WORLDS[world].loss)
    meta, tasks = method.init(at_step(0, "init")), WORLDS[world].tasks()
    given = Task(*(Batch(*(leaf[0] for leaf in part)) for part in tasks[:2])).given
    with torch.no_grad():
        found = sampled_panels(method, meta, tasks, use_noise(method, meta, given, 2), 2, 0.1)
        whole = method.panels(meta, tasks, use_noise(method, meta, given, 2))
    assert [panel.form for panel in found] == forms
    assert len(whole) == len(found) + 2
    for panel in found:
        assert panel.note
        assert panel.values.shape[0] == len(panel.rows)
    if forms[0] == "curves":
        assert found[0].values.shape == (4, 4, 100)
        assert found[0].x.shape == (4, 100)
        torch.testing.assert_close(found[0].marks[..., 0], tasks.support.x[..., 0])


def test_the_spread_by_examples_is_that_of_fewer_examples():
    """The first of them are really all that is seen; with all it is the spread of the whole support set."""
    method = Case("platipus").method(WORLDS["mlp-tanh"].net(), WORLDS["mlp-tanh"].loss)
    meta, tasks = method.init(at_step(0, "init")), WORLDS["mlp-tanh"].tasks()
    draws = use_noise(method, meta, one_task(tasks, 0).given, 2)
    shown = sampled_panels(method, meta, tasks, draws, 2, 0.1)[2]
    assert shown.x.tolist() == [1, 2, 5]
    two = tasks._replace(support=Batch(*(leaf[:, :2] for leaf in tasks.support)))
    alone = sampled_panels(method, meta, two, draws, 2, 0.1)[2]
    torch.testing.assert_close(shown.values[:, :2], alone.values, rtol=1e-10, atol=1e-12)


def test_targets_scatter_as_the_kl_weight_assumes_where_nothing_is_said():
    """2 s^2 / n = weight: the spec's 0.0036 with 50 queries is a deviation of 0.3."""
    query = Batch(torch.zeros(4, 50, 1), torch.zeros(4, 50, 1), torch.ones(4, 50))
    assert assumed_scatter(None, 0.0036, query) == pytest.approx(0.3)
    assert assumed_scatter(0.0, 0.0036, query) == 0.0


def test_draws_are_of_the_weights_that_adapt_alone():
    world = WORLDS["mlp-tanh"]
    method = Case("platipus", adapt=("head.*",)).method(world.net(), world.loss)
    meta = method.init(at_step(0, "init"))
    assert set(meta.learned["log_prior"]) == {"head.weight", "head.bias"}
    assert set(draws_of(method, meta, world.tasks())["sample"]) == {"head.weight", "head.bias"}
