"""What was understood of MNIST's files: digits that Rainbow-MNIST draws in 56 ways, each way a task."""

from pathlib import Path
from typing import Any

import numpy as np

from core.errors import BadExperiment

from . import rainbow
from .inspection import MOST_SAMPLES, SAMPLES_EACH, Group, Inspection, LeftOut, Sample
from .pictures import Progress, silent
from .sizes import RAINBOW

_KIND = "rainbow-mnist"


def holds_digits(path: Path) -> bool:
    """A folder with the images of one of MNIST's two parts; nothing is opened."""
    return any(_files(path, size) for size in RAINBOW)


def inspect_digits(
    path: Path, *, data_folder: Path | None = None, progress: Progress = silent, **options: Any
) -> Inspection:
    """A folder of idx files. options: settings of rainbow-mnist; where size is not given, the whole set if it is there.

    Raises MissingData, BadFile (labels that are missing, damaged files) or BadExperiment (an option that is none).
    """
    from core.config import parse

    size = options.get("size") or ("full" if _files(path, "full") else "small")
    try:
        settings: Any = parse({"tasks": {"kind": _KIND, "path": str(path), **options, "size": size}}).tasks
    except BadExperiment as error:
        raise BadExperiment(f"{error}; the files are MNIST's, which are used as {_KIND}") from None
    progress("reading the digits", 0.0)
    found = rainbow.load(data_folder or path, path, size)
    tasks, digits = found.labels.shape
    held_out, about = digits - found.arriving, RAINBOW[size]
    parts = rainbow.split()
    part_of = {
        int(task): name
        for name, ids in (("train", parts.train), ("validation", parts.validation), ("test", parts.test))
        for task in ids
    }
    used = {file.name for file in _files(path, size)} | {file.name for file in path.glob(f"{about.files}*labels*")}
    spare = sorted(file.name for file in path.iterdir() if file.is_file() and file.name not in used)
    alone = "" if size == "full" else "; by the paper's own size it takes the 60,000 training digits (train-*)"
    fewest = min(int(np.bincount(labels, minlength=rainbow.DIGITS).min()) for labels in found.labels)
    wanted = settings.shots + settings.queries
    wrong = (f"shots and queries are {wanted} of each digit, but a task has only {fewest} of some; lower one of them",)
    return Inspection(
        kind=_KIND,
        path=str(path),
        title=about.title,
        sentence=f"{about.title}: {tasks * digits:,} of MNIST's digits in {tasks} tasks (colour, size, turn), {digits:,} digits "
        f"each, {len(parts.train)} / {len(parts.validation)} / {len(parts.test)} tasks for training, validation and test.",
        facts=(
            ("Layout", "MNIST's idx files"),
            ("Tasks", f"{tasks}: 7 colours, 2 sizes, 4 turns"),
            ("Digits a task", f"{found.arriving:,} to learn from, {held_out:,} held out in the stream"),
            ("Seen as", f"{rainbow.SIDE} x {rainbow.SIDE} pixels, colour, {rainbow.DIGITS} classes"),
        ),
        groups=tuple(Group(name, digits, part_of[task]) for task, name in enumerate(found.names)),
        left_out=tuple(LeftOut(name, f"is no part of {about.title}") for name in spare),
        samples=tuple(_sample(found, task) for task in range(0, tasks, -(-tasks // MOST_SAMPLES))),
        settings={
            "tasks.kind": _KIND, "tasks.path": str(path), "tasks.size": size, "tasks.shots": settings.shots,
            "tasks.queries": settings.queries,
        },
        problems=wrong if wanted > fewest else (),
        notes=(f"the same files serve the stream of tasks (rainbow-stream, follow the meta-leader){alone}",),
    )  # fmt: skip


def _sample(found: rainbow.Rainbow, task: int) -> Sample:
    """White ink on the task's coloured ground."""
    ink = found.grey[task, :SAMPLES_EACH, :, :, None] / np.float64(255)
    pixels = 255 * (ink + (1 - ink) * found.ground[task])
    return Sample(found.names[task], pixels.astype(np.uint8))


def _files(path: Path, size: str) -> list[Path]:
    try:
        return sorted(path.glob(f"{RAINBOW[size].files}*images*ubyte*"))
    except OSError:
        return []
