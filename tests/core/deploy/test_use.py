"""Adapting a loaded initialization to arrays: units, ways, and what does not fit."""

import numpy as np
import pytest
import torch

import core
from core.deploy import load
from core.errors import BadExperiment
from core.inner import start_weights

from .made import KINDS, REGRESSIONS, queries, support

CLASSES = [kind for kind in KINDS if kind.startswith("pictures")]


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_task_is_fitted_and_predicted(made, kind):
    start = core.load(made(kind))
    adapted = start.adapt(*support(kind))
    prediction = adapted.predict(queries(kind))
    assert prediction.dtype == np.float32
    assert np.isfinite(prediction).all()
    if kind in CLASSES:
        assert prediction.shape == (4, 3)
        np.testing.assert_allclose(prediction.sum(1), 1, rtol=1e-5)
    else:
        assert prediction.shape == (len(queries(kind)), 1)


@pytest.mark.parametrize("kind", ["sinusoid", "country", "meta-sgd", "frozen-but-adapted", "double"])
def test_adaptation_is_plain_gradient_descent_on_the_support_set(made, kind):
    """Written again with torch's autograd on the plain module: standardize, a few steps of SGD on the mean squared error,
    and back to units."""
    start, (x, y) = load(made(kind)), support(kind)
    scope = {}
    exec(start.card["network"]["module"], scope)
    model = scope["model"].double()
    net = start.network(1)
    model.load_state_dict({name: leaf.double() for name, leaf in start_weights(net, start.meta).items()})
    rate = start.meta.learned.get("rate", dict.fromkeys(net.shapes, 0.01))
    scale = start.spec.scaling or {"x_mean": [0], "x_std": [1], "y_mean": [0], "y_std": [1]}
    inputs = torch.as_tensor((x[:, None] - scale["x_mean"]) / scale["x_std"])
    targets = torch.as_tensor((y[:, None] - scale["y_mean"]) / scale["y_std"])
    for _ in range(2):
        loss = torch.nn.functional.mse_loss(model(inputs), targets)
        slopes = torch.autograd.grad(loss, list(model.parameters()))
        with torch.no_grad():
            for (name, leaf), slope in zip(model.named_parameters(), slopes, strict=True):
                if name in start.card["adapts"]:
                    leaf -= (
                        start.card["adaptation"]["learning_rate"] * slope if kind != "meta-sgd" else rate[name] * slope
                    )
    query = torch.as_tensor((queries(kind)[:, None] - scale["x_mean"]) / scale["x_std"])
    expected = model(query).detach().numpy() * scale["y_std"] + scale["y_mean"]
    np.testing.assert_allclose(start.adapt(x, y).predict(queries(kind)), expected, rtol=2e-4, atol=1e-4)


def test_scaling_is_applied_on_the_way_in_and_out(made):
    """A country's prediction is in years of life, and near the support for the support's own years."""
    start = load(made("country"))
    x, y = support("country")
    assert start.spec.scaling is not None
    assert abs(start.inputs(x)).max() < 5
    fitted = start.adapt(x, y, steps=200).predict(x)[:, 0]
    assert np.abs(fitted - y).mean() < np.abs(start.adapt(x, y, steps=0).predict(x)[:, 0] - y).mean()
    assert 20 < fitted.min() < fitted.max() < 100


@pytest.mark.parametrize("kind", KINDS)
def test_steps_are_those_of_the_recipe_unless_said(made, kind):
    start, (x, y) = load(made(kind)), support(kind)
    same, other = start.adapt(x, y, steps=2).predict(queries(kind)), start.adapt(x, y, steps=5).predict(queries(kind))
    assert np.array_equal(start.adapt(x, y).predict(queries(kind)), same)
    assert not np.array_equal(same, other)


@pytest.mark.parametrize("kind", KINDS)
def test_adapting_twice_gives_the_same_and_leaves_the_start_alone(made, kind):
    start = load(made(kind))
    before = {name: leaf.clone() for name, leaf in start.meta.learned["init"].items()}
    one, two = (start.adapt(*support(kind)).predict(queries(kind)) for _ in range(2))
    assert np.array_equal(one, two)
    assert all(torch.equal(leaf, before[name]) for name, leaf in start.meta.learned["init"].items())


@pytest.mark.parametrize("kind", KINDS)
def test_the_adapted_weights_load_into_the_plain_module(made, kind):
    start = load(made(kind))
    adapted = start.adapt(*support(kind))
    scope = {}
    exec(start.card["network"]["module"], scope)
    scope["model"].load_state_dict(adapted.state_dict(), strict=True)


