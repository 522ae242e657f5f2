"""Files that leave: what is in them, who can read them, and what happens with hostile ones."""

import json
import struct
import subprocess
import sys

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from core.deploy import export, load, loading_code, read_card, verify
from core.errors import BadExperiment, BadFile, CoreError
from core.storage.files import sha256_of
from core.training.checkpoint import Checkpoint
from core.training.checkpoint import save as save_checkpoint

from .made import KINDS, queries, support

EVERY = pytest.mark.parametrize("kind", KINDS)


# what is in a file


@EVERY
def test_the_networks_tensors_stand_under_the_plain_modules_names(made, kind):
    start = load(made(kind))
    with safe_open(str(made(kind)), framework="pt") as file:
        names = set(file.keys())
    plain = {name for name in names if "/" not in name}
    scope = {}
    exec(start.card["network"]["module"], scope)
    assert plain == set(scope["model"].state_dict())
    method = start.experiment.method
    extra = {"meta-sgd": {"rate"}, "reptile": {"second", "count"}}.get(method.kind, set())
    if method.kind == "mixture":
        extra = {"mixture", *(f"component-{k}" for k in range(2, method.components + 1))}
    assert {name.split("/")[0] for name in names - plain} == extra


@EVERY
def test_the_card_says_what_a_reader_in_ten_years_needs(made, kind):
    card = read_card(made(kind))
    assert card["format"] == 1
    assert card["network"]["kind"] == card["experiment"]["network"]["kind"]
    assert card["adaptation"]["loss"] in ("mean squared error", "mean cross-entropy")
    assert card["adaptation"]["steps"] == 2
    assert card["adapts"]
    assert card["provenance"]["versions"]["torch"] == torch.__version__
    assert {"run", "outer_step", "seed", "written"} <= card["provenance"].keys()
    assert len(card["evaluation"]["loss"]) == len(card["evaluation"]["random_start"]["loss"]) == 3
    json.dumps(card, allow_nan=False)


@EVERY
def test_every_tensor_comes_back_as_it_was_learned(made, kind):
    start = load(made(kind))
    stored = load_file(made(kind))
    shared = start.experiment.network.head == "shared"
    groups = {**start.meta.fixed.get("init", {}), **start.meta.learned["init"]}
    for name, leaf in groups.items():
        assert torch.equal(leaf, stored[name][:1] if shared and name.startswith("head") else stored[name])
    assert {leaf.dtype for leaf in groups.values()} == {torch.float64 if kind == "double" else torch.float32}


def test_a_checksum_is_verified(made, tmp_path):
    path = made("sinusoid")
    assert verify(path, sha256_of(path))
    copy = tmp_path / "copy.safetensors"
    copy.write_bytes(path.read_bytes()[:-1] + b"\0")
    assert not verify(copy, sha256_of(path))
    assert not verify(tmp_path / "none", sha256_of(path))


# export


@EVERY
@pytest.mark.parametrize("suffix", [".safetensors", ".pt"])
def test_an_export_reads_back(made, tmp_path, kind, suffix):
    told = export(made(kind), tmp_path / f"out{suffix}")
    assert told["file"] == str(tmp_path / f"out{suffix}")
    assert told["bytes"] == (tmp_path / f"out{suffix}").stat().st_size
    assert told["sha256"] == sha256_of(tmp_path / f"out{suffix}")
    assert told["tensors"] == len(load(made(kind)).card["network"]["shapes"])
    if suffix == ".safetensors":
        assert (tmp_path / "out.safetensors").read_bytes() == made(kind).read_bytes()


