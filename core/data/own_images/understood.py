"""A person's pictures with all that is known of them: classes, parts, what gave no picture. The same for the report and for
training."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data.inspection import LeftOut
from core.data.pictures import Progress
from core.errors import BadExperiment, BadFile, MissingData

from .layouts import LOOSE, Layout, understand
from .source import open_source
from .splits import LEAST_CLASSES, PARTS, by_hash, with_validation
from .store import Stored, stored

WORDS = {"train": "training", "validation": "validation", "test": "test"}


@dataclass(frozen=True)
class Understood:
    """parts: class -> train, validation or test, empty where there are too few classes to split; rule: how they were split, in
    words; left_out: files that are not used (classes that are too small come on top, see `members`)."""

    path: Path
    layout: Layout
    pictures: Stored
    parts: dict[str, str]
    rule: str
    left_out: tuple[LeftOut, ...]

    def members(self, part: str, least: int) -> NDArray[np.int64]:
        """Positions of the classes of a part that have so many pictures."""
        names = self.pictures.names
        return np.array(
            [at for at, n in enumerate(self.pictures.amount) if self.parts.get(names[at]) == part and n >= least],
            np.int64,
        )

    def amounts(self, part: str | None = None) -> list[int]:
        """Pictures of each class (of a part) that has any."""
        known = zip(self.pictures.names, self.pictures.amount.tolist(), strict=True)
        return [n for name, n in known if n and (part is None or self.parts.get(name) == part)]


def look_at(settings: Any, cache: Path | None, progress: Progress) -> Understood:
    """settings: core.config.own_images.Images. Decodes where that was not done before. Raises MissingData, BadFile,
    BadExperiment or DiskFull where there are no pictures to speak of."""
    if settings.path is None:
        raise MissingData("tasks.path is not set; set it to the folder or archive that holds your pictures")
    path = Path(settings.path).expanduser().absolute()
    source = open_source(path)
    layout = understand(source, settings.split, settings.level)
    if not layout.classes:
        raise BadFile(_nothing(path, layout))
    pictures = stored(
        source,
        layout.classes,
        side=settings.side,
        colour=settings.colour,
        fit=settings.fit,
        cache=cache,
        progress=progress,
    )
    if not len(pictures.pixels):
        first = pictures.left_out[0]
        raise BadFile(
            f"none of the {len(pictures.left_out):,} pictures in {path} can be read; the first, {first.what}, {first.why}"
        )
    parts, rule = _parts(layout, pictures, settings.split_seed)
    return Understood(path, layout, pictures, parts, rule, (*layout.left_out, *pictures.left_out))


def _parts(layout: Layout, pictures: Stored, seed: int) -> tuple[dict[str, str], str]:
    """Over the classes that have any picture."""
    there = [name for name, amount in zip(pictures.names, pictures.amount, strict=True) if amount]
    if layout.parts is not None:
        given = {name: layout.parts[name] for name in there}
        parts = with_validation(given)
        own = "" if parts == given else "; validation is a part of the training classes, as there is none"
        return parts, layout.rule + own
    if len(there) < LEAST_CLASSES:
        return {}, "too few classes to split"
    return by_hash(there, seed), "60 / 20 / 20 % of the classes, by a fixed hash of their names"


def _nothing(path: Path, layout: Layout) -> str:
    if not layout.left_out:
        what = "a folder" if path.is_dir() else "an archive"
        return f"{path} holds no pictures; choose {what} with a folder for each class"
    first = layout.left_out[0]
    out = f"{len(layout.left_out):,} files are left out, the first, {first.what}, {first.why}"
    return f"{path} holds no picture that can be used; {out}"


def problems(found: Understood, settings: Any) -> list[str]:
    """Why these settings cannot be used with these pictures, each with what to change; none: they can."""
    sizes = found.amounts()
    if len(sizes) == 1:
        name = next(n for n, amount in zip(found.pictures.names, found.pictures.amount, strict=True) if amount)
        if name == LOOSE:
            return [f"the pictures lie loose, in no folder of a class; put the pictures of each class in a folder of its own, "
                    f"{LEAST_CLASSES} classes or more"]  # fmt: skip
        return [f"there is one class only ({name}), and classes are told apart; put the pictures of each class in a folder of its "
                f"own, {LEAST_CLASSES} classes or more"]  # fmt: skip
    if not found.parts:
        return [f"{len(sizes)} classes are too few to split, as training, validation and test need two each; bring at least "
                f"{LEAST_CLASSES} (or folders train, val and test with other classes each)"]  # fmt: skip
    return [sentence for part in PARTS if (sentence := _problem(found, settings, part))]


def _problem(found: Understood, settings: Any, part: str) -> str:
    ways, shots, least = needed(settings, part)
    there = len(found.members(part, least))
    if there >= ways:
        return ""
    ways_key, shots_key = keys(settings, part)
    sizes = sorted(found.amounts(part), reverse=True)
    if len(sizes) < ways:
        are = "is" if len(sizes) == 1 else "are"
        what = f"{ways_key} is {ways}, but there {are} {_classes(len(sizes), part)}"
        return (
            f"{what}; lower {ways_key} to {len(sizes)}, or bring more classes"
            if len(sizes) >= 2
            else f"{what}; bring more classes"
        )
    fits = sizes[ways - 1]
    if fits < 2:
        return f"only {_classes(sum(n > 1 for n in sizes), part)} have two pictures or more; bring more pictures"
    lower = f"tasks.queries to {fits - shots}" if fits > shots else f"{shots_key} and tasks.queries to {fits} together"
    return (
        f"{ways_key} is {ways}, but only {there} of {_classes(len(sizes), part)} have the {least} pictures that {shots_key} and "
        f"tasks.queries ({shots} + {settings.queries}) take; lower {lower}, or {ways_key}"
    )


def _classes(count: int, part: str) -> str:
    return f"{count} {WORDS[part]} class{'es' if count != 1 else ''}"


def needed(settings: Any, part: str) -> tuple[int, int, int]:
    """(ways, shots, pictures of a class) that tasks of a part take."""
    training = part == "train"
    ways = (training and settings.train_ways) or settings.ways
    shots = (training and settings.train_shots) or settings.shots
    return ways, shots, shots + settings.queries


def keys(settings: Any, part: str) -> tuple[str, str]:
    """The settings that say so."""
    training = part == "train"
    return (
        "tasks.train_ways" if training and settings.train_ways else "tasks.ways",
        "tasks.train_shots" if training and settings.train_shots else "tasks.shots",
    )


def too_small(found: Understood, settings: Any) -> tuple[LeftOut, ...]:
    """Classes that these settings leave out, and empty ones."""
    out = []
    for name, amount in zip(found.pictures.names, found.pictures.amount.tolist(), strict=True):
        part = found.parts.get(name)
        least = needed(settings, part)[2] if part else 1
        if amount < least:
            why = (
                f"has {amount} of the {least} pictures that shots and queries take"
                if amount
                else "has no picture that can be read"
            )
            out.append(LeftOut(name, why))
    return tuple(out)


def check(found: Understood, settings: Any) -> None:
    """Raises BadExperiment with the first problem."""
    for sentence in problems(found, settings)[:1]:
        raise BadExperiment(f"{found.path.name}: {sentence}")


def count_words(found: Understood) -> str:
    """ "36 training, 12 validation and 12 test classes"."""
    counts = Counter(found.parts.values())
    return f"{counts['train']:,} training, {counts['validation']:,} validation and {counts['test']:,} test classes"
