"""Runs that begin with the weights of a file."""

import pytest
import torch
from safetensors.torch import load_file

from core.runs import enqueue, execute
from core.storage.catalog import Catalog
from core.training.checkpoint import load
from core.types import Meta
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


def test_all_components_of_a_mixture_begin_there_and_apart(file, tmp_path):
    still = ("outer.learning_rate=1e-12", "outer.optimizer=sgd", "method.kind=mixture", "method.components=3")
    record, heard = run(tmp_path, f"network.start={file}", *still)
    assert record.status == "finished", record.message
    learned = load(checkpoint_of(heard), torch.device("cpu")).meta.learned
    for name, leaf in load_file(file).items():
        torch.testing.assert_close(learned["init"][name], leaf, rtol=0, atol=1e-6)
        near = leaf.square().mean().sqrt() * 0.01
        for group in ("component-2", "component-3"):
            away = (learned[group][name] - leaf).square().mean().sqrt()
            assert 0.1 * near <= away <= 4 * near or not near
    assert not torch.equal(learned["component-2"]["head.weight"], learned["component-3"]["head.weight"])


def test_a_growing_mixture_has_its_common_start_there(file):
    from core.draws import at_step
    from core.methods.mixture import begun_together

    start = load_file(file)
    meta = Meta({"init": start, "component-2": {}}, {}, {"prior": {}, "mixture": {}})
    found = begun_together(meta, at_step(0, "components"))
    assert all(torch.equal(found.state["prior"][name], leaf) for name, leaf in start.items())
    assert begun_together(Meta({"init": start}, {}, {}), at_step(0, "components")).learned == {"init": start}


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
