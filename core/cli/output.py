"""What is printed: data to standard output (one JSON value with --json, else tables), talk to standard error."""

import json
import math
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from core.errors import CoreError

if TYPE_CHECKING:
    from rich.console import Console

WIDTH = 400
"""Columns where standard output is no terminal: a name is not cut in a pipe."""

_data: TextIO | None = None
_emitted = False


class Unwritable(CoreError):
    """Standard output takes nothing (closed, or a full disk behind it): there is no place for the JSON object either."""


@contextmanager
def data_only(wanted: bool) -> Iterator[None]:
    """With --json nothing but `emit` reaches standard output, whatever a library prints."""
    global _data, _emitted
    if sys.stdout is None:  # closed before the program began
        raise Unwritable("standard output is closed; leave it open, or send it to /dev/null")
    before, _data, _emitted = _data, sys.stdout, False
    try:
        if wanted:
            with redirect_stdout(sys.stderr):
                yield
        else:
            yield
    finally:
        _data = before


def emit(value: Any) -> None:
    """One JSON value on a line of its own; numbers that are not finite are null."""
    global _emitted
    _emitted = True
    with _sentences():
        stream = _data or sys.stdout
        stream.write(json.dumps(plain(value), allow_nan=False) + "\n")
        stream.flush()


@contextmanager
def _sentences() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Unwritable(
            f"standard output cannot be written ({error.strerror}); what the command did is kept, name another place for it"
        ) from None


def emitted() -> bool:
    """Whether this command has printed its JSON value (or tried to)."""
    return _emitted


def plain(value: Any) -> Any:
    """Only what JSON has."""
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "tolist"):  # numpy's arrays and numbers
        return plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[str] = ()) -> None:
    """right: heads of the columns of numbers."""
    from rich import box
    from rich.table import Table

    made = Table(title=title or None, box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
    for name in head:
        made.add_column(name, justify="right" if name in right else "left", overflow="fold")
    for row in rows:
        made.add_row(*row)
    with _sentences():
        console().print(made)


def say(text: str) -> None:
    """A line of data for people."""
    with _sentences():
        console().print(text, soft_wrap=True)


def console() -> "Console":
    """Names are printed as they are: no markup, no emoji codes."""
    from rich.console import Console

    stream = _data or sys.stdout
    width = None if stream.isatty() else WIDTH
    return Console(file=stream, markup=False, emoji=False, highlight=False, width=width)


def talk(text: str) -> None:
    """One line to standard error."""
    with suppress(OSError, ValueError):
        print(" ".join(text.split()), file=sys.stderr, flush=True)


def silence() -> None:
    """After a broken pipe: nobody reads any more, and Python must not complain at its end."""
    with suppress(OSError, ValueError):
        if sys.stdout is not None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def number(value: float | None, digits: int = 4) -> str:
    """As a person would round it; a dash where there is none."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "-"
    return f"{value:.{digits}g}"


def mean_text(entry: dict[str, Any], percent: bool = False) -> str:
    """{"mean", "half_width"} -> "0.0123 +- 0.0004"."""
    mean, half = entry["mean"], entry["half_width"]
    if mean is None or not math.isfinite(mean):
        return "-"
    scale, form = (100, ".1f") if percent else (1, ".4g")
    text = f"{mean * scale:{form}}{' %' if percent else ''}"
    return (
        text if half is None or not math.isfinite(half) else f"{text} +- {half * scale:{'.1f' if percent else '.2g'}}"
    )


def duration(seconds: float) -> str:
    """12 s, 3 min 5 s, 2 h 7 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def size(count: float) -> str:
    """Bytes as a person reads them."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024 or unit == "GiB":
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    raise AssertionError
