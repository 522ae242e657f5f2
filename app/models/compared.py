"""Which runs are being compared, and the colour that each keeps for ever: both live in the window's settings."""

from collections import Counter
from collections.abc import Iterable

from app.services.settings import Settings

RUNS = "compare.runs"
COLOURS = "compare.colours"
STYLES = 64
"""Colours times dashes."""
_KEPT = 5000


def compared(settings: Settings) -> list[str]:
    """Ids of the runs in Compare, in the order in which they came."""
    kept = settings.get(RUNS, [])
    return [str(run) for run in kept] if isinstance(kept, list) else []


def compare_these(settings: Settings, ids: Iterable[str]) -> None:
    """Exactly these."""
    wanted = list(dict.fromkeys(ids))
    _give_colours(settings, wanted)
    settings.set(RUNS, wanted)


def toggle(settings: Settings, ids: Iterable[str]) -> bool:
    """Add what is not there; if all are there, take them away. True: added."""
    before, wanted = compared(settings), list(ids)
    adding = any(run not in before for run in wanted)
    after = [*before, *wanted] if adding else [run for run in before if run not in wanted]
    compare_these(settings, after)
    return adding


def colour_of(settings: Settings, run_id: str) -> int:
    """The run's place among the 64 styles; the first eight are the plain colours."""
    kept = _colours(settings)
    if run_id not in kept:
        _give_colours(settings, [*compared(settings), run_id])
        kept = _colours(settings)
    return kept[run_id]


def _colours(settings: Settings) -> dict[str, int]:
    kept = settings.get(COLOURS, {})
    return {str(run): int(place) for run, place in kept.items()} if isinstance(kept, dict) else {}


def _give_colours(settings: Settings, together: list[str]) -> None:
    kept = _colours(settings)
    new = [run for run in together if run not in kept]
    for run in new:
        beside = {kept[other] for other in together if other in kept}
        kept[run] = _free(beside, Counter(kept.values()))
    if new:
        settings.set(COLOURS, dict(list(kept.items())[-_KEPT:]))


def _free(beside: set[int], used: Counter[int]) -> int:
    """A style whose colour is not beside it yet, then one that few runs have."""
    colours = {place % 8 for place in beside}
    return min(range(STYLES), key=lambda i: (i in beside, i % 8 in colours, used[i], i))
