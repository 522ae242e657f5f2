"""The workloads, as experiments: what is timed is the training loop that everybody else uses, too."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from core.config import Experiment, parse

_QUIET = {"tasks": 2, "validation_tasks": 2, "validate_every": 10**6, "checkpoint_every": 10**6}
_SINE = {
    "tasks": {"kind": "sinusoid", "shots": 10, "queries": 10},
    "network": {"kind": "mlp"},
    "outer": {"meta_batch": 25},
}


def _pictures(kind: str, ways: int, queries: int, meta_batch: int) -> dict[str, Any]:
    """28 x 28 pictures, 64 filters; every parameter adapts, as the peers do it."""
    return {
        "tasks": {"kind": "glyphs", "ways": ways, "shots": 1, "queries": queries},
        "network": {"kind": kind, "filters": 64, "scale": True},
        "subset": {"adapt": ["*"]},
        "outer": {"meta_batch": meta_batch},
    }


WORKLOADS: dict[str, dict[str, Any]] = {
    "sine-1": {**_SINE, "inner": {"steps": 1}},
    "sine-5": {**_SINE, "inner": {"steps": 5}},
    "omni-5w1s-strided": {**_pictures("conv-strided", 5, 15, 32), "inner": {"steps": 1, "learning_rate": 0.4}},
    "omni-5w1s-pooled": {**_pictures("conv-pooled", 5, 15, 32), "inner": {"steps": 1, "learning_rate": 0.4}},
    "omni-20w1s-pooled": {**_pictures("conv-pooled", 20, 5, 16), "inner": {"steps": 5, "learning_rate": 0.1}},
    "mini-5w5s": {
        "tasks": {"kind": "miniimagenet", "ways": 5, "shots": 5, "queries": 15},
        "network": {"kind": "conv-pooled", "filters": 32, "scale": True},
        "subset": {"adapt": ["*"]},
        "inner": {"steps": 5, "learning_rate": 0.01},
        "outer": {"meta_batch": 4},
    },
}
FOLDER = "bench-pictures"
_CLASSES = {"train": 10, "val": 5, "test": 5}


def ready(name: str, data_folder: Path) -> None:
    """Make the random pictures that stand in for miniImageNet, in its layout, where a workload wants them and they are not
    there yet: 20 classes of 20 pictures, 8 MB."""
    folder = data_folder / "cache" / FOLDER
    if name != "mini-5w5s" or folder.is_dir():
        return
    part = folder.with_name(f".{FOLDER}.part")
    shutil.rmtree(part, ignore_errors=True)
    generator = np.random.default_rng(0)
    for split, classes in _CLASSES.items():
        for i in range(classes):
            place = part / split / f"{split}{i:02d}"
            place.mkdir(parents=True)
            for number, pixels in enumerate(generator.integers(0, 256, (20, 84, 84, 3), np.uint8)):
                Image.fromarray(pixels).save(place / f"{number:02d}.png")
    part.rename(folder)


def experiment(name: str, data_folder: Path, *, tier: str, steps: int) -> Experiment:
    """A workload with that many outer steps on that tier, without validation on the way."""
    values = WORKLOADS[name]
    if values["tasks"]["kind"] == "miniimagenet":
        values = {**values, "tasks": {**values["tasks"], "path": str(data_folder / "cache" / FOLDER)}}
    return quiet(values, f"bench {name}", tier=tier, steps=steps)


def quiet(values: dict[str, Any], name: str, *, tier: str, steps: int) -> Experiment:
    """Those settings, with as little beside the outer steps as there can be."""
    return parse({
        **values,
        "name": name,
        "inner": {"learning_rate": 0.01, **values["inner"], "evaluation_steps": 1},
        "outer": {**values["outer"], "steps": steps},
        "evaluation": _QUIET,
        "engine": {"tier": tier},
    })  # fmt: skip
