"""One initialization of every kind, made once for all tests here."""

import pytest

from .made import make


@pytest.fixture(scope="package")
def made(tmp_path_factory):
    """made(kind) -> the file."""
    known = {}

    def find(kind):
        if kind not in known:
            known[kind] = make(tmp_path_factory.mktemp("made") / "data", kind)
        return known[kind]

    return find
