"""The compiled tier: the same gradient as the eager one, a cache that knows what it holds, swaps that are replayed."""

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from core.config import Experiment, parse
from core.draws import at_step
from core.engine import compiled
from core.engine.child import Child
from core.engine.eager import by_chunks
from core.engine.passes import one_pass
from core.runs import enqueue, execute
from core.storage.catalog import Catalog
from core.storage.records import Status
from core.training import Control, train
from core.training.assembly import assemble
from core.training.events import Failed, Finished, TierChanged, Warned
from tests.core.engine.killed_swap import SWAPS_AT, swapped_in_mid_run
from tests.core.training.helpers import Heard, assert_same_bits
from tests.core.training.test_killed import kept

pytestmark = pytest.mark.skipif(
    bool(compiled.missing()), reason=f"the compiled tier needs a compiler: {compiled.missing()}"
)


def small(**changes):
    """A sinusoid run that compiles quickly; 5 tasks in chunks of 3 leave a smaller last chunk."""
    values = {
        "network": {"kind": "mlp", "hidden": [8], "activation": "tanh", "init": "he"},
        "outer": {"steps": 12, "meta_batch": 5, "learning_rate": 0.01},
        "inner": {"steps": 2, "evaluation_steps": 2},
        "evaluation": {"tasks": 4, "validation_tasks": 4, "validate_every": 6, "checkpoint_every": 4},
        "engine": {"tier": "compiled", "chunk": 3, "threads": 1, "device": "cpu"},
    }
    for section, change in changes.items():
        base = {} if "kind" in change and section == "network" else values.get(section, {})
        values[section] = {**base, **change}
    return parse(values)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A data folder whose cache holds the compiled pass of small(): compiled once for this module."""
    place = tmp_path_factory.mktemp("compiled")
    build(small(), place)
    return place


def build(experiment: Experiment, place: Path) -> Path:
    parts = assemble(experiment, place)
    target = compiled.folder_of(experiment, parts.plan, place)
    child = Child(experiment, parts.plan, place, target, waited_for=True)
    while child.poll() is None:
        time.sleep(0.1)
    assert child.poll() == 0, child.complaint()
    child.end()
    return target


def gradients(experiment: Experiment, place: Path):
    """(eager, compiled) on the same tasks."""
    parts = assemble(experiment, place)
    meta = parts.method.init(at_step(0, "init"))
    tasks = parts.splits.train.sample(at_step(0, "tasks"), experiment.outer.meta_batch)
    noise = parts.method.noise(at_step(0, "noise"), meta, tasks.given, experiment.inner.steps)
    arguments = (meta, tasks, noise, torch.zeros((), dtype=parts.dtype))
    passed = one_pass(parts.method, parts.plan)
    loaded = compiled.load(compiled.folder_of(experiment, parts.plan, place), passed, parts.plan)
    return [by_chunks(way, parts.plan, lambda: None)(*arguments) for way in (passed, loaded)]


def assert_agree(experiment: Experiment, place: Path, bound: float) -> None:
    (eager, aux), (fast, reports) = gradients(experiment, place)
    most = max(float(leaf.abs().max()) for named in eager.values() for leaf in named.values())
    assert most > 0
    for group, named in eager.items():
        for name, leaf in named.items():
            assert float((fast[group][name] - leaf).abs().max()) <= bound * most, (group, name)
    torch.testing.assert_close(reports["query_loss"], aux["query_loss"], rtol=10 * bound, atol=0)


def run(experiment, place, folder_name, *, resume=None, engine=None, stop_after=None):
    """(events, weights of the last checkpoint)."""
    from core.training.checkpoint import load
    from core.training.events import Stepped

    events, control, runs = [], Control(), place / folder_name
    runs.mkdir(exist_ok=True)

    def sink(event):
        events.append(event)
        if stop_after is not None and isinstance(event, Stepped) and event.steps[-1] >= stop_after:
            control.stop()

    train(experiment, sink, control, runs, place, resume=resume, engine=engine)
    assert not [event for event in events if isinstance(event, Failed)], events[-1]
    last = max(runs.glob("step-*.safetensors"))
    return events, load(last, torch.device("cpu")).meta.learned["init"]


def swaps(events):
    return [event.step for event in events if isinstance(event, TierChanged)]


def test_the_compiled_pass_gives_the_eager_gradient_and_leaves_a_smaller_chunk_to_it(folder):
    assert_agree(small(), folder, 1e-5)


def test_a_cached_library_serves_from_the_first_step(folder):
    events, _ = run(small(engine={"tier": "auto"}), folder, "cached")
    assert swaps(events) == [1]
    assert isinstance(events[-1], Finished)


def test_eager_pins_even_beside_a_cached_library(folder):
    events, _ = run(small(engine={"tier": "eager"}), folder, "eager")
    assert swaps(events) == []


def test_a_stored_swap_is_replayed_at_its_step_and_gives_the_same_bits(folder):
    """Eager for six steps, compiled from the seventh; a piece resumed from step 4 goes the same way."""
    stored = {**assemble(small(), folder).plan.as_dict(), "swaps": [[7, "compiled"]]}
    _, whole = run(small(), folder, "whole", engine=stored)
    _, _ = run(small(outer={"steps": 12}), folder, "pieces", engine=stored)
    for later in (8, 12):
        (folder / "pieces" / f"step-{later:08d}.safetensors").unlink()
    _, again = run(small(), folder, "pieces", engine=stored, resume=folder / "pieces" / "step-00000004.safetensors")
    _, all_eager = run(small(engine={"tier": "eager"}), folder, "never")
    assert all(torch.equal(whole[name], again[name]) for name in whole)
    assert any(not torch.equal(whole[name], all_eager[name]) for name in whole), "the swap never happened"


def test_a_library_that_computes_something_else_is_thrown_away(folder, tmp_path):
    """The pass of another step size under this experiment's key: the first step notices."""
    wrong = small(inner={"steps": 2, "evaluation_steps": 2, "learning_rate": 0.3}, engine={"tier": "auto"})
    good, target = (compiled.folder_of(e, assemble(e, folder).plan, folder) for e in (small(), wrong))
    shutil.copytree(good, target)
    events, _ = run(wrong, folder, "wrong")
    assert swaps(events) == []
    assert any("thrown away" in event.text for event in events if isinstance(event, Warned))
    assert not target.exists()


