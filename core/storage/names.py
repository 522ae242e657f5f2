"""Ids, names and how a person may refer to a row."""

import secrets
from collections.abc import Collection, Iterable
from difflib import get_close_matches
from unicodedata import category

from core.errors import CoreError, NotFound

LONGEST = 300
_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"  # without i, l, o, u: nothing to misread


def new_id() -> str:
    """12 lower-case digits of base 32."""
    return "".join(secrets.choice(_DIGITS) for _ in range(12))


def clean_text(text: str) -> str:
    """As SQLite can store it: halves of surrogate pairs (file names in another encoding) and NUL are replaced."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\N{REPLACEMENT CHARACTER}")


def clean_name(text: str) -> str:
    """One line of at most 300 signs, without terminal commands. Raises CoreError for an empty or longer one."""
    one_line = " ".join(clean_text(text).split())
    name = "".join("\N{REPLACEMENT CHARACTER}" if category(sign) == "Cc" else sign for sign in one_line)
    if not name:
        raise CoreError("a name needs at least one sign")
    if len(name) > LONGEST:
        raise CoreError(f"a name has at most {LONGEST} signs, this one has {len(name)}; shorten it")
    return name


def distinct_name(wanted: str, taken: Collection[str], addition: str) -> str:
    """`wanted`, or where it is taken "NAME (addition)", "NAME (addition 2)", ... that is not, cut to the longest name."""
    if wanted not in taken:
        return wanted
    number = 1
    while True:
        end = f" ({addition})" if number == 1 else f" ({addition} {number})"
        found = wanted[: LONGEST - len(end)] + end
        if found not in taken:
            return found
        number += 1


def resolve(reference: str, known: Iterable[tuple[str, str]], what: str) -> str:
    """The id that `reference` means: an id, else a name, else a unique prefix of an id; known: (id, name) pairs.

    Raises NotFound, with near names or all that it could mean.
    """
    rows, wanted = list(known), clean_text(reference)
    for found in (
        [i for i, _ in rows if i == wanted],
        [i for i, name in rows if name == wanted],
        [i for i, _ in rows if wanted and i.startswith(wanted.lower())],
    ):
        if len(found) == 1:
            return found[0]
        if found:
            raise NotFound(_ambiguous(wanted, [row for row in rows if row[0] in found], what))
    raise NotFound(_unknown(wanted, [name for _, name in rows], what))


def _ambiguous(wanted: str, rows: list[tuple[str, str]], what: str) -> str:
    shown = ", ".join(f"{i} ({_short(name)})" for i, name in rows[:5]) + (", ..." if len(rows) > 5 else "")
    return f"{wanted!r} fits {len(rows)} {what}s: {shown}; give the id"


def _unknown(wanted: str, names: list[str], what: str) -> str:
    near = get_close_matches(wanted, names, n=3)
    hint = (
        f"did you mean {' or '.join(repr(_short(name)) for name in near)}?"
        if near
        else f"`headstart {what}s` lists them"
    )
    return f"no {what} {_short(wanted)!r}; {hint}"


def _short(name: str) -> str:
    return name if len(name) <= 60 else name[:57] + "..."
