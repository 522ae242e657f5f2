"""Between what a person types and plain values, and one sentence for what cannot be used; no Qt."""

import csv
import math
import re
from pathlib import Path
from typing import Any

from .spec import FieldSpec, Sort, plain

NOTHING = "nothing"
"""What an empty list is written as where an empty text already means something else."""


def to_text(spec: FieldSpec, value: Any) -> str:
    """What the field shows for a value; a value that could not be read is shown as it was typed."""
    value = plain(value)
    if value is None:
        return ""
    if value in spec.options:
        return spec.said[spec.options.index(value)]
    if value == [] and spec.sort is Sort.TEXTS and spec.optional:
        return NOTHING
    if isinstance(value, list) and spec.holds == "names":
        return ", ".join(_quoted(str(item)) for item in value)
    if isinstance(value, list):
        return ", ".join(_number_text(item) for item in value)
    return _number_text(value)


def from_text(spec: FieldSpec, text: str) -> Any:
    """The plain value of a text; the text itself where it cannot be read, so that nothing typed is lost."""
    text = text.strip()
    if not text and spec.optional:
        return None
    readers = {
        Sort.WHOLE: _whole,
        Sort.NUMBER: _number,
        Sort.WHOLES: lambda t: _items(t, _whole),
        Sort.RANGE: lambda t: _items(t, _number),
        Sort.TEXTS: _names
        if spec.holds == "names"
        else lambda t: [p for p in re.split(r"[,\s]+", t) if p and p != NOTHING],
    }
    reader = readers.get(spec.sort)
    return reader(text) if reader else text


def complaint(spec: FieldSpec, value: Any) -> str:
    """One sentence on why the value cannot be used; empty where it can."""
    value = plain(value)
    if value is None:
        return "" if spec.optional else f"{spec.title} needs a value; {_allowed(spec)}."
    checks = {
        Sort.SWITCH: _check_switch,
        Sort.CHOICE: _check_choice,
        Sort.WHOLE: _check_number,
        Sort.NUMBER: _check_number,
        Sort.WHOLES: _check_wholes,
        Sort.RANGE: _check_range,
        Sort.PATH: _check_path,
        Sort.TEXT: _check_text,
        Sort.TEXTS: _check_texts,
    }
    return checks[spec.sort](spec, value)


def _allowed(spec: FieldSpec) -> str:
    """ "it must be a whole number from 1 to 1,000", with an example where a form is not obvious."""
    if spec.sort is Sort.WHOLES:
        return "it must be whole numbers from 1, like 40, 40"
    if spec.sort is Sort.RANGE:
        return "it must be two numbers, like 0.005, 0.1"
    noun = "a whole number" if spec.sort is Sort.WHOLE else "a number"
    example = "" if spec.sort is Sort.WHOLE else ", like 0.01 or 1e-3"
    return f"it must be {noun}{_bounds(spec)}{example}"


def _bounds(spec: FieldSpec) -> str:
    low, high = (None if bound is None else _count(bound) for bound in (spec.low, spec.high))
    if low and high and not spec.low_open and not spec.high_open:
        return f" from {low} to {high}"
    parts = []
    if low:
        parts.append(f"above {low}" if spec.low_open else f"of at least {low}")
    if high:
        parts.append(f"below {high}" if spec.high_open else f"at most {high}")
    return " " + " and ".join(parts) if parts else ""


def _check_switch(spec: FieldSpec, value: Any) -> str:
    return "" if isinstance(value, bool) else f"{spec.title} is on or off (true or false), but is {_short(value)}."


def _check_choice(spec: FieldSpec, value: Any) -> str:
    if value in spec.options:
        return ""
    options = ", ".join(spec.said)
    return f"{spec.title} is {_short(value)}, which is not known; choose one of {options}."


def _check_number(spec: FieldSpec, value: Any) -> str:
    whole = spec.sort is Sort.WHOLE
    numeric = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
    if not numeric or not math.isfinite(value):
        found = "empty" if value == "" else _short(value)
        return f"{spec.title} is {found}; {_allowed(spec)}."
    low, high = spec.low, spec.high
    too_low = low is not None and (value <= low if spec.low_open else value < low)
    too_high = high is not None and (value >= high if spec.high_open else value > high)
    return f"{spec.title} is {_cut(_number_text(value))}; {_allowed(spec)}." if too_low or too_high else ""


def _check_wholes(spec: FieldSpec, value: Any) -> str:
    items = value if isinstance(value, list) else [value]
    if any(not isinstance(item, int) or isinstance(item, bool) or item < 1 for item in items):
        return f"{spec.title} is {_short(to_text(spec, value) or 'empty')}; {_allowed(spec)}."
    if spec.longest is not None and len(items) > spec.longest:
        return f"{spec.title} has {len(items)} entries; at most {spec.longest} are allowed."
    return ""


def _check_range(spec: FieldSpec, value: Any) -> str:
    numbers = isinstance(value, list) and len(value) == 2 and all(isinstance(item, int | float) for item in value)
    if not numbers:
        return f"{spec.title} is {_short(to_text(spec, value))}; {_allowed(spec)}."
    return "" if value[0] <= value[1] else f"{spec.title} starts above its end; write the lower number first."


def _check_path(spec: FieldSpec, value: Any) -> str:
    try:
        there = Path(str(value)).expanduser().exists()
    except (OSError, ValueError):
        there = False
    return "" if there else f"There is nothing at {_middle(str(value))}; choose a folder or file that exists."


def _check_text(spec: FieldSpec, value: Any) -> str:
    if not isinstance(value, str):
        return f"{spec.title} must be text, but is {_short(value)}."
    if spec.longest is not None and len(value) > spec.longest:
        return f"{spec.title} has {len(value)} characters; at most {spec.longest} are allowed."
    return ""


def _check_texts(spec: FieldSpec, value: Any) -> str:
    items = value if isinstance(value, list) else [value]
    odd = next((item for item in items if not isinstance(item, str)), None)
    return "" if odd is None else f"{spec.title} must be words, but holds {_short(odd)}."


def _names(text: str) -> list[str]:
    """Commas part names; one that holds a comma stands in quotation marks."""
    parts = next(csv.reader([text], skipinitialspace=True), [])
    return [part.strip() for part in parts if part.strip()]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"' if "," in name or '"' in name else name


def _whole(text: str) -> Any:
    digits = text.replace("_", "").replace("\u202f", "").replace(" ", "")
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+", digits):
        digits = digits.replace(",", "")
    try:
        return int(digits)
    except ValueError:
        pass
    try:
        number = float(digits)
    except ValueError:
        return text
    exact = math.isfinite(number) and number == int(number) and abs(number) < 1e15
    return int(number) if exact else text


def _number(text: str) -> Any:
    try:
        return float(text.replace("_", ""))
    except ValueError:
        return text


def _items(text: str, reader: Any) -> Any:
    parts = [part for part in re.split(r"[,;\s]+", text.strip("[]() ")) if part]
    return [reader(part) for part in parts]


def _number_text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, float):
        return str(value)
    if not math.isfinite(value):
        return str(value)
    return repr(value) if value != int(value) or abs(value) >= 1e15 else f"{value:.1f}".removesuffix(".0")


def _count(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else _number_text(value)


def _short(value: Any) -> str:
    return _cut(f"\u201c{value}\u201d" if isinstance(value, str) else str(value))


def _cut(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "…"


def _middle(text: str, most: int = 80) -> str:
    """The two ends of a long path."""
    return text if len(text) <= most else f"{text[: most // 2 - 1]}…{text[-most // 2 :]}"
