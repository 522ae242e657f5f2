import numpy as np
import pytest
import torch

from core.training.baselines import logistic, pixels


def test_two_classes_agree_with_the_known_slope() -> None:
    """Rows drawn from a logistic law: the difference of the two classes' weights is the law's."""
    draw = np.random.default_rng(0)
    x = draw.standard_normal((20_000, 1))
    y = (draw.random(20_000) < 1 / (1 + np.exp(-(0.5 + 1.5 * x[:, 0])))).astype(np.int64)
    weights = logistic.fit(x, y, 2, 1e-6)
    np.testing.assert_allclose(weights[:, 1] - weights[:, 0], [0.5, 1.5], atol=0.06)


@pytest.mark.parametrize("ridge", [logistic.TASK_RIDGE, logistic.POOLED_RIDGE])
def test_it_is_the_minimum(ridge: float) -> None:
    """The gradient is zero there: separable rows, more columns than rows, a class that no row has."""
    draw = np.random.default_rng(1)
    x, y = draw.standard_normal((6, 9)), np.array([0, 0, 1, 1, 2, 2])
    weights = logistic.fit(x, y, 4, ridge)
    share = logistic.probabilities(weights, x)
    np.testing.assert_allclose(share.sum(1), 1)
    assert (share.argmax(1) == y).all()
    slopes = np.c_[np.ones(6), x].T @ (share - np.eye(4)[y]) / 6
    np.testing.assert_allclose(slopes[1:] + ridge * weights[1:], 0, atol=1e-5)


def test_the_nearest_mean_of_pictures() -> None:
    light, dark = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]])
    support = torch.stack([torch.stack([light, light * 0.5, dark])])
    found = pixels.nearest_mean(support, torch.tensor([[0, 0, 1]]), torch.stack([torch.stack([dark, light * 0.1])]), 2)
    assert found.tolist() == [[1, 0]]


def test_it_is_the_largest_cosine_and_a_black_picture_is_no_error() -> None:
    draw = torch.Generator().manual_seed(0)
    support, query = torch.rand(3, 6, 1, 4, 4, generator=draw), torch.rand(3, 5, 1, 4, 4, generator=draw)
    query[0, 0] = 0
    labels = torch.tensor([0, 0, 1, 1, 2, 2]).expand(3, 6)
    means = support.view(3, 3, 2, 16).mean(2)
    cosine = torch.nn.functional.cosine_similarity(query.flatten(2)[:, :, None], means[:, None], dim=-1)
    assert pixels.nearest_mean(support, labels, query, 3).tolist() == cosine.argmax(-1).tolist()
