"""One data folder for the whole session, so that sets are decoded once."""

import pytest


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("data")
