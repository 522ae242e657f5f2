"""The numeric checks 1 to 8 of the method file maml.md, section 17: closed forms in float64, through the engine."""

import math
from types import SimpleNamespace

import pytest
import torch

from core import losses
from core.draws import at_step
from core.inner import rollout
from core.methods.registry import make
from core.nets import build
from core.optim import OuterOptimizer
from core.outer import one_task
from core.tasks.families import Family, sampler, sine, wave
from core.types import Batch, Net, Partition, Recipe, Task, TaskSpec

from .cases import MODES, REGRESSION, Case, D, draws_of, gradient_of, mlp, outer_settings, pictures, regression, t64

SGD = SimpleNamespace(optimizer="sgd", batch=None)
BOTH_MODES = pytest.mark.parametrize("mode", MODES)


def scalar_net(value=1.0):
    """One number w, whatever the input: the losses below read the task from x and y."""
    return Net({"w": ()}, lambda generator: {"w": t64(value)}, lambda weights, x: weights["w"].expand(len(x), 1))


def quadratic_loss(outputs, batch):
    """x/2 * (w - y)^2."""
    return (batch.x[:, 0] / 2 * (outputs[:, 0] - batch.y[:, 0]) ** 2).mean()


def quadratics(*pairs):
    """A batch of tasks with one example each: (a, c) of a/2 * (w - c)^2."""
    values = torch.tensor(pairs, dtype=D)
    return Batch(values[:, :1, None], values[:, 1:, None], torch.ones(len(pairs), 1, dtype=D))


def on_itself(*pairs):
    """Query = support."""
    return Task(quadratics(*pairs), quadratics(*pairs))


def scalar_method(kind, *, steps, order="second", value=1.0, rate=0.1, loss=quadratic_loss):
    recipe = Recipe(steps, rate, order == "first")
    return make(kind, scalar_net(value), loss, recipe, Partition(("w",), ()), SGD)


def adapted(method, task, steps):
    """The weight of the first task after `steps` inner steps."""
    meta = method.init(at_step(0, "init"))
    noise = draws_of(method, meta, task, max(1, steps))
    return rollout(method, meta, one_task(task, 0).given, one_task(noise, 0), steps)["weights"]


# 1. one-dimensional quadratic


@BOTH_MODES
@pytest.mark.parametrize(
    ("steps", "order", "phi", "outer", "gradient"),
    [
        (1, "second", 1.4, 2.56, -2.56),
        (1, "first", 1.4, 2.56, -3.2),
        (5, "second", 2.34464, 0.4294967296, -0.4294967296),
        (5, "first", 2.34464, 0.4294967296, -1.31072),
    ],
)
def test_check_1_maml_on_a_quadratic(mode, steps, order, phi, outer, gradient):
    method, task = scalar_method("maml", steps=steps, order=order), on_itself((2, 3), (2, 3), (2, 3))
    found, aux = gradient_of(method, task, mode)
    assert found["init"]["w"].item() == pytest.approx(gradient, abs=1e-13)
    assert aux["outer_loss"].tolist() == pytest.approx([outer] * 3, abs=1e-13)
    assert adapted(method, task, steps)["w"].item() == pytest.approx(phi, abs=1e-13)


@BOTH_MODES
@pytest.mark.parametrize(("order", "gradient"), [("second", 0.56), ("first", 0.70)])
def test_check_1_with_another_query_loss(mode, order, gradient):
    method = scalar_method("maml", steps=1, order=order)
    found, aux = gradient_of(method, Task(quadratics((2, 3)), quadratics((0.5, 0))), mode)
    assert found["init"]["w"].item() == pytest.approx(gradient, abs=1e-14)
    assert aux["query_loss"].item() == pytest.approx(0.49, abs=1e-14)


@BOTH_MODES
@pytest.mark.parametrize(("steps", "move"), [(1, 0.4), (5, 1.34464)])
def test_check_1_reptile_moves_towards_the_adapted_weights(mode, steps, move):
    found, _ = gradient_of(scalar_method("reptile", steps=steps), on_itself((2, 3)), mode)
    assert -found["init"]["w"].item() == pytest.approx(move, abs=1e-13)


# 2. quartic: a missing Hessian shows


