"""Numbers and times as a person would say them."""

import math
from datetime import datetime

_SECONDS_COUNT = 600.0
"""From here on an estimate is told in minutes."""
_LARGEST = 1e9
"""From here on a number is told in powers of ten."""


def capital(text: str) -> str:
    """Capital first, the rest as it is."""
    return text[:1].upper() + text[1:]


def small(text: str) -> str:
    """As the words beside an axis begin; an abbreviation stays as it is."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def sentence(text: str, *, capitals: bool = True) -> str:
    """Capital first, full stop last. capitals: not where it begins with what is written as it is, as a file's name."""
    text = text.strip()
    text = capital(text) if capitals else text
    return text if text.endswith((".", "!", "?")) else text + "."


def number(value: float | None, digits: int = 3) -> str:
    """Three significant digits; "–" where there is none."""
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    size = abs(value)
    if size >= _LARGEST or 0 < size < 1e-4:
        return powers(minus(f"{value:.{digits - 1}e}"))
    if size == int(size):
        return minus(f"{value:,.0f}")
    return minus(f"{value:,.{_decimals(size, digits)}f}")


def _decimals(size: float, digits: int) -> int:
    """Decimals with which this has so many digits once it is rounded: 0.9996 is 1.00."""
    rounded = float(f"{size:.{digits - 1}e}")
    return max(0, digits - 1 - math.floor(math.log10(rounded))) if rounded else 0


def minus(text: str) -> str:
    """With the sign that is as wide as a plus, as in print."""
    return text.replace("-", "\N{MINUS SIGN}")


def powers(text: str) -> str:
    """ "2.26e+29" -> "2.26×10²⁹", "1e+6" -> "10⁶", as in print."""
    number, e, exponent = text.partition("e")
    factor = "" if number == "1" else f"{number}×"
    return f"{factor}10{exponent.lstrip('+0').replace(_MINUS + '0', _MINUS).translate(_RAISED)}" if e else text


_MINUS = "\N{MINUS SIGN}"
_RAISED = str.maketrans(f"0123456789{_MINUS}", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def rate(per_second: float | None) -> str:
    """280 / s."""
    return "–" if per_second is None else f"{number(per_second)} / s"


def duration(seconds: float | None) -> str:
    """45 s, 3 min 20 s, 2 h 05 min, 3 d 4 h."""
    if seconds is None or not math.isfinite(seconds):
        return "–"
    whole = max(0, round(seconds))
    if whole == 0 < seconds:
        return "< 1 s"
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"


def estimate(seconds: float) -> str:
    """≈ 18 s, ≈ 35 min: no digits that an estimate does not have."""
    return f"≈ {duration(seconds if seconds < _SECONDS_COUNT else 60 * round(seconds / 60)).removesuffix(' 00 s')}"


def step_time(seconds: float) -> str:
    """2.00 ms, 1.55 ms, 1.20 s: how long one of many takes, in digits that can be held against another's."""
    count, unit = (seconds, "s") if seconds >= 1 else (1000 * seconds, "ms")
    return f"{count:,.{_decimals(count, 3)}f} {unit}"


def size(count: float) -> str:
    """Bytes in decimal units."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 100 else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def when(moment: datetime | None, now: datetime | None = None) -> str:
    """Today 14:05, yesterday 09:10, 3 Mar 14:05, 3 Mar 2024."""
    if moment is None:
        return "–"
    local = moment.astimezone() if moment.tzinfo else moment
    today = now or datetime.now(local.tzinfo)
    days = (today.date() - local.date()).days
    if days == 0:
        return f"today {local:%H:%M}"
    if days == 1:
        return f"yesterday {local:%H:%M}"
    if local.year == today.year:
        return f"{local.day} {local:%b %H:%M}"
    return f"{local.day} {local:%b %Y}"


def percent(share: float | None) -> str:
    return "–" if share is None or math.isnan(share) else f"{100 * share:.0f} %"
