"""The glyphs once for all tests of this folder."""

import pytest

from core.data import glyphs


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="session")
def all_glyphs(data_folder):
    return glyphs.load(data_folder)
