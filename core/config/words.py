"""What a person reads where the experiment file has a key: "leaky-relu" is a leaky ReLU, "cuda" a GPU.

Each choice's words stand beside its setting (`setting(..., words=...)`); files, `--set` and `--json` keep the keys.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from core.methods.registry import METHODS
from core.nets.registry import NETWORKS
from core.tasks.registry import TASKS

from .base import Settings
from .experiment import Experiment
from .kinds import kinds

NOT_SET = "not set"
_EVERYWHERE = {"auto": "automatic"}
_TITLES: dict[str, Any] = {"tasks.kind": TASKS, "network.kind": NETWORKS, "method.kind": METHODS}


def choices(field: FieldInfo) -> dict[Any, str]:
    """The words of every value that the field can be chosen from; empty where it is no choice."""
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    given = extra.get("words")
    known = given if isinstance(given, dict) else {}
    return {value: str(known.get(value) or _plainly(value)) for value in _options(field.annotation)}


def in_words(key: str, value: Any) -> str:
    """A setting's value as a person reads it. key: dotted ("network.activation"); a value that is no choice is written out,
    a count with commas (a seed is a name)."""
    if key in _TITLES:
        return str(_TITLES[key][value].title) if value in _TITLES[key] else str(value)
    if value is None:
        return NOT_SET
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list | tuple):
        return ", ".join(in_words(key, part) for part in value) or "none"
    if isinstance(value, float):
        return f"{value:g}"
    written = f"{value:,}" if isinstance(value, int) and not key.endswith("seed") else str(value)
    return _known().get(key, {}).get(value, written)


def sentence_in_words(sentence: str, words: dict[Any, str]) -> str:
    """A setting's sentence with each choice that it explains ("auto: eager at once") under the name that the form gives it."""
    for value, said in words.items():
        explained = rf"(^|[.,;] (?:or )?){re.escape(str(value))}(?=: )"
        sentence = re.sub(explained, lambda found, said=said: f"{found[1]}{said}", sentence)  # type: ignore[misc]
    return sentence


def _plainly(value: Any) -> str:
    return _EVERYWHERE.get(value) or str(value).replace("-", " ")


def _options(annotation: Any) -> Sequence[Any]:
    if get_origin(annotation) in (Union, UnionType):
        return [value for part in get_args(annotation) for value in _options(part)]
    return get_args(annotation) if get_origin(annotation) is Literal else ()


@cache
def _known() -> dict[str, dict[Any, str]]:
    """By dotted key, the choices of all kinds together: a key means the same in each (a test sees to it)."""
    found: dict[str, dict[Any, str]] = {}
    for section, model in _models():
        for name, field in model.model_fields.items():
            if name != "kind" and (said := choices(field)):
                found.setdefault(f"{section}.{name}", {}).update(said)
    return found


def _models() -> Iterable[tuple[str, type[Settings]]]:
    for section, field in Experiment.model_fields.items():
        if section in ("tasks", "network", "method"):
            yield from ((section, model) for model in kinds(section).values())
        elif isinstance(field.annotation, type) and issubclass(field.annotation, Settings):
            yield section, field.annotation
