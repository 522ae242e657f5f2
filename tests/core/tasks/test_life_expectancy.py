"""Countries as tasks."""

import numpy as np
import pytest
import torch

from core.config.tasks import LifeExpectancy
from core.draws import at_step
from core.errors import BadExperiment
from core.tasks import build, fixed_tasks, preview


@pytest.fixture(scope="module")
def splits(data_folder):
    return build(LifeExpectancy(), data_folder=data_folder)


def countries(distribution):
    return set(distribution.sample(at_step(0, "x"), 200).about["id"].tolist())


def test_countries_are_divided_92_20_30(splits):
    parts = [countries(part) for part in splits[:3]]
    assert [len(part) for part in parts] == [92, 20, 30]
    assert len(set.union(*parts)) == 142


def test_training_countries_have_mean_0_and_deviation_1(splits):
    """All 12 rows of every training country once."""
    task = splits.train.sample(at_step(0, "x"), 92)
    for leaf in ("x", "y"):
        values = torch.cat([getattr(task.support, leaf), getattr(task.query, leaf)], 1)
        assert values.mean().item() == pytest.approx(0, abs=1e-5)
        assert values.std(correction=0).item() == pytest.approx(1, abs=1e-5)


def test_three_rows_are_seen_and_the_other_nine_asked(splits):
    task = splits.test.sample(at_step(0, "x"), 30)
    x = torch.cat([task.support.x, task.query.x], 1)[..., 0].sort(1).values
    assert task.support.x.shape == (30, 3, 1)
    torch.testing.assert_close(x, x[:1].expand_as(x))
    assert (x.diff(dim=1) > 0.1).all()
    assert not splits.test.spec.padded
    assert task.query.weight.eq(1).all()


@pytest.mark.parametrize("settings", [{"shots": 5, "queries": 10}, {"train_shots": 4, "queries": 9}])
def test_more_shots_and_queries_than_years_are_refused_with_what_to_lower(settings, data_folder):
    key = "tasks.train_shots" if "train_shots" in settings else "tasks.shots"
    with pytest.raises(
        BadExperiment, match=f"{key} .* only 12 years.*tasks.queries to {7 if key == 'tasks.shots' else 8}"
    ):
        build(LifeExpectancy(**settings), data_folder=data_folder)


def test_views_are_in_years_and_name_the_country(data_folder):
    seen = preview(LifeExpectancy(), data_folder=data_folder, count=8, split="test")
    years = np.concatenate([seen.support_x, seen.query_x], 1)[..., 0]
    np.testing.assert_allclose(np.sort(years, 1), np.tile(np.arange(1952, 2008, 5), (8, 1)), atol=1e-3)
    assert 20 < seen.query_y.min() < seen.query_y.max() < 90
    assert len(set(seen.names)) == 8


def test_the_fixed_list_holds_every_test_country_equally_often(splits):
    task, _ = fixed_tasks(splits.test, LifeExpectancy().evaluation_key(), "test", 600)
    assert set(torch.bincount(task.about["id"]).tolist()) == {0, 20}


def test_the_input_range_covers_all_years(splits):
    spec = splits.train.spec
    years = np.array(spec.input_range) * spec.scaling["x_std"] + np.array(spec.scaling["x_mean"])
    np.testing.assert_allclose(years, [1952, 2007])
