"""The benchmark compares like with like: same weights, same tasks, same meta-gradient before anything is timed."""

import json

import pytest

from core.bench.compare import _contenders, _gradient_distance, bench
from core.bench.workloads import WORKLOADS, experiment
from core.cli import main
from core.engine import compiled
from core.training.assembly import assemble


@pytest.mark.parametrize("name", WORKLOADS)
def test_every_workload_is_an_experiment_that_can_run(name):
    assert experiment(name, tier="eager", steps=3).outer.steps == 3


@pytest.mark.parametrize("name", ["sine-1", "sine-5"])
def test_peers_have_our_meta_gradient(name, tmp_path):
    parts = assemble(experiment(name, tier="eager", steps=1), tmp_path)
    contenders, left_out = _contenders(parts)
    assert {"plain loop", "torch.func"} <= contenders.keys()
    assert all("not installed" in why for why in left_out.values())
    for peer in contenders.values():
        assert _gradient_distance(parts, peer) < 1e-5


def test_without_a_compiler_the_rest_is_measured_and_the_reason_is_given(tmp_path, monkeypatch):
    monkeypatch.setattr(compiled, "missing", lambda: "no C++ compiler is installed")
    found = bench(["sine-1"], tmp_path, peers=True, seconds=0.05, say=lambda text: None)["workloads"]["sine-1"]
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
