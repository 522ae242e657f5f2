"""Settings and results of the compared runs, one value a run or seed group, as the scatter and the parallel axes need them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.forms.titles import title_of
from core.analysis.diff import differences
from core.analysis.traits import (
    RESULTS,
    Span,
    Trait,
    result,
    result_keys,
    result_trait,
    setting_keys,
    setting_trait,
    spread,
)

from .data import RunData, group_name, grouped


@dataclass(frozen=True)
class Member:
    """A run, or a seed group that is drawn as one."""

    name: str
    runs: tuple[RunData, ...]

    @property
    def style(self) -> int:
        return self.runs[0].style

    @property
    def key(self) -> str:
        return self.runs[0].record.id


def members(runs: Sequence[RunData], band: str | None) -> list[Member]:
    return [Member(group_name(group), tuple(group)) for group in grouped(runs, band)]


def settings(those: Sequence[Member]) -> list[str]:
    """Keys of the settings that differ first; the seed is none where seeds are grouped."""
    keys = setting_keys([member.runs[0].record for member in those])
    seeds = any(len(member.runs) > 1 for member in those)
    return [key for key in keys if key != "seed"] if seeds else keys


def differing(those: Sequence[Member]) -> list[str]:
    """Keys of the settings that are not the same everywhere."""
    found = [row.key for row in differences([member.runs[0].record.experiment for member in those])]
    return [key for key in found if key in settings(those)]


def telling(those: Sequence[Member]) -> list[str]:
    """Those of them that all runs have, the seed last: what an axis of its own tells most about."""
    found = [row for row in differences([member.runs[0].record.experiment for member in those]) if all(row.present)]
    keys = [row.key for row in found if row.key in settings(those)]
    return sorted(keys, key=lambda key: key == "seed")


def results(those: Sequence[Member]) -> list[str]:
    """Keys of RESULTS that are known of any."""
    runs = [run for member in those for run in member.runs]
    return result_keys([run.record for run in runs], [run.evaluation for run in runs])


def setting(those: Sequence[Member], key: str) -> Trait:
    return setting_trait([member.runs[0].record for member in those], key)


def spans(those: Sequence[Member], key: str, band: str | None) -> list[Span]:
    """A result with its band over seeds; a run by itself has none."""
    return [
        spread([result(key, run.record, run.evaluation) for run in member.runs], band or "interval") for member in those
    ]


def axis(those: Sequence[Member], key: str, band: str | None) -> Trait:
    """Any setting, or any result (a key of RESULTS) as the mean over the group."""
    if key in RESULTS:
        return result_trait(key, [span.mean for span in spans(those, key, band)])
    return setting(those, key)


def title(key: str) -> str:
    """Of a setting or a result, in words."""
    return RESULTS.get(key) or title_of(key)


def skewed(values: np.ndarray) -> bool:
    """Whether a logarithmic axis tells them apart better: all positive, over more than a decade."""
    finite = values[np.isfinite(values)]
    return len(finite) > 1 and finite.min() > 0 and finite.max() > 10 * finite.min()
