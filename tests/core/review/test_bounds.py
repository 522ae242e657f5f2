"""What would not fit into memory: one line that names the setting, never a crash."""

from pathlib import Path

import pytest
import torch

from core.config import presets, with_settings
from core.errors import BadExperiment
from core.summary import describe
from core.training import Control, train
from core.training.assembly import assemble
from core.training.events import Failed

TOO_MUCH = {
    "network.hidden": ["network.hidden=[100000,100000]"],
    "evaluation.validation_tasks": ["engine.precision=float64", "evaluation.validation_tasks=10000", "tasks.kind=glyphs",
                                    "tasks.ways=20", "tasks.shots=5", "network.kind=mlp"],
    "outer.meta_batch": ["outer.meta_batch=4096", "tasks.kind=glyphs", "tasks.ways=100", "tasks.shots=5", "network.kind=mlp"],
}  # fmt: skip


@pytest.mark.parametrize("key", ["network.hidden", "evaluation.validation_tasks", "outer.meta_batch"])
def test_what_is_too_large_is_refused_before_it_is_made(key, tmp_path: Path):
    experiment = with_settings(presets()["sinusoid-maml"].experiment, TOO_MUCH[key])
    with pytest.raises(BadExperiment, match=rf"^{key}: .*choose"):
        assemble(experiment, tmp_path)
    with pytest.raises(BadExperiment, match=rf"^{key}: "):
        describe(experiment, tmp_path)


def test_memory_that_the_machine_does_not_have_is_a_failed_run_and_no_bug(monkeypatch, tmp_path: Path):
    monkeypatch.setattr("core.training.run.assemble", lambda *_: torch.empty(1 << 50))
    events = []
    train(presets()["sinusoid-maml"].experiment, events.append, Control(), tmp_path, tmp_path)
    failed = events[-1]
    assert isinstance(failed, Failed)
    assert failed.known
    assert failed.details["exit_code"] == 3
    assert "out of memory" in failed.sentence


def test_episodes_have_the_bounds_of_the_setting(tmp_path: Path, monkeypatch):
    from core import runs

    class Start:
        experiment = presets()["sinusoid-maml"].experiment

    monkeypatch.setattr("core.deploy.load", lambda path: Start())
    with pytest.raises(BadExperiment, match=r"evaluation\.tasks: must be less than or equal to 100000"):
        runs.evaluate(tmp_path / "x", tmp_path, [], 10**11)
