"""Only what differs, and deltas in arrow and word."""

from math import nan

from core.analysis.diff import changes, delta, differences, flatten
from core.config import Experiment


def _experiment(**values):
    return Experiment.model_validate(values)


def test_nested_settings_become_dotted_keys():
    assert flatten({"a": 1, "b": {"c": [1, 2], "d": {"e": 3}}}) == {"a": 1, "b.c": [1, 2], "b.d.e": 3}


def test_equal_experiments_differ_in_nothing_and_names_do_not_count():
    assert differences([_experiment(name="x"), _experiment(name="y")]) == []
    assert differences([]) == []
    assert differences([_experiment()]) == []


def test_only_what_differs_is_listed_in_the_order_of_the_file():
    rows = differences([_experiment(), _experiment(seed=1, inner={"steps": 5})])
    assert [(row.key, row.texts()) for row in rows] == [("seed", ("0", "1")), ("inner.steps", ("1", "5"))]


def test_settings_that_one_kind_lacks_are_shown_as_absent():
    rows = {row.key: row.texts() for row in differences([_experiment(), _experiment(tasks={"kind": "five-modes"})])}
    assert rows["tasks.kind"] == ("Sinusoid", "Five modes")
    assert rows["tasks.modes"] == ("–", "5")


def test_not_set_is_not_the_same_as_absent():
    rows = differences([_experiment(), _experiment(outer={"clip_norm": 10})])
    assert rows[0].texts() == ("not set", "10")


def test_deltas_have_an_arrow_and_a_word():
    assert delta(0.5, 0.38).text == "▲ 0.12 higher"
    assert delta(0.25, 0.5).text == "▼ 0.25 lower"
    assert delta(10, 9000).text == "▼ 8,990 lower"
    assert delta(1, 1).text == "= same"
    assert delta(None, 1.0) is None
    assert delta(nan, 1.0) is None
    assert delta(True, 1.0) is None


def test_what_was_changed_on_the_way_differs_though_no_setting_does():
    halved = {"tier": "eager", "changes": [[8, {"learning_rate": 0.005}]]}
    found = changes([halved, {"tier": "compiled"}])
    assert found is not None
    assert (found.key, found.texts()) == ("engine.changes", ("from step 9 on outer.learning_rate = 0.005", "–"))
    assert changes([halved, halved]) is None
    assert changes([{}, {"changes": []}]) is None
    assert changes([]) is None
