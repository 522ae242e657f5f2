"""Builds whose runs have ended: one goes on, for the next launch; no second one, and none for ever. With real processes."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from core.engine import standing
from core.engine.standing import NEEDLESS, OUTLIVED, TOO_LONG, Standing

pytestmark = pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="reads the state of a process from /proc")


@pytest.fixture
def token(tmp_path):
    return tmp_path / "config" / "left-alone"


def at_work(token):
    found = Standing(token)
    found.works()
    return found


def test_while_its_run_lives_a_build_may_go_on_whatever_others_do(token):
    mine, other = at_work(token), at_work(token)
    other.left()
    assert not mine.objection()
    mine.check()
    mine.waits()


def test_of_two_builds_that_were_left_alone_the_later_one_stays(token):
    first, second = at_work(token), at_work(token)
    first.left()
    assert not first.objection()
    second.left()
    assert first.objection() == OUTLIVED
    assert not second.objection()
    with pytest.raises(SystemExit, match="another build"):
        first.check()


def test_a_build_that_only_waits_for_the_same_one_ends_and_claims_nothing(token):
    builds, waits = at_work(token), Standing(token)
    builds.left()
    waits.left()
    assert waits.objection() == NEEDLESS
    for step in (waits.waits, waits.works):
        with pytest.raises(SystemExit, match="builds the same"):
            step()
    assert not builds.objection()


def test_nothing_goes_on_for_ever(token, monkeypatch):
    alone = at_work(token)
    alone.left()
    monkeypatch.setattr(standing, "ALONE_SECONDS", -1.0)
    assert alone.objection() == TOO_LONG


def test_where_no_claim_can_be_written_a_build_that_is_left_alone_ends(tmp_path):
    (tmp_path / "config").write_text("in the way")
    alone = at_work(tmp_path / "config" / "left-alone")
    alone.left()
    assert alone.objection() == OUTLIVED


@pytest.fixture
def start(tmp_path, monkeypatch):
    """start(key) -> (the run's process, the build's id); all of them are ended afterwards."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    runs, builds = [], []

    def started(key):
        command = [sys.executable, "-W", "ignore", "-m", "tests.core.engine.left_build", str(tmp_path), key]
        run = subprocess.Popen(command, cwd=Path(__file__).parents[3], stdout=subprocess.PIPE, text=True)
        runs.append(run)
        builds.append(int(run.stdout.readline()))
        return run, builds[-1]

    yield started
    for run in runs:
        run.kill()
        run.wait()
        run.stdout.close()
    for build in builds:
        with suppress(ProcessLookupError):
            os.killpg(build, signal.SIGKILL)


def kill(run):
    run.kill()
    assert run.wait(timeout=10) == -signal.SIGKILL


def until(ready):
    end = time.monotonic() + 60
    while not ready():
        assert time.monotonic() < end, "nothing happened for a minute"
        time.sleep(0.02)


def alive(process):
    try:
        return "Z" not in Path(f"/proc/{process}/stat").read_text().rsplit(")")[-1]
    except OSError:
        return False


def test_of_builds_whose_runs_were_killed_the_last_one_goes_on_alone(start, tmp_path):
    place, token = tmp_path / "cache" / "compiled", tmp_path / "config" / "headstart" / "left-alone"

    def compiler(key):
        return place / f".building-{key}" / "compiler"

    first, build = start("first")
    until(compiler("first").exists)
    kill(first)
    until(token.exists)
    assert token.read_text().startswith(f"{build} ")
    assert alive(build)

    same, waiting = start("first")
    until(lambda: alive(waiting))
    kill(same)
    until(lambda: not alive(waiting))
    assert alive(build), "it was ended by one that had only waited for it"

    second, later = start("second")
    until(compiler("second").exists)
    assert alive(build), "a build whose run still lives ends no other"
    compiling = int(compiler("first").read_text())
    kill(second)
    until(lambda: not alive(build))
    until(lambda: not alive(compiling))
    assert alive(later)
    assert not compiler("first").parent.exists()
