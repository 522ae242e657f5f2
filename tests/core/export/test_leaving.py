"""The one way out: the child process, its progress and end, support sets, READMEs, and what is refused."""

import re
import subprocess
import sys
import threading
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from core.deploy import load
from core.errors import BadExperiment, BadFile, CoreError, Interrupted
from core.export import readme
from core.export.leaving import leave
from core.export.words import Wanted
from core.storage.files import sha256_of

from .made import start_file


def test_a_child_process_makes_the_program_and_tells_how_far_it_is(tmp_path):
    """Here its tasks are the real ones of the experiment."""
    source, heard = start_file(tmp_path), []
    told = leave(
        source,
        tmp_path / "a.onnx",
        tmp_path,
        Wanted(steps=2, readme=True),
        report=lambda words, share: heard.append((words, share)),
    )
    shares = [share for _, share in heard]
    assert shares == sorted(shares)
    assert "Traced 2 of 2 inner steps" in dict(heard)
    assert "Checked on 8 of 8 tasks" in dict(heard)
    assert told["sha256"] == sha256_of(tmp_path / "a.onnx")
    assert (told["steps"], told["check"]["real"], told["check"]["made_up"]) == (2, 4, 4)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.onnx", "a.onnx.md", "start.safetensors"]
    text = (tmp_path / "a.onnx.md").read_text()
    assert told["sha256"] in text
    assert "on 4 made-up and 4 real tasks" in text
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "(3, 1)"


def test_a_cancelled_export_leaves_nothing(tmp_path):
    source, stop = start_file(tmp_path), threading.Event()
    with pytest.raises(Interrupted, match=r"a\.pt2 was cancelled; nothing was written"):
        leave(source, tmp_path / "a.pt2", tmp_path, report=lambda words, share: stop.set(), stop=stop)
    assert [path.name for path in tmp_path.iterdir()] == ["start.safetensors"]


@pytest.mark.parametrize("ending", [".pt2", ".pt"])
def test_an_unreadable_source_is_told_by_its_own_name(tmp_path, ending):
    damaged = tmp_path / "damaged.safetensors"
    damaged.write_bytes(start_file(tmp_path).read_bytes()[:-9])
    with pytest.raises(BadFile, match=r"damaged\.safetensors is not a readable \.safetensors file"):
        leave(damaged, tmp_path / f"a{ending}", tmp_path)
    assert not (tmp_path / f"a{ending}").exists()


def test_a_place_that_takes_no_file_is_told_before_any_work(tmp_path):
    source = start_file(tmp_path)
    with pytest.raises(BadFile, match="there is no folder"):
        leave(source, tmp_path / "nowhere" / "a.pt2", tmp_path)
    (tmp_path / "folder.pt2").mkdir()
    with pytest.raises(BadFile, match="is a folder"):
        leave(source, tmp_path / "folder.pt2", tmp_path)


