"""Where the real data for tests lies, and one folder for all that is decoded in a session."""

import os
from pathlib import Path

import pytest

_BESIDE = Path(__file__).resolve().parents[4] / "shared" / "data"


def real(name):
    """The folder of one set: below $HEADSTART_TEST_DATA, else shared/data beside the repository; else skips by name."""
    path = Path(os.environ.get("HEADSTART_TEST_DATA") or _BESIDE) / name
    if not path.exists():
        pytest.skip(f"needs the real data {name}: set HEADSTART_TEST_DATA to the folder that holds it (not at {path})")
    return path


def session_folder(tmp_path_factory):
    """The same folder for every part of the tests, so that a set is decoded once."""
    folder = tmp_path_factory.getbasetemp() / "data-folder"
    folder.mkdir(exist_ok=True)
    return folder
