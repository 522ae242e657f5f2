"""What the folders of a source mean: which pictures are a class, which classes train; known data sets by name."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from core.data import omniglot
from core.data.inspection import LeftOut
from core.errors import BadExperiment, BadFile

from .decoding import is_picture
from .items import Item, Source
from .splits import clash, entries, part_of, split_files

LOOSE = "."
"""The class of pictures that all lie loose in the folder itself: no class that could be told from others."""
_WORDNET = re.compile(r"^n\d{8}$")
_CUB = re.compile(r"^\d{3}\.[^/]+$")
_OMNIGLOT = re.compile(r"(?:^|/)(images_background|images_evaluation)/([^/]+/character\d\d)/[^/]+$")
_SIDE_FILES = {".md", ".txt", ".csv", ".json", ".html", ".pdf", ".xml", ".yaml", ".yml", ""}


@dataclass(frozen=True)
class Layout:
    """title: what it is called; classes: by name the pictures, sorted; parts: class -> part, None where the layout gives no
    split; rule: where the split comes from; left_out: files that are no part of it."""

    title: str
    classes: Mapping[str, tuple[Item, ...]]
    parts: Mapping[str, str] | None = None
    rule: str = ""
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()


def understand(source: Source, split: str = "auto", level: str = "deepest") -> Layout:
    """The layout of a source's files. split: "auto" takes the split that is there, "folders" and "files" demand it, "classes"
    wants none. level: which folder names a class, the "deepest" or the one at the "top". Raises BadExperiment or BadFile.
    """
    pictures = [item for item in source.items if is_picture(item.name)]
    pictures, stray = _in_folders(pictures)
    left_out = (*source.left_out, *_no_pictures(source), *stray)
    for known in (_omniglot, _cub):
        if (found := known(source, pictures)) is not None:
            return _wanted(replace(found, left_out=left_out), split)
    files = split_files(source) if split in ("auto", "files") else {}
    given = _by_folders(pictures, level, source) if split in ("auto", "folders") else None
    if given is not None:
        return replace(given, left_out=(*left_out, *given.left_out))
    plain = Layout("a folder for each class", _classes(pictures, level), left_out=left_out)
    if files:
        try:
            return replace(_by_files(source, pictures, files, level), left_out=left_out)
        except BadFile as error:
            if split == "files" or len(plain.classes) < 2:
                raise
            plain = replace(plain, notes=(f"split files are not used: {error}",))
    return _wanted(_without_parts(plain, split), split)


def _wanted(layout: Layout, split: str) -> Layout:
    """Raises BadExperiment where a split was demanded that is not there."""
    if split == "classes":
        return replace(layout, parts=None, rule="")
    if split in ("folders", "files") and layout.parts is None:
        what = (
            "folders train, val and test with other classes each" if split == "folders" else "train, val and test files"
        )
        raise BadExperiment(f"tasks.split is {split}, but there are no {what}; choose auto or classes")
    return layout


def _no_pictures(source: Source) -> list[LeftOut]:
    """Files that are not used; what commonly lies beside pictures (a README, lists) goes without saying."""
    found = []
    for item in source.items:
        suffix = PurePosixPath(item.name.lower()).suffix
        if (
            not is_picture(item.name)
            and suffix not in _SIDE_FILES
            and not (item.place == 0 and len(source.containers) > 1)
        ):
            found.append(LeftOut(item.name, f"is no picture by its ending ({suffix})"))
    return found


# a folder for each class


def _in_folders(pictures: Sequence[Item]) -> tuple[list[Item], list[LeftOut]]:
    """Pictures beside the folders of the classes are in none of them."""
    folders = sorted({PurePosixPath(item.name).parts[:-1] for item in pictures})
    if len(folders) < 2:
        return list(pictures), []
    top = folders[0][: _common(folders)]
    kept = [item for item in pictures if PurePosixPath(item.name).parts[:-1] != top]
    return kept, [
        LeftOut(item.name, "lies beside the folders of the classes, in none of them")
        for item in pictures
        if PurePosixPath(item.name).parts[:-1] == top
    ]


def _common(folders: Sequence[tuple[str, ...]]) -> int:
    """Leading folders that all have in common."""
    shared = 0
    while all(len(folder) > shared and folder[shared] == folders[0][shared] for folder in folders):
        shared += 1
    return shared


def _classes(pictures: Sequence[Item], level: str = "deepest", base: int | None = None) -> dict[str, tuple[Item, ...]]:
    """Class -> pictures. The folders above all classes say nothing and are left away; of a single class its own name stays."""
    folders = {item: PurePosixPath(item.name).parts[:-1] for item in pictures}
    distinct = sorted(set(folders.values()))
    if not distinct:
        return {}
    shared = _common(distinct) if base is None else base
    if len(distinct) == 1 and base is None:
        shared = max(shared - 1, 0)
    found: dict[str, list[Item]] = defaultdict(list)
    for item, folder in folders.items():
        below = folder[shared:]
        found["/".join(below[:1] if level == "top" else below)].append(item)
    return {name or LOOSE: tuple(sorted(items)) for name, items in sorted(found.items())}


def _without_parts(layout: Layout, split: str) -> Layout:
    """train/cat and test/cat are one class: the same classes in every part are no split by classes. Where the split is to be by
    class, the names of the parts are none of the classes' own."""
    tops = {name.split("/", 1)[0] for name in layout.classes}
    below = [name.split("/", 1)[1] for name in layout.classes if "/" in name]
    if not (len(tops) > 1 and all(part_of(top) for top in tops) and len(below) == len(layout.classes)):
        return layout
    if max(Counter(below).values()) == 1 and split != "classes":
        return layout
    merged: dict[str, list[Item]] = defaultdict(list)
    for name, items in layout.classes.items():
        merged[name.split("/", 1)[1]] += items
    note = f"the folders {', '.join(sorted(tops))} hold the same classes, so they are put together and split by class"
    notes = (*layout.notes, note) if len(merged) < len(layout.classes) else layout.notes
    return replace(layout, classes={name: tuple(items) for name, items in sorted(merged.items())}, notes=notes)