REFUSED = {
    "ending": ("a.pth", Wanted(), r"ends in \.safetensors, \.pt, \.pt2 or \.onnx"),
    "ways": ("a.pt", Wanted(ways=3), "--ways: a.pt is no program"),
    "steps": ("a.pt", Wanted(steps=3), "--steps: a.pt holds no inner steps"),
    "component": ("a.pt2", Wanted(component=1), "--component: a program holds all"),
    "support": ("a.pt2", Wanted(support="x.csv"), "--support: only a name that ends in .pt"),
    "both": ("a.pt", Wanted(support="x.csv", component=1), "the support set chooses the component"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_belong_together_is_refused(tmp_path, case):
    name, wanted, words = REFUSED[case]
    with pytest.raises(BadExperiment, match=words):
        leave(start_file(tmp_path), tmp_path / name, tmp_path, wanted)


# a network adapted to a support set


@pytest.mark.parametrize("kind", ["maml", "mmaml", "hsml", "leo"])
def test_the_network_adapted_to_a_support_set_is_a_plain_state_dict(tmp_path, kind):
    source = start_file(tmp_path, kind)
    x, y = np.linspace(-3, 3, 6)[:, None], np.sin(np.linspace(-3, 3, 6))[:, None]
    np.savez(tmp_path / "few.npz", x=x, y=y)
    leave(source, tmp_path / "a.pt", tmp_path, Wanted(support=tmp_path / "few.npz", readme=True))
    start, scope = load(source), {}
    exec(start.card["network"]["module"], scope)
    scope["model"].load_state_dict(torch.load(tmp_path / "a.pt", weights_only=True))
    asked = np.linspace(-2, 2, 5)[:, None]
    found = scope["model"](torch.tensor(asked, dtype=torch.float32)).detach().numpy()
    np.testing.assert_allclose(found, start.adapt(x, y).predict(asked), rtol=1e-5, atol=1e-6)
    assert "load_state_dict" in (tmp_path / "a.pt.md").read_text()


def test_a_table_is_a_support_set(tmp_path):
    source = start_file(tmp_path, world="columns")
    (tmp_path / "few.csv").write_text("year,age (years)\n1950,44\n1980,60\n2000,66\n")
    leave(source, tmp_path / "a.pt", tmp_path, Wanted(support=tmp_path / "few.csv", steps=2))
    expected = load(source).adapt([1950, 1980, 2000], [44, 60, 66], steps=2).state_dict()
    found = torch.load(tmp_path / "a.pt", weights_only=True)
    assert all(torch.equal(found[name], leaf) for name, leaf in expected.items())


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: path.write_bytes(b"PK no archive"), "is no readable .npz file"),
        (lambda path: np.savez(path, a=1), "lacks an array x or y"),
        (lambda path: np.savez(path, x=np.array([{"a": 1}], dtype=object), y=[1.0]), "is no readable .npz file"),
        (lambda path: np.savez(path, x=np.zeros((3, 2)), y=np.zeros(3)), "the network takes"),
        (lambda path: None, "there is no file"),
    ],
    ids=["damaged", "other names", "pickled objects", "other shape", "missing"],
)
def test_a_support_set_that_does_not_do_is_one_sentence(tmp_path, make, words):
    make(tmp_path / "few.npz")
    with pytest.raises(CoreError, match=words):
        leave(start_file(tmp_path), tmp_path / "a.pt", tmp_path, Wanted(support=tmp_path / "few.npz"))
    assert not (tmp_path / "a.pt").exists()


# READMEs


@pytest.mark.parametrize("world", ["columns", "pictures"])
def test_a_readme_says_what_goes_in_and_its_code_runs(tmp_path, world):
    source = start_file(tmp_path, world=world)
    told = leave(source, tmp_path / "a.safetensors", tmp_path, Wanted(readme=True))
    text = (tmp_path / "a.safetensors.md").read_text()
    assert told["readme"] == str(tmp_path / "a.safetensors.md")
    words = {
        "columns": ("`support_x` [support, 1], float64: year", "age (years)"),
        "pictures": ("[support, 1, 8, 8]", "class labels 0 to 2"),
    }[world]
    assert all(part in text for part in words)


def test_an_example_that_does_not_run_is_not_written(tmp_path, monkeypatch):
    monkeypatch.setattr(readme, "example", lambda *args: "raise SystemExit('no')")
    with pytest.raises(CoreError, match=r"its README is not: the example does not run here \(no\)"):
        leave(start_file(tmp_path), tmp_path / "a.pt", tmp_path, Wanted(readme=True))
    assert not (tmp_path / "a.pt.md").exists()


def test_a_readme_of_a_plain_state_dict_says_the_recipe(tmp_path):
    source = start_file(tmp_path)
    leave(source, tmp_path / "a.pt", tmp_path, Wanted(readme=True))
    start, text = load(source), (tmp_path / "a.pt.md").read_text()
    assert f"{start.steps} steps of gradient descent on the mean squared error" in text
    assert f"step size {start.experiment.inner.learning_rate:g}, of {', '.join(start.card['adapts'])}." in text


def test_a_readme_names_the_classes_of_a_table():
    spec = SimpleNamespace(encoding={"classes": ["ja", "nein"]})
    assert readme._labels(spec) == ": 0 = ja, 1 = nein"


def test_a_name_that_no_file_system_takes_is_one_line(tmp_path):
    with pytest.raises(BadFile, match="1,005 bytes; choose one of at most"):
        leave(tmp_path / "start.safetensors", tmp_path / ("x" * 1000 + ".onnx"), tmp_path)
