"""How miniImageNet lies on a person's disk: recognised by what is there, copied by nobody.

Three layouts: split files beside pictures (train.csv, val.csv, test.csv; pictures in one folder or in folders by class),
folders train / val / test of class folders, and the pickles mini-imagenet-cache-{train,val,test}.pkl.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

from core.errors import BadFile, MissingData

PARTS = ("train", "validation", "test")
_ALSO = {
    "train": ("train", "metatrain", "base"),
    "validation": ("val", "valid", "validation", "metaval"),
    "test": ("test", "metatest", "novel"),
}
_ENDS = {".jpg", ".jpeg", ".png", ".bmp"}
_BELOW = ("", "mini-imagenet", "mini_imagenet", "miniimagenet", "miniImageNet", "mini-imagenet-cache")
_COLUMNS = (("filename", "label"), ("image_name", "class_name"))
_PREFIX = "mini-imagenet-cache"


class Found(NamedTuple):
    """layout: in words. pictures: by part and class the files, sorted; pickles: by part, where these are it instead."""

    layout: str
    pictures: dict[str, dict[str, list[Path]]]
    pickles: dict[str, Path]


def locate(folder: Path) -> Found:
    """In or below `folder`. Raises MissingData where there is none of the layouts, BadFile where one is not whole."""
    for below in _BELOW:
        here = folder / below
        if here.is_dir():
            found = _pickles(here) or _split_files(here) or _split_folders(here)
            if found is not None:
                check_apart({part: set(classes) for part, classes in found.pictures.items()}, here)
                return found
    raise MissingData(
        f"no miniImageNet in {folder}: looked for train.csv, val.csv and test.csv beside pictures, for folders train, val and "
        f"test of class folders, and for {_PREFIX}-train.pkl, -val.pkl and -test.pkl; set tasks.path to the folder that holds one"
    )


def check_apart(classes: dict[str, set[str]], where: Path) -> None:
    """No class in two parts."""
    for one, other in combinations(classes, 2):
        if both := classes[one] & classes[other]:
            raise BadFile(
                f"{where}: the class {min(both)} is both in {one} and in {other}; training would see what is tested"
            )


def _one_of(part: str, exists: dict[str, Path]) -> Path | None:
    return next((exists[name] for name in _ALSO[part] if name in exists), None)


def _three(found: dict[str, Path | None], here: Path, what: str) -> dict[str, Path] | None:
    """All three, none (another layout), or one line naming what is missing."""
    there = {part: path for part, path in found.items() if path is not None}
    if there and len(there) < len(PARTS):
        missing = ", ".join(part for part in PARTS if part not in there)
        raise MissingData(f"{here} holds {what} for {', '.join(there)} but not for {missing}; all three are needed")
    return there or None


def _pickles(here: Path) -> Found | None:
    exists = {path.stem.removeprefix(f"{_PREFIX}-"): path for path in here.glob(f"{_PREFIX}-*.p*k*l*")}
    three = _three({part: _one_of(part, exists) for part in PARTS}, here, "pickles")
    return Found("pickles", {}, three) if three else None


def _split_files(here: Path) -> Found | None:
    exists = {path.stem: path for path in [*here.glob("*.csv"), *here.glob("*/*.csv")]}
    three = _three({part: _one_of(part, exists) for part in PARTS}, here, "split files")
    if three is None:
        return None
    known: dict[str, list[Path]] = defaultdict(list)
    for path in _pictures_below(here):
        known[path.name].append(path)
    return Found("split files", {part: _listed(path, known) for part, path in three.items()}, {})


def _listed(path: Path, known: dict[str, list[Path]]) -> dict[str, list[Path]]:
    """class -> pictures, as one split file says; of several files of a name it is the one in the folder of the class."""
    classes: dict[str, list[Path]] = defaultdict(list)
    missing = []
    for name, label in _rows(path):
        same = known.get(name, [])
        own = same if len(same) == 1 else [file for file in same if file.parent.name == label]
        if own:
            classes[label].append(own[0])
        else:
            missing.append(name)
    if missing:
        raise MissingData(
            f"{path} lists {len(missing):,} pictures that are not below {path.parent}, the first is {missing[0]}; "
            "put the pictures beside it or get them again"
        )
    if not classes:
        raise BadFile(f"{path} lists no pictures; get it again")
    return {label: sorted(files) for label, files in sorted(classes.items())}


def _rows(path: Path) -> Iterator[tuple[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            columns = next((pair for pair in _COLUMNS if set(pair) <= set(reader.fieldnames or ())), None)
            if columns is None:
                raise BadFile(
                    f"{path} has the columns {', '.join(reader.fieldnames or ()) or 'none'}; wanted are filename, label"
                )
            for row in reader:
                name, label = (row[column] for column in columns)
                if not name or not label:
                    raise BadFile(f"{path}, line {reader.line_num}: a picture's name or its label is empty")
                yield Path(name).name, label
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadFile(f"{path} cannot be read as a split file ({error}); get it again") from None


def _split_folders(here: Path) -> Found | None:
    exists = {path.name: path for path in here.iterdir() if path.is_dir()}
    three = _three({part: _one_of(part, exists) for part in PARTS}, here, "folders")
    if three is None:
        return None
    return Found("folders train, val and test", {part: _by_class(path) for part, path in three.items()}, {})


def _by_class(folder: Path) -> dict[str, list[Path]]:
    classes = {path.name: sorted(_pictures_below(path)) for path in sorted(folder.iterdir()) if path.is_dir()}
    filled = {name: files for name, files in classes.items() if files}
    if not filled:
        raise MissingData(f"{folder} holds no class folder with pictures (.jpg, .png, .bmp)")
    return filled


def _pictures_below(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.suffix.lower() in _ENDS and not path.name.startswith("."))
