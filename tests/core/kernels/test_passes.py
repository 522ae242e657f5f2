"""Own kernels under every method: the same meta-gradient as the eager tier, in a run like any other compiled pass."""

from itertools import cycle

import pytest
import torch

from core.config import parse
from core.engine import child, compiled, tiers
from core.engine.plan import Plan
from core.kernels import library, using
from core.training import Control, train
from core.training.events import Finished, TierChanged, Warned
from tests.core.engine.test_equality import KINDS_ON_ALL
from tests.core.methods.cases import TASKS, ZERO, D, assert_close, assert_close_to_largest, draws_of, gradient_of

ON_CONVOLUTIONS = [
    pytest.param(*row.values, id=row.id)
    for row in KINDS_ON_ALL
    if row.id.endswith(("strided-batch-fixed", "pooled-batch-fixed", "pooled-support-fixed"))
]


@pytest.mark.parametrize("walk", ["unrolled", "adjoint"])
@pytest.mark.parametrize(("case", "world"), ON_CONVOLUTIONS)
def test_every_method_has_the_eager_gradient(kernels, case, world, walk):
    for dtype in (D, torch.float32):
        tasks, method = world.tasks(dtype), case.method(world.net(whole_norm=True, dtype=dtype), world.loss)
        meta = case.meta(method)
        given = {"meta": meta, "noise": draws_of(method, meta, tasks, case.steps), "progress": ZERO.to(dtype)}
        expected, aux = gradient_of(method, tasks, "per-task", walk=walk, chunk=TASKS, **given)
        with using(kernels):
            found, reports = gradient_of(method, tasks, "per-task", walk=walk, chunk=TASKS, **given)
        if dtype is D:
            assert_close(found, expected, 1e-9)
            torch.testing.assert_close(reports, aux, rtol=1e-9, atol=1e-11)
        else:
            assert_close_to_largest(found, expected, 1e-4)


def pictures(**engine):
    return parse({
        "tasks": {"kind": "glyphs", "ways": 3, "shots": 1, "queries": 2},
        "network": {"kind": "conv-pooled", "filters": 8, "depth": 2},
        "inner": {"steps": 1, "evaluation_steps": 1},
        "outer": {"steps": 3, "meta_batch": 3},
        "evaluation": {"tasks": 2, "validation_tasks": 2, "validate_every": 3, "checkpoint_every": 1},
        "engine": {"plan": "per-task", "trial": False, "threads": 1, "workers": 2, "device": "cpu", **engine},
    })  # fmt: skip


def run(folder, *, engine=None, resume=None, **settings):
    events, place = [], folder / "run"
    place.mkdir(exist_ok=True)
    train(pictures(**settings), events.append, Control(), place, folder, engine=engine, resume=resume)
    assert isinstance(events[-1], Finished), events[-1]
    last = max(place.glob("step-*.safetensors"))
    return events, last.read_bytes()


def test_a_run_builds_them_once_and_resumes_to_the_same_bits(kernels, tmp_path):
    first, whole = run(tmp_path, tier="compiled")
    assert [event.step for event in first if isinstance(event, TierChanged)] == [1]
    (built,) = (tmp_path / "cache" / "compiled").glob("kernels-*")
    age = (built / compiled.LIBRARY).stat().st_mtime_ns
    place = tmp_path / "run"
    for step in (2, 3):
        (place / f"step-{step:08d}.safetensors").unlink()
    stored = next(event.engine for event in first if isinstance(event, TierChanged))
    _, again = run(tmp_path, engine=stored, resume=place / "step-00000001.safetensors", tier="compiled")
    assert torch.equal(weights(again), weights(whole))
    assert (built / compiled.LIBRARY).stat().st_mtime_ns == age


def weights(file: bytes):
    from safetensors.torch import load

    return torch.cat([leaf.double().flatten() for name, leaf in sorted(load(file).items()) if "seconds" not in name])


