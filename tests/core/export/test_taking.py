"""What comes in: initializations and programs as they were, plain state dicts after a look at every name, and nothing hostile."""

import json
import pickle
import zipfile

import numpy as np
import onnx
import pytest
import torch
from safetensors.torch import save_file

from core.config import presets, with_settings
from core.deploy import load, read_card
from core.errors import BadExperiment, BadFile
from core.export.programs import write_program
from core.export.taking import take
from core.export.words import LEFT_OUT, nothing
from core.storage.catalog import Catalog

from .made import start_file

NAME = "maml on sinusoid"
X, Y, ASKED = np.linspace(-3, 3, 6)[:, None], np.sin(np.linspace(-3, 3, 6))[:, None], np.linspace(-2, 2, 5)[:, None]


@pytest.fixture
def catalog(tmp_path):
    with Catalog.open(tmp_path / "data") as opened:
        yield opened


@pytest.fixture
def preset():
    return with_settings(presets()["sinusoid-maml"].experiment, ["network.hidden=[6, 5]"])


def refused(catalog, error, words, *args, **kwargs):
    with pytest.raises(error, match=words) as caught:
        take(catalog, *args, **kwargs)
    assert "\n" not in str(caught.value)
    assert not catalog.initializations()
    assert not list(catalog.initializations_folder.iterdir())


def same(one, other):
    np.testing.assert_array_equal(load(one).adapt(X, Y).predict(ASKED), load(other).adapt(X, Y).predict(ASKED))


def test_an_exported_initialization_comes_back_with_its_origin(tmp_path, catalog):
    source = start_file(tmp_path)
    record = take(catalog, source, name="back again")
    assert record.path.read_bytes() == source.read_bytes()
    assert (record.name, record.run, record.step, record.method, record.network) == (
        "back again",
        None,
        1,
        "maml",
        "mlp",
    )
    assert read_card(record.path)["provenance"]["run"] == "r"


def test_a_file_whose_name_is_taken_gets_one_of_its_own_and_says_so(tmp_path, catalog):
    """What if NAME would mean two rows? Then neither could be named any more."""
    source, said = start_file(tmp_path), []
    records = [take(catalog, source, told=said.append) for _ in range(3)]
    assert [record.name for record in records] == [NAME, f"{NAME} (imported)", f"{NAME} (imported 2)"]
    assert said[0] == f"'{NAME}' is in the catalog already; this one is called '{NAME} (imported)'"
    assert catalog.initialization(NAME).id == records[0].id


@pytest.mark.parametrize(
    ("kind", "ending"),
    [
        ("maml", ".pt2"),
        ("maml", ".onnx"),
        pytest.param("mixture", ".pt2", marks=pytest.mark.slow),
        pytest.param("sca", ".pt2", marks=pytest.mark.slow),
        pytest.param("mixture", ".onnx", marks=pytest.mark.slow),
        pytest.param("sca", ".onnx", marks=pytest.mark.slow),
    ],
)
def test_a_program_holds_its_initialization(tmp_path, catalog, no_real_tasks, kind, ending):
    source, target = start_file(tmp_path, kind), tmp_path / f"a{ending}"
    write_program(source, target, tmp_path / f"part{ending}", tmp_path, nothing, steps=1)
    record = take(catalog, target)
    same(record.path, source)
    assert "program" not in read_card(record.path)


@pytest.mark.slow
def test_an_onnx_program_without_what_lay_beside_its_graph_says_what_to_import(tmp_path, catalog, no_real_tasks):
    """The converter drops what predictions do not need: a mixture's idle counts. They lie in the metadata."""
    write_program(
        start_file(tmp_path, "mixture"), tmp_path / "a.onnx", tmp_path / "part.onnx", tmp_path, nothing, steps=0
    )
    harmed = (None, "no base64!", "bm8gc2FmZXRlbnNvcnM=")
    for number, harm in enumerate(harmed):
        model = onnx.load(tmp_path / "a.onnx")
        (place,) = (at for at, entry in enumerate(model.metadata_props) if entry.key == LEFT_OUT)
        if harm is None:
            del model.metadata_props[place]
        else:
            model.metadata_props[place].value = harm
        onnx.save(model, tmp_path / f"harmed-{number}.onnx")
    refused(catalog, BadFile, "import the .safetensors file that it was exported from", tmp_path / "harmed-0.onnx")
    for number in (1, 2):
        refused(catalog, BadFile, "tensors beside its graph are damaged", tmp_path / f"harmed-{number}.onnx")
    same(take(catalog, tmp_path / "a.onnx").path, tmp_path / "start.safetensors")


def plain(folder, changes=None, name="weights.pt"):
    weights = torch.nn.Sequential()
    weights.body = torch.nn.Sequential(torch.nn.Linear(1, 6), torch.nn.ReLU(), torch.nn.Linear(6, 5))
    weights.head = torch.nn.Linear(5, 1)
    tensors = {**weights.state_dict(), **(changes or {})}
    path = folder / name
    (torch.save if path.suffix == ".pt" else save_file)(
        {n: leaf for n, leaf in tensors.items() if leaf is not None}, path
    )
    return path, tensors


