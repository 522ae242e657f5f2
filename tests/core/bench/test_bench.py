"""The benchmark compares like with like: same weights, same tasks, same meta-gradient before anything is timed."""

import json

import numpy as np
import pytest
import torch

from core.bench import memory, methods
from core.bench.agreement import Reference, contender, in_float64
from core.bench.beside import _Told
from core.bench.compare import Wish, _asked_again, _compared, _contenders, bench
from core.bench.peak import peak_bytes
from core.bench.peers import PEERS
from core.bench.workloads import FOLDER, WORKLOADS, experiment, quiet, ready
from core.cli import main
from core.config import with_settings
from core.engine import compiled
from core.engine.tiers import COMPILING
from core.methods.registry import METHODS
from core.training.assembly import assemble
from core.training.events import Stepped, TierChanged, Warned


@pytest.mark.parametrize("name", WORKLOADS)
def test_every_workload_is_an_experiment_that_can_run(name, tmp_path):
    assert experiment(name, tmp_path, tier="eager", steps=3).outer.steps == 3


@pytest.mark.parametrize("name", ["sine-1", "sine-5"])
def test_peers_have_our_meta_gradient(name, tmp_path):
    parts = assemble(experiment(name, tmp_path, tier="eager", steps=1), tmp_path)
    contenders, left_out = _contenders(parts)
    assert {"plain loop", "torch.func"} <= contenders.keys()
    assert all("not installed" in why for why in left_out.values())
    for peer in contenders.values():
        assert Reference(parts).distance(peer) < 1e-5


@pytest.mark.parametrize("kind", ["conv-pooled", "conv-strided"])
def test_peers_have_our_meta_gradient_through_convolutions(kind, tmp_path):
    """To rounding in float64; in float32 a pooling or a ReLU near its kink may fall to the other side."""
    small = {
        "tasks": {"kind": "glyphs", "ways": 3, "shots": 1, "queries": 3},
        "network": {"kind": kind, "filters": 4, "scale": True},
        "subset": {"adapt": ["*"]},
        "outer": {"meta_batch": 2},
        "inner": {"steps": 2, "learning_rate": 0.1},
    }
    parts = assemble(quiet(small, "small", tier="eager", steps=1), tmp_path)
    contenders, left_out = _contenders(parts)
    contenders.pop("JAX", None)  # half a minute of compiling; below
    apart, in_double, first = _compared(parts, tmp_path, contenders, left_out, lambda text: None)
    assert {"plain loop", "torch.func"} <= apart.keys() == in_double.keys() == first.keys() == contenders.keys()
    assert not {label: why for label, why in left_out.items() if "not installed" not in why}
    assert max(in_double.values()) < 1e-10
    assert max(apart.values()) < 1e-3


@pytest.mark.slow
@pytest.mark.parametrize("form", ["conv", "slices"])
def test_jax_takes_the_first_of_equal_entries_as_torch_does(form, tmp_path):
    """Glyphs are flat almost everywhere: jnp.max, which shares a gradient among ties, was 0.8 of the largest entry away."""
    pytest.importorskip("jax")
    wanted = with_settings(
        experiment("omni-5w1s-pooled", tmp_path, tier="eager", steps=1), ["network.filters=4", "network.depth=2"]
    )
    small = in_float64(assemble(wanted, tmp_path), tmp_path)
    peer = contender(small, "JAX")
    peer.form = form
    assert Reference(small).distance(peer) < 1e-10


def why_left_out(monkeypatch, tmp_path, plain_loop):
    """Of the peer "plain loop", written as this class."""
    monkeypatch.setitem(PEERS, "plain loop", plain_loop)
    parts = assemble(experiment("sine-1", tmp_path, tier="eager", steps=1), tmp_path)
    contenders, left_out = _contenders(parts)
    _compared(parts, tmp_path, contenders, left_out, lambda text: None)
    assert "plain loop" not in contenders
    return left_out["plain loop"]


def test_a_peer_with_another_gradient_is_not_timed(tmp_path, monkeypatch):
    class Halved(PEERS["plain loop"]):
        def gradient(self, tasks):
            return [leaf / 2 for leaf in super().gradient(tasks)]

    assert (
        why_left_out(monkeypatch, tmp_path, Halved)
        == "its meta-gradient is another one: 5e-01 away from ours in float64"
    )


def test_a_peer_that_fails_is_left_out_with_its_words(tmp_path, monkeypatch):
    class Broken(PEERS["plain loop"]):
        def gradient(self, tasks):
            raise ValueError("no such thing")

    assert why_left_out(monkeypatch, tmp_path, Broken) == "it failed (ValueError: no such thing)"


def test_the_random_pictures_are_in_the_layout_of_miniimagenet_and_made_once(tmp_path):
    ready("mini-5w5s", tmp_path)
    files = {path: path.stat().st_mtime_ns for path in (tmp_path / "cache" / FOLDER).rglob("*.png")}
    assert len(files) == 400
    ready("mini-5w5s", tmp_path)
    assert {path: path.stat().st_mtime_ns for path in files} == files
    tasks = assemble(experiment("mini-5w5s", tmp_path, tier="eager", steps=1), tmp_path).splits.train
    assert tasks.sample(torch.Generator(), 1).query.x.shape == (1, 75, 3, 84, 84)


# memory


def test_a_process_of_its_own_tells_what_outer_steps_took(tmp_path):
    found = peak_bytes("sine-1", "ours", tmp_path, steps=3, walk="adjoint", meta_batch=2)
    assert found is not None
    assert 0 < found < 500 * 2**20