@pytest.mark.parametrize("name", ["out.onnx", "out", "out.pth", "out.safetensors.gz"])
def test_another_suffix_is_refused_and_nothing_written(made, tmp_path, name):
    with pytest.raises(BadExperiment, match=r"choose a file name that ends in \.safetensors or \.pt"):
        export(made("sinusoid"), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_place_that_is_not_there_is_one_sentence(made, tmp_path):
    with pytest.raises(CoreError, match="cannot write"):
        export(made("sinusoid"), tmp_path / "nowhere" / "out.pt")


PLAIN = """
import json, sys
sys.modules["core"] = sys.modules["app"] = sys.modules["PySide6"] = sys.modules["safetensors"] = None
import numpy as np, torch
exec(json.load(open(sys.argv[2]))["network"]["module"])
weights = torch.load(sys.argv[1], weights_only=True)
model.to(next(iter(weights.values())).dtype)
model.load_state_dict(weights, strict=True)
x = torch.as_tensor(np.load(sys.argv[3])).to(next(model.parameters()).dtype)
with torch.no_grad():
    np.save(sys.argv[4], model(x).numpy())
assert not [name for name in sys.modules if name.split(".")[0] in ("core", "app", "PySide6") and sys.modules[name]]
"""


@pytest.mark.parametrize("kind", ["sinusoid", "pictures", "pictures-pooled-layer"])
def test_plain_torch_reads_the_pt_file_with_the_cards_lines(made, tmp_path, kind):
    """Another process, in which neither core nor Qt can be imported, gets the outputs that core gives before a step."""
    start = load(made(kind))
    export(made(kind), tmp_path / "out.pt")
    (tmp_path / "card.json").write_text(json.dumps(start.card))
    (tmp_path / "plain.py").write_text(PLAIN)
    inputs = start.inputs(queries(kind))
    np.save(tmp_path / "x.npy", inputs.numpy())
    arguments = [str(tmp_path / name) for name in ("out.pt", "card.json", "x.npy", "y.npy")]
    subprocess.run([sys.executable, "-I", str(tmp_path / "plain.py"), *arguments], check=True, cwd=tmp_path)
    found = torch.as_tensor(np.load(tmp_path / "y.npy"))
    expected = start.adapt(*support(kind), steps=0).predict(queries(kind))
    answer = found.softmax(-1) if kind != "sinusoid" else found
    np.testing.assert_allclose(answer.numpy(), expected, rtol=1e-4, atol=1e-5)


THREE_LINES = """
import sys
sys.modules["PySide6"] = sys.modules["shiboken6"] = sys.modules["pyqtgraph"] = None
import numpy as np
support_x, support_y, query_x = (np.load(path) for path in sys.argv[1:4])
{lines}
np.save(sys.argv[4], prediction)
assert not [name for name in sys.modules if name.split(".")[0] == "app" or (name.startswith("PySide6") and sys.modules[name])]
"""


@pytest.mark.parametrize("kind", ["country", "pictures-shared"])
def test_the_three_lines_run_where_there_is_no_qt(made, tmp_path, kind):
    lines = loading_code(made(kind))
    assert len(lines.strip().splitlines()) == 3
    (x, y), query = support(kind), queries(kind)
    for name, values in (("sx", x), ("sy", y), ("qx", query)):
        np.save(tmp_path / f"{name}.npy", values)
    (tmp_path / "use.py").write_text(THREE_LINES.format(lines=lines))
    arguments = [str(tmp_path / f"{name}.npy") for name in ("sx", "sy", "qx", "out")]
    root = str(__import__("pathlib").Path(__file__).parents[3])
    subprocess.run(
        [sys.executable, str(tmp_path / "use.py"), *arguments], check=True, cwd=tmp_path, env={"PYTHONPATH": root}
    )
    expected = load(made(kind)).adapt(x, y).predict(query)
    np.testing.assert_allclose(np.load(tmp_path / "out.npy"), expected, rtol=1e-5, atol=1e-6)


def test_loading_code_of_a_pt_file_is_plain_torch(made, tmp_path):
    export(made("sinusoid"), tmp_path / "it's.pt")
    scope = {}
    exec(load(made("sinusoid")).card["network"]["module"], scope)
    exec(loading_code(tmp_path / "it's.pt"), scope)
    assert set(scope["weights"]) == set(scope["model"].state_dict())


# hostile files


def refused(path, words):
    with pytest.raises(BadFile) as caught:
        load(path)
    assert words in str(caught.value), str(caught.value)
    assert path.name in str(caught.value) or str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw[: len(raw) // 2],
        lambda raw: raw[:-1],
        lambda raw: raw[:5],
        lambda raw: b"",
        lambda raw: struct.pack("<Q", 2**62) + raw[8:],
        lambda raw: struct.pack("<Q", 99_000_000) + b"{" * 1000,
        lambda raw: raw[:8] + b"\xff" * 100 + raw[108:],
        lambda raw: b"\x80\x04\x95" + raw,
        lambda raw: raw + b"trailing",
    ],
)
def test_a_damaged_file_is_one_sentence(made, tmp_path, change):
    path = tmp_path / "broken.safetensors"
    path.write_bytes(change(made("sinusoid").read_bytes()))
    refused(path, "is not a readable .safetensors file")


def test_what_is_no_file_is_one_sentence(tmp_path):
    refused(tmp_path / "none.safetensors", "there is no file")
    refused(tmp_path, "is not a readable .safetensors file")