@pytest.mark.parametrize("name", ["weights.pt", "weights.safetensors"])
def test_a_plain_state_dict_becomes_a_starting_point(tmp_path, catalog, preset, name):
    path, tensors = plain(tmp_path, name=name)
    record = take(catalog, path, experiment=preset)
    assert (record.method, record.run) == ("pooled", None)
    start = load(record.path)
    assert all(torch.equal(start.meta.learned["init"][n], leaf) for n, leaf in tensors.items())
    assert start.card["provenance"]["imported_from"] == name
    assert start.adapt(X, Y).predict(ASKED).shape == (5, 1)


BAD = {
    "another shape": (
        {"body.0.weight": torch.zeros(7, 1)},
        r"body\.0\.weight has shape \[7, 1\], the experiment's network has \[6, 1\]",
    ),
    "another name": (
        {"tail.bias": torch.zeros(1)},
        r"holds tail\.bias, which the experiment's network does not have; it has body",
    ),
    "a name that lacks": ({"head.bias": None}, r"lacks head\.bias"),
    "not finite": ({"head.bias": torch.tensor([float("nan")])}, r"head\.bias holds numbers that are not finite"),
    "whole numbers": ({"head.bias": torch.tensor([1])}, r"head\.bias holds torch\.int64"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_state_dict_that_does_not_fit_is_refused_by_name(tmp_path, catalog, preset, case):
    changes, words = BAD[case]
    path, _ = plain(tmp_path, changes)
    refused(catalog, BadExperiment, words, path, experiment=preset)


def test_a_state_dict_without_its_network_is_asked_for_it(tmp_path, catalog):
    refused(catalog, BadExperiment, "--experiment", plain(tmp_path)[0])


class Evil:
    def __reduce__(self):
        return (print, ("this must not run",))


@pytest.mark.parametrize(
    "write", [lambda path: path.write_bytes(pickle.dumps(Evil())), lambda path: torch.save(Evil(), path)]
)
def test_a_pickle_is_never_run(tmp_path, catalog, preset, capsys, write):
    write(tmp_path / "evil.pt")
    refused(catalog, BadFile, "a whole pickled module is never opened", tmp_path / "evil.pt", experiment=preset)
    assert "must not run" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.pt", b"", "is not a state_dict"),
        ("a.safetensors", b"\0" * 20, "is not a readable .safetensors file"),
        ("a.pt2", b"PK\x03\x04 no archive", "is no readable .pt2 program"),
        ("a.onnx", b"\xff\xfe no model", "is no readable .onnx program"),
        ("a.onnx", b"", "holds no card of Headstart"),
        ("a.csv", b"x,y\n", "nothing with this ending is imported"),
    ],
)
def test_a_damaged_file_is_one_sentence(tmp_path, catalog, preset, name, content, words):
    (tmp_path / name).write_bytes(content)
    refused(catalog, BadFile, words, tmp_path / name, experiment=preset)


def test_no_file_and_a_folder_are_told(tmp_path, catalog):
    refused(catalog, BadFile, "there is no file", tmp_path / "a.pt")
    refused(catalog, BadFile, "is a folder", tmp_path)


def test_programs_of_other_makers_are_told(tmp_path, catalog):
    with zipfile.ZipFile(tmp_path / "a.pt2", "w") as file:
        file.writestr("archive/models/model.json", "{}")
    refused(catalog, BadFile, "holds no card of Headstart", tmp_path / "a.pt2")
    onnx.save(onnx.helper.make_model(onnx.helper.make_graph([], "none", [], [])), tmp_path / "a.onnx")
    refused(catalog, BadFile, "holds no card of Headstart", tmp_path / "a.onnx")


@pytest.fixture
def model(tmp_path, no_real_tasks):
    target = tmp_path / "a.onnx"
    write_program(start_file(tmp_path), target, tmp_path / "part.onnx", tmp_path, nothing, steps=0)
    return onnx.load(target)


def with_card(model, change):
    card = json.loads(model.metadata_props[0].value)
    model.metadata_props[0].value = json.dumps(change(card))
    return model


def without(model, name):
    kept = [tensor for tensor in model.graph.initializer if tensor.name != name]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    return model


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda m: without(m, "learned__init__head_bias"),
            "lacks learned/init/head.bias.*import the .safetensors file",
        ),
        (lambda m: with_card(m, lambda card: {**card, "program": None}), "does not say which tensors"),
        (lambda m: with_card(m, lambda card: [card]), "does not say which tensors"),
        (lambda m: with_card(m, lambda card: {**card, "tasks": None}), "has a card that this version cannot read"),
        (
            lambda m: with_card(
                m, lambda card: {**card, "experiment": {**card["experiment"], "network": {"kind": "mlp"}}}
            ),
            "has shape",
        ),
    ],
    ids=["tensor gone", "no program", "a list", "no tasks", "another network"],
)
def test_a_program_that_was_changed_is_refused(tmp_path, catalog, model, change, words):
    (tmp_path / "b.onnx").write_bytes(change(model).SerializeToString())
    refused(catalog, BadFile, words, tmp_path / "b.onnx")
