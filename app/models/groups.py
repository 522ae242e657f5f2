"""What the catalog's rows can be grouped by, and the heading that stands over each group."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from app.models import words

NO_TAG = "no tag"


@dataclass(frozen=True)
class Heading:
    """label: what its rows have in common; count: how many they are; what: "run" or "initialization"."""

    label: str
    count: int
    what: str = "run"

    @property
    def text(self) -> str:
        return f"{words.shortened(self.label, 60)}  ·  {words.counted(self.count, self.what)}"


Label = Callable[[Any], str]
Grouping = Callable[[Sequence[Any]], Label]
"""Given all records, what each is labelled with."""


def by_method(records: Sequence[Any]) -> Label:
    return lambda record: words.method(record.method)


def by_tasks(records: Sequence[Any]) -> Label:
    return lambda record: words.tasks(record.tasks)


def by_tag(records: Sequence[Any]) -> Label:
    """Rows with the same tags together; a row stands once, whatever the number of its tags."""
    return lambda record: ", ".join(sorted(record.tags, key=str.casefold)) or NO_TAG


def by_setup(records: Sequence[Any]) -> Label:
    """Runs that differ in their seed alone, under the name of the first of them."""
    from core.analysis.grouping import seed_groups

    ordered = sorted(records, key=lambda run: run.created)
    names: dict[str, str] = {}
    taken: dict[str, int] = {}
    for group in seed_groups(ordered):
        name = group[0].name
        taken[name] = taken.get(name, 0) + 1
        label = name if taken[name] == 1 else f"{name} ({taken[name]})"  # another set-up of the same name
        names |= {run.id: label for run in group}
    return lambda record: names.get(record.id, record.name)


RUNS: dict[str, tuple[str, Grouping | None]] = {
    "": ("No groups", None),
    "method": ("By method", by_method),
    "tag": ("By tag", by_tag),
    "setup": ("By set-up", by_setup),
    "tasks": ("By tasks", by_tasks),
}
INITIALIZATIONS = {key: RUNS[key] for key in ("", "method", "tag", "tasks")}


def interleaved(records: Sequence[Any], grouping: Grouping, what: str) -> list[Any]:
    """Groups by their label, the rows inside in the order given, a Heading before each."""
    label = grouping(records)
    groups: dict[str, list[Any]] = {}
    for record in records:
        groups.setdefault(label(record), []).append(record)
    found: list[Any] = []
    for name in sorted(groups, key=lambda name: (name == NO_TAG, name.casefold())):
        found += [Heading(name, len(groups[name]), what), *groups[name]]
    return found
