"""Several processes on one run: shares, equal gradients, stop and resume, and a process that dies."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import torch

from core.engine.ranks import Ranks
from core.errors import BadExperiment
from core.methods.registry import METHODS
from core.storage.catalog import Catalog
from core.training.checkpoint import load
from tests.core.methods.cases import WORLDS, sensible

ROOT = Path(__file__).resolve().parents[3]
TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
SHORT = ["--set", "engine.precision=float64", "--set", "engine.tier=eager", "--set", "outer.meta_batch=7",
         "--set", "evaluation.tasks=8", "--set", "evaluation.validation_tasks=4"]  # fmt: skip
CODE = "import sys; from core.cli import main; sys.exit(main(sys.argv[1:]))"


def environment():
    return {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}


def start(*words, folder, ranks=True):
    command = [*TORCHRUN, "--no-python", sys.executable] if ranks else [sys.executable]
    return subprocess.Popen(
        [*command, "-c", CODE, *words, "--data-folder", str(folder)], cwd=ROOT, env=environment(),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def finish(process):
    out, err = process.communicate(timeout=180)
    assert process.returncode == 0, err
    return json.loads(out)


def weights(folder, run):
    with Catalog.open(folder, write=False) as catalog:
        last = max(catalog.checkpoints(run), key=lambda c: c.step)
    stored = load(last.path, torch.device("cpu"))
    return last.step, stored.meta.learned["init"]


def assert_same_weights(one, other, rtol):
    assert one[0] == other[0]
    for name, leaf in one[1].items():
        assert float((leaf - other[1][name]).abs().max()) <= rtol * float(leaf.abs().max()), name


# shares


@pytest.mark.parametrize(("total", "world"), [(7, 2), (5, 5), (25, 4), (32, 1)])
def test_every_task_is_worked_on_once_and_the_shares_differ_by_at_most_one(total, world):
    shares = [range(total)[Ranks(rank, world).share(total)] for rank in range(world)]
    assert [task for share in shares for task in share] == list(range(total))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_a_meta_batch_smaller_than_the_ranks_is_refused():
    with pytest.raises(BadExperiment, match=r"outer\.meta_batch: 3 tasks cannot be shared by 4 ranks"):
        Ranks(0, 4).refuse_too_few(3)


# two processes


@pytest.fixture(scope="module")
def checked():
    found = subprocess.run(
        [*TORCHRUN, "-m", "tests.core.engine.ranks_check"], cwd=ROOT, env=environment(), capture_output=True, text=True,
        timeout=300, check=False,
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    return [json.loads(line) for line in found.stdout.splitlines() if line.startswith("{")]


@pytest.mark.parametrize("kind", METHODS)
def test_two_ranks_have_the_gradient_of_one(checked, kind):
    """1e-9 in float64, 1e-4 of the largest entry in float32; both ranks the same reports."""
    lines = [line for line in checked if line["kind"] == kind]
    worlds = [name for name in ("mlp-tanh", "strided-layer-fixed") if sensible(kind, WORLDS[name])]
    assert worlds
    assert {(line["rank"], line["world"]) for line in lines} == {(rank, world) for rank in (0, 1) for world in worlds}
    for line in lines:
        assert line["gradient"] <= (1e-9 if line["world"] == "mlp-tanh" else 1e-4), line
        assert line["aux"] <= 1e-4, line


def test_a_run_of_two_ranks_equals_one_alone_also_stopped_and_resumed(tmp_path):
    whole = finish(
        start("run", "sinusoid-maml", "--steps", "1200", *SHORT, "--json", folder=tmp_path / "a", ranks=False)
    )
    options = ["run", "sinusoid-maml", "--steps", "1200", *SHORT, "--set", "evaluation.checkpoint_every=20", "--json"]
    process = start(*options, folder=tmp_path / "b")
    wait_for(lambda: list((tmp_path / "b").glob("runs/*/step-*.safetensors")))
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    with Catalog.open(tmp_path / "b", write=False) as catalog:
        (run,) = catalog.runs()
        assert (run.status, 20 <= run.step < 1200) == ("interrupted", True), run.message
    resumed = finish(start("resume", run.id, "--json", folder=tmp_path / "b"))
    assert (resumed["status"], resumed["plan"]["ranks"]) == ("finished", 2)
    assert_same_weights(weights(tmp_path / "a", whole["run"]), weights(tmp_path / "b", run.id), 1e-9)


def test_a_rank_that_dies_leaves_an_interrupted_run_with_its_last_checkpoint(tmp_path):
    options = [
        "run",
        "sinusoid-maml",
        "--steps",
        "1000000",
        *SHORT,
        "--set",
        "evaluation.checkpoint_every=20",
        "--json",
    ]
    process = start(*options, folder=tmp_path)
    wait_for(lambda: list(tmp_path.glob("runs/*/step-*.safetensors")))
    follower = next(
        child for child in psutil.Process(process.pid).children(recursive=True) if child.environ().get("RANK") == "1"
    )
    follower.kill()
    process.communicate(timeout=90)
    with Catalog.open(tmp_path, write=False) as catalog:
        (run,) = catalog.runs()
        assert run.status == "interrupted", run.message
        assert [c for c in catalog.checkpoints(run.id) if c.present and c.step >= 20]
        assert catalog.initializations()


def wait_for(there, seconds=60):
    end = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