def test_a_process_that_fails_tells_nothing(tmp_path):
    assert peak_bytes("sine-1", "nobody knows it", tmp_path, walk="sideways") is None


def test_memory_by_steps_is_a_row_a_walk(tmp_path, monkeypatch, capsys):
    def measured(workload, contender, folder, *, steps, walk, meta_batch):
        return None if walk == "unrolled" and steps == 100 else 1000 * steps

    monkeypatch.setattr(memory, "peak_bytes", measured)
    assert main(["bench", "--memory-by-steps", "sine-1", "--data-folder", str(tmp_path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["peak_bytes"]
    assert found["adjoint"] == {"1": 1000, "5": 5000, "20": 20000, "100": 100000}
    assert found["unrolled"]["100"] is None


# beside a build


def test_rates_are_taken_before_a_build_and_beside_it():
    """100 steps a second for two seconds, 80 for the next one, then the swap."""
    told = _Told()
    told(Stepped(np.arange(200), np.zeros(200), np.zeros(200), np.arange(200) / 100))
    told(Warned(COMPILING))
    told(Stepped(np.arange(80), np.zeros(80), np.zeros(80), 2 + np.arange(80) / 80))
    told(TierChanged(281, "compiled", {}))
    found = told.found()
    assert found["slower"] == pytest.approx(0.2, abs=0.01)
    assert found["build_seconds"] == pytest.approx(1.0, abs=0.05)
    assert told.over
    assert found["why"] == ""


# the command


def test_a_tier_that_there_is_not_is_one_line(capsys, tmp_path):
    assert main(["bench", "sine-1", "--tier", "warp", "--data-folder", str(tmp_path)]) == 2
    assert "eager and compiled" in capsys.readouterr().err


def test_without_a_compiler_the_rest_is_measured_and_the_reason_is_given(tmp_path, monkeypatch):
    monkeypatch.setattr(compiled, "missing", lambda: "no C++ compiler is installed")
    found = bench(["sine-1"], tmp_path, Wish(True, False, 0.05), lambda text: None)["workloads"]["sine-1"]
    assert found["milliseconds"]["eager"] > 0
    assert found["ratios"]["plain loop"] > 1
    assert "no C++ compiler" in found["left_out"]["compiled"]


def test_an_unknown_workload_is_one_line_that_names_the_known_ones(capsys, tmp_path):
    assert main(["bench", "sine-7", "--data-folder", str(tmp_path)]) == 2
    assert "sine-1" in capsys.readouterr().err


@pytest.mark.slow
def test_the_command_prints_one_object_with_ratios(capsys, tmp_path):
    assert main(["bench", "sine-1", "--seconds", "0.2", "--data-folder", str(tmp_path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["workloads"]["sine-1"]
    assert found["ours"] == "compiled"
    assert found["ratios"]["plain loop"] > 5


# methods


@pytest.mark.parametrize("kind", METHODS)
def test_every_method_is_for_one_of_the_workloads_at_least(kind):
    assert not all(methods.why_not(kind, workload) for workload in methods.TASKS)


class _Still:
    """A run that was timed already: 3 ms a step, MAML's 2."""

    def __init__(self, label, make, data_folder, *, first, seconds, say):
        self.kind, self.complaint = make(first).method.kind, ""

    def milliseconds(self):
        return 2.0 if self.kind == "maml" else 3.0


def test_every_method_of_the_registry_gets_a_row_with_its_multiple_of_maml_or_a_reason(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(methods, "Ours", _Still)
    assert main(["bench", "--methods", "--data-folder", str(tmp_path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["methods"]
    assert list(found) == list(METHODS)
    for kind, row in found.items():
        assert list(row) == list(methods.TASKS)
        for workload, cell in row.items():
            why = methods.why_not(kind, workload)
            assert cell == ({"left_out": why} if why else _measured(kind))
    assert main(["bench", "--methods", "--data-folder", str(tmp_path)]) == 0
    assert "times MAML" in capsys.readouterr().out


def _measured(kind):
    return {"milliseconds": 2.0, "times_maml": 1.0} if kind == "maml" else {"milliseconds": 3.0, "times_maml": 1.5}


def test_a_method_is_timed_by_real_steps(tmp_path, monkeypatch):
    monkeypatch.setattr(methods, "METHODS", {kind: METHODS[kind] for kind in ("maml", "pooled")})
    monkeypatch.setattr(methods, "TASKS", {"numbers": methods.TASKS["numbers"]})
    found = methods.bench_methods(tmp_path, seconds=0.02, say=lambda text: None)["methods"]
    assert found["maml"]["numbers"]["times_maml"] == 1
    assert found["pooled"]["numbers"]["milliseconds"] > 0


def test_methods_and_workloads_at_once_are_refused(capsys, tmp_path):
    assert main(["bench", "sine-1", "--methods", "--data-folder", str(tmp_path)]) == 2
    assert "leave the names out" in capsys.readouterr().err


def test_where_time_is_short_what_is_far_behind_is_timed_once():
    times = {"compiled": [1.0], "eager": [9.0], "near": [2.5], "far": [3.5]}
    cost = {"compiled": 2.0, "eager": 2.0, "near": 3.0, "far": 30.0}
    ours = ["compiled", "eager"]
    assert _asked_again(times, cost, ours, 40.0) == list(times)
    assert _asked_again(times, cost, ours, 20.0) == ["compiled", "eager", "near"]
    assert _asked_again(times, cost, ours, 6.0) == []
