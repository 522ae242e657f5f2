"""What a run can be placed by: settings and results."""

from dataclasses import dataclass, field
from math import isnan

import numpy as np
import pytest

from core.analysis import traits
from core.config import Experiment

from .fakes import evaluation


@dataclass
class Record:
    experiment: Experiment
    step: int = 10
    best_loss: float | None = None
    seconds: float = 4.0
    rates: dict = field(default_factory=dict)
    counts: dict = field(default_factory=lambda: {"adapted": 41})
    bytes: int = 0


def record(**settings):
    return Record(Experiment.model_validate(settings))


def test_what_differs_comes_first_among_the_settings():
    keys = traits.setting_keys([record(seed=1), record(seed=2, inner={"steps": 3})])
    assert keys[:2] == ["seed", "inner.steps"]
    assert "outer.meta_batch" in keys
    assert "name" not in keys


def test_numbers_stay_numbers_and_words_get_places_in_their_order():
    runs = [record(inner={"steps": 5}), record(inner={"steps": 1}), record(method={"kind": "reptile"})]
    assert traits.setting_trait(runs, "inner.steps").places().tolist() == [5, 1, 1]
    kinds = traits.setting_trait(runs, "method.kind")
    assert (kinds.categories, kinds.places().tolist()) == (("MAML", "Reptile"), [0, 0, 1])


def test_what_is_not_set_is_a_word_and_what_a_run_does_not_have_is_no_place():
    runs = [record(), record(inner={"clip": 10.0}), record(method={"kind": "reptile"})]
    assert traits.setting_trait(runs, "inner.clip").categories == ("not set", "10")
    places = traits.setting_trait(runs, "method.optimizer").places()
    assert np.isnan(places).tolist() == [True, True, False]


def test_results_are_means_over_the_test_tasks():
    tested = evaluation("a", [[9, 4, 1], [7, 2, 3]])
    own = record()
    assert traits.result("query_loss", own, tested) == 2
    assert traits.result("first_step", own, tested) == 3
    assert traits.result("before", own, tested) == 8
    assert traits.result("start_loss", own, tested) == 3
    assert isnan(traits.result("accuracy", own, tested))
    assert isnan(traits.result("query_loss", own, None))


def test_only_results_that_are_known_are_offered():
    assert traits.result_keys([record()], [None]) == ["seconds", "gradients", "adapted"]


def test_a_seed_group_is_a_mean_with_its_band_and_one_run_has_none():
    found = traits.spread([1.0, 3.0, float("nan")], "range")
    assert (found.mean, found.low, found.high, found.n) == (2, 1, 3, 2)
    assert isnan(traits.spread([1.0], "std").low)


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ({"kind": "maml"}, 6), ({"kind": "reptile"}, 5), ({"kind": "pooled"}, 1), ({"kind": "maml++"}, 10),
        ({"kind": "maml++", "multi_step_share": 0.0}, 6), ({"kind": "mixture", "components": 3}, 18),
    ],
)  # fmt: skip
def test_gradient_evaluations_of_a_task(method, expected):
    assert traits.gradients_a_task(Experiment.model_validate({"method": method, "inner": {"steps": 5}})) == expected


def test_gradient_evaluations_are_counted_over_the_run():
    own = record(inner={"steps": 3}, outer={"meta_batch": 4})
    assert traits.result("gradients", own, None) == 10 * 4 * 4
