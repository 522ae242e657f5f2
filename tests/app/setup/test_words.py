"""Between typed text and plain values, and the sentence for what cannot be used."""

import pytest

from app.forms import complaint, from_text, specs, to_text
from core.config import Experiment
from core.config.experiment import Inner, Outer, Subset
from core.config.methods import MetaSgd
from core.config.networks import ConvStrided, Mlp
from core.config.own_data import Table
from core.config.tasks import Omniglot


def field(model, name):
    return next(spec for spec in specs(model) if spec.name == name)


@pytest.mark.parametrize(
    ("model", "name", "text", "value"),
    [
        (Inner, "steps", "5", 5),
        (Inner, "steps", "5.0", 5),
        (Outer, "steps", "70,000", 70000),
        (Outer, "steps", "1e4", 10000),
        (Inner, "steps", "five", "five"),
        (Inner, "steps", "", ""),
        (Inner, "learning_rate", "1e-3", 0.001),
        (Inner, "learning_rate", "0,01", "0,01"),
        (Inner, "clip", "", None),
        (Mlp, "hidden", "40, 40", [40, 40]),
        (Mlp, "hidden", "40 x", [40, "x"]),
        (Subset, "adapt", "", None),
        (Subset, "adapt", "head.* *.bias", ["head.*", "*.bias"]),
        (Subset, "adapt", "nothing", []),
        (MetaSgd, "random_start", "0.005, 0.1", [0.005, 0.1]),
        (Table, "inputs", "test time, Jitter(%)", ["test time", "Jitter(%)"]),
        (Table, "inputs", '"a, b", c', ["a, b", "c"]),
        (Table, "inputs", "", []),
    ],
)
def test_text_becomes_a_plain_value_and_what_cannot_be_read_stays(model, name, text, value):
    assert from_text(field(model, name), text) == value


@pytest.mark.parametrize(
    ("model", "name", "value"),
    [
        (Inner, "steps", 5),
        (Inner, "learning_rate", 1e-5),
        (Mlp, "hidden", [64, 32]),
        (Subset, "adapt", []),
        (Inner, "clip", None),
    ],
)
def test_a_shown_value_reads_back_as_itself(model, name, value):
    spec = field(model, name)
    assert from_text(spec, to_text(spec, value)) == value


@pytest.mark.parametrize(
    ("model", "name", "value", "sentence"),
    [
        (Inner, "learning_rate", "abc", "Step size is “abc”; it must be a number above 0 and at most 100, like 0.01 or 1e-3."),
        (Inner, "learning_rate", 0.0, "Step size is 0; it must be a number above 0 and at most 100, like 0.01 or 1e-3."),
        (Inner, "steps", "", "Steps is empty; it must be a whole number from 0 to 1,000."),
        (Inner, "steps", 2.5, "Steps is 2.5; it must be a whole number from 0 to 1,000."),
        (Inner, "steps", True, "Steps is True; it must be a whole number from 0 to 1,000."),
        (Inner, "order", "third", "Gradient order is “third”, which is not known; choose one of second, first."),
        (Mlp, "hidden", [40, 0], "Hidden layers is “40, 0”; it must be whole numbers from 1, like 40, 40."),
        (MetaSgd, "random_start", [0.1, 0.01], "Initial range starts above its end; write the lower number first."),
        (Omniglot, "path", "/no/such/place", "There is nothing at /no/such/place; choose a folder or file that exists."),
        (ConvStrided, "scale", "yes", "Norm scale is on or off (true or false), but is “yes”."),
        (Experiment, "name", "x" * 301, "Name has 301 characters; at most 300 are allowed."),
    ],
)  # fmt: skip
def test_each_wrong_value_gets_one_sentence(model, name, value, sentence):
    assert complaint(field(model, name), value) == sentence


def test_defaults_need_no_sentence():
    for model in (Inner, Outer, Subset, Mlp, ConvStrided, MetaSgd, Experiment):
        for spec in specs(model):
            assert complaint(spec, spec.default) == ""


@pytest.mark.parametrize("names", [["test time", "age"], ['"quoted", too', "a,b"], []])
def test_names_come_back_from_their_own_text(names):
    spec = field(Table, "inputs")
    assert from_text(spec, to_text(spec, names)) == names
