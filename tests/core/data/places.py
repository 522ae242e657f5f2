"""Where the real data for tests lies: $HEADSTART_TEST_DATA, else shared/data beside the repository."""

import os
from pathlib import Path

import pytest

_BESIDE = Path(__file__).resolve().parents[4] / "shared" / "data"


def real(name):
    """The folder of one set; skips the test by name where it is missing."""
    path = Path(os.environ.get("HEADSTART_TEST_DATA") or _BESIDE) / name
    if not path.exists():
        pytest.skip(f"needs the real data {name}: set HEADSTART_TEST_DATA to the folder that holds it (not at {path})")
    return path
