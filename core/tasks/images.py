"""Episodes of the picture sets: which classes go where, and what the settings may ask of them."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from core.data import glyphs, mini, omniglot
from core.data.pictures import Pictures, Split, tell
from core.errors import BadExperiment
from core.types import TaskDistribution, TaskSpec, TaskSplits

from .classes import TURNS, ClassPictures, sampler
from .pool import ClassPool


def build_glyphs(settings: Any, data_folder: Path, device: str | torch.device, dtype: torch.dtype) -> TaskSplits:
    """Characters of matplotlib's fonts: no rotations, as a turned character is often another one."""
    pictures = glyphs.load(data_folder, tell)
    return _splits(settings, pictures, glyphs.split(pictures), glyphs.SOURCE, False, device, dtype)


def build_omniglot(settings: Any, data_folder: Path, device: str | torch.device, dtype: torch.dtype) -> TaskSplits:
    """split vinyals: the four quarter turns of a character are four classes, which may meet in one task."""
    pictures = omniglot.load(data_folder, settings.path, tell)
    turned = settings.split == "vinyals"
    chosen = omniglot.split(pictures.names, settings.split)
    return _splits(settings, pictures, chosen, f"{omniglot.SOURCE}; split {settings.split}", turned, device, dtype)


def build_miniimagenet(settings: Any, data_folder: Path, device: str | torch.device, dtype: torch.dtype) -> TaskSplits:
    """The split is the one on the disk; photographs are not turned."""
    pictures, split, layout = mini.load(data_folder, settings.path, settings.side, tell)
    return _splits(settings, pictures, split, mini.describe(pictures, split, layout), False, device, dtype)


def _splits(
    settings: Any,
    pictures: Pictures,
    split: Split,
    source: str,
    turned: bool,
    device: str | torch.device,
    dtype: torch.dtype,
) -> TaskSplits:
    known, names = _resident(pictures, device), _turned_names(pictures.names) if turned else pictures.names
    return class_splits(
        settings, known, pictures.amount, names, split, source, turned=turned, device=device, dtype=dtype,
        encoding=_encoding(pictures, settings.kind),
    )  # fmt: skip


def _encoding(pictures: Pictures, kind: str) -> dict[str, Any]:
    """How a person's own pictures become such ones: of characters ink is 255, as it is dark on light paper."""
    side, channels = pictures.images.shape[2:]
    return {
        "kind": "images",
        "side": side,
        "channels": channels,
        "fit": "squeeze",
        "ink_is_light": kind != "miniimagenet",
    }


def class_splits(
    settings: Any,
    resident: ClassPictures,
    amount: NDArray[np.int64],
    names: tuple[str, ...],
    split: Split,
    source: str,
    *,
    turned: bool = False,
    device: str | torch.device,
    dtype: torch.dtype,
    encoding: dict[str, Any] | None = None,
) -> TaskSplits:
    """The three distributions over classes of pictures that lie on a device. amount: pictures of each class [classes]. Class ids
    count over all three parts, so that one list of names serves them all. Raises BadExperiment."""

    def ids_of(classes: NDArray[np.int64]) -> NDArray[np.int64]:
        return (classes[:, None] * TURNS + np.arange(TURNS)).ravel() if turned else classes

    def distribution(classes: NDArray[np.int64], ways: int, shots: int, part: str) -> TaskDistribution:
        ids = ids_of(classes)
        _check(settings, part, len(ids), int(amount[classes].min()), ways, shots)
        spec = TaskSpec(
            task_type="classification",
            input_shape=resident.shape,
            outputs=ways,
            shots=shots,
            queries=settings.queries,
            source=source,
            class_names=names,
            input_range=(0.0, 1.0),
            encoding=encoding,
        )
        members = torch.from_numpy(ids).to(device)
        draw = sampler(resident, members, ways, shots, settings.queries, turned=turned, dtype=dtype)
        return TaskDistribution(spec, draw)

    parts = {"train": split.train, "validation": split.validation, "test": split.test}
    members = {part: torch.from_numpy(ids_of(classes)).to(device) for part, classes in parts.items()}
    return TaskSplits(
        distribution(
            split.train, settings.train_ways or settings.ways, settings.train_shots or settings.shots, "training"
        ),
        distribution(split.validation, settings.ways, settings.shots, "validation"),
        distribution(split.test, settings.ways, settings.shots, "test"),
        pool=ClassPool(resident, members, turned, dtype),
    )


def _resident(pictures: Pictures, device: str | torch.device) -> ClassPictures:
    count, height, width, channels = pictures.images.shape
    pixels = torch.from_numpy(pictures.images).to(device).movedim(-1, 1).reshape(count, channels, height * width)
    first, amount = (torch.from_numpy(part).to(device) for part in (pictures.first, pictures.amount))
    return ClassPictures(pixels, first, amount, (channels, height, width))


def _turned_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """As the lists of the literature write them."""
    return tuple(f"{name}/rot{90 * turn:03}" for name in names for turn in range(TURNS))


def _check(settings: Any, part: str, classes: int, fewest: int, ways: int, shots: int) -> None:
    """Raises BadExperiment with what to lower."""
    if ways > classes:
        key = "tasks.train_ways" if part == "training" and settings.train_ways else "tasks.ways"
        raise BadExperiment(f"{key} is {ways}, but {settings.kind} has {classes} {part} classes; lower {key}")
    if shots + settings.queries > fewest:
        own = part == "training" and settings.train_shots
        key = "tasks.train_shots" if own else "tasks.shots"
        raise BadExperiment(
            f"{key} + tasks.queries is {shots} + {settings.queries}, but {settings.kind} has only {fewest} samples per "
            "class, and support and query share none; lower one of them"
        )
