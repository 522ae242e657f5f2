"""The catalog's actions: what each is called, when it can be done, what it does with the selection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtWidgets import QWidget

from app.actions import Action, Known
from app.workspace import Workspace
from core.storage.records import InitializationRecord, RunRecord, Status

if TYPE_CHECKING:
    from .deeds import Deeds

Record = RunRecord | InitializationRecord


@dataclass(frozen=True)
class Selection:
    """What is selected, of what ("run" or "initialization"), and whether it lies in the trash. busy: ids of the run
    that trains now and of those that wait for their turn."""

    records: tuple[Any, ...]
    what: str
    in_trash: bool
    busy: frozenset[str] = frozenset()

    @property
    def there(self) -> bool:
        return bool(self.records) and not self.in_trash

    @property
    def one(self) -> bool:
        return len(self.records) == 1 and not self.in_trash

    @property
    def runs(self) -> bool:
        return self.there and self.what == "run"

    @property
    def one_run(self) -> bool:
        return self.one and self.what == "run"

    @property
    def trashed(self) -> bool:
        return bool(self.records) and self.in_trash

    @property
    def resumable(self) -> list[RunRecord]:
        """The runs that can go on, or that an earlier session left queued; none in the trash."""
        runs = [r for r in self.records if isinstance(r, RunRecord) and not self.in_trash and r.id not in self.busy]
        return [run for run in runs if run.status.resumable or run.status is Status.QUEUED]

    @property
    def learned(self) -> str:
        """What Try it opens: the initialization, or that of a run which has left one; "" where there is none."""
        if not self.one:
            return ""
        record = self.records[0]
        if isinstance(record, InitializationRecord):
            return record.id if record.present else ""
        return f"run:{record.id}" if record.status in (Status.FINISHED, Status.STOPPED) else ""

    @property
    def origin(self) -> str | None:
        """Id of the run whose settings can be taken."""
        if not self.one:
            return None
        record = self.records[0]
        return record.run if isinstance(record, InitializationRecord) else record.id


Test = Callable[[Selection], Any]
Deed = Callable[[Selection], Any]


@dataclass(frozen=True)
class Act:
    """key: id without "catalog."; can: whether the selection allows it; do: what it does; fresh: whether it needs no selection."""

    key: str
    title: str
    hint: str
    can: Test
    do: Deed
    shortcut: str = ""
    icon: str = ""
    fresh: bool = False

    @property
    def known(self) -> Known:
        return Known("catalog", "Catalog", self.key, self.title, self.shortcut, self.hint, self.icon, fresh=self.fresh)


def acts(deeds: Deeds, open_it: Deed, rename: Deed, export_rows: Deed) -> tuple[Act, ...]:
    """The three are the page's own: they need its tables."""
    return (
        Act("open", "Open", "Show the selected row's own page.", lambda s: s.one, open_it),
        Act(
            "compare", "Compare", "Compare these runs and no others.", lambda s: s.runs,
            lambda s: deeds.compare(s.records), icon="compare",
        ),
        Act(
            "try", "Try it", "A new task, step by step, beside other starts.", lambda s: s.learned,
            lambda s: deeds.try_it(s.learned), icon="play",
        ),
        Act(
            "toggle_compare", "Add to Compare or take out", "Adds to what is compared already.", lambda s: s.runs,
            lambda s: deeds.toggle_compare(s.records), "Space",
        ),
        Act(
            "duplicate", "Duplicate to Set up", "Set up another run with these settings.", lambda s: s.origin,
            lambda s: deeds.duplicate(s.origin), icon="copy",
        ),
        Act(
            "resume", "Resume", "Go on from the last checkpoint.", lambda s: s.resumable,
            lambda s: deeds.resume(s.resumable), icon="play",
        ),
        Act("rename", "Rename", "Rename in the table.", lambda s: s.one, rename, "F2"),
        Act(
            "star", "Star or remove star", "Mark the selected rows.", lambda s: s.there,
            lambda s: deeds.star(s.records), "S", "star",
        ),
        Act(
            "tags", "Add tags…", "Add tags to all selected rows.", lambda s: s.there,
            lambda s: deeds.add_tags(s.records), "T",
        ),
        Act(
            "export_experiment", "Export experiment file…", "The .toml file that repeats the run.",
            lambda s: s.one_run, lambda s: deeds.export_experiment(s.records[0]),
        ),
        Act(
            "losses", "View outer loss as table", "The points of the small line in the table.", lambda s: s.runs,
            lambda s: deeds.show_losses(s.records), icon="table",
        ),
        Act(
            "export_series", "Export series…", "Losses by outer and inner step as CSV or Parquet, the settings beside.",
            lambda s: s.one_run, lambda s: deeds.export_series(s.records[0]),
        ),
        Act(
            "export_events", "Export for TensorBoard…", "A new folder of event files.",
            lambda s: s.one_run, lambda s: deeds.export_events(s.records[0]),
        ),
        Act(
            "import_file", "Import a file…", "An exported initialization or program comes back into the catalog.",
            lambda s: True, lambda s: deeds.import_file(), icon="import", fresh=True,
        ),
        Act(
            "export_figure", "Export figure…", "Outer loss and adaptation as PDF, SVG or PNG.", lambda s: s.runs,
            lambda s: deeds.export_figure(s.records),
        ),
        Act(
            "export_file", "Export initialization…", "As .safetensors or .pt, or as a program that adapts and predicts.",
            lambda s: s.one and s.what == "initialization", lambda s: deeds.export_file(s.records[0].id), icon="export",
        ),
        Act(
            "export_rows", "Export table…", "The selected rows as CSV, Markdown or LaTeX.", lambda s: s.there,
            export_rows,
        ),
        Act(
            "trash", "Move to trash", "Can be undone, and restored from the trash.", lambda s: s.there,
            lambda s: deeds.trash(s.records, s.what), "Del", "trash",
        ),
        Act(
            "restore", "Restore", "Bring the selected rows back.", lambda s: s.trashed,
            lambda s: deeds.restore(s.records, s.what), icon="undo",
        ),
        Act(
            "purge", "Delete for good…", "Deletes rows and files; asks first.", lambda s: s.trashed,
            lambda s: deeds.purge(s.records, s.what), "Shift+Del", "trash",
        ),
    )  # fmt: skip


def register(
    workspace: Workspace, made: tuple[Act, ...], selection: Callable[[], Selection], scope: QWidget
) -> dict[str, Action]:
    """The window's actions by key; shortcuts count inside `scope`."""
    return {act.key: _registered(workspace, act, selection, scope) for act in made}


def _registered(workspace: Workspace, act: Act, selection: Callable[[], Selection], scope: QWidget) -> Action:
    return workspace.actions.bind(act.known, lambda: act.do(selection()), lambda: bool(act.can(selection())), scope)


def _of_nothing(_selection: Selection) -> None:
    """In the place of what a page does, where there is none."""


KNOWN = tuple(act.known for act in acts(cast("Deeds", None), _of_nothing, _of_nothing, _of_nothing))
"""As the palette and Help know them before the page is built."""