@BOTH_MODES
@pytest.mark.parametrize(
    ("steps", "phi", "second", "first"), [(1, 0.9, 0.5103, 0.729), (2, 0.8271, 0.2998250964, 0.5658144865)]
)
def test_check_2_maml_on_a_quartic(mode, steps, phi, second, first):
    def quartic(outputs, batch):
        return (outputs**4 / 4).mean()

    for order, expected in (("second", second), ("first", first)):
        method = scalar_method("maml", steps=steps, order=order, loss=quartic)
        found, _ = gradient_of(method, on_itself((1, 0)), mode)
        assert found["init"]["w"].item() == pytest.approx(expected, abs=1e-10)
        assert adapted(method, on_itself((1, 0)), steps)["w"].item() == pytest.approx(phi, abs=1e-13)


# 3. w2 * tanh(w1 * x)

TINY = Task(quadratics((1, 1)), quadratics((2, 0)))  # columns x and y: support (1, 1), query (2, 0)


def tiny_method(steps, order, rate=0.1):
    def apply(weights, x):
        return weights["2"] * torch.tanh(weights["1"] * x)

    net = Net({"1": (), "2": ()}, lambda generator: {"1": t64(0.5), "2": t64(1.0)}, apply)
    recipe = Recipe(steps, rate, order == "first")
    return make("maml", net, losses.squared_error, recipe, Partition(("1", "2"), ()), None)


@BOTH_MODES
@pytest.mark.parametrize(
    ("steps", "order", "loss", "gradient"),
    [
        (1, "second", 0.7481939708, (0.9474459078, 1.3785297822)),
        (1, "first", 0.7481939708, (1.1658313212, 1.4255210453)),
        (2, "second", 0.8961070171, (0.6861707838, 1.4723220509)),
        (2, "first", 0.8961070171, (1.0595708594, 1.6339990768)),
    ],
)
def test_check_3_maml_on_the_tiny_net(mode, steps, order, loss, gradient):
    found, aux = gradient_of(tiny_method(steps, order), TINY, mode)
    assert tuple(leaf.item() for leaf in found["init"].values()) == pytest.approx(gradient, abs=1e-10)
    assert aux["query_loss"].item() == pytest.approx(loss, abs=1e-10)


def test_check_3_weights_of_the_tiny_net_after_one_step():
    moved = adapted(tiny_method(1, "second"), TINY, 1)
    assert (moved["1"].item(), moved["2"].item()) == pytest.approx((0.5846033485, 1.0497129780), abs=1e-10)


@BOTH_MODES
@pytest.mark.parametrize("order", ["second", "first"])
def test_check_3_a_step_size_of_zero_gives_the_plain_query_gradient(mode, order):
    found, _ = gradient_of(tiny_method(1, order, rate=0.0), TINY, mode)
    expected = (1.2794000169, 1.1600513168)
    assert tuple(leaf.item() for leaf in found["init"].values()) == pytest.approx(expected, abs=1e-10)


# 4. fixed points of two tasks


def descended(method, tasks, mode, *, rate, steps):
    """Meta-parameters after plain outer descent on the same tasks."""
    meta = method.init(at_step(0, "init"))
    settings = outer_settings(learning_rate=rate, steps=steps)
    optimizer, noise = OuterOptimizer(meta.learned, settings), draws_of(method, meta, tasks, 5)
    for step in range(1, steps + 1):
        found, _ = gradient_of(method, tasks, mode, meta=meta, noise=noise)
        optimizer.step(meta.learned, found, step)
    return meta


@BOTH_MODES
@pytest.mark.parametrize("start", [-4.0, 0.0, 6.0])
@pytest.mark.parametrize(
    ("kind", "order", "steps", "point"),
    [
        ("pooled", "second", 1, 0.8),
        ("maml", "second", 1, 0.64),
        ("maml", "first", 1, 0.727273),
        ("reptile", "second", 5, 0.692502),
    ],
)
def test_check_4_outer_descent_reaches_the_fixed_point_from_any_start(mode, start, kind, order, steps, point):
    method = scalar_method(kind, steps=steps, order=order, value=start)
    meta = descended(method, on_itself((1, 0), (4, 1)), mode, rate=0.4, steps=60)
    assert meta.learned["init"]["w"].item() == pytest.approx(point, abs=5e-7)


# 5. Meta-SGD


