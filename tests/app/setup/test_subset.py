"""Which parameters adapt: states to patterns and back."""

from itertools import product

import pytest

from app.pages.setup.subset import Answer, adapted_names, answers, changed, matching, parameters, patterns, picks
from tests.app.setup.conftest import CONV, MLP

NORMED = {
    "body.0.weight": (8, 1),
    "body.0.bias": (8,),
    "body.1.weight": (8,),
    "body.1.bias": (8,),
    "head.weight": (1, 8),
}


def test_normalization_is_known_by_name_and_by_shape():
    assert parameters(CONV).norms == {name for name in CONV if ".norm." in name}
    assert parameters(NORMED).norms == {"body.1.weight", "body.1.bias"}
    assert parameters(MLP).norms == set()


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        (list(CONV), ["*"]),
        (["head.weight", "head.bias"], ["head.*"]),
        ([name for name in CONV if name.startswith("body")], ["body.*"]),
        ([name for name in CONV if ".norm." in name], ["*.norm.*"]),
        ([name for name in CONV if name.startswith("body.1.")], ["body.1.*"]),
        (["head.bias", "body.0.conv.weight"], ["body.0.conv.weight", "head.bias"]),
        ([], []),
    ],
)
def test_patterns_are_short_where_they_can_be(chosen, found):
    assert patterns(chosen, list(CONV)) == found


def test_patterns_match_exactly_what_was_chosen_for_every_choice():
    names = list(MLP)
    for taken in product((False, True), repeat=len(names)):
        chosen = {name for name, take in zip(names, taken, strict=True) if take}
        assert matching(names, patterns(chosen, names)) == chosen


@pytest.mark.parametrize("answer", list(Answer))
def test_an_answer_given_is_the_answer_found(answer):
    known = parameters(CONV)
    adapt, freeze = changed(known, None, [], ["body.0.conv.weight", "head.bias"], answer)
    now = answers(known, adapt, freeze)
    assert now["body.0.conv.weight"] is now["head.bias"] is answer
    assert now["body.1.conv.weight"] is Answer.ADAPTED


def test_the_default_is_everything_but_norms_and_comes_back_as_no_pattern():
    known = parameters(CONV)
    adapt, freeze = changed(known, ["*"], [], known.norms, Answer.FIXED)
    assert (adapt, freeze) == (None, [])
    assert adapted_names(known, None) == set(CONV) - known.norms


def test_ruled_parameters_do_not_lengthen_a_pattern():
    known = parameters(CONV, [name for name in CONV if name.endswith("norm.weight")])
    free = [name for name in CONV if name.startswith("body.0.") and name not in known.ruled]
    assert changed(known, ["*"], [], free, Answer.FROZEN)[1] == ["body.0.*"]


def test_quick_picks_are_those_that_say_something():
    assert [pick.name for pick in picks(parameters(MLP))] == ["default", "head", "body", "last"]
    assert [pick.name for pick in picks(parameters(CONV))] == ["default", "all", "head", "body", "norm", "last"]
    assert picks(parameters(NORMED))[-1].patterns == ("body.0.*", "body.1.*")
