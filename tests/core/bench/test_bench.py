"""The benchmark compares like with like: same weights, same tasks, same meta-gradient before anything is timed."""

import json

import pytest

from core.bench import methods
from core.bench.compare import _contenders, _gradient_distance, bench
from core.bench.workloads import WORKLOADS, experiment
from core.cli import main
from core.engine import compiled
from core.methods.registry import METHODS
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