@BOTH_MODES
def test_check_5_meta_sgd_on_a_quadratic(mode):
    found, _ = gradient_of(scalar_method("meta-sgd", steps=1), on_itself((2, 3)), mode)
    assert found["init"]["w"].item() == pytest.approx(-2.56, abs=1e-13)
    assert found["rate"]["w"].item() == pytest.approx(-12.8, abs=1e-13)


@BOTH_MODES
def test_check_5_the_learned_rate_of_a_quadratic_is_the_one_step_solution(mode):
    """With the start held, dJ/da vanishes at a = 1/2 alone."""
    method = scalar_method("meta-sgd", steps=1)
    settings = outer_settings(learning_rate=0.0, steps=60)
    meta, tasks = method.init(at_step(0, "init")), on_itself((2, 3))
    optimizer = OuterOptimizer(meta.learned, settings, {"rate": 0.02})
    for step in range(1, 61):
        optimizer.step(meta.learned, gradient_of(method, tasks, mode, meta=meta)[0], step)
    assert meta.learned["rate"]["w"].item() == pytest.approx(0.5, abs=1e-6)
    assert meta.learned["init"]["w"].item() == 1.0


def test_first_order_meta_sgd_keeps_the_gradient_of_its_rates():
    found, _ = gradient_of(scalar_method("meta-sgd", steps=1, order="first"), on_itself((2, 3)))
    assert found["init"]["w"].item() == pytest.approx(-3.2, abs=1e-13)
    assert found["rate"]["w"].item() == pytest.approx(-12.8, abs=1e-13)


# 6. sinusoid baselines

WIDE = (-5.0, 5.0)
SINUSOID = Family("sinusoid", sine, ((0.1, 5.0), (0.0, math.pi)))
WITH_FREQUENCY = Family("sinusoid", wave, ((0.1, 5.0), (0.8, 1.2), (-math.pi, 0.0)))
TASKS = 200_000


def points(family):
    """One point each of many tasks (x, y), so that all are independent. The spread of y^2 over tasks is below 6, so the
    mean of 200,000 is within 0.04 with three sigmas."""
    drawn = sampler((family,), WIDE, 1, 1, dtype=D)(at_step(0, "baselines"), TASKS).support
    return drawn.x[:, 0], drawn.y[:, 0]


@pytest.mark.parametrize(("family", "expected"), [(SINUSOID, 4.25167), (WITH_FREQUENCY, 4.2526)])
def test_check_6_predicting_zero_on_the_sinusoid(family, expected):
    _, y = points(family)
    assert y.square().mean().item() == pytest.approx(expected, abs=0.04)


@pytest.mark.parametrize("family", [SINUSOID])
def test_check_6_the_best_task_independent_predictor_is_a_cosine(family):
    """Least squares on cos x: coefficient -(2 * 2.55 / pi), and what is left is 3.00567."""
    x, y = points(family)
    coefficient = ((x.cos() * y).sum() / x.cos().square().sum()).item()
    assert coefficient == pytest.approx(-2 * 2.55 / math.pi, abs=0.02)
    assert (y - coefficient * x.cos()).square().mean().item() == pytest.approx(3.00567, abs=0.03)


def test_check_6_with_a_frequency_the_best_task_independent_predictor_leaves_more():
    """The predictor is free in x: the mean of y in each of 200 slices of x. About 3.11."""
    x, y = points(WITH_FREQUENCY)
    slices = ((x[:, 0] + 5) / 10 * 200).long().clamp(0, 199)
    count = torch.zeros(200, dtype=D).index_add(0, slices, torch.ones(TASKS, dtype=D))
    mean = torch.zeros(200, dtype=D).index_add(0, slices, y[:, 0]) / count
    assert (y[:, 0] - mean[slices]).square().mean().item() == pytest.approx(3.11, abs=0.03)


@BOTH_MODES
def test_check_6_pooled_training_plateaus_at_the_best_task_independent_predictor(mode):
    """Joint training with the one feature cos x ends in the least-squares solution, whose loss is 3.00567."""
    net = Net({"w": ()}, lambda generator: {"w": t64(0.0)}, lambda weights, x: weights["w"] * x.cos())
    method = make("pooled", net, losses.squared_error, Recipe(1, 0.01), Partition(("w",), ()), None)
    count, examples = (20, 10_000) if mode == "vectorised" else (4, 50_000)
    x, y = (leaf.reshape(count, examples, 1) for leaf in points(SINUSOID))
    half = examples // 2
    ones = torch.ones(count, half, dtype=D)
    tasks = Task(Batch(x[:, :half], y[:, :half], ones), Batch(x[:, half:], y[:, half:], ones))
    meta = descended(method, tasks, mode, rate=0.5, steps=30)
    assert meta.learned["init"]["w"].item() == pytest.approx(-1.62338, abs=0.02)
    assert gradient_of(method, tasks, mode, meta=meta)[1]["outer_loss"].mean().item() == pytest.approx(
        3.00567, abs=0.03
    )


