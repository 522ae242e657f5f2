"""What was understood of pictures, for a person to look at before they are used."""

from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from .inspection import MOST_SAMPLES, SAMPLES_EACH, Group, Inspection, Sample
from .own_images.understood import WORDS, Understood, count_words, look_at, problems, too_small
from .pictures import Progress, silent

MOST_SIDE, MOST_WAYS, MOST_SHOTS, MOST_QUERIES = 32, 5, 5, 15
_WHOLE = {"Omniglot (Lake": ("omniglot", {}), "miniImageNet (Vinyals": ("miniimagenet", {"tasks.queries": 15})}
"""Sets that have a kind of tasks of their own, where they are whole: title, kind and its settings."""


def inspect_images(
    path: Path, *, data_folder: Path | None = None, progress: Progress = silent, **options: Any
) -> Inspection:
    """A folder, an archive or a known set. options: fields of core.config.own_images.Images; ways, shots and queries that are not
    given are suggested. All pictures are decoded (and kept below data_folder, for the run), as only this shows which can be used.

    Raises MissingData, BadFile, BadExperiment or DiskFull where there are no pictures to speak of.
    """
    settings = _settings_of(path, options)
    found = look_at(settings, data_folder / "cache" if data_folder else None, progress)
    settings = settings.model_copy(update=_suggested(found, options))
    wrong = tuple(problems(found, settings))
    small = too_small(found, settings)
    return Inspection(
        kind=_kind(found),
        path=str(path),
        title=found.layout.title,
        sentence=_sentence(found, bool(wrong)),
        facts=_facts(found, settings, len(small)),
        groups=_groups(found),
        left_out=(*found.left_out, *small),
        settings=_settings(found, settings, options),
        problems=wrong,
        notes=_notes(found, settings),
        samples=_samples(found),
    )


def _settings_of(path: Path, options: dict[str, Any]) -> Any:
    """Raises BadExperiment where an option is none, or out of its bounds."""
    from core.config import parse

    return parse({"tasks": {"kind": "images", "path": str(path), **options}}).tasks


def _suggested(found: Understood, options: dict[str, Any]) -> dict[str, int]:
    """Ways that every part has classes for, shots and queries that nine classes of ten have pictures for."""
    sizes = sorted(found.amounts())
    low = sizes[len(sizes) // 10]
    shots = min(MOST_SHOTS, max(low // 3, 1))
    queries = min(MOST_QUERIES, max(low - options.get("shots", shots), 1))
    least = options.get("shots", shots) + options.get("queries", queries)
    fewest = min((len(found.members(part, least)) for part in WORDS), default=0) if found.parts else 0
    wanted = {"ways": min(MOST_WAYS, max(fewest, 2)), "shots": shots, "queries": queries}
    return {name: value for name, value in wanted.items() if name not in options}


def _kind(found: Understood) -> str:
    return next((kind for title, (kind, _) in _WHOLE.items() if _is(found, title)), "images")


def _is(found: Understood, title: str) -> bool:
    """Their own kinds read folders alone, and miniImageNet's reads pickles its own way."""
    return found.layout.title.startswith(title) and found.path.is_dir()


def _settings(found: Understood, settings: Any, options: dict[str, Any]) -> dict[str, Any]:
    kind = _kind(found)
    shared = {
        "tasks.kind": kind,
        "tasks.path": str(found.path),
        "tasks.ways": settings.ways,
        "tasks.shots": settings.shots,
    }
    if kind != "images":
        own = next(more for title, (_, more) in _WHOLE.items() if _is(found, title))
        return {**shared, **own}
    more = {f"tasks.{name}": value for name, value in options.items()}
    return {**shared, "tasks.queries": settings.queries, **more}


def _each(sizes: list[int]) -> str:
    return f"{min(sizes):,}" if min(sizes) == max(sizes) else f"{min(sizes):,} to {max(sizes):,}"


def _middle(sizes: list[int]) -> str:
    return f" (median {median(sizes):,.0f})" if min(sizes) != max(sizes) else ""


def _several(count: int, one: str) -> str:
    many = f"{one[:-1]}ies" if one.endswith("y") else f"{one}es" if one.endswith("s") else f"{one}s"
    return f"{count:,} {one if count == 1 else many}"


def _sentence(found: Understood, wrong: bool) -> str:
    sizes = found.amounts()
    named = "" if found.layout.title.startswith("a folder") else f"{found.layout.title}: "
    are = "is" if len(found.left_out) == 1 else "are"
    out = f"; {_several(len(found.left_out), 'file')} {are} left out" if found.left_out else ""
    split = f", {count_words(found)}" if found.parts and not wrong else ""
    what = f"{_several(len(found.pictures.pixels), 'picture')} of {_several(len(sizes), 'class')}"
    return f"{named}{what}, {_each(sizes)} each{split}{out}."


def _facts(found: Understood, settings: Any, small: int) -> tuple[tuple[str, str], ...]:
    sizes, pixels = found.amounts(), found.pictures.pixels
    colour = "grey" if pixels.shape[1] == 1 else "colour"
    facts = [
        ("Layout", found.layout.title),
        ("Pictures", f"{len(pixels):,}, {_each(sizes)} a class{_middle(sizes)}"),
        ("Classes", f"{len(sizes):,}"),
        ("Split", f"{count_words(found)}: {found.rule}" if found.parts else found.rule),
        ("Seen as", f"{pixels.shape[2]} x {pixels.shape[3]} pixels, {colour}"),
        ("Tasks", f"{settings.ways} ways, {_several(settings.shots, 'shot')}, {_several(settings.queries, 'query')}"),
    ]
    if found.left_out or small:
        facts.append(("Left out", f"{_several(len(found.left_out), 'file')}, {_several(small, 'class')}"))
    return tuple(facts)


def _groups(found: Understood) -> tuple[Group, ...]:
    names = zip(found.pictures.names, found.pictures.amount.tolist(), strict=True)
    return tuple(Group(name, amount, found.parts.get(name)) for name, amount in names)


def _samples(found: Understood) -> tuple[Sample, ...]:
    """Of the first classes that have pictures, the first of each; the pixels are copied out of the mapped file."""
    pictures, shown = found.pictures, []
    first = np.concatenate([[0], np.cumsum(pictures.amount)])
    for at in np.flatnonzero(pictures.amount)[:MOST_SAMPLES]:
        some = pictures.pixels[first[at] : first[at] + min(int(pictures.amount[at]), SAMPLES_EACH)]
        shown.append(Sample(pictures.names[at], np.ascontiguousarray(some.transpose(0, 2, 3, 1))))
    return tuple(shown)


def _notes(found: Understood, settings: Any) -> tuple[str, ...]:
    notes = list(found.layout.notes)
    test = len(found.members("test", settings.shots + settings.queries)) if found.parts else 0
    if 0 < test < 2 * settings.ways:
        notes.append(f"{test} test classes give few different tasks of {settings.ways}: the accuracy will be rough")
    return tuple(notes)
