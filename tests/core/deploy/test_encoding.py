"""What of a person's own files a card keeps, so that a file can read the next ones: kept as it is, checked when it comes back."""

import json
import math

import pytest
from pydantic import ValidationError

from core.stored_card import spec_from_card
from core.types import TaskSpec, plain_spec

SPEC = TaskSpec("regression", (2,), 1, 3, 5, "rats.csv")
ENCODING = {
    "kind": "table",
    "inputs": [{"name": "Diet", "categories": ["a", "b"]}, {"name": "Time", "range": [0.5, 64]}],
}


def through_json(spec):
    return spec_from_card(json.loads(json.dumps(plain_spec(spec), allow_nan=False)))


@pytest.mark.parametrize("encoding", [None, {}, ENCODING])
def test_a_card_gives_the_encoding_back_as_it_was(encoding):
    assert through_json(SPEC._replace(encoding=encoding)) == SPEC._replace(encoding=encoding)


def test_a_card_of_an_older_program_has_none():
    card = plain_spec(SPEC)
    del card["encoding"]
    assert spec_from_card(card).encoding is None


def nested(depth):
    return {"inputs": nested(depth - 1)} if depth else 1


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ({"mean": math.inf}, "finite"),
        ({"inputs": [{"range": [0.0, math.nan]}]}, "finite"),
        (nested(20), "nested"),
        ({"categories": ["a"] * 1_000_001}, "values"),
        ([1, 2], "dict"),
        ({"x": object()}, "valid"),
    ],
)
def test_an_encoding_that_no_reader_could_trust_is_refused(encoding, said):
    with pytest.raises(ValidationError, match=said):
        spec_from_card({**plain_spec(SPEC), "encoding": encoding})
