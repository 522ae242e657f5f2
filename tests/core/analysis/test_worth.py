"""The sentence: helps, does not, cannot tell; and the numbers under it."""

import json

import numpy as np
import pytest

from core.analysis.worth import RANDOM, estimate, plain, plain_alternatives, worth
from core.training.events import Alternative, Curves, Target

TARGET = Target(("weight",), (10.0,), (20.0,))


def curve(last: np.ndarray | list[float], groups: list[int] | None = None) -> Curves:
    values = np.asarray(last, float)
    return Curves(np.stack([np.ones_like(values), values], 1), None, None if groups is None else np.array(groups))


def rival(values: np.ndarray | list[float], kind: str = "task-line") -> Alternative:
    return Alternative(kind, f"a {kind}", Curves(np.asarray(values, float)[:, None]))


SAMPLE = np.random.default_rng(0).uniform(0.9, 1.1, 40)


@pytest.mark.parametrize(
    ("gap", "helps", "word"),
    [(0.5, True, " helps:"), (-0.5, False, " does not help:"), (0.0, None, " does not clearly help:")],
)
def test_the_sentence_says_which_it_is(gap: float, helps: bool | None, word: str) -> None:
    noise = np.random.default_rng(1).normal(0, 0.05, 40)
    found = worth(curve(SAMPLE), curve(SAMPLE + 9), [rival(SAMPLE + gap + noise)], TARGET)
    assert (found.helps, found.best) == (helps, "task-line")
    assert word in found.sentence
    assert "After 1 inner step on 40 test tasks" in found.sentence


def test_the_best_alternative_is_the_one_compared_with() -> None:
    found = worth(curve(SAMPLE), curve(SAMPLE + 1), [rival(SAMPLE + 2), rival(SAMPLE + 0.5, "joint")])
    assert found.best == "joint"
    assert [each.kind for each in found.rivals] == [RANDOM, "task-line", "joint"]


def test_units_are_the_target_s() -> None:
    found = worth(curve([0.25] * 6), curve([1.0] * 6), [], TARGET)
    assert found.learned.rmse == pytest.approx(5.0)
    assert found.learned.rmse_share == pytest.approx(0.25)
    assert "weight 5 against 10" in found.sentence
    assert "With 6 tasks little can be told apart." in found.sentence


def test_several_targets_have_an_error_each_in_their_own_units() -> None:
    """Squared errors 0.04 and 0.25 of standardized values: 0.2 and 0.5 standard units, of 1000 and of 0.01."""
    two = Target(("sales", "margin"), (1000.0, 0.01), (2000.0, 0.01))
    ours = Curves(np.full((6, 2), 0.145), by_target=np.tile([0.04, 0.25], (6, 1)))
    theirs = Curves(np.full((6, 1), 1.0), by_target=np.ones((6, 2)))
    found = worth(ours, theirs, [Alternative("joint", "joint", theirs)], two)
    assert [(one.name, one.rmse) for one in found.learned.targets] == [
        ("sales", pytest.approx(200)),
        ("margin", pytest.approx(0.005)),
    ]
    assert [one.share for one in found.learned.targets] == [pytest.approx(0.1), pytest.approx(0.5)]
    assert found.learned.rmse_share == pytest.approx(np.sqrt((0.01 + 0.25) / 2))
    assert "root mean square error of sales 200 against 1e+03, of margin 0.005 against 0.01" in found.sentence
    told = plain(found)
    assert json.loads(json.dumps(told))["targets"][1] == {
        "name": "margin",
        "rmse": pytest.approx(0.005),
        "rmse_over_std": pytest.approx(0.5),
    }
    assert len(plain_alternatives(found)[0]["targets"]) == 2


def test_several_targets_measured_by_an_earlier_version_are_told_as_a_loss() -> None:
    two = Target(("sales", "margin"), (1000.0, 0.01), (2000.0, 0.01))
    found = worth(curve([0.25] * 6), curve([1.0] * 6), [], two)
    assert (found.learned.targets, found.learned.rmse, found.learned.rmse_share) == ((), None, None)
    assert "loss 0.25 against 1" in found.sentence


def test_episodes_of_one_task_count_once() -> None:
    groups = [0, 0, 0, 1, 2]
    found = estimate(np.array([1.0, 2.0, 3.0, 5.0, 8.0]), np.array(groups))
    assert (found.mean, found.n) == (5.0, 3)
    assert found.half_width == pytest.approx(
        4.3027 * 3 / np.sqrt(3), rel=1e-4
    )  # Student's t with two degrees of freedom


def test_an_alternative_that_runs_away_is_beaten_and_one_s_own_flight_is_told() -> None:
    fled = np.where(np.arange(40) == 3, np.inf, SAMPLE)
    found = worth(curve(SAMPLE), curve(fled), [rival(SAMPLE + 1)])
    assert found.rivals[0].helps is True
    assert found.best == "task-line"
    lost = worth(curve(fled), curve(SAMPLE), [rival(SAMPLE)])
    assert "has run away" in lost.sentence
    assert lost.helps is None
    for each in (found, lost):
        json.dumps([plain(each), plain_alternatives(each)], allow_nan=False)


def test_accuracy_is_better_upwards() -> None:
    accuracy = np.clip(SAMPLE - 0.2, 0, 1)
    own = Curves(np.ones((40, 1)), accuracy[:, None])
    worse = Curves(np.full((40, 1), np.nan), accuracy[:, None] - 0.3)
    found = worth(own, worse, [Alternative("nearest-mean", "nearest class mean of the pixels", worse)])
    assert (found.metric, found.helps) == ("accuracy", True)
    assert "% right" in found.sentence
    assert found.rivals[1].difference.mean == pytest.approx(0.3)
