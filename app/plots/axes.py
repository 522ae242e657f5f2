"""Axes with few ticks, in words: thousands with commas, seconds as minutes, decades where the data are logarithms."""

import itertools
import math
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QRectF
from typing_extensions import override

from app.widgets.words import duration, minus, powers

_NAME_ROOM, _LINE_ROOM = 56, 15  # pixels of a name beside another, below another
_LONGEST_NAME = 20
_ROOM = 34  # pixels of the numbers beside an upright axis
_OUT = 32  # pixels that a label may stand out at the ends of its axis


class Axis(pg.AxisItem):
    """kind: "number", "bare" (no commas: it may be a year), "time" (seconds), "whole", or "names" (places 0, 1, ... have
    the `names`; as many are written as there is room for); log: the data are log10 of what is meant."""

    def __init__(self, orientation: str, kind: str = "number") -> None:
        super().__init__(orientation)
        self.kind = kind
        self.names: tuple[str, ...] = ()
        self.log = False
        self.last = math.inf
        """Right end of the data: what lies beyond is room for names, not for ticks."""
        self.enableAutoSIPrefix(False)
        self.setStyle(maxTickLevel=0, tickLength=0, tickTextOffset=6, autoReduceTextSpace=False)
        self.setStyle(
            hideOverlappingLabels=_OUT
        )  # else the first label goes, and with it the 0, where half of it stands out
        self.textWidth = _ROOM  # the same for short and long numbers: the plot must not move while they change
        self.setTickDensity(0.7)

    def give_room_back(self) -> None:
        """Forget how long numbers have been: where other data come, which may move the plot."""
        self.textWidth = _ROOM
        self._updateWidth()

    @override
    def boundingRect(self) -> QRectF:
        """Also where grid lines make pyqtgraph forget that labels may stand out."""
        out = _OUT / 4 if self.orientation == "left" else 0
        return super().boundingRect().adjusted(0, -out, 0, out)

    @override
    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float | None, list[float]]]:
        low, high = sorted((minVal, maxVal))
        return [
            (spacing, [tick for tick in ticks if tick <= self.last + 1e-9 * abs(self.last)])
            for spacing, ticks in self._ticks(low, high, size)
        ]

    def _ticks(self, low: float, high: float, size: float) -> list[tuple[float | None, list[float]]]:
        if self.log:
            return [(None, log_ticks(low, high))]
        if self.kind == "names":
            room = _NAME_ROOM if self.orientation == "bottom" else _LINE_ROOM
            longest = max((len(line) for name in self.names for line in name.split("\n")), default=1)
            room = min(room, 8 * longest + 8) if self.orientation == "bottom" else room
            return [(1, self._named_places(low, high, room * (high - low) / max(1.0, size)))]
        found = super().tickValues(low, high, size)[:1]
        if self.kind == "whole":
            step = whole_step(high - low, size / 44)
            ticks = range(math.ceil(low / step) * step, math.floor(high) + 1, step)
            return [(step, [float(tick) for tick in ticks])]
        if self.kind == "time":
            step = time_step(high - low)
            first = math.ceil(low / step)
            return [(step, [step * i for i in range(first, math.floor(high / step) + 1)])]
        return found

    def _named_places(self, low: float, high: float, apart: float) -> list[float]:
        """Places with a name, each at least so far from the one before."""
        found: list[float] = []
        for at, name in enumerate(self.names):
            if name and low <= at <= high and (not found or at - found[-1] >= apart):
                found.append(float(at))
        return found

    @override
    def tickStrings(self, values: Any, scale: float, spacing: float | None) -> list[str]:
        if self.kind == "names":
            return ["\n".join(map(shortened, self.names[round(value)].split("\n"))) for value in values]
        if self.log:
            return [plain(10**value, 0.0) for value in values]
        if self.kind == "time":
            return [short_time(value) for value in values]
        words = [plain(value, spacing or 0.0) for value in values]
        return [word.replace(",", "") for word in words] if self.kind == "bare" else words


def shortened(name: str) -> str:
    """A long name cut in the middle: beginnings and ends tell layers apart."""
    half = _LONGEST_NAME // 2 - 1
    return name if len(name) <= _LONGEST_NAME else f"{name[:half]}…{name[-half:]}"


def log_ticks(low: float, high: float) -> list[float]:
    """Decades; with 2 and 5 between them where that leaves few. low, high: log10."""
    if not (math.isfinite(low) and math.isfinite(high)) or high - low > 60:
        return []
    first, last = math.floor(low), math.ceil(high)
    every = max(1, math.ceil((last - first) / 8))
    factors = (1, 2, 5) if high - low < 2.2 else (1,)
    ticks = [decade + math.log10(factor) for decade in range(first, last + 1, every) for factor in factors]
    return [tick for tick in ticks if low <= tick <= high]


def whole_step(span: float, most: float) -> int:
    """1, 2, 5, 10, 20, ...: the smallest that gives at most so many ticks."""
    steps = (digit * 10**power for power in itertools.count() for digit in (1, 2, 5))
    return next(step for step in steps if span / step <= max(2.0, most))


def time_step(span: float) -> float:
    """Seconds between ticks: a round number of seconds, minutes or hours."""
    rough = max(span, 1e-9) / 5
    for step in (0.1, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 43200, 86400):
        if step >= rough:
            return step
    return 86400 * math.ceil(rough / 86400)


def short_time(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:g} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min" if whole % 60 == 0 else f"{whole // 60}:{whole % 60:02d}"
    return duration(whole)


def plain(value: float, spacing: float) -> str:
    """As few digits as the spacing of the ticks needs."""
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 1e6 or size < 1e-4:
        return powers(minus(f"{value:.3g}"))
    decimals = max(0, -math.floor(math.log10(spacing) + 1e-9)) if spacing else max(0, 1 - math.floor(math.log10(size)))
    text = minus(f"{value:,.{min(decimals, 6)}f}")
    return text.rstrip("0").rstrip(".") if "." in text and not spacing else text
