"""Blocks repeated with the C library's own allocator: what lies together is counted, what comes after it lies in its place."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from core.engine import footprint, holes
from core.engine.allocator import glibc
from core.engine.holes import PAGE, Block

MIB = 2**20
needs_glibc = pytest.mark.skipif(glibc() is None, reason="holes are counted with glibc's allocator")
CODE = """
import json, sys
from core.engine.allocator import keeping
from core.engine.holes import Block, covered
with keeping():
    print(covered([Block(*block) for block in json.loads(sys.argv[1])]))
"""


def covered(blocks):
    """In a process of its own: what others have left free would be used as well."""
    command = [sys.executable, "-c", CODE, json.dumps(blocks)]
    done = subprocess.run(command, cwd=Path(__file__).parents[3], capture_output=True, text=True, check=True)
    return int(done.stdout)


def come(key, size=MIB):
    return Block(key, size, held=True)


def go(key, size=MIB):
    return Block(key, size, held=False)


@needs_glibc
def test_what_lies_together_takes_its_sum():
    """At most twice: the second pass may lie elsewhere, as it may in a run."""
    assert 8 * MIB <= covered([come(key) for key in range(8)]) <= 17 * MIB


@needs_glibc
def test_what_comes_after_another_has_gone_lies_in_its_place():
    """After the first few: glibc keeps seven small leftovers of aligned blocks apart, each between two holes."""
    found = covered([block for key in range(60) for block in (come(key), go(key))])
    assert MIB <= found <= 20 * MIB


@needs_glibc
def test_what_an_operation_takes_for_a_moment_lies_beside_the_rest():
    found = covered([come(1), *[Block(None, 4 * MIB, held=False)] * 40])
    assert 5 * MIB <= found <= 60 * MIB


@needs_glibc
def test_holes_that_are_too_small_stay_between():
    """Every second of many blocks goes; what comes then is larger than each hole."""
    blocks = [come(key, 100_000) for key in range(40)] + [go(key, 100_000) for key in range(0, 40, 2)]
    found = covered([*blocks, *(come(100 + key, 150_000) for key in range(10))])
    alive = 40 * 100_000
    assert found > 1.3 * alive, "ten blocks of 150 kB do not fit into twenty holes of 100"


def test_pages_are_counted_once():
    assert holes._pages([(0, 1), (10, 20), (PAGE - 1, 2), (10 * PAGE, PAGE)]) == 3 * PAGE


def test_where_the_c_library_is_another_one_live_bytes_and_a_share_say_it(monkeypatch):
    import torch

    monkeypatch.setattr(holes, "glibc", lambda: None)
    assert footprint.most_taken(lambda: torch.zeros(MIB)) == round(footprint.GAPS * 4 * MIB)