# 7. reduction and counts


def sum_over_shots(outputs, batch):
    """The released code's loss at K = 1: a sum over the N support images, divided by K."""
    return losses.cross_entropy(outputs, batch) * 5


@BOTH_MODES
def test_check_7_the_sum_over_shots_is_the_mean_with_ways_times_the_step(mode):
    """K = 1, N = 5: an inner step of 0.4 on sum/K is one of 2.0 on the mean; the outer gradient is exactly 5 times."""
    spec = TaskSpec("classification", (1, 8, 8), 5, 1, 1, "cases")
    tasks, net = pictures(3, ways=5, shots=1, queries=1), build(mlp(), spec, dtype=D)
    of_sum, of_mean = (
        make("maml", net, loss, Recipe(2, rate), Partition(tuple(net.shapes), ()), None)
        for loss, rate in ((sum_over_shots, 0.4), (losses.cross_entropy, 2.0))
    )
    total, mean = gradient_of(of_sum, tasks, mode)[0]["init"], gradient_of(of_mean, tasks, mode)[0]["init"]
    for name, leaf in mean.items():
        torch.testing.assert_close(total[name], 5 * leaf, rtol=1e-12, atol=1e-15)


OMNIGLOT, MINI = (1, 28, 28), (3, 84, 84)


@pytest.mark.parametrize(
    ("kind", "filters", "shape", "ways", "parameters", "offsets"),
    [
        ("conv-strided", 64, OMNIGLOT, 5, 111_749, 256),
        ("conv-strided", 64, OMNIGLOT, 20, 112_724, 256),
        ("conv-pooled", 32, MINI, 5, 32_645, 128),
    ],
)
def test_check_7_parameter_counts_of_the_convolutional_networks(kind, filters, shape, ways, parameters, offsets):
    settings = SimpleNamespace(kind=kind, filters=filters, depth=4, norm="batch", init="glorot", head="fixed")
    shapes = build(settings, TaskSpec("classification", shape, ways, 1, 1, "count")).shapes
    size = {name: math.prod(of) for name, of in shapes.items()}
    assert sum(count for name, count in size.items() if ".norm." not in name) == parameters
    assert sum(count for name, count in size.items() if name.endswith(".norm.bias")) == offsets


def test_check_7_parameter_count_of_the_sinusoid_network():
    net = build(mlp(hidden=(40, 40), activation="relu"), REGRESSION)
    assert sum(math.prod(shape) for shape in net.shapes.values()) == 1761


# 8. central differences


@BOTH_MODES
@pytest.mark.parametrize("activation", ["tanh", "softplus"])
@pytest.mark.parametrize("steps", [1, 3])
def test_check_8_gradient_of_a_smooth_net_equals_central_differences(mode, activation, steps):
    """Along a random direction: relative error below 1e-6 (in fact about 1e-9)."""
    net, tasks = build(mlp(activation=activation), REGRESSION, dtype=D), regression()
    method = Case("maml", steps=steps, rate=0.01).method(net, losses.squared_error)
    meta = method.init(at_step(0, "init"))
    generator = at_step(0, "direction")
    direction = {
        name: torch.randn(leaf.shape, generator=generator, dtype=D) for name, leaf in meta.learned["init"].items()
    }

    def outer_loss(h):
        moved = {name: leaf + h * direction[name] for name, leaf in meta.learned["init"].items()}
        return (
            gradient_of(method, tasks, mode, meta=meta._replace(learned={"init": moved}))[1]["outer_loss"].mean().item()
        )

    found = gradient_of(method, tasks, mode, meta=meta)[0]["init"]
    slope = sum((found[name] * direction[name]).sum() for name in found).item()
    assert slope == pytest.approx((outer_loss(1e-5) - outer_loss(-1e-5)) / 2e-5, rel=1e-6)
