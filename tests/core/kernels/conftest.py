"""The library of kernels, built once for these tests."""

import pytest

from core.kernels import library


@pytest.fixture(scope="session")
def kernels(tmp_path_factory):
    if library.compiler() is None:
        pytest.skip("own kernels need a C++ compiler")
    path = tmp_path_factory.mktemp("kernels") / "library"
    library.build(path)
    return library.load(path)
