"""A run whose process was killed with -9 goes on, bit for bit, as if nothing had been."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from core.deploy import load as load_initialization
from core.runs import enqueue, execute, last_checkpoint
from core.storage.catalog import Catalog
from core.storage.records import Status
from core.training.checkpoint import load

from .helpers import METHODS, Heard, assert_same_bits, tiny

ROOT = Path(__file__).parents[3]


def killed(folder, pairs):
    """Start a run in another process and kill that in the middle; gives back the step that it stood at."""
    command = [sys.executable, "-m", "tests.core.training.killed", str(folder), *pairs]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"}
    )
    assert process.stdout is not None
    step = int(process.stdout.readline())
    process.kill()
    assert process.wait(timeout=10) == -signal.SIGKILL
    process.stdout.close()
    return step


def kept(catalog, run_id):
    """Every tensor of the newest checkpoint, and of the initialization."""
    found = load(last_checkpoint(catalog, run_id), torch.device("cpu"))
    (initialization,) = catalog.initializations()
    start = load_initialization(initialization.path).meta
    groups = {"now": found.meta, "best": found.best, "file": start}
    tensors = {
        f"{part}/{kind}/{group}/{name}": leaf
        for part, meta in groups.items()
        for kind, named_groups in meta._asdict().items()
        for group, named in named_groups.items()
        for name, leaf in named.items()
    }
    return {**tensors, **found.optimizer}


@pytest.mark.parametrize("name", ["maml-adam", "reptile-adam-linear"])
def test_a_killed_run_goes_on_to_the_same_bits(tmp_path, name):
    pairs = METHODS[name]
    stood_at = killed(tmp_path / "killed", pairs)
    with Catalog.open(tmp_path / "killed") as catalog:
        (run,) = catalog.runs()
        assert run.status is Status.INTERRUPTED
        assert "its process ended" in run.message
        heard = Heard()
        ended = execute(catalog, run.id, heard)
        assert ended.status is Status.FINISHED, ended.message
        series, validations, resumed = catalog.series(run.id), catalog.validations(run.id), kept(catalog, run.id)
    assert heard.losses().keys() == set(range(9, 25)), "it went on from the checkpoint of step 8"
    assert stood_at > 8, "steps beyond the checkpoint were lost and came again"
    with Catalog.open(tmp_path / "whole") as catalog:
        whole = execute(catalog, enqueue(catalog, tiny(*pairs)).id)
        assert_same_bits(resumed, kept(catalog, whole.id))
        expected = catalog.series(whole.id)
        assert series.steps.tolist() == list(range(1, 25))
        assert np.array_equal(series.loss, expected.loss)
        curves = [[v.curves.loss.tolist() for v in found] for found in (validations, catalog.validations(whole.id))]
        assert curves[0] == curves[1]
    assert (ended.loss, ended.best_step, ended.step) == (whole.loss, whole.best_step, whole.step)
