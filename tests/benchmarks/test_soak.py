"""Resident memory does not grow with outer steps; in a process of its own, so that other tests do not count."""

import json
import subprocess
import sys

import pytest

from tests.benchmarks.soak import judged

LEAK = 8.0
"""MiB between the third and the last look. A kept gradient of this network is 7 KiB: 1,400 leaked steps would be 10 MiB."""


@pytest.mark.slow
@pytest.mark.parametrize("walk", ["unrolled", "adjoint"])
def test_resident_memory_does_not_grow_with_outer_steps(walk):
    settings = ["--set", "engine.tier=eager", "--set", f"engine.walk={walk}", "--set", "outer.meta_batch=4"]
    command = [sys.executable, "-W", "ignore", "-m", "tests.benchmarks.soak", "2000", *settings]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    looks = json.loads(done.stdout.splitlines()[-1])["mebibytes"]
    assert len(looks) >= 8
    assert looks[-1] - looks[2] < LEAK, looks


@pytest.mark.parametrize(
    ("looks", "leaks"),
    [
        ([250, 250, 251, 252, 252, 252, 252, 252, 252, 252], False),
        ([250, 258, 262, 265, 265, 265, 266, 266, 266, 266], False),
        ([250, 252, 254, 256, 258, 260, 262, 264, 266, 268], True),
    ],
    ids=["level", "filled once", "grows with the steps"],
)
def test_a_leak_is_told_from_what_fills_once(looks, leaks):
    assert judged(looks).startswith("it grew" if leaks else "nothing leaks")
