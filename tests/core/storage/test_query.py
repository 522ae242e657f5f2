from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.storage.query import BadFilter, parse

RUN: dict[str, Any] = {
    "id": "0a1b2c3d4e5f",
    "name": "Größe [1]",
    "note": "for the paper: figure 2",
    "method": "maml++",
    "tasks": "sinusoid-line",
    "network": "mlp",
    "status": "finished",
    "group": None,
    "device": "cpu",
    "tags": ["Paper", "old one"],
    "starred": True,
    "loss": 0.05,
    "accuracy": None,
    "step": 900,
    "seconds": 12.5,
    "bytes": 1,
    "best_loss": None,
    "best_step": 800,
    "total_steps": 900,
}


@pytest.mark.parametrize(
    "line",
    [
        "",
        "  ",
        "größe",
        "GRÖSSE [1]".lower().replace("ss", "ß"),
        "figure",
        '"paper: figure"',
        "method:maml++",
        "METHOD:MAML++",
        "method:maml*",
        "tasks:sinusoid*",
        "status:finished",
        "loss<0.1",
        "loss<=0.05",
        "loss=0.05",
        "loss:5e-2",
        "step>=900 seconds<13",
        "tag:paper",
        'tag:"old one"',
        "tag:old*",
        "star:yes",
        "starred:true",
        "name:[1]",
        "note:FIGURE",
        "device:cpu loss<1 figure",
    ],
)
def test_filters_that_fit(line: str) -> None:
    assert parse(line)(RUN)


@pytest.mark.parametrize(
    "line",
    [
        "method:maml",
        "tasks:sinusoid",
        "status:failed",
        "loss<0.05",
        "accuracy>0",
        "tag:pap",
        "star:no",
        "group:a",
        "figure nothing",
        "loss<0.1 loss>0.1",
        '"figure paper"',
        "method:[m]aml++",
    ],
)
def test_filters_that_do_not_fit(line: str) -> None:
    assert not parse(line)(RUN)


@pytest.mark.parametrize(
    ("line", "named", "hint"),
    [
        ("metod:maml", "metod:maml", "did you mean method?"),
        ("figure colour:red", "colour:red", "known are"),
        ("loss<small", "loss<small", "not a number"),
        ("method<3", "method<3", "compares numbers only"),
        ("status:done", "status:done", "finished"),
        ("star:perhaps", "star:perhaps", "yes or no"),
    ],
)
def test_a_wrong_word_is_named(line: str, named: str, hint: str) -> None:
    with pytest.raises(BadFilter) as problem:
        parse(line)
    assert repr(named) in str(problem.value)
    assert hint in str(problem.value)
    assert "\n" not in str(problem.value)


@settings(deadline=None)
@given(st.text())
def test_any_line_is_a_filter_or_a_known_error(line: str) -> None:
    with suppress(BadFilter):
        assert parse(line)(RUN) in (True, False)


_WORDS = st.text(st.characters(blacklist_characters='"', blacklist_categories=("Cs",)), min_size=1)


@settings(deadline=None)
@given(_WORDS, _WORDS)
def test_a_quoted_word_finds_exactly_the_names_that_hold_it(word: str, name: str) -> None:
    row = {**RUN, "name": name, "note": ""}
    assert parse(f'"{word}"')(row) == (word.casefold() in name.casefold())


@settings(deadline=None)
@given(st.floats(allow_nan=False), st.floats(allow_nan=False), st.sampled_from(["<", ">", "<=", ">=", "="]))
def test_numbers_compare_as_numbers(value: float, bound: float, sign: str) -> None:
    expected = {"<": value < bound, ">": value > bound, "<=": value <= bound, ">=": value >= bound, "=": value == bound}
    assert parse(f"loss{sign}{bound!r}")({**RUN, "loss": value}) == expected[sign]


def test_a_kind_is_found_by_its_key_and_by_the_words_of_the_table():
    row = {
        "name": "",
        "note": "",
        "tags": (),
        "starred": False,
        "network": "mlp",
        "tasks": "five-modes",
        "method": "maml++",
    }
    for text in ("network:mlp", 'network:"Fully connected"', "tasks:five-modes", 'tasks:"five modes"', "method:MAML*"):
        assert parse(text)(row), text
    assert not parse('network:"four blocks*"')(row)
