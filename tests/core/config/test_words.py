"""What a person reads where the experiment file has a key."""

import re
from itertools import groupby

import pytest

from core.config import Experiment, kinds
from core.config.words import choices, in_words, sentence_in_words

_MODELS = [
    *((section, model) for section in ("tasks", "network", "method") for model in kinds(section).values()),
    *((name, field.annotation) for name, field in Experiment.model_fields.items() if hasattr(field.annotation, "model_fields")),
]  # fmt: skip
_CHOICES = [
    (f"{section}.{name}", choices(field))
    for section, model in _MODELS
    for name, field in model.model_fields.items()
    if name != "kind" and choices(field)
]


def test_there_are_choices_of_every_section():
    assert {key.partition(".")[0] for key, _ in _CHOICES} >= {"tasks", "network", "method", "outer", "engine"}


@pytest.mark.parametrize(("key", "words"), _CHOICES)
def test_no_choice_is_shown_as_its_key_where_that_is_no_word(key, words):
    for value, said in words.items():
        assert said == in_words(key, value)
        assert not re.search(r"_|[a-z]-[a-z]|\bauto\b", said.replace("Latin-1", "")), f"{key} = {value}: {said}"
        assert said not in ("relu", "sgd", "adam", "adamw", "rgb", "cpu", "cuda", "film", "he", "utf-8", "exp"), said
    assert len(set(words.values())) == len(words)


def test_a_key_with_the_same_value_reads_the_same_whatever_kind_it_belongs_to():
    ordered = sorted(((key, str(value), said) for key, words in _CHOICES for value, said in words.items()))
    for pair, found in groupby(ordered, key=lambda entry: entry[:2]):
        assert len({said for *_, said in found}) == 1, pair


def test_kinds_are_called_as_their_cards_are():
    assert in_words("method.kind", "maml++") == "MAML++"
    assert in_words("network.kind", "conv-strided") == "Four blocks, strided"
    assert in_words("tasks.kind", "five-modes") == "Five modes"
    assert in_words("tasks.kind", "of-a-later-version") == "of-a-later-version"


def test_values_are_written_as_a_person_would():
    values = (0.001, True, False, None, [40, 40], [], "adam")
    assert [in_words("outer.optimizer", value) for value in values] == [
        "0.001", "on", "off", "not set", "40, 40", "none", "Adam",
    ]  # fmt: skip


def test_a_sentence_explains_a_choice_under_the_name_that_the_form_gives_it():
    sentence = "auto: eager at once. He's normal, or maml-omniglot: as released. automatic stays."
    words = {"auto": "automatic", "maml-omniglot": "MAML's for Omniglot"}
    told = "automatic: eager at once. He's normal, or MAML's for Omniglot: as released. automatic stays."
    assert sentence_in_words(sentence, words) == told


def test_counts_have_commas_as_their_differences_do_and_a_seed_is_a_name():
    assert in_words("outer.steps", 70000) == "70,000"
    assert in_words("seed", 70000) == "70000"
