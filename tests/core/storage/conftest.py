"""A data folder of its own for every test, and runs as a person has them."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.config import Experiment, presets
from core.storage.catalog import Catalog
from core.training.events import Curves, Stepped


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def catalog(folder: Path) -> Iterator[Catalog]:
    with Catalog.open(folder) as opened:
        yield opened


@pytest.fixture
def experiment() -> Experiment:
    return presets()["sinusoid-maml"].experiment


@pytest.fixture
def powerless() -> Iterator[Path]:
    """A folder that this process may read but not write: root gives its power away for the test."""
    place = Path(tempfile.mkdtemp())
    place.chmod(0o755)
    was = os.geteuid()
    try:
        yield place
    finally:
        os.seteuid(was)


def steps(first: int, last: int, seed: int = 0) -> Stepped:
    """Outer steps first..last with losses that fall."""
    numbers = np.arange(first, last + 1)
    noise = np.random.default_rng(seed).normal(0, 0.01, len(numbers))
    loss = (4 / np.sqrt(numbers) + noise).astype(np.float32)
    return Stepped(numbers, loss, np.full(len(numbers), np.nan, np.float32), numbers * 0.01)


def curves(tasks: int = 8, points: int = 11, seed: int = 0, accuracy: bool = False) -> Curves:
    draws = np.random.default_rng(seed)
    return Curves(draws.random((tasks, points)), draws.random((tasks, points)) if accuracy else None)
