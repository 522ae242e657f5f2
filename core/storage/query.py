"""The filter line: `method:maml status:finished loss<0.1 tag:paper star:yes "two words"`."""

import re
from collections.abc import Callable, Collection, Mapping
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any

from core.config.words import in_words
from core.errors import CoreError

from .records import Status

Test = Callable[[Mapping[Any, Any]], bool]

TEXTS = ("id", "name", "note", "method", "tasks", "network", "status", "group", "device", "run")
KINDS = ("method", "tasks", "network")
NUMBERS = ("loss", "accuracy", "step", "seconds", "best_loss", "best_step", "total_steps", "bytes")
_YES, _NO = ("yes", "true", "1"), ("no", "false", "0")
_WORD = re.compile(r'(?:"[^"]*"?|\S)+')
_PARTS = re.compile(r"([A-Za-z_]+)(<=|>=|<|>|=|:)(.*)", re.DOTALL)
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
    "=": lambda a, b: a == b,
    ":": lambda a, b: a == b,
}


class BadFilter(CoreError):
    """A word of the filter line that means nothing; the message names it."""


def parse(text: str) -> Test:
    """A test of a row's values by name. All words must hold; case does not matter; * and ? stand for any signs."""
    tests = [_test(word) for word in _WORD.findall(text)]
    return lambda row: all(test(row) for test in tests)


def _test(word: str) -> Test:
    parts = _PARTS.fullmatch(word)
    if word.startswith('"') or parts is None:
        return _search(_unquoted(word))
    key, sign, value = parts[1].casefold(), parts[2], _unquoted(parts[3])
    if key in NUMBERS:
        return _number(word, key, sign, value)
    if sign not in ":=":
        raise BadFilter(f"filter {word!r}: {sign} compares numbers only, which are {', '.join(NUMBERS)}")
    if key in ("star", "starred"):
        return _star(word, value)
    if key in ("tag", "tags"):
        return lambda row: any(_matches(tag, value) for tag in row["tags"])
    if key in TEXTS:
        return _text(word, key, value)
    raise BadFilter(_unknown(word, key))


def _search(word: str) -> Test:
    wanted = word.casefold()
    return lambda row: wanted in row["name"].casefold() or wanted in row["note"].casefold()


def _text(word: str, key: str, value: str) -> Test:
    if key == "status" and "*" not in value and value.casefold() not in list(Status):
        raise BadFilter(f"filter {word!r}: no such status; choose one of {', '.join(Status)}")
    if key in ("name", "note"):
        wanted = value.casefold()
        return lambda row: wanted in row[key].casefold()
    if key in KINDS:
        return lambda row: any(_matches(seen, value) for seen in _kind(key, row))
    return lambda row: _matches(str(row.get(key) or ""), value)


def _kind(key: str, row: Mapping[Any, Any]) -> tuple[str, str]:
    """The key of the file and the words that the tables show: `network:mlp` and `network:"fully connected"` are the same."""
    kind = str(row.get(key) or "")
    return kind, in_words(f"{key}.kind", kind)


def _number(word: str, key: str, sign: str, value: str) -> Test:
    try:
        bound = float(value)
    except ValueError:
        raise BadFilter(f"filter {word!r}: {value!r} is not a number; for example {key}<0.1") from None
    compare = _COMPARE[sign]
    return lambda row: row.get(key) is not None and compare(row[key], bound)


def _star(word: str, value: str) -> Test:
    if value.casefold() not in _YES + _NO:
        raise BadFilter(f"filter {word!r}: star is yes or no")
    wanted = value.casefold() in _YES
    return lambda row: bool(row["starred"]) == wanted


def _matches(seen: str, pattern: str) -> bool:
    return fnmatchcase(seen.casefold(), pattern.casefold().replace("[", "[[]"))


def _unquoted(text: str) -> str:
    return text.replace('"', "")


def _unknown(word: str, key: str) -> str:
    known: Collection[str] = (*TEXTS, *NUMBERS, "star", "tag")
    near = get_close_matches(key, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(known))}"
    return f"filter {word!r}: {key!r} is nothing to filter by; {hint} (quote it to search names and notes)"