# ways


@pytest.mark.parametrize("kind", ["pictures", "pictures-mlp", "pictures-reptile"])
def test_a_fixed_head_takes_fewer_classes_and_says_how_many_it_learned(made, kind):
    start = load(made(kind))
    assert start.adapt(*support(kind, ways=2)).predict(queries(kind)).shape == (4, 2)
    with pytest.raises(BadExperiment, match=r"fixed head for 3 classes and cannot take 4; .*network\.head = 'shared'"):
        start.adapt(*support(kind, ways=4))


@pytest.mark.parametrize("kind", ["pictures-shared", "pictures-shared-meta-sgd"])
@pytest.mark.parametrize("ways", [2, 3, 8])
def test_a_shared_head_takes_any_number_of_classes(made, kind, ways):
    start = load(made(kind))
    adapted = start.adapt(*support(kind, ways=ways))
    assert adapted.predict(queries(kind)).shape == (4, ways)
    assert adapted.state_dict()["head.weight"].shape[0] == ways


def test_adaptation_learns_the_support_labels(made):
    """Many steps on pictures that differ by their brightness."""
    start = load(made("pictures-mlp"))
    x, y = support("pictures-mlp")
    predicted = start.adapt(x, y, steps=200).predict(x)
    assert (predicted.argmax(1) == y).all()


# what does not fit


@pytest.mark.parametrize("kind", REGRESSIONS[:2])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_refused(made, kind, bad):
    start, (x, y) = load(made(kind)), support(kind)
    spoiled = y.copy()
    spoiled[0] = bad
    with pytest.raises(BadExperiment, match="y holds values that are not finite numbers; leave those rows out"):
        start.adapt(x, spoiled)
    with pytest.raises(BadExperiment, match="x holds values that are not finite numbers"):
        start.adapt(np.where(np.arange(len(x)) == 0, bad, x), y)
    with pytest.raises(BadExperiment, match="x holds values that are not finite numbers"):
        start.adapt(x, y).predict([bad])


@pytest.mark.parametrize(
    ("kind", "x", "y", "words"),
    [
        ("sinusoid", np.zeros((5, 2)), np.zeros(5), r"x has shape \[5, 2\], but the network takes \[examples, 1\]"),
        ("sinusoid", np.zeros(5), np.zeros(4), "x has 5 examples and y has 4; give one target for each, at least one"),
        ("sinusoid", np.zeros(0), np.zeros(0), "x has 0 examples"),
        ("sinusoid", np.zeros(5), np.zeros((5, 2)), "y has 2 columns, but the network predicts 1"),
        ("sinusoid", ["a", "b"], [1, 2], "x must be numbers"),
        ("sinusoid", [[1], [1, 2]], [1, 2], "x must be numbers"),
        ("sinusoid", [1.0, 2.0], ["a", "b"], "y must be numbers"),
        ("sinusoid", 3.0, 1.0, "x has shape"),
        ("pictures", np.zeros((2, 27, 28)), [0, 1], r"\[examples, 1, 28, 28\]"),
        ("pictures", np.zeros((2, 28, 28)), [0.5, 1.0], "y must be class labels: a whole number 0, 1, ..."),
        ("pictures", np.zeros((2, 28, 28)), [-1, 1], "y must be class labels"),
        ("pictures", np.zeros((2, 28, 28)), ["cat", "dog"], "y must be class labels"),
        ("pictures", np.zeros((2, 28, 28)), [[0], [1]], "y must be class labels"),
        ("pictures", np.zeros((2, 28, 28)), [0, 2], "y must use every class label from 0 to the largest"),
    ],
)
def test_arrays_that_do_not_fit_are_refused_in_one_sentence(made, kind, x, y, words):
    with pytest.raises(BadExperiment, match=words):
        load(made(kind)).adapt(x, y)


@pytest.mark.parametrize("steps", [-1, 1.5, "many"])
def test_steps_are_a_whole_number_from_zero_on(made, steps):
    with pytest.raises(BadExperiment, match="steps must be a whole number, 0 or more"):
        load(made("sinusoid")).adapt(*support("sinusoid"), steps=steps)


def test_lists_and_torch_tensors_and_channels_are_taken(made):
    start = load(made("pictures"))
    x, y = support("pictures")
    expected = start.adapt(x, y).predict(queries("pictures"))
    for one in (x.tolist(), torch.as_tensor(x), x[:, None]):
        np.testing.assert_allclose(start.adapt(one, y.tolist()).predict(queries("pictures")), expected, rtol=1e-6)