# a split that is given


def _by_folders(pictures: Sequence[Item], level: str, source: Source) -> Layout | None:
    """train / val / test folders of class folders, no class in two of them; None where that is not what is there."""
    folders = sorted({PurePosixPath(item.name).parts[:-1] for item in pictures})
    if not folders:
        return None
    base = _common(folders)
    tops = {folder[base] for folder in folders if len(folder) > base}
    of_part = {top: part for top in tops if (part := part_of(top))}
    if set(of_part) != tops or not {"train", "test"} <= set(of_part.values()):
        return None
    stray = [item for item in pictures if len(PurePosixPath(item.name).parts) == base + 2]
    inside = [item for item in pictures if len(PurePosixPath(item.name).parts) > base + 2]
    classes: dict[str, tuple[Item, ...]] = {}
    parts: dict[str, str] = {}
    for top, part in sorted(of_part.items()):
        own = [item for item in inside if PurePosixPath(item.name).parts[base] == top]
        for name, items in _classes(own, level, base + 1).items():
            if name in parts:  # the usual split of pictures, not of classes: no split for us
                return None
            classes[name], parts[name] = items, part
    if not {"train", "test"} <= set(parts.values()):
        return None
    title = source.title or _named(source, parts, "folders train, val and test of class folders")
    rule = "the three pickles" if source.title else f"the folders {', '.join(sorted(of_part))}"
    out = tuple(LeftOut(item.name, "lies in no folder of a class") for item in stray)
    return Layout(title, {name: classes[name] for name in sorted(classes)}, parts, rule, out)


def _by_files(source: Source, pictures: Sequence[Item], files: dict[str, dict[str, Item]], level: str) -> Layout:
    """The first place with split files that fit what is there. Raises BadFile with why none of them does."""
    classes = _classes(pictures, level)
    failures = []
    for place, lists in sorted(files.items(), key=lambda pair: "bertinetto" not in pair[0]):
        try:
            return _by_lists(source, pictures, classes, place, lists)
        except BadFile as error:
            failures.append(error)
    raise failures[0]


