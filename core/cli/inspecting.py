"""inspect: what would be understood of a person's own data, before any of it is used."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.errors import CoreError

from .failures import INPUT, refuse
from .options import DataFolder, Json, Set
from .output import emit, say, table

if TYPE_CHECKING:
    from core.data.inspection import Inspection

SHOWN = 20
"""Rows of a table for people; --json has them all."""


def add_to(app: typer.Typer) -> None:
    app.command("inspect", rich_help_panel="Look")(inspect)


def inspect(
    path: Annotated[
        Path,
        typer.Argument(metavar="PATH", help="A folder or archive of pictures, a folder for each class; or a table."),
    ],
    set_: Set = None,
    left_out: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="Save the table of what is left out, and why.")
    ] = None,
    data_folder: DataFolder = None,
    json: Json = False,
) -> int:
    """Show what would be understood of pictures or a table: classes or columns, counts, splits, what is left out and why.

    --set tasks.ways=10 (any key of tasks.images or tasks.table) shows it with that setting. Nothing is changed; decoded
    pictures are kept in the data folder for the run. --json: kind, path, title, sentence, facts [[label, value]], groups
    [{name, examples, part}] (classes, or tasks of a table), columns [{name, type, role, missing, distinct, note}], left_out
    [{what, why}], settings {key: value} (what a run would use), problems [sentences], notes [sentences], usable,
    left_out_file. Exit code 2 where it cannot be used as it is.
    """
    from core.data.inspect import inspect as look
    from core.storage.folders import default_folder

    from .progress import teller

    options = _options(path, set_ or [])
    if left_out is not None and left_out.suffix.lower() != ".csv":
        raise CoreError(f"--left-out: {left_out.name} does not end in .csv; name it so")
    with teller() as told:
        found = look(path, data_folder=default_folder(data_folder), progress=told.share, **options)
    if left_out is not None:
        _save(left_out.expanduser(), found)
    values = {**found.plain(), "left_out_file": left_out and str(left_out)}
    if not json:
        _tell(found)
    if found.problems:
        return refuse("; ".join(found.problems), INPUT, json, values)
    if json:
        emit(values)
    return 0


def _options(path: Path, settings: list[str]) -> dict[str, Any]:
    """The settings of the kind that `path` is, checked, without "tasks."."""
    from core.config import Experiment, kinds, with_settings
    from core.data.inspect import kind_of
    from core.errors import BadExperiment

    foreign = [text for text in settings if not text.strip().startswith("tasks.")]
    if foreign:
        raise BadExperiment(f"--set {foreign[0]}: inspect takes keys of tasks alone, such as tasks.ways=5")
    kind = kind_of(path)
    if kind not in kinds("tasks") or not settings:
        return {}
    made = with_settings(Experiment(), [f"tasks.kind={kind}", *settings]).tasks
    if made.kind != kind:
        raise BadExperiment(f"--set tasks.kind={made.kind}: {path} is of the kind {kind}; leave tasks.kind out")
    named = {text.partition("=")[0].strip().removeprefix("tasks.") for text in settings} - {"kind", "path"}
    return {name: getattr(made, name) for name in sorted(named)}


def _save(path: Path, found: "Inspection") -> None:
    from core.data.inspection import left_out_csv
    from core.storage.files import atomic_write

    atomic_write(path, left_out_csv(found).encode())


def _tell(found: "Inspection") -> None:
    say(found.sentence)
    if found.facts:
        table("", ["", ""], [list(fact) for fact in found.facts])
    if found.columns:
        heads = ["column", "type", "role", "missing", "distinct", ""]
        rows = [[c.name, c.type, c.role, f"{c.missing:,}", f"{c.distinct:,}", c.note] for c in found.columns]
        _table("columns", heads, rows, right=["missing", "distinct"])
    if found.groups:
        rows = [[group.name, f"{group.examples:,}", group.part or ""] for group in found.groups]
        _table(
            found.groups_are,
            ["name", "examples", "part"],
            rows,
            right=["examples"],
        )
    if found.left_out:
        _table("left out", ["what", "why"], [[one.what, one.why] for one in found.left_out])
    for note in found.notes:
        say(f"note: {note}")
    if found.settings and found.usable:
        say(f"headstart run {_preset(found.kind)} " + " ".join(f"--set {_quoted(k, v)}" for k, v in _wanted(found)))


def _wanted(found: "Inspection") -> list[tuple[str, Any]]:
    return [(key, value) for key, value in found.settings.items() if key != "tasks.kind" and value is not None]


def _preset(kind: str) -> str:
    return {"images": "maml-images", "table": "maml-table"}.get(kind, f"{kind}-maml")


def _quoted(key: str, value: Any) -> str:
    import json
    import shlex

    from .output import plain

    value = plain(value)
    return shlex.quote(f"{key}={value if isinstance(value, str) else json.dumps(value)}")


def _table(title: str, heads: list[str], rows: list[list[str]], right: list[str] = []) -> None:  # noqa: B006 - read only
    table(title, heads, rows[:SHOWN], right=right)
    if len(rows) > SHOWN:
        say(
            f"... and {len(rows) - SHOWN:,} more; --json has all{' (--left-out FILE.csv)' if title == 'left out' else ''}"
        )
