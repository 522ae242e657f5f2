"""What is freed during training stays with the process, and goes back to the system afterwards."""

import json
import subprocess
import sys

import pytest

from core.engine import allocator

RUN = """
import json, psutil, sys
import torch
from contextlib import nullcontext
from core.engine.allocator import keeping

def faults():
    import resource
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

def work():
    return sum(float(torch.ones(10 * 2**20)[0]) for _ in range(3))

with keeping() if sys.argv[1] == "keeping" else nullcontext():
    for _ in range(5):  # until every size has its place
        work()
    before = faults()
    for _ in range(5):
        work()
    found = faults() - before
    held = psutil.Process().memory_info().rss
print(json.dumps({"faults": found, "given back": held - psutil.Process().memory_info().rss}))
"""


def told(way):
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", RUN, way], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.skipif(allocator.glibc() is None, reason="another C library than glibc")
def test_the_next_step_gets_its_pages_again_without_the_system():
    """15 blocks of 40 MiB are 153,600 pages where each is fetched anew."""
    assert told("keeping")["faults"] < 2_000 < 50_000 < told("usual")["faults"]


@pytest.mark.skipif(allocator.glibc() is None, reason="another C library than glibc")
def test_afterwards_what_is_free_goes_back():
    assert told("keeping")["given back"] > 20 * 2**20


def test_elsewhere_nothing_is_changed(monkeypatch):
    monkeypatch.setattr(allocator, "glibc", lambda: None)
    with allocator.keeping():
        allocator.settle()
