"""Two classes of points in the plane: what the method file says of them (platipus.md, section 10 and check 7)."""

from pathlib import Path

import pytest
import torch

from core.config import parse, presets
from core.draws import at_step
from core.tasks import build
from core.tasks.boundary import FAMILIES, sampler
from core.training.events import Failed, Finished, Validated
from tests.core.training.helpers import run


def drawn(family, *, shots=5, queries=25, tasks=2000, half=True, seed=0):
    return sampler(shots, queries, only=family, half=half)(at_step(seed, "boundary"), tasks)


@pytest.mark.parametrize(("half", "share"), [(True, 0.0441), (False, 0.169)])
def test_so_many_points_of_the_square_lie_inside_a_circle(half, share):
    """Check 7 and pitfall 10: 4.4 % where the range is the diameter, 16.9 % where it is the radius."""
    found = drawn("circle", tasks=20_000, half=half).query.y.double().mean()
    assert found == pytest.approx(share, abs=0.002)


def test_a_circles_support_shows_the_inside_alone_and_its_query_the_square():
    tasks = drawn("circle")
    assert bool((tasks.support.y == 1).all())
    assert tasks.query.x.min() >= 0
    assert tasks.query.x.max() <= 5
    centre = tasks.support.x.mean(1)
    assert bool(((tasks.support.x - centre[:, None]).square().sum(-1).sqrt() < 2).all())


@pytest.mark.parametrize("family", ["line", "sine"])
def test_a_boundary_has_both_sides_and_a_coin_says_which_is_one(family):
    tasks = drawn(family)
    for part in (tasks.support, tasks.query):
        assert 0.45 < part.y.double().mean() < 0.55
    above = tasks.query.x[..., 1] > tasks.query.x[..., 1].mean(1, keepdim=True)
    agree = (above == (tasks.query.y == 1)).double().mean(1)
    assert 0.4 < (agree > 0.5).double().mean() < 0.6


def test_families_are_drawn_alike_and_one_alone_where_asked():
    mode = drawn("all", tasks=6000).about["mode"]
    assert all(0.3 < (mode == index).double().mean() < 0.37 for index in range(3))
    for index, family in enumerate(FAMILIES):
        assert bool((drawn(family, tasks=20).about["mode"] == index).all())


def test_both_precisions_see_the_same_tasks_and_splits_other_ones(tmp_path):
    settings = parse({"tasks": {"kind": "boundary"}}).tasks
    one, two = (build(settings, data_folder=tmp_path, dtype=dtype) for dtype in (torch.float32, torch.float64))
    single, double = (each.train.sample(at_step(0, "x"), 4) for each in (one, two))
    torch.testing.assert_close(single.support.x.double(), double.support.x, rtol=1e-5, atol=1e-5)
    assert torch.equal(single.query.y, double.query.y)
    assert one.spec.modes == FAMILIES
    assert single.support.x.shape == (4, 10, 2)


def test_its_preset_trains(tmp_path):
    from core.config import with_settings

    small = [
        "outer.steps=4",
        "outer.meta_batch=2",
        "evaluation.tasks=4",
        "evaluation.validation_tasks=4",
        "engine.tier=eager",
    ]
    heard = run(with_settings(presets()["boundary-platipus"].experiment, small), Path(tmp_path))
    assert not heard.all(Failed)
    assert heard.one(Finished)
    assert heard.all(Validated)[-1].views.query_probability.shape[-1] == 2