def _by_lists(
    source: Source,
    pictures: Sequence[Item],
    classes: dict[str, tuple[Item, ...]],
    place: str,
    lists: dict[str, Item],
) -> Layout:
    by_name: dict[str, list[Item]] = defaultdict(list)
    for item in pictures:
        by_name[PurePosixPath(item.name).name].append(item)
    found: dict[str, set[Item]] = defaultdict(set)
    members: dict[str, set[str]] = {}
    missing: list[str] = []
    for part, file in sorted(lists.items()):
        listed = entries(source, file)
        members[part] = set()
        for name, label in listed:
            items = _picture(by_name.get(name, ()), label) if name else _whole_class(classes, label)
            if items is None:
                missing.append(name or label)
                continue
            label = label or PurePosixPath(items[0].name).parent.name
            found[label].update(items)
            members[part].add(label)
    if missing and not found:
        raise BadFile(
            f"{source.path}: the split files {place} name {len(missing):,} pictures or classes that are not there, the first is "
            f"{missing[0]}; put them beside each other, or set tasks.split to classes"
        )
    if both := clash(members):
        raise BadFile(
            f"{source.path}: by the split files {place} the class {both} is in two parts, and training would see what is "
            "tested; mend them, or set tasks.split to classes"
        )
    parts = {name: part for part, names in members.items() for name in names}
    notes = [f"{len(missing):,} entries of the split files are not there, the first is {missing[0]}"] if missing else []
    unlisted = len(classes.keys() - parts.keys()) if set(parts) <= set(classes) else 0
    notes += [f"{unlisted} classes are in no split file and are not used"] if unlisted else []
    title = _named(source, parts, "split files beside pictures", place)
    ordered = {name: tuple(sorted(found[name])) for name in sorted(found)}
    return Layout(title, ordered, parts, f"the split files {place.removeprefix('./')}", notes=tuple(notes))


def _picture(same: Sequence[Item], label: str) -> list[Item] | None:
    """Of several files of a name it is the one in the folder of the class."""
    own = same if len(same) == 1 else [item for item in same if PurePosixPath(item.name).parent.name == label]
    return [own[0]] if own else None


def _whole_class(classes: dict[str, tuple[Item, ...]], label: str) -> Sequence[Item] | None:
    if label in classes:
        return classes[label]
    ends = [name for name in classes if name.endswith(f"/{label}") or label.endswith(f"/{name}")]
    return classes[ends[0]] if len(ends) == 1 else None


# known sets


def _named(source: Source, parts: Mapping[str, str], otherwise: str, place: str = "") -> str:
    """The set of the literature that has this form; else the form in words."""
    where = f"{source.path} {source.items[0].name if source.items else ''}".lower()
    counts = Counter(parts.values())
    three = tuple(counts[part] for part in ("train", "validation", "test"))
    if "bertinetto" in place:
        return f"CIFAR-FS's layout, {otherwise}" if three != (64, 16, 20) else "CIFAR-FS (Bertinetto et al. 2019)"
    if sum(bool(_WORDNET.match(name.rsplit("/", 1)[-1])) for name in parts) < len(parts):
        return otherwise
    if three == (351, 97, 160) or "tiered" in where:
        whole = three == (351, 97, 160)
        return "tieredImageNet (Ren et al. 2018)" if whole else f"tieredImageNet's layout, {otherwise}"
    whole = three == (64, 16, 20)
    return f"miniImageNet (Vinyals et al. 2016), {otherwise}" if whole else f"miniImageNet's layout, {otherwise}"


def _omniglot(source: Source, pictures: Sequence[Item]) -> Layout | None:
    """ALPHABET/characterNN below both of the official names; the split of the literature, where it is whole."""
    classes: dict[str, list[Item]] = defaultdict(list)
    halves = set()
    for item in pictures:
        if match := _OMNIGLOT.search(item.name):
            halves.add(match[1])
            classes[match[2]].append(item)
    if len(halves) < 2:
        return None
    names = tuple(sorted(classes))
    ordered = {name: tuple(sorted(classes[name])) for name in names}
    chosen = omniglot.split(names, "vinyals")
    parts = {names[at]: part for part in ("train", "validation", "test") for at in getattr(chosen, part)}
    title = (
        "Omniglot (Lake et al. 2015)"
        if len(names) == 1623
        else f"Omniglot's layout, {len(names):,} of 1,623 characters"
    )
    return Layout(title, ordered, parts, "the split of Vinyals et al. (2016), without rotations")


def _cub(source: Source, pictures: Sequence[Item]) -> Layout | None:
    """images/NNN.Species with images.txt beside it; every other species trains (Chen et al. 2019)."""
    lists = {PurePosixPath(item.name).name for item in source.items}
    classes = _classes([item for item in pictures if "images" in PurePosixPath(item.name).parts])
    if not {"images.txt", "classes.txt"} <= lists or not classes or not all(_CUB.match(name) for name in classes):
        return None
    rule = ("train", "validation", "train", "test")
    parts = {name: rule[at % 4] for at, name in enumerate(sorted(classes))}
    title = (
        "CUB-200-2011 (Wah et al. 2011)"
        if len(classes) == 200
        else f"CUB-200-2011's layout, {len(classes)} of 200 species"
    )
    return Layout(title, classes, parts, "every other species trains (Chen et al. 2019)")