def with_card(made, tmp_path, change, kind="sinusoid", tensors=None):
    """The file with another card (or other tensors): `change(card)` gives the new one, or the metadata's text."""
    path = tmp_path / "other.safetensors"
    card = change(read_card(made(kind)))
    metadata = {"headstart": card if isinstance(card, str) else json.dumps(card)} if card is not None else None
    save_file(load_file(made(kind)) if tensors is None else tensors, path, metadata)
    return path


def test_a_file_of_another_program_is_refused(made, tmp_path):
    refused(
        with_card(made, tmp_path, lambda card: None), "holds no card of Headstart; it was written by another program"
    )


@pytest.mark.parametrize("text", ["", "{", "not json"])
def test_a_card_that_is_no_json_is_refused(made, tmp_path, text):
    refused(with_card(made, tmp_path, lambda card: text), "is not JSON; export it again")


def test_a_newer_format_is_refused_with_both_numbers(made, tmp_path):
    refused(with_card(made, tmp_path, lambda card: {**card, "format": 2}), "(format 2, known 1); update the program")


def test_a_checkpoint_is_said_to_be_one(made, tmp_path):
    start = load(made("sinusoid"))
    path = tmp_path / "step-00000003.safetensors"
    save_checkpoint(path, Checkpoint(start.meta, {}, None, {"step": 3}))
    refused(path, "is not an initialization (a checkpoint, perhaps); export the run's initialization")


SPOILED = {
    "a list": lambda card: [card],
    "a number": lambda card: 3,
    "format a text": lambda card: {**card, "format": "1"},
    "format nothing": lambda card: {**card, "format": None},
    "no experiment": lambda card: {k: v for k, v in card.items() if k != "experiment"},
    "experiment a list": lambda card: {**card, "experiment": []},
    "experiment's network a text": lambda card: {**card, "experiment": {**card["experiment"], "network": "mlp"}},
    "unknown method": lambda card: {**card, "experiment": {**card["experiment"], "method": {"kind": "magic"}}},
    "unknown setting": lambda card: {**card, "experiment": {**card["experiment"], "extra": 1}},
    "no tasks": lambda card: {**card, "tasks": None},
    "tasks a list": lambda card: {**card, "tasks": [1]},
    "tasks without a shape": lambda card: {**card, "tasks": {"task_type": "regression"}},
    "shape a text": lambda card: {**card, "tasks": {**card["tasks"], "input_shape": "abc"}},
    "shape negative": lambda card: {**card, "tasks": {**card["tasks"], "input_shape": [-1]}},
    "shape huge": lambda card: {**card, "tasks": {**card["tasks"], "input_shape": [10**12]}},
    "outputs a text": lambda card: {**card, "tasks": {**card["tasks"], "outputs": "one"}},
    "no adaptation": lambda card: {**card, "adaptation": {}},
    "steps a text": lambda card: {**card, "adaptation": {**card["adaptation"], "steps": "many"}},
    "steps negative": lambda card: {**card, "adaptation": {**card["adaptation"], "steps": -1}},
    "no roles": lambda card: {k: v for k, v in card.items() if k != "roles"},
    "roles a list": lambda card: {**card, "roles": []},
    "a role that is not there": lambda card: {**card, "roles": {"learned": ["rate"], "state": []}},
    "frozen a number": lambda card: {**card, "frozen": 3},
    "frozen a stranger": lambda card: {**card, "frozen": ["body.9.weight"]},
    "everything frozen": lambda card: {**card, "frozen": list(card["network"]["shapes"])},
    "another frozen": lambda card: {**card, "frozen": ["head.weight"]},
    "scaling a number": lambda card: {**card, "tasks": {**card["tasks"], "scaling": 3}},
    "scaling without a mean": lambda card: {**card, "tasks": {**card["tasks"], "scaling": {"x_std": [1.0]}}},
    "scaling by zero": lambda card: {
        **card, "tasks": {**card["tasks"], "scaling": {"x_mean": [0], "x_std": [0], "y_mean": [0], "y_std": [1]}}
    },
    "another method": lambda card: {**card, "experiment": {**card["experiment"], "method": {"kind": "meta-sgd"}}},
    "another network": lambda card: {
        **card, "experiment": {**card["experiment"], "network": {"kind": "mlp", "hidden": [9]}}
    },
    "a network for pictures": lambda card: {
        **card, "experiment": {**card["experiment"], "network": {"kind": "conv-strided"}}
    },
    "a pattern that matches nothing": lambda card: {
        **card, "experiment": {**card["experiment"], "subset": {"adapt": ["zzz"]}}
    },
}  # fmt: skip


