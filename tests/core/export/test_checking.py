"""What counts as agreement: a task at a kink of the network is told from a program that is wrong."""

import numpy as np
import pytest

from core.deploy import load
from core.export.adaptation import adapt_and_predict
from core.export.checking import ALLOWED, KINK, check

from .made import start_file

pytestmark = pytest.mark.usefixtures("no_real_tasks")


@pytest.fixture
def start(tmp_path):
    return load(start_file(tmp_path, "maml", "pictures"))


def checked(start, tmp_path, off):
    """off(number of the call, predictions of Headstart) -> predictions of the program."""
    program = adapt_and_predict(start)
    calls = []

    def run(x, y, asked):
        calls.append(len(x))
        return off(len(calls), start.adapt(x, y, steps=program.steps).predict(asked))

    return check(run, start, program, tmp_path, lambda done, total: None), calls


def test_equal_predictions_agree(start, tmp_path):
    found, calls = checked(start, tmp_path, lambda call, values: values)
    assert (found.fault, found.difference, found.at_kinks, len(calls)) == ("", 0.0, 0, 4)


def test_one_task_at_a_kink_is_counted_and_asks_fresh_ones_of_its_size(start, tmp_path):
    found, calls = checked(start, tmp_path, lambda call, values: values + (KINK / 2 if call == 2 else 0))
    assert (found.fault, found.difference, found.at_kinks) == ("", 0.0, 1)
    assert calls == [3, 7, 7, 7, 7, 9, 17]
    assert "(of these 1 to 0.01 alone, where rounding" in found.sentence()


@pytest.mark.parametrize(
    "off",
    [
        pytest.param(lambda call, values: values + 2 * ALLOWED, id="a little, always"),
        pytest.param(lambda call, values: values + 2 * KINK * (call == 2), id="much, once"),
        pytest.param(lambda call, values: values + 2 * ALLOWED * (len(values) == 3), id="at one size alone"),
        pytest.param(lambda call, values: values * (np.nan if call == 4 else 1), id="not finite"),
        pytest.param(lambda call, values: values[:, :1], id="another shape"),
        pytest.param(lambda call, values: values + 2 * ALLOWED * (call in (1, 5)), id="too many kinks"),
    ],
)
def test_a_wrong_program_has_a_fault(start, tmp_path, off):
    found, _ = checked(start, tmp_path, off)
    assert "differ" in found.fault
