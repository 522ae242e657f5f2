"""Initializations as a person has them: learned in a moment through a catalog."""

from pathlib import Path

import numpy as np
import pytest

from core.runs import enqueue, execute
from core.storage.catalog import Catalog
from tests.core.training.helpers import noise_pictures, tiny

QUICK = ("outer.steps=3", "evaluation.validate_every=3")
PICTURES = (
    *QUICK, "tasks.kind=glyphs", "tasks.ways=3", "tasks.shots=2", "tasks.queries=2", "network.kind=conv-strided",
    "network.filters=3", "network.depth=2", "inner.learning_rate=0.5",
)  # fmt: skip
KINDS = {
    "sinusoid": QUICK,
    "country": (*QUICK, "tasks.kind=life-expectancy"),
    "meta-sgd": (*QUICK, "method.kind=meta-sgd"),
    "reptile": (*QUICK, "method.kind=reptile", "method.batch=2"),
    "mixture": (*QUICK, "method.kind=mixture"),
    "anil-frozen": (*QUICK, 'subset.adapt=["head.*"]', 'subset.freeze=["body.0.weight"]'),
    "frozen-but-adapted": (*QUICK, 'subset.freeze=["head.*"]'),
    "double": (*QUICK, "engine.precision=float64"),
    "pictures": PICTURES,
    "pictures-shared": (*PICTURES, "network.head=shared"),
    "pictures-shared-meta-sgd": (*PICTURES, "network.head=shared", "method.kind=meta-sgd"),
    "pictures-shared-mixture": (*PICTURES, "network.head=shared", "method.kind=mixture", "method.components=2"),
    "pictures-support-scale": (*PICTURES, "network.norm=support", "network.scale=true"),
    "pictures-pooled-layer": (*PICTURES, "network.kind=conv-pooled", "network.norm=layer"),
    "pictures-reptile": (*PICTURES, "method.kind=reptile"),
    "pictures-mlp": (*PICTURES, "network.kind=mlp", "network.hidden=[6]", "network.norm=layer"),
}  # fmt: skip
REGRESSIONS = [kind for kind in KINDS if not kind.startswith("pictures")]


def make(folder: Path, kind: str) -> Path:
    """The file of a finished run; pictures are noise, 28 x 28."""
    with pytest.MonkeyPatch.context() as patched, Catalog.open(folder) as catalog:
        if kind.startswith("pictures"):
            patched.setattr("core.tasks.build", noise_pictures, raising=False)
        run = execute(catalog, enqueue(catalog, tiny(*KINDS[kind])).id)
        assert run.status == "finished", run.message
        (initialization,) = catalog.initializations()
        return initialization.path


def support(kind, ways=3, seed=0):
    """(x, y) of a new task, as plain arrays."""
    draws = np.random.default_rng(seed)
    if kind == "country":
        years = np.array([1952.0, 1972.0, 1997.0])
        return years, np.array([44.0, 55.0, 63.0])
    if not kind.startswith("pictures"):
        x = draws.uniform(-5, 5, 5)
        return x, 2 * np.sin(x - 1)
    y = np.repeat(np.arange(ways), 2)
    return draws.random((len(y), 28, 28)) * 0.5 + y[:, None, None] / (2 * ways), y


def queries(kind, seed=1):
    draws = np.random.default_rng(seed)
    if kind == "country":
        return np.array([1957.0, 1987.0])
    return draws.random((4, 28, 28)) if kind.startswith("pictures") else draws.uniform(-5, 5, 4)