@pytest.mark.parametrize("damage", ["not a zip", ""])
def test_a_damaged_library_leaves_the_run_eager_with_one_line(folder, damage):
    experiment = small(inner={"steps": 1, "evaluation_steps": 2}, engine={"tier": "auto"})
    target = compiled.folder_of(experiment, assemble(experiment, folder).plan, folder)
    target.mkdir(parents=True)
    (target / compiled.LIBRARY).write_text(damage)
    (target / compiled.CARD).write_text(json.dumps({"inputs": [], "learned": [], "aux": []}))
    events, _ = run(experiment, folder, f"damaged{len(damage)}")
    assert swaps(events) == []
    assert isinstance(events[-1], Finished)
    assert sum("cannot be loaded" in event.text for event in events if isinstance(event, Warned)) == 1


def test_without_a_compiler_the_run_says_so_and_goes_on(monkeypatch, tmp_path):
    monkeypatch.setattr(compiled, "missing", lambda: "no C++ compiler is installed")
    events, _ = run(small(), tmp_path, "none")
    assert any("no C++ compiler" in event.text for event in events if isinstance(event, Warned))
    assert isinstance(events[-1], Finished)


def test_a_failing_build_is_reported_once_and_the_run_goes_on(monkeypatch, tmp_path):
    monkeypatch.setenv("CXX", "/bin/false")
    events, _ = run(small(), tmp_path, "failing")
    assert sum("compiling failed" in event.text for event in events if isinstance(event, Warned)) == 1
    assert isinstance(events[-1], Finished)


def test_the_key_follows_what_is_baked_in_and_nothing_else(tmp_path):
    def key(experiment):
        return compiled.folder_of(experiment, assemble(experiment, tmp_path).plan, tmp_path).name

    same = [
        small(),
        small(outer={"steps": 99}),
        small(evaluation={"tasks": 7}),
        small(inner={"evaluation_steps": 5}),
        small().model_copy(update={"seed": 5}),
    ]
    assert len({key(experiment) for experiment in same}) == 1
    others = [
        small(inner={"learning_rate": 0.02}),
        small(inner={"order": "first"}),
        small(engine={"chunk": 5}),
        small(engine={"precision": "float64"}),
        small(network={"hidden": [9]}),
        small(subset={"adapt": ["head.*"]}),
        small(tasks={"kind": "sinusoid", "shots": 6}),
    ]
    assert len({key(experiment) for experiment in [small(), *others]}) == 1 + len(others)


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [
        {"method": {"kind": "meta-sgd"}},
        {"method": {"kind": "reptile", "batch": 3}},
        {"method": {"kind": "pooled"}},
        {"engine": {"walk": "adjoint"}, "inner": {"steps": 3}},
        {"engine": {"plan": "per-task"}},
        {"engine": {"precision": "float64"}},
    ],
    ids=["meta-sgd", "reptile", "pooled", "adjoint", "per-task", "float64"],
)
def test_inductor_takes_every_method_and_plan(changes, tmp_path):
    experiment = small(**changes)
    build(experiment, tmp_path)
    assert_agree(experiment, tmp_path, 1e-9 if experiment.engine.precision == "float64" else 1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["conv-strided", "conv-pooled"])
