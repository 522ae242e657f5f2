"""MNIST's files are recognised, by themselves or beside others, and told from a folder of pictures."""

import pytest

from core.config import find, with_settings
from core.data.inspect import inspect, kind_of
from core.errors import BadExperiment, BadFile, MissingData
from core.tasks import build

from .places import real
from .small_mnist import write_mnist


@pytest.fixture
def small(tmp_path):
    write_mnist(tmp_path, 10_000, stem="t10k")
    return tmp_path


def test_the_test_file_is_the_small_set(small):
    (small / "readme.md").write_text("digits")
    found = inspect(small)
    assert (found.kind, found.title, found.usable) == ("rainbow-mnist", "small Rainbow-MNIST", True)
    assert len(found.groups) == 56
    assert {group.examples for group in found.groups} == {178}
    assert [sum(g.part == part for g in found.groups) for part in ("train", "validation", "test")] == [40, 6, 10]
    assert [one.what for one in found.left_out] == ["readme.md"]
    assert found.settings["tasks.size"] == "small"


def test_what_is_proposed_can_be_built(small):
    found = inspect(small, shots=2, queries=4)
    assert found.usable
    experiment = with_settings(
        find("rainbow-mnist-maml"), [f"{key}={value}" for key, value in found.settings.items() if key != "tasks.kind"]
    )
    spec = build(experiment.tasks, data_folder=small).test.spec
    assert (spec.shots, spec.outputs, spec.input_shape) == (2, 10, (3, 28, 28))


def test_bad_digits_end_in_one_line(small):
    assert (
        inspect(small, shots=9).problems[0].startswith("shots and queries are 14 of each digit, but a task has only ")
    )
    with pytest.raises(BadExperiment, match="rainbow-mnist"):
        inspect(small, ways=5)
    labels = small / "t10k-labels-idx1-ubyte"
    labels.write_bytes(labels.read_bytes()[:500])
    with pytest.raises(BadFile, match="get MNIST's file again"):
        inspect(small)
    labels.unlink()
    with pytest.raises(MissingData, match="t10k-labels"):
        inspect(small)


def test_the_real_file():
    assert kind_of(real("mnist")) == "rainbow-mnist"
    assert inspect(real("mnist")).sentence.startswith("small Rainbow-MNIST: 9,968 of MNIST's digits in 56 tasks")
