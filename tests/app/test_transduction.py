"""A result that depends on the other queries says so wherever it stands."""

import pytest

from app.pages.initialization.facts import recipe
from core import transduction
from core.config import parse

MAML, SCA = {"method": {"kind": "maml"}}, {"method": {"kind": "sca"}}
PICTURES = {"tasks": {"kind": "glyphs"}, "network": {"kind": "conv-strided", "norm": "batch"}}


@pytest.mark.parametrize(
    ("sections", "words"),
    [
        (MAML, []),
        (SCA, ["SCA adapts"]),
        ({**MAML, **PICTURES}, ["batch norm"]),
        ({**SCA, **PICTURES}, ["SCA adapts", "batch norm"]),
        ({**MAML, "tasks": {"kind": "glyphs"}, "network": {"kind": "conv-strided", "norm": "support"}}, []),
    ],
)
def test_what_makes_a_result_transductive(sections, words):
    found = transduction.reasons(parse(sections))
    assert len(found) == len(words)
    assert all(reason.startswith(word) for reason, word in zip(found, words, strict=True))
    assert bool(words) == transduction.sentence(parse(sections)).startswith("Transductive: ")


def test_runs_of_both_settings_side_by_side_are_named():
    runs = [("one", parse(MAML)), ("two", parse(SCA)), ("three", parse({**MAML, **PICTURES}))]
    assert transduction.unlike(runs[:1]) == transduction.unlike(runs[1:]) == ""
    assert transduction.unlike(runs[:2]).startswith("two is transductive, the others are not")
    assert transduction.unlike(runs).startswith("two, three are transductive")


def test_the_page_of_an_initialization_says_why():
    card = {"adaptation": {"steps": 4, "trained_steps": 3, "learning_rate": 0.1}, **transduction.fields(parse(SCA))}
    assert dict(recipe(card))["Transductive"] == "SCA adapts on the inputs of the query set as well"
    assert "Transductive" not in dict(recipe({**card, **transduction.fields(parse(MAML))}))