def test_inductor_takes_convolutions(kind, tmp_path):
    experiment = small(
        tasks={"kind": "glyphs", "ways": 3, "shots": 1, "queries": 2},
        network={"kind": kind, "filters": 4},
        engine={"chunk": 5},
    )
    build(experiment, tmp_path)
    assert_agree(experiment, tmp_path, 1e-4)


OLD = """#!/bin/sh
for word in "$@"; do
  [ "$word" = -mavx512f ] && { echo "unrecognized command-line option" >&2; exit 1; }
done
exec g++ "$@"
"""


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("g++"), reason="needs g++")
def test_a_compiler_that_is_older_than_the_processor_builds_with_what_it_knows(tmp_path, monkeypatch):
    """Extensions are not tried out beforehand; only where the library does not come about."""
    (tmp_path / "old-g++").write_text(OLD)
    (tmp_path / "old-g++").chmod(0o755)
    monkeypatch.setenv("CXX", str(tmp_path / "old-g++"))
    parts = assemble(small(), tmp_path)
    target = compiled.folder_of(small(), parts.plan, tmp_path)
    job = {
        "experiment": small().plain(),
        "plan": parts.plan.as_dict(),
        "data_folder": str(tmp_path),
        "target": str(target),
    }
    code = "import sys; from core.engine.build import main; main(sys.argv[1])"
    command = [sys.executable, "-W", "ignore", "-c", code, json.dumps(job)]
    subprocess.run(command, cwd=Path(__file__).parents[3], check=True, capture_output=True)
    assert_agree(small(), tmp_path, 1e-5)


def test_a_library_that_is_no_quicker_is_not_taken_unless_asked_for(folder, monkeypatch):
    from core.engine import tiers as module

    times = iter([1.0, 2.0])
    whole = module._timed
    monkeypatch.setattr(module, "_timed", lambda *arguments: (whole(*arguments)[0], next(times)))
    events, _ = run(small(engine={"tier": "auto"}), folder, "slower")
    assert swaps(events) == []
    assert any("no quicker here (2e+03 ms a step against 1e+03 ms)" in e.text for e in events if isinstance(e, Warned))
    times = iter([1.0, 2.0])
    events, _ = run(small(engine={"tier": "compiled"}), folder, "slower-wanted")
    assert swaps(events) == [1]


def test_memory_that_is_short_while_tiers_are_compared_leaves_the_run_eager(folder, monkeypatch):
    from core.engine import tiers as module

    def short(*_):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(module, "_timed", short)
    events, _ = run(small(engine={"tier": "auto"}), folder, "short")
    assert swaps(events) == []
    assert any("while the tiers were compared" in event.text for event in events if isinstance(event, Warned))
    assert isinstance(events[-1], Finished)


@pytest.mark.slow
def test_a_run_killed_at_its_swap_goes_on_to_the_same_bits(folder, tmp_path, monkeypatch):
    """kill -9 between the swap and its first step: the resumed run begins at the checkpoint of step 4, eagerly, and swaps again."""
    for place in ("killed", "whole"):
        shutil.copytree(folder / "cache", tmp_path / place / "cache")
    command = [sys.executable, "-W", "ignore", "-m", "tests.core.engine.killed_swap", str(tmp_path / "killed")]
    process = subprocess.Popen(command, cwd=Path(__file__).parents[3], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert int(process.stdout.readline()) == SWAPS_AT
    process.kill()
    assert process.wait(timeout=10) == -signal.SIGKILL
    process.stdout.close()
    with Catalog.open(tmp_path / "killed") as catalog:
        (run_,) = catalog.runs()
        assert run_.status is Status.INTERRUPTED
        heard = Heard()
        assert execute(catalog, run_.id, heard).status is Status.FINISHED
        assert catalog.run(run_.id).engine["swaps"] == [[SWAPS_AT, "compiled"]]
        assert min(heard.losses()) == 5
        resumed, series = kept(catalog, run_.id), catalog.series(run_.id)
    swapped_in_mid_run(monkeypatch.setattr)
    with Catalog.open(tmp_path / "whole") as catalog:
        whole = execute(catalog, enqueue(catalog, small()).id)
        assert whole.engine["swaps"] == [[SWAPS_AT, "compiled"]]
        assert_same_bits(resumed, kept(catalog, whole.id))
        assert series.loss.tolist() == catalog.series(whole.id).loss.tolist()
