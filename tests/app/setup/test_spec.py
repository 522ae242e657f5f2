"""What a form reads off the settings models."""

import pytest

from app.forms import Sort, specs
from app.forms.titles import title_of
from core.config import Experiment, kinds, known_keys
from core.config.experiment import Inner, Outer, Subset
from core.config.methods import Cavia, MetaSgd
from core.config.networks import Mlp
from core.config.tasks import FiveModes, Omniglot


def field(model, name, prefix=""):
    return next(spec for spec in specs(model, prefix) if spec.name == name)


@pytest.mark.parametrize(
    ("model", "name", "sort"),
    [
        (Inner, "steps", Sort.WHOLE),
        (Inner, "learning_rate", Sort.NUMBER),
        (Inner, "order", Sort.CHOICE),
        (Mlp, "hidden", Sort.WHOLES),
        (Subset, "adapt", Sort.TEXTS),
        (MetaSgd, "random_start", Sort.RANGE),
        (Omniglot, "path", Sort.PATH),
        (Experiment, "name", Sort.TEXT),
    ],
)
def test_the_annotation_decides_the_widget(model, name, sort):
    assert field(model, name).sort is sort


def test_bounds_unit_title_and_sentence_come_from_the_model():
    rate, limit = field(Inner, "learning_rate", "inner"), field(Outer, "minutes", "outer")
    assert (rate.key, rate.title, rate.low, rate.low_open, rate.high) == (
        "inner.learning_rate",
        "Step size",
        0,
        True,
        100,
    )
    assert (limit.unit, limit.optional, limit.empty) == ("min", True, "no limit")


def test_empty_is_only_the_first_sentence_after_the_word():
    assert field(Cavia, "layer").empty == "the third, or the last of fewer"
    assert field(MetaSgd, "random_start").empty == "inner.learning_rate"


def test_literal_numbers_are_options():
    assert field(FiveModes, "modes").options == (2, 3, 5)


def test_kind_tags_and_nested_models_have_no_field():
    assert "kind" not in {spec.name for spec in specs(Mlp)}
    assert {spec.name for spec in specs(Experiment)} == {"name", "seed"}


@pytest.mark.parametrize("section", ["tasks", "network", "method"])
def test_every_setting_of_every_kind_has_a_sort_a_title_and_a_sentence(section):
    for model in kinds(section).values():
        found = specs(model, section)
        assert {spec.name for spec in found} == set(model.model_fields) - {"kind"}
        assert all(spec.title and spec.sentence for spec in found)


@pytest.mark.parametrize(
    ("key", "title"),
    [("inner.steps", "Inner steps"), ("outer.steps", "Outer steps"), ("method.kind", "Method"), ("seed", "Seed"),
     ("nonsense.key", "nonsense.key")],
)  # fmt: skip
def test_a_key_has_a_title_that_no_other_section_has(key, title):
    assert title_of(key) == title


def test_no_two_settings_of_one_plot_read_alike_in_different_sections():
    keys = known_keys()
    titles = {}
    for key in keys:
        titles.setdefault(title_of(key), set()).add(key.partition(".")[0])
    assert {title: found for title, found in titles.items() if len(found) > 1} == {}