def test_a_compiler_that_fails_leaves_the_run_eager_with_one_line(tmp_path, monkeypatch):
    broken = tmp_path / "broken-compiler"
    broken.write_text("#!/bin/sh\necho 'x.cpp: error: no space' >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("CXX", str(broken))
    events, _ = run(tmp_path, tier="compiled")
    assert [event.text for event in events if isinstance(event, Warned) and "error: no space" in event.text]
    assert not [event for event in events if isinstance(event, TierChanged)]


@pytest.mark.parametrize("in_double", [True, False])
def test_where_float32_is_apart_the_difference_in_float64_judges(kernels, tmp_path, monkeypatch, in_double):
    """Five steps over maxima turn a last bit into another gradient: no fault of the library, unless float64 differs too."""
    whole, seen = tiers._apart, []

    def apart(ours, theirs):
        (kind,) = {leaf.dtype for named in (*ours.values(), *theirs.values()) for leaf in named.values()}
        seen.append((kind, whole(ours, theirs)))
        return seen[-1][1] if in_double and kind is D else 0.8

    monkeypatch.setattr(tiers, "_apart", apart)
    events, _ = run(tmp_path, tier="compiled")
    assert [kind for kind, _ in seen] == [torch.float32, D]
    assert seen[1][1] < 1e-9
    assert bool([event for event in events if isinstance(event, TierChanged)]) == in_double
    assert any("thrown away" in event.text for event in events if isinstance(event, Warned)) != in_double


def timed_as(monkeypatch, *seconds):
    """What the clock says of the comparison's calls, in turn: eager, kernels, eager, ..."""
    whole, said = tiers._timed, cycle(seconds)
    monkeypatch.setattr(tiers, "_timed", lambda *given: (whole(*given)[0], next(said)))


def test_what_has_agreed_here_is_not_compared_again(kernels, tmp_path, monkeypatch):
    timed_as(monkeypatch, 2.0, 1.0)
    _, whole = run(tmp_path, tier="compiled")
    monkeypatch.setattr(tiers, "_apart", lambda ours, theirs: pytest.fail("compared again"))
    again, same = run(tmp_path, tier="compiled")
    assert [event.step for event in again if isinstance(event, TierChanged)] == [1]
    assert torch.equal(weights(same), weights(whole))


def test_agreement_of_other_shapes_says_nothing(kernels, tmp_path, monkeypatch):
    timed_as(monkeypatch, 2.0, 1.0)
    run(tmp_path, tier="compiled")
    asked = comparisons(monkeypatch)
    ways = pictures(tier="compiled").plain()
    ways["tasks"]["ways"] = 4
    train(parse(ways), lambda event: None, Control(), tmp_path / "run", tmp_path)
    assert asked == [0]


def test_kernels_that_were_no_quicker_are_compared_again(kernels, tmp_path, monkeypatch):
    timed_as(monkeypatch, 1.0)
    run(tmp_path, tier="compiled")
    asked = comparisons(monkeypatch)
    events, _ = run(tmp_path, tier="auto", trial=False)
    assert asked == [0]
    assert not [event for event in events if isinstance(event, TierChanged)]


def comparisons(monkeypatch):
    asked = []
    monkeypatch.setattr(tiers, "_apart", lambda ours, theirs: asked.append(0) or 0.0)
    return asked


def test_no_compiler_is_named(monkeypatch):
    monkeypatch.setattr(library.shutil, "which", lambda name: None)
    assert "no C++ compiler" in compiled.missing()


def test_a_cxx_that_is_no_program_is_passed_over_with_one_line(kernels, tmp_path, monkeypatch):
    monkeypatch.setenv("CXX", "nonsense-compiler")
    events, _ = run(tmp_path, tier="compiled")
    said = [event.text for event in events if isinstance(event, Warned) and "nonsense-compiler" in event.text]
    assert said == [f"CXX names nonsense-compiler, which is no program here; {library.compiler()} compiles instead"]
    assert [event for event in events if isinstance(event, TierChanged)]


def test_a_program_that_compiles_nothing_is_named_with_what_to_change(kernels, tmp_path, monkeypatch):
    nothing = tmp_path / "compiles-nothing"
    nothing.write_text("#!/bin/sh\nexit 0\n")
    nothing.chmod(0o755)
    monkeypatch.setenv("CXX", str(nothing))
    events, _ = run(tmp_path, tier="compiled")
    (said,) = [event.text for event in events if isinstance(event, Warned) and "compiles-nothing" in event.text]
    assert "wrote no library; set CXX to a C++ compiler, or unset it); the run stays eager" in said
    assert "RuntimeError" not in said
    assert not [event for event in events if isinstance(event, TierChanged)]


def test_torch_compiles_with_the_same_compiler(kernels, tmp_path, monkeypatch):
    """Its own look at $CXX ends where that names nothing."""
    given = {}

    class Started(RuntimeError):
        pass

    def start(command, **ways):
        given.update(ways["env"])
        raise Started

    monkeypatch.setenv("CXX", "nonsense-compiler")
    monkeypatch.setattr(child.subprocess, "Popen", start)
    plan = Plan("per-task", 3, 1, "eager", "cpu", "float32")
    with pytest.raises(Started):
        child.Child(pictures(tier="compiled"), plan, tmp_path, tmp_path / "target")
    assert given["CXX"] == library.compiler()
