"""The real sets once for all tests of this folder."""

import pytest

from core.data import glyphs, omniglot

from .places import real, session_folder


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory):
    return session_folder(tmp_path_factory)


@pytest.fixture(scope="session")
def all_glyphs(data_folder):
    return glyphs.load(data_folder)


@pytest.fixture(scope="session")
def real_omniglot(data_folder):
    return omniglot.load(data_folder, real("omniglot"))
