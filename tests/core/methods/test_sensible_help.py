"""What a person finds about every method of the registry: words, a preset to begin with, and something to look at on Live."""

from importlib.resources import files

import pytest

from core.config import presets
from core.config.kinds import kinds
from core.methods.registry import FAMILIES, METHODS
from core.types import no_panels

from .cases import WORLDS, Case

HELP = (files("resources") / "help" / "methods.md").read_text()
SHOWS_NOTHING = {"pooled"}
"""Nothing adapts in its training: the tasks table shows all there is."""
FIELDS = [
    pytest.param(kind, name, id=f"{kind}-{name}")
    for kind, model in kinds("method").items()
    for name in model.model_fields
    if name != "kind"
]


def schema(kind, name):
    return kinds("method")[kind].model_json_schema()["properties"][name]


def test_the_registry_and_the_settings_hold_the_same_kinds():
    assert set(METHODS) == set(kinds("method"))


def test_every_method_is_offered_in_one_family():
    assert sorted(kind for members in FAMILIES.values() for kind in members) == sorted(METHODS)


@pytest.mark.parametrize("kind", METHODS)
def test_the_help_page_speaks_of_a_method(kind):
    assert METHODS[kind].title.split(",")[0].casefold() in HELP.casefold()


@pytest.mark.parametrize("kind", METHODS)
def test_a_method_has_words_that_end_as_sentences(kind):
    entry = METHODS[kind]
    assert entry.sentence.endswith(".")
    assert all((entry.title, entry.learns, entry.adapts, entry.costs, entry.paper))


@pytest.mark.parametrize("kind", METHODS)
def test_a_method_has_a_preset(kind):
    assert [name for name, preset in presets().items() if preset.experiment.method.kind == kind]


@pytest.mark.parametrize("kind", [kind for kind in METHODS if kind not in SHOWS_NOTHING])
def test_a_method_shows_something_of_itself(kind):
    world = WORLDS["mlp-pictures"]
    assert Case(kind).method(world.net(), world.loss).panels is not no_panels


@pytest.mark.parametrize(("kind", "name"), FIELDS)
def test_a_setting_has_a_title_and_a_sentence(kind, name):
    field = kinds("method")[kind].model_fields[name]
    assert field.title
    assert (field.description or "").rstrip(")").endswith(".")


@pytest.mark.parametrize(("kind", "name"), FIELDS)
def test_a_number_has_a_lower_bound(kind, name):
    found = schema(kind, name)
    for part in [found, *found.get("anyOf", [])]:
        if part.get("type") in ("integer", "number"):
            assert {"minimum", "exclusiveMinimum"} & part.keys(), f"{kind}.{name} has no lower bound"