@pytest.mark.parametrize("change", SPOILED.values(), ids=SPOILED)
def test_a_spoiled_card_is_a_bad_file_and_never_a_crash(made, tmp_path, change):
    path = with_card(made, tmp_path, change)
    with pytest.raises(BadFile) as caught:
        load(path)
    assert "other.safetensors" in str(caught.value)
    assert "\n" not in str(caught.value)


def tensors_of(made, kind, **changes):
    found = load_file(made(kind))
    for key, value in changes.items():
        name = key.replace("__", ".").replace("_slash_", "/")
        if value is None:
            del found[name]
        else:
            found[name] = value(found.get(name)) if callable(value) else value
    return found


@pytest.mark.parametrize(
    ("kind", "changes", "words"),
    [
        ("sinusoid", {"head__bias": None}, "head.bias"),
        ("sinusoid", {"extra": torch.zeros(3)}, "extra"),
        ("sinusoid", {"head__bias": torch.zeros(2)}, "head.bias has shape [2]"),
        ("sinusoid", {"head__weight": lambda leaf: leaf.T.contiguous()}, "head.weight has shape [8, 1]"),
        ("sinusoid", {"head__bias": torch.zeros(())}, "head.bias has shape []"),
        ("sinusoid", {"head__bias": lambda leaf: leaf.double()}, "head.bias"),
        ("sinusoid", {"head__bias": lambda leaf: leaf.int()}, "head.bias"),
        ("sinusoid", {"head__bias": lambda leaf: leaf * float("nan")}, "head.bias"),
        ("sinusoid", {"body__0__weight": lambda leaf: leaf.half()}, "body.0.weight"),
        ("meta-sgd", {"rate_slash_head__bias": None}, "rate/head.bias"),
        ("meta-sgd", {"rate_slash_head__bias": torch.zeros(7)}, "rate/head.bias has shape [7]"),
        ("reptile", {"second_slash_head__bias": torch.zeros(7)}, "second/head.bias has shape [7]"),
        ("pictures-shared", {"head__weight": torch.zeros(())}, "head.weight"),
        ("pictures-shared", {"head__weight": None}, "head.weight"),
    ],
)
def test_tensors_that_do_not_fit_their_card_are_named(made, tmp_path, kind, changes, words):
    refused(with_card(made, tmp_path, lambda card: card, kind, tensors_of(made, kind, **changes)), words)


# a mixture's components


def test_each_component_leaves_as_a_plain_network_and_without_a_choice_the_most_used(made, tmp_path):
    source = made("mixture")
    start, parts = load(source), []
    for number in (1, 2, 3):
        export(source, tmp_path / "a.pt", number)
        parts.append(torch.load(tmp_path / "a.pt", weights_only=True))
    for number, part in enumerate(parts):
        group = start.meta.learned["init" if number == 0 else f"component-{number + 1}"]
        assert all(torch.equal(leaf, part[name]) for name, leaf in group.items())
    export(source, tmp_path / "a.pt")
    most = int(start.meta.state["mixture"]["count"].argmax())
    chosen = torch.load(tmp_path / "a.pt", weights_only=True)
    assert all(torch.equal(leaf, parts[most][name]) for name, leaf in chosen.items())


@pytest.mark.parametrize(
    ("kind", "name", "number", "said"),
    [
        ("mixture", "a.pt", 4, "choose 1 to 3"),
        ("mixture", "a.pt", 0, "choose 1 to 3"),
        ("mixture", "a.safetensors", 1, "all components"),
        ("sinusoid", "a.pt", 1, "only a mixture"),
    ],
)
def test_a_component_that_is_not_there_is_refused(made, tmp_path, kind, name, number, said):
    with pytest.raises(BadExperiment, match=said):
        export(made(kind), tmp_path / name, number)
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize("kind", ["mixture", "pictures-shared-mixture"])
def test_an_adapted_mixtures_state_dict_is_its_most_responsible_component(made, kind):
    start = load(made(kind))
    found = start.adapt(*support(kind)).state_dict()
    scope = {}
    exec(start.card["network"]["module"], scope)
    scope["model"].load_state_dict(found)


@pytest.mark.parametrize("ending", [".onnx", ".pt2", ".pt"])
def test_an_export_for_other_programs_is_told_from_a_damaged_file(tmp_path, ending):
    path = tmp_path / f"start{ending}"
    path.write_bytes(b"PK\3\4 something else" * 10)
    with pytest.raises(BadFile, match=r"take the \.safetensors file .* headstart import start"):
        load(path)
