"""Episodes of a person's own pictures."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from core.data.own_images.splits import marks
from core.data.own_images.understood import Understood, check, count_words, look_at, needed, too_small
from core.data.pictures import Split, tell
from core.types import TaskSplits

from .classes import ClassPictures
from .images import class_splits

SHARE_OF_MEMORY = 0.5
"""Pictures that would take more than this of a GPU's free memory stay outside of it."""


def build(settings: Any, data_folder: Path, device: str | torch.device, dtype: torch.dtype) -> TaskSplits:
    """Classes with too few pictures for shots and queries are left out, and counted in the source. The pixels stay in the file
    that they were decoded into: only what is drawn is read, so that a set may be larger than memory.

    Raises MissingData, BadFile, BadExperiment or DiskFull.
    """
    found = look_at(settings, data_folder / "cache", tell)
    check(found, settings)
    split = Split(*(found.members(part, needed(settings, part)[2]) for part in ("train", "validation", "test")))
    return class_splits(
        settings,
        resident(found.pictures.pixels, found.pictures.amount, device),
        found.pictures.amount,
        found.pictures.names,
        split,
        source_of(found, settings),
        device=device,
        dtype=dtype,
        encoding=encoding(found, settings, split.train),
    )


def resident(pixels: NDArray[np.uint8], amount: NDArray[np.int64], device: str | torch.device) -> ClassPictures:
    """pixels: [pictures, channels, height, width], class after class."""
    count, channels, height, width = pixels.shape
    flat = torch.from_numpy(pixels).reshape(count, channels, height * width)
    device = torch.device(device)
    far = device.type == "cuda" and pixels.nbytes > SHARE_OF_MEMORY * torch.cuda.mem_get_info(device)[0]
    first = torch.from_numpy(np.cumsum(amount) - amount).to(device)
    on_device = flat if far else flat.to(device)
    return ClassPictures(on_device, first, torch.from_numpy(amount).to(device), (channels, height, width), far)


def source_of(found: Understood, settings: Any) -> str:
    """For the card: which pictures, how split, what was left out."""
    left = len(found.left_out) + len(too_small(found, settings))
    out = f"; left out: {len(found.left_out):,} files, {len(too_small(found, settings)):,} classes" if left else ""
    pictures = f"{len(found.pictures.pixels):,} pictures of {len(found.amounts()):,} classes"
    return f"{found.path.name}: {pictures} ({found.layout.title}), {count_words(found)} by {found.rule}{out}"


def encoding(found: Understood, settings: Any, training: NDArray[np.int64]) -> dict[str, Any]:
    """How new pictures become what was trained on, and what the training pictures looked like: mean and standard deviation over
    pictures of their brightness and of their contrast, as shares of 255; trained_classes: marks of their names, so that no
    later test takes them for new."""
    pictures = found.pictures
    owner = np.repeat(np.arange(len(pictures.amount)), pictures.amount)
    seen = pictures.looks[np.isin(owner, training)].astype(np.float64)
    looks = {
        name: {"mean": round(float(seen[:, at].mean()), 4), "std": round(float(seen[:, at].std()), 4)}
        for at, name in enumerate(("brightness", "contrast"))
    }
    return {
        "kind": "images",
        "side": int(pictures.pixels.shape[2]),
        "channels": int(pictures.pixels.shape[1]),
        "fit": settings.fit,
        "level": settings.level,
        **looks,
        "trained_classes": marks(pictures.names[at] for at in training),
    }
