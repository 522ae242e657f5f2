"""What the word that is being typed into a filter line can become."""

from collections.abc import Iterable, Sequence
from typing import Any

from core.storage.query import NUMBERS
from core.storage.records import Status

KEYS = ("method:", "status:", "tasks:", "network:", "tag:", "star:", "name:", "note:", "group:", "device:", "run:")
_VALUES = ("method", "tasks", "device", "group")
_MOST = 12


def suggestions(word: str, records: Sequence[Any]) -> list[str]:
    """Whole words that begin as `word` does: keys, or a key with the values that occur among the records.

    Nothing for an empty word and for one that can only be searched for.
    """
    typed = word.casefold()
    if not typed or typed.startswith('"'):
        return []
    key, colon, _ = typed.partition(":")
    if colon:
        return [w for w in (f"{key}:{_quoted(v)}" for v in _known(key, records)) if w.casefold().startswith(typed)][
            :_MOST
        ]
    known = [*KEYS, *(f"{number}<" for number in NUMBERS)]
    return [entry for entry in known if entry.startswith(typed) and entry != typed][:_MOST]


def _known(key: str, records: Sequence[Any]) -> list[str]:
    if key == "status":
        return list(Status)
    if key in ("star", "starred"):
        return ["yes", "no"]
    if key in ("tag", "tags"):
        return _by_number(tag for record in records for tag in record.tags)
    if key == "network":
        return _by_number(_network(record) for record in records)
    if key in _VALUES:
        return _by_number(str(getattr(record, key, "") or "") for record in records)
    return []


def _network(record: Any) -> str:
    """Runs know it by their experiment, initializations by themselves."""
    experiment = getattr(record, "experiment", None)
    return str(experiment.network.kind if experiment is not None else record.network)


def _by_number(values: Iterable[str]) -> list[str]:
    """The different ones, the most frequent first."""
    counts: dict[str, int] = {}
    for value in values:
        if value:
            counts[value] = counts.get(value, 0) + 1
    return sorted(counts, key=lambda value: (-counts[value], value.casefold()))


def _quoted(value: str) -> str:
    return f'"{value}"' if any(sign.isspace() for sign in value) else value
