"""What a form must know of a field, read off its pydantic model; no Qt."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from core.config.words import choices, sentence_in_words


class Sort(Enum):
    """Which widget a field gets."""

    SWITCH = "switch"
    CHOICE = "choice"
    WHOLE = "whole"
    NUMBER = "number"
    TEXT = "text"
    PATH = "path"
    WHOLES = "wholes"
    TEXTS = "texts"
    RANGE = "range"


@dataclass(frozen=True)
class FieldSpec:
    """key: dotted ("inner.steps"); low, high: bounds, open where the bound itself is not allowed; options: of a choice, said:
    their words; optional: may be None, and `empty` says what that means; longest: most items or characters; holds: of a path
    "file" or "pictures" (a folder or a file), of texts "names" (which may hold spaces)."""

    key: str
    name: str
    title: str
    sentence: str
    sort: Sort
    default: Any
    unit: str = ""
    advanced: bool = False
    optional: bool = False
    empty: str = ""
    options: tuple[Any, ...] = ()
    said: tuple[str, ...] = ()
    low: float | None = None
    low_open: bool = False
    high: float | None = None
    high_open: bool = False
    longest: int | None = None
    holds: str = ""


@cache
def specs(model: type[BaseModel], prefix: str = "") -> tuple[FieldSpec, ...]:
    """The fields of a model in their order; `kind` tags and nested models are left out (others choose them)."""
    found = []
    for name, info in model.model_fields.items():
        inner, optional = _without_none(info.annotation)
        sort = _sort(inner)
        if name == "kind" or sort is None:
            continue
        found.append(_spec(f"{prefix}.{name}" if prefix else name, name, info, inner, sort, optional=optional))
    return tuple(found)


def picked(fields: Iterable[FieldSpec], names: Iterable[str]) -> tuple[FieldSpec, ...]:
    """The fields of these names, in the order of the names; names that no field has are passed over."""
    by_name = {spec.name: spec for spec in fields}
    return tuple(by_name[name] for name in names if name in by_name)


def plain(value: Any) -> Any:
    """A value as the experiment file holds it: tuples as lists, paths as text."""
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, Path) else value


def _spec(key: str, name: str, info: FieldInfo, inner: Any, sort: Sort, *, optional: bool) -> FieldSpec:
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    words = choices(info)
    sentence = sentence_in_words(info.description or "", words)
    low, low_open = _bound(info, "ge", "gt")
    high, high_open = _bound(info, "le", "lt")
    return FieldSpec(
        key=key,
        name=name,
        title=info.title or name.replace("_", " ").capitalize(),
        sentence=sentence,
        sort=sort,
        default=plain(info.get_default(call_default_factory=True)),
        unit=str(extra.get("unit", "") or ""),
        advanced=bool(extra.get("advanced", False)),
        optional=optional,
        empty=_empty(sentence) or "not set",
        options=tuple(words),
        said=tuple(words.values()),
        low=low,
        low_open=low_open,
        high=high,
        high_open=high_open,
        longest=_longest(info),
        holds=str(extra.get("holds", "") or ""),
    )


def _without_none(annotation: Any) -> tuple[Any, bool]:
    if get_origin(annotation) not in (Union, UnionType):
        return annotation, False
    kept = [part for part in get_args(annotation) if part is not type(None)]
    return (kept[0] if len(kept) == 1 else annotation), len(kept) < len(get_args(annotation))


def _sort(annotation: Any) -> Sort | None:
    simple = {bool: Sort.SWITCH, int: Sort.WHOLE, float: Sort.NUMBER, str: Sort.TEXT, Path: Sort.PATH}
    if annotation in simple:
        return simple[annotation]
    if get_origin(annotation) is Literal:
        return Sort.CHOICE
    if get_origin(annotation) is tuple:
        items = get_args(annotation)
        if items == (float, float):
            return Sort.RANGE
        return {int: Sort.WHOLES, str: Sort.TEXTS}.get(items[0]) if items[1:] == (...,) else None
    return None


def _empty(sentence: str) -> str:
    """ "no limit" of "Stop after this long. Empty: no limit."."""
    match = re.search(r"Empty:\s*(.+?)\.(?=\s|$)", sentence)
    return match.group(1) if match else ""


def _bound(info: FieldInfo, closed: str, opened: str) -> tuple[float | None, bool]:
    for part in info.metadata:
        if getattr(part, closed, None) is not None:
            return getattr(part, closed), False
        if getattr(part, opened, None) is not None:
            return getattr(part, opened), True
    return None, False


def _longest(info: FieldInfo) -> int | None:
    return next((part.max_length for part in info.metadata if getattr(part, "max_length", None) is not None), None)
