"""The compiled cache under attack: foreign and damaged libraries, two builders, folders that go, machines without room."""

import json
import os
import threading
import time
from pathlib import Path

import pytest

from core.config import presets, with_settings
from core.engine import build, compiled, shelf, tiers
from core.engine.child import Child
from core.training import Control, train
from core.training.assembly import assemble
from core.training.events import Finished, Started, Warned

pytestmark = pytest.mark.skipif(os.name == "nt", reason="nothing is compiled ahead of time on Windows")

CARD = {"inputs": [[1]], "learned": ["init/w"], "aux": []}


def entry(folder: Path, content: bytes = b"library", card=CARD) -> Path:
    """A sealed library, as a build leaves it."""
    folder.mkdir(parents=True)
    (folder / shelf.LIBRARY).write_bytes(content)
    shelf.seal(folder, card)
    return folder


def experiment(**settings):
    changes = ["outer.steps=6", "evaluation.tasks=4", "evaluation.validation_tasks=4", "engine.device=cpu"]
    return with_settings(presets()["sinusoid-maml"].experiment, [*changes, *(f"{k}={v}" for k, v in settings.items())])


def run(wanted, folder: Path, **more):
    events = []
    (folder / "run").mkdir(exist_ok=True)
    train(wanted, events.append, Control(), folder / "run", folder, **more)
    assert isinstance(events[-1], Finished), events[-1]
    return events


def warned(events) -> list[str]:
    return [event.text for event in events if isinstance(event, Warned)]


def test_what_was_sealed_opens(tmp_path):
    assert shelf.opened(entry(tmp_path / "key")) == CARD


@pytest.mark.parametrize("change", ["library", "card", "no seal", "no object", "truncated"])
def test_what_was_changed_after_the_build_is_never_loaded(change, tmp_path):
    folder = entry(tmp_path / "key")
    card = json.loads((folder / shelf.CARD).read_text())
    if change == "library":
        (folder / shelf.LIBRARY).write_bytes(b"evil")
    if change == "card":
        (folder / shelf.CARD).write_text(json.dumps({**card, "inputs": []}))
    if change == "no seal":
        (folder / shelf.CARD).write_text(json.dumps(CARD))
    if change == "no object":
        (folder / shelf.CARD).write_text("[]")
    if change == "truncated":
        (folder / shelf.CARD).write_text(json.dumps(card)[:20])
    with pytest.raises(ValueError):  # noqa: PT011 - JSON has its own words
        shelf.opened(folder)


def test_a_library_of_somebody_else_is_not_loaded_and_the_run_goes_on(tmp_path, monkeypatch):
    """A data folder out of an archive: its seal was made with another secret."""
    wanted = experiment()
    target = compiled.folder_of(wanted, assemble(wanted, tmp_path).plan, tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "theirs"))
    entry(target)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "ours"))
    monkeypatch.setattr("torch._inductor.aoti_load_package", lambda path: pytest.fail("it was loaded"))
    assert sum("was not built by this user" in text for text in warned(run(wanted, tmp_path))) == 1
    assert not target.exists()


def test_the_secret_is_readable_by_its_user_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    entry(tmp_path / "key")
    (secret,) = (tmp_path / "config" / "headstart").iterdir()
    assert secret.stat().st_mode & 0o077 == 0
    assert len(secret.read_bytes()) == 32


def job(folder: Path, name: str = "key") -> str:
    return json.dumps({"data_folder": str(folder), "target": str(folder / "cache" / "compiled" / name)})


@pytest.fixture
def builds(monkeypatch):
    """Builds that take a moment and write a small file; counted."""
    done = []

    def quick(job, folder, check):
        time.sleep(0.3)
        (folder / shelf.LIBRARY).write_bytes(b"library")
        shelf.seal(folder, CARD)
        done.append(folder)

    monkeypatch.setattr(build, "_build", quick)
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", "")
    return done


def test_two_builders_of_one_key_build_it_once(tmp_path, builds):
    both = [threading.Thread(target=build.main, args=(job(tmp_path),)) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert len(builds) == 1
    assert shelf.opened(tmp_path / "cache" / "compiled" / "key") == CARD


def test_what_a_killed_builder_left_is_cleared_by_the_next(tmp_path, builds):
    left = tmp_path / "cache" / "compiled" / ".building-key" / "made"
    left.mkdir(parents=True)
    (left / shelf.LIBRARY).write_bytes(b"half")
    build.main(job(tmp_path))
    assert shelf.opened(tmp_path / "cache" / "compiled" / "key") == CARD
    assert not left.parent.exists()


def test_a_builder_does_not_bring_a_deleted_data_folder_back(tmp_path, builds):
    with pytest.raises(SystemExit, match="there is no folder"):
        build.main(job(tmp_path / "gone"))
    assert not (tmp_path / "gone").exists()


def test_the_twenty_libraries_used_last_are_kept(tmp_path, builds):
    place = tmp_path / "cache" / "compiled"
    for number in range(25):
        os.utime(entry(place / f"old{number:02}"), (1e9 + number, 1e9 + number))
    dead = place / ".building-dead"
    dead.mkdir()
    os.utime(dead, (1e9, 1e9))
    shelf.opened(place / "old00")  # used just now
    build.main(job(tmp_path))
    names = {path.name for path in place.iterdir() if path.is_dir()}
    assert names == {"key", "old00", *(f"old{number:02}" for number in range(7, 25))}


def test_a_swap_that_cannot_be_replayed_is_recorded_as_eager(tmp_path, monkeypatch):
    monkeypatch.setattr(compiled, "missing", lambda: "no C++ compiler is installed")
    wanted = experiment()
    stored = {**assemble(wanted, tmp_path).plan.as_dict(), "swaps": [[3, "compiled"]]}
    events = run(wanted, tmp_path, engine=stored)
    (started,) = [event for event in events if isinstance(event, Started)]
    assert started.engine["tier"] == "eager"
    assert started.engine["swaps"] == [[3, "compiled"], [1, "eager"]]


def test_a_compiling_process_that_cannot_start_leaves_the_run_eager(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(compiled, "missing", lambda: "")
    monkeypatch.setattr(tiers, "Child", refuse)
    assert any("cannot be started" in text for text in warned(run(experiment(**{"engine.tier": "compiled"}), tmp_path)))


def test_a_pass_that_fails_at_its_first_use_leaves_the_run_eager(tmp_path, monkeypatch):
    def broken(*_):
        def gradient(*_):
            raise RuntimeError("wrong alignment")

        return gradient

    wanted = experiment()
    entry(compiled.folder_of(wanted, assemble(wanted, tmp_path).plan, tmp_path))
    monkeypatch.setattr(compiled, "missing", lambda: "")
    monkeypatch.setattr(compiled, "load", broken)
    assert any("cannot be used (wrong alignment)" in text for text in warned(run(wanted, tmp_path)))


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="reads the state of a process from /proc")
def test_a_build_that_was_left_alone_stays_no_zombie(tmp_path, monkeypatch):
    wanted = experiment()
    plan = assemble(wanted, tmp_path).plan
    gone = tmp_path / "gone"
    first = Child(wanted, plan, gone, gone / "key")  # ends at once: there is no such folder
    first.leave()
    process = first._process.pid
    while "Z" not in Path(f"/proc/{process}/stat").read_text().rsplit(")")[-1]:
        time.sleep(0.05)
    second = Child(wanted, plan, gone, gone / "key")
    second.end()
    assert not Path(f"/proc/{process}").exists()
