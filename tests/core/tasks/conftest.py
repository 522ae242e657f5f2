"""One data folder for the whole session, so that sets are decoded once."""

import pytest

from tests.core.data.places import session_folder


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory):
    return session_folder(tmp_path_factory)
