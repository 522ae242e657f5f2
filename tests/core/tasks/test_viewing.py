"""What the window gets of a task."""

from pathlib import Path

import numpy as np
import torch

from core.config.tasks import Sinusoid
from core.tasks import preview, views
from core.types import Batch, Task, TaskSpec


def test_a_preview_follows_its_seed():
    first, again, other = (preview(Sinusoid(), data_folder=Path("unused"), seed=seed) for seed in (0, 0, 1))
    assert first.support_x.shape == (6, 5, 1)
    assert first.query_y.shape == (6, 10, 1)
    np.testing.assert_array_equal(first.support_y, again.support_y)
    assert not np.array_equal(first.support_y, other.support_y)


def test_regression_comes_back_in_the_units_of_the_data_and_padding_as_nan():
    scaling = {"x_mean": [10.0], "x_std": [2.0], "y_mean": [100.0], "y_std": [5.0]}
    spec = TaskSpec("regression", (1,), 1, 2, 2, "made", names=("Chile", "Togo"), scaling=scaling)
    batch = Batch(torch.tensor([[[1.0], [0.0]]]), torch.tensor([[[2.0], [0.0]]]), torch.tensor([[1.0, 0.0]]))
    seen = views(spec, Task(batch, batch, {"id": torch.tensor([1])}))
    assert seen.names == ("Togo",)
    np.testing.assert_array_equal(seen.support_x, [[[12.0], [np.nan]]])
    np.testing.assert_array_equal(seen.query_y, [[[110.0], [np.nan]]])


def test_pictures_come_back_as_bytes_with_channels_last():
    spec = TaskSpec("classification", (1, 2, 3), 2, 1, 1, "made", class_names=("a", "b", "c"))
    pixels = torch.arange(12.0).reshape(1, 2, 1, 2, 3) / 255
    batch = Batch(pixels, torch.tensor([[0, 1]]), torch.ones(1, 2))
    seen = views(spec, Task(batch, batch, {"classes": torch.tensor([[2, 0]])}))
    assert seen.support_x.dtype == np.uint8
    assert seen.support_x.shape == (1, 2, 2, 3, 1)
    np.testing.assert_array_equal(seen.support_x.ravel(), np.arange(12))
    assert seen.class_names == (("c", "a"),)


def test_views_stop_at_their_limit():
    seen = preview(Sinusoid(), data_folder=Path("unused"), count=20)
    assert len(seen.support_x) == 20
