"""What was understood of a person's own data before it is used: the same for the command line and the window."""

from csv import writer
from dataclasses import asdict, dataclass, field, replace
from io import StringIO
from typing import Any


@dataclass(frozen=True)
class LeftOut:
    """what: the file, the row ("line 12") or the task, as a person finds it again; why: one clause."""

    what: str
    why: str


@dataclass(frozen=True)
class Group:
    """A class of pictures or a task of a table, and how many examples it has. part: train, validation or test."""

    name: str
    examples: int
    part: str | None = None


@dataclass(frozen=True)
class Column:
    """A column of a table. type: number, category, date or text; role: task, input, target or unused (suggested)."""

    name: str
    type: str
    role: str
    missing: int
    distinct: int
    note: str = ""


@dataclass(frozen=True, eq=False)
class Sample:
    """A few pictures of a class as a network will see them. pixels: uint8 [pictures, height, width, channels]."""

    name: str
    pixels: Any


MOST_SAMPLES, SAMPLES_EACH = 6, 6
"""Classes of which a preview shows pictures, and how many of each."""


@dataclass(frozen=True)
class Inspection:
    """kind: of tasks (images, table, omniglot, ...); title: the layout by name; sentence: all of it in one sentence;
    facts: (label, value) pairs for people; settings: experiment keys that would use it ("tasks.ways": 5);
    problems: why it cannot be used as it is, each with what to change (empty: it can); notes: what else to know; samples: of
    pictures, some of the first classes, to look at (no part of `plain`)."""

    kind: str
    path: str
    title: str
    sentence: str
    facts: tuple[tuple[str, str], ...] = ()
    groups: tuple[Group, ...] = ()
    columns: tuple[Column, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    samples: tuple[Sample, ...] = ()

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        found = asdict(replace(self, samples=()))
        del found["samples"]
        return found | {"usable": self.usable}

    @property
    def groups_are(self) -> str:
        """ "classes" of pictures, or "tasks": of a table, or where pictures come in tasks."""
        return "tasks" if self.columns or self.kind == "rainbow-mnist" else "classes"

    @property
    def usable(self) -> bool:
        return not self.problems


def left_out_csv(found: Inspection) -> str:
    """The table of what is left out, with a header: what, why."""
    text = StringIO()
    rows = writer(text, lineterminator="\n")
    rows.writerow(("what", "why"))
    rows.writerows((one.what, one.why) for one in found.left_out)
    return text.getvalue()
