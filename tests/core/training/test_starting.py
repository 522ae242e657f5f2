"""Runs that begin with the weights of a file."""

import pytest
import torch
from safetensors.torch import load_file

from core.runs import enqueue, execute
from core.storage.catalog import Catalog
from core.training.checkpoint import load
from tests.core.training.helpers import Heard, checkpoint_of, tiny

QUICK = ("outer.steps=2", "evaluation.validate_every=2", "evaluation.checkpoint_every=2")


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    with Catalog.open(tmp_path_factory.mktemp("first") / "data") as catalog:
        execute(catalog, enqueue(catalog, tiny(*QUICK, "seed=5")).id)
        return catalog.initializations()[0].path


def run(folder, *settings):
    heard = Heard()
    with Catalog.open(folder / "data") as catalog:
        return execute(catalog, enqueue(catalog, tiny(*QUICK, *settings)).id, heard), heard


def test_a_run_that_does_not_move_ends_with_the_weights_it_began_with(file, tmp_path):
    frozen = ('subset.adapt=["head.*"]', 'subset.freeze=["body.*"]')
    record, heard = run(tmp_path, f"network.start={file}", *frozen)
    assert record.status == "finished", record.message
    kept = load(checkpoint_of(heard), torch.device("cpu")).meta.fixed["init"]
    wanted = load_file(file)
    assert kept
    for name, leaf in kept.items():
        assert torch.equal(leaf, wanted[name])


def test_learned_weights_begin_there_too(file, tmp_path):
    still = ("outer.learning_rate=1e-12", "outer.optimizer=sgd")
    record, heard = run(tmp_path, f"network.start={file}", *still)
    assert record.status == "finished", record.message
    learned = load(checkpoint_of(heard), torch.device("cpu")).meta.learned["init"]
    for name, leaf in load_file(file).items():
        assert torch.allclose(learned[name], leaf, atol=1e-6)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (("network.hidden=[9]",), "body.0.bias|body.0.weight"),
        (("method.kind=leo",), "does not begin with one plain network"),
        (("network.start=/nowhere/a.safetensors",), "there is no file /nowhere/a.safetensors"),
    ],
)
def test_what_does_not_fit_is_one_sentence(file, tmp_path, settings, told):
    record, _ = run(tmp_path, f"network.start={file}", *settings)
    assert record.status == "failed"
    assert any(part in record.message for part in told.split("|")), record.message
    assert "\n" not in record.message
