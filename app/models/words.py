"""What the catalog's numbers are called; durations, sizes and dates come from the widgets' own words."""

from datetime import datetime
from math import floor, isfinite, log10
from typing import Any

from app.widgets import words
from app.widgets.status import word
from app.widgets.words import duration, when
from core.config.words import in_words

__all__ = [
    "NOTHING", "accuracy", "count", "counted", "date", "duration", "engine_word", "method",
    "network", "number", "plus_minus", "result", "shortened", "size", "status", "steps", "tasks", "when",
]  # fmt: skip

NOTHING = "–"
_ENGINE = {"mode": "plan"}
"""Where a stored plan calls a setting by another name."""


def number(value: float | None) -> str:
    """A loss: three significant digits; says so where it is not finite."""
    return "not finite" if value is not None and not isfinite(value) else words.number(value)


def size(count: int | None) -> str:
    """Bytes; a dash where there are none."""
    return words.size(count) if count else NOTHING


def count(number: int) -> str:
    """12345 -> "12,345"."""
    return f"{number:,}"


def counted(number: int, one: str, many: str = "") -> str:
    """1 -> "1 run", 2 -> "2 runs"."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def accuracy(share: float | None) -> str:
    """0.987 -> "98.7 %"."""
    return NOTHING if share is None or not isfinite(share) else f"{100 * share:.1f} %"


def result(loss: float | None, share: float | None) -> str:
    """What counts for the run: the accuracy where there is one, else the loss."""
    return number(loss) if share is None else accuracy(share)


def plus_minus(mean: float, half: float, *, signed: bool = False, unit: str = "") -> str:
    """ "0.999 ± 0.060": two digits of the half-width, and as many decimals for the mean. Without a finite half-width
    (one task alone has none) the mean stands by itself."""
    if not isfinite(mean):
        return NOTHING if mean != mean else number(mean)
    sign = "+" if signed and mean > 0 else ""
    tail = f" {unit}" if unit else ""
    if not isfinite(half):
        return f"{sign}{number(mean)}{tail}"
    scale = half if half > 0 else abs(mean) / 100
    decimals = max(0, min(6, 1 - floor(log10(scale)))) if scale > 0 else 0
    return f"{sign}{mean:.{decimals}f} ± {half:.{decimals}f}{tail}".replace("-", "−")


def steps(done: int, total: int) -> str:
    """ "1,000 of 5,000", or only the total once all is done."""
    return count(done) if done >= total else f"{count(done)} of {count(total)}"


def date(moment: datetime | None) -> str:
    """2026-03-04 15:06, in local time."""
    return NOTHING if moment is None else f"{moment.astimezone():%Y-%m-%d %H:%M}"


def status(value: Any) -> str:
    return word(str(value))


def method(kind: str) -> str:
    """As the papers write it."""
    return in_words("method.kind", kind)


def tasks(kind: str) -> str:
    """ "sinusoid" -> "Sinusoid"."""
    return in_words("tasks.kind", kind)


def network(kind: str) -> str:
    """ "mlp" -> "Fully connected"."""
    return in_words("network.kind", kind)


def engine_word(part: str, value: Any) -> str:
    """A part of a run's stored plan, as the engine's setting of that name says it: "channels_last" -> "channels last"."""
    return in_words(f"engine.{_ENGINE.get(part, part)}", value).replace("_", " ")


def shortened(text: str, most: int = 60) -> str:
    """One line; the middle of a long text is left out, because names differ at their ends."""
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    tail = most // 3
    return f"{line[: most - tail - 1].rstrip()}…{line[-tail:].lstrip()}"
