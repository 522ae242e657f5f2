"""Only what differs: the settings that set experiments apart, and how a number differs from the baseline's."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from core.config.words import in_words
from core.training import remedies

ABSENT = "–"
"""Shown where an experiment does not have that setting (another kind of method, say)."""

_MISSING = object()


@dataclass(frozen=True)
class Difference:
    """One dotted key with its value in each experiment, in their order; `present` says which have the key at all."""

    key: str
    values: tuple[Any, ...]
    present: tuple[bool, ...]

    def texts(self) -> tuple[str, ...]:
        """The values in the words of the form."""
        return tuple(
            in_words(self.key, value) if there else ABSENT
            for value, there in zip(self.values, self.present, strict=True)
        )


def flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """{"inner": {"steps": 1}} -> {"inner.steps": 1}; lists stay values."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            flat |= flatten(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = value
    return flat


def differences(experiments: Sequence[Any], leave_out: Sequence[str] = ("name",)) -> list[Difference]:
    """Keys whose value is not the same everywhere, in the order of the experiment file; empty for fewer than two."""
    flats = [flatten(experiment.model_dump(mode="json")) for experiment in experiments]
    keys = dict.fromkeys(key for flat in flats for key in flat)
    rows = [_row(key, flats) for key in keys if key not in leave_out]
    return [row for row in rows if not _same(row)]


CHANGES = "engine.changes"
"""The key under which a run's plan keeps what was changed on its way."""


def changes(
    engines: Sequence[Mapping[str, Any]], say: Callable[[remedies.Change], str] = remedies.in_words
) -> Difference | None:
    """What was changed while runs trained, as half the rate after a loss that was no number: no setting of their experiments
    says so. engines: each run's stored plan; say: a change in words. None where all went alike."""
    found = [remedies.changes_of(engine) for engine in engines]
    if all(one == found[0] for one in found):  # nothing stored is nothing changed
        return None
    said = tuple("; ".join(map(say, one)) or None for one in found)
    return Difference(CHANGES, said, tuple(text is not None for text in said))


def _row(key: str, flats: Sequence[Mapping[str, Any]]) -> Difference:
    found = [flat.get(key, _MISSING) for flat in flats]
    present = tuple(value is not _MISSING for value in found)
    return Difference(key, tuple(None if value is _MISSING else value for value in found), present)


def _same(row: Difference) -> bool:
    first = (row.values[0], row.present[0]) if row.values else None
    return all((value, there) == first for value, there in zip(row.values, row.present, strict=True))


@dataclass(frozen=True)
class Delta:
    """How a number differs from the baseline's: sign -1, 0, 1; text: arrow, amount and word ("▲ 0.12 higher")."""

    amount: float
    sign: int
    text: str


def delta(value: Any, baseline: Any) -> Delta | None:
    """None where one of the two is not a finite number."""
    if not (_number(value) and _number(baseline)):
        return None
    amount = float(value) - float(baseline)
    if amount == 0:
        return Delta(0.0, 0, "= same")
    arrow, word = ("▲", "higher") if amount > 0 else ("▼", "lower")
    return Delta(amount, 1 if amount > 0 else -1, f"{arrow} {_amount(abs(amount))} {word}")


def _amount(size: float) -> str:
    """8990 -> "8,990": large numbers are not told in powers of ten."""
    return f"{size:,.0f}" if 1000 <= size < 1e15 else f"{size:.3g}"


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value)
