"""The regression families against the numbers of task_distributions.md, section 2.4."""

import math
from pathlib import Path

import pytest
import torch

from core.config import tasks as settings_of
from core.draws import at_step
from core.errors import BadExperiment
from core.tasks import build
from core.tasks.families import law, sampler

DRAWS = 1_000_000

TANH = 5.401  # 3 E[tanh^2] + 3 by quadrature, to 0.01
RAISED = 17.48  # by quadrature, to 0.03
SINE, SINE_FROM_1, LINE = 4.2517, 31 / 6, 28.0
QUADRATIC, CORNER, CORNER_PAPER = 5.5140, 37.0, 3.0978
# A sin(w x + b) with b over a whole turn: E[A^2] / 2
WAVE = 4.2517

MOMENTS = [
    (settings_of.Sinusoid(), (SINE,)),
    (settings_of.SinusoidLine(), (SINE, LINE)),
    (settings_of.SinusoidLine(variant="platipus"), (SINE_FROM_1, LINE)),
    (settings_of.FiveModes(), (SINE, LINE, QUADRATIC, TANH, CORNER)),
    (settings_of.FiveModes(variant="paper"), (WAVE, LINE, QUADRATIC, TANH, CORNER_PAPER)),
    (settings_of.FourFamilies(), (RAISED, LINE, 15.778, 23.218)),
    (settings_of.Polynomial(), (1 / 3, 4 / 9, 0.5111)),
]
ROWS = [
    pytest.param(chosen, index, moment, id=f"{chosen.kind}-{getattr(chosen, 'variant', '')}-{index}")
    for chosen, moments in MOMENTS
    for index, moment in enumerate(moments)
]


def points(chosen, index, count=DRAWS):
    """One independent point of `count` tasks of one family."""
    chosen_law = law(chosen)
    draw = sampler(chosen_law.families[index : index + 1], chosen_law.x, 1, 1)
    return draw(at_step(3, "moments"), count).support


@pytest.mark.parametrize(("chosen", "index", "moment"), ROWS)
def test_the_second_moment_of_a_family_is_the_exact_one(chosen, index, moment):
    """Four standard errors of the mean of y^2 at 1e6 draws, plus the rounding of the value given."""
    squares = points(chosen, index).y.double().square()
    rounding = {TANH: 0.01, RAISED: 0.03}.get(moment, 5e-4)
    tolerance = 4 * squares.std().item() / math.sqrt(DRAWS) + rounding
    assert tolerance < 0.3
    assert squares.mean().item() == pytest.approx(moment, abs=tolerance)


def test_every_law_has_a_row_of_moments_for_every_family():
    assert [len(law(chosen).families) for chosen, _ in MOMENTS] == [len(moments) for _, moments in MOMENTS]


def test_the_mean_of_the_sinusoid_shows_a_phase_over_half_a_turn():
    """E[y] = E[A] E[sin(x - p)] = 2.55 * 0.1221 = 0.3113; a phase over a whole turn gives 0. Standard error 0.002."""
    assert points(settings_of.Sinusoid(), 0).y.mean().item() == pytest.approx(0.3113, abs=0.009)


@pytest.mark.parametrize("chosen", [chosen for chosen, _ in MOMENTS], ids=lambda chosen: chosen.kind)
def test_inputs_fill_their_range_and_nothing_else(chosen):
    low, high = law(chosen).x
    x = points(chosen, 0, 100_000).x
    assert low <= x.min().item() < low + 0.01
    assert high - 0.01 < x.max().item() <= high


@pytest.mark.parametrize(("modes", "tasks", "counts"), [(5, 25, [5] * 5), (3, 24, [8] * 3), (2, 25, [12, 13])])
def test_five_modes_are_balanced_inside_every_meta_batch(modes, tasks, counts):
    train = build(settings_of.FiveModes(modes=modes), data_folder=Path("unused")).train
    for step in range(20):
        mode = train.sample(at_step(0, "tasks", step), tasks).about["mode"]
        assert sorted(torch.bincount(mode, minlength=modes).tolist()) == counts


def test_no_mode_is_favoured_where_the_meta_batch_is_not_a_multiple():
    """One task a call: 3,000 calls give each of 3 modes 1,000 times, standard deviation 26."""
    train = build(settings_of.FiveModes(modes=3), data_folder=Path("unused")).train
    modes = torch.cat([train.sample(at_step(0, "tasks", step), 1).about["mode"] for step in range(3000)])
    assert torch.bincount(modes).sub(1000).abs().max().item() < 105


