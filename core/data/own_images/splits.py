"""Which classes train, validate and test: by given folders, by split files, or by a hash of their names."""

import csv
import hashlib
import json
from collections.abc import Iterable, Mapping
from io import StringIO
from pathlib import PurePosixPath

from core.errors import BadFile

from .items import Item, Source

PARTS = ("train", "validation", "test")
_ALSO = {
    "train": "train", "training": "train", "metatrain": "train", "meta-train": "train", "base": "train",
    "val": "validation", "valid": "validation", "validation": "validation", "metaval": "validation", "meta-val": "validation",
    "dev": "validation",
    "test": "test", "testing": "test", "metatest": "test", "meta-test": "test", "novel": "test",
}  # fmt: skip
_FILES = (".csv", ".txt", ".json")
_COLUMNS = (("filename", "label"), ("image_name", "class_name"), ("file", "class"))
HELD_SHARE = 0.2
LEAST_CLASSES = 6


def part_of(name: str) -> str | None:
    """ "val" -> "validation"; None for any other word."""
    return _ALSO.get(name.lower())


def by_hash(names: Iterable[str], seed: int = 0) -> dict[str, str]:
    """Class -> part: a fifth of the classes each for validation and test (of few classes up to five, at least two), in the
    order of a hash of their names. Fixed, whatever ways and shots are: an initialization measured with others must not meet
    classes that it was trained on. Another order for every seed below 2**31."""
    salt = seed.to_bytes(4, "big") if seed else b""
    order = sorted(names, key=lambda name: hashlib.blake2b(name.encode(), salt=salt).digest())
    count = len(order)
    held = max(round(HELD_SHARE * count), min(5, count // 4), 2)
    parts = ["test"] * held + ["validation"] * held + ["train"] * max(count - 2 * held, 0)
    return dict(zip(order, parts, strict=False))


def marks(names: Iterable[str]) -> list[str]:
    """What a card keeps of the names of training classes or tasks: short, and of one length."""
    return sorted(hashlib.blake2b(name.encode(errors="surrogatepass"), digest_size=6).hexdigest() for name in names)


def with_validation(parts: Mapping[str, str]) -> dict[str, str]:
    """A given split without validation classes gets a fifth of the training classes (at least two), by the same hash."""
    if "validation" in parts.values():
        return dict(parts)
    train = [name for name, part in parts.items() if part == "train"]
    order = sorted(train, key=lambda name: hashlib.blake2b(name.encode()).digest())
    held = order[: max(round(HELD_SHARE * len(order)), 2)]
    return {name: "validation" if name in held else part for name, part in parts.items()}


def split_files(source: Source) -> dict[str, dict[str, Item]]:
    """By folder of the source: train.txt, val.csv, base.json ... by part, where at least train and test are there."""
    found: dict[str, dict[str, Item]] = {}
    for item in source.items:
        path = PurePosixPath(item.name)
        part = part_of(path.stem)
        if part and path.suffix.lower() in _FILES:
            found.setdefault(f"{path.parent}/*{path.suffix.lower()}", {})[part] = item
    return {place: files for place, files in sorted(found.items()) if {"train", "test"} <= files.keys()}


def entries(source: Source, item: Item) -> list[tuple[str, str]]:
    """(name of a picture, "" for a whole class; class) of a split file. Raises BadFile."""
    text = source.text(item)
    if text is None:
        raise BadFile(f"{source.path}: the split file {item.name} cannot be read; get it again")
    reader = {".csv": _of_csv, ".json": _of_json}.get(PurePosixPath(item.name.lower()).suffix, _of_lines)
    try:
        found = reader(text)
    except (ValueError, KeyError, TypeError, IndexError, csv.Error) as error:
        raise BadFile(f"{source.path}: {item.name} cannot be read as a split file ({error}); get it again") from None
    if not found:
        raise BadFile(f"{source.path}: the split file {item.name} is empty; get it again")
    return found


def _of_lines(text: str) -> list[tuple[str, str]]:
    """A line is a class ("apple", "Latin/character01", with Omniglot's /rot090 behind it), or the path of a picture."""
    from .decoding import is_picture

    lines = [line.strip().replace("\\", "/").strip("/") for line in text.splitlines() if line.strip()]
    found = []
    for line in lines:
        path = PurePosixPath(line.split(",")[0].split("\t")[0])
        if is_picture(path.name):
            found.append((path.name, str(path.parent) if len(path.parts) > 1 else ""))
        else:
            plain = path.parent if path.name.startswith("rot") and path.name[3:].isdigit() else path
            found.append(("", str(plain)))
    return found


def _of_csv(text: str) -> list[tuple[str, str]]:
    rows = csv.DictReader(StringIO(text))
    names = rows.fieldnames or ()
    columns = next((pair for pair in _COLUMNS if set(pair) <= set(names)), None)
    if columns is None:
        raise ValueError(f"it has the columns {', '.join(names) or 'none'}; wanted are filename, label")
    found = []
    for row in rows:
        name, label = row[columns[0]], row[columns[1]]
        if not name or not label:
            raise ValueError(f"line {rows.line_num}: a picture's name or its class is empty")
        found.append((PurePosixPath(name.replace("\\", "/")).name, label))
    return found


def _of_json(text: str) -> list[tuple[str, str]]:
    """{"label_names", "image_names", "image_labels"}, as the lists of Chen et al. (2019) are written."""
    held = json.loads(text)
    labels = held["label_names"]
    return [
        (PurePosixPath(name).name, str(labels[label]))
        for name, label in zip(held["image_names"], held["image_labels"], strict=True)
    ]


def clash(parts: Mapping[str, set[str]]) -> str | None:
    """A class that is in two parts."""
    seen: set[str] = set()
    for names in parts.values():
        if seen & names:
            return min(seen & names)
        seen |= names
    return None