@pytest.mark.parametrize(
    ("chosen", "count"),
    [(settings_of.SinusoidLine(), 2), (settings_of.FourFamilies(), 4), (settings_of.Polynomial(), 3)],
)
def test_families_that_are_drawn_are_drawn_uniformly(chosen, count):
    """Chi-square of 60,000 draws, at most 3 degrees of freedom: 16.3 is the 99.9 % point of 3."""
    train = build(chosen, data_folder=Path("unused")).train
    seen = torch.bincount(train.sample(at_step(0, "tasks"), 60_000).about["mode"], minlength=count).double()
    expected = 60_000 / count
    assert ((seen - expected).square() / expected).sum().item() < 16.3


def test_each_task_of_a_mixture_follows_its_own_family():
    """Lines have no second difference: three points of a line have a zero determinant, others have not."""
    train = build(settings_of.SinusoidLine(shots=3), data_folder=Path("unused"), dtype=torch.float64).train
    task = train.sample(at_step(0, "tasks"), 200)
    x, y = task.support.x, task.support.y
    bent = torch.linalg.det(torch.cat([torch.ones_like(x), x, y], -1)).abs() > 1e-9
    assert bent.equal(task.about["mode"] == 0)


def test_noise_is_on_support_and_query_and_is_the_floor():
    quiet = build(settings_of.FiveModes(noise=0), data_folder=Path("unused")).test
    loud = build(settings_of.FiveModes(), data_folder=Path("unused")).test
    assert quiet.spec.noise_floor == 0
    assert loud.spec.noise_floor == pytest.approx(0.09)
    clean, noisy = (d.sample(at_step(0, "tasks"), 20_000) for d in (quiet, loud))
    for before, after in ((clean.support, noisy.support), (clean.query, noisy.query)):
        assert (after.y - before.y).square().mean().item() == pytest.approx(0.09, rel=0.02)


def test_both_precisions_see_the_same_tasks():
    single, double = (
        build(settings_of.FourFamilies(), data_folder=Path("unused"), dtype=dtype).test.sample(at_step(0, "x"), 50)
        for dtype in (torch.float32, torch.float64)
    )
    assert double.query.y.dtype == torch.float64
    assert torch.allclose(single.query.y.double(), double.query.y, atol=1e-4)


def test_training_shots_change_training_alone():
    splits = build(settings_of.Sinusoid(shots=5, train_shots=50), data_folder=Path("unused"))
    shapes = [d.sample(at_step(0, "x"), 4).support.x.shape for d in splits[:3]]
    assert shapes == [(4, 50, 1), (4, 5, 1), (4, 5, 1)]
    assert [d.spec.shots for d in splits[:3]] == [50, 5, 5]


# one family alone, and one after the other


@pytest.mark.parametrize(
    ("kind", "family"), [("FiveModes", "line"), ("FiveModes", "absolute"), ("FourFamilies", "cubic")]
)
def test_a_family_alone_has_the_tasks_that_it_has_among_all(kind, family):
    """Where the whole law draws the family, the task is the same to the last bit: runs on it can be paired."""
    model = getattr(settings_of, kind)
    all_, alone = (build(model(only=only), data_folder=Path()).test for only in ("all", family))
    assert model(only=family).evaluation_key() == model().evaluation_key()
    whole, one = (each.sample(at_step(5, "paired"), 60) for each in (all_, alone))
    index = [each.name for each in law(model()).families].index(family)
    assert one.about["mode"].tolist() == [index] * 60
    same = whole.about["mode"] == index
    assert same.sum() > 5
    for ours, theirs in zip(one[:2], whole[:2], strict=True):
        assert torch.equal(ours.x, theirs.x)
        assert torch.equal(ours.y[same], theirs.y[same])


def test_a_family_that_the_law_does_not_have_is_refused():
    with pytest.raises(BadExperiment, match=r"tasks\.only.*sinusoid, line"):
        build(settings_of.FiveModes(modes=2, only="tanh"), data_folder=Path())


def test_phases_train_on_one_family_after_the_other_and_evaluate_on_all():
    splits = build(settings_of.FiveModes(phase=3, modes=2), data_folder=Path())
    seen = [splits.train.during(step).sample(at_step(1, "phases"), 4).about["mode"].tolist() for step in range(1, 10)]
    assert seen == [[0] * 4] * 3 + [[1] * 4] * 3 + [[0] * 4] * 3
    assert set(splits.test.during(1).sample(at_step(1, "phases"), 4).about["mode"].tolist()) == {0, 1}
    assert settings_of.FiveModes(phase=3).evaluation_key() == settings_of.FiveModes().evaluation_key()
