"""import: files that come (back) into the catalog."""

from pathlib import Path
from typing import Annotated

import typer

from .options import DataFolder, Json, Set, anchored
from .output import emit, say, talk


def add_to(app: typer.Typer) -> None:
    app.command(name="import", rich_help_panel="Use")(import_)


def import_(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="An exported .safetensors, .pt2 or .onnx file, or a plain state_dict.",
        ),
    ],
    experiment: Annotated[
        str | None,
        typer.Option(
            metavar="EXPERIMENT", help="Of a plain state_dict: a preset or .toml file with its network and tasks."
        ),
    ] = None,
    set_: Set = None,
    name: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="Its name; left out, the file's own, with (imported) where that is taken."),
    ] = None,
    data_folder: DataFolder = None,
    json: Json = False,
) -> None:
    """Take a file into the catalog as an initialization.

    What was exported is checked against its card and keeps its origin; a program's file gives back the initialization that it
    was made from. A plain state_dict becomes a starting point once names and shapes fit the experiment's network: fine-tune
    it, or start a run with --set network.start=FILE. --json: id, name, file, run, step, method, tasks, network, bytes, sha256.
    """
    from core.errors import BadExperiment
    from core.export.taking import take
    from core.storage.catalog import Catalog

    if set_ and experiment is None:
        raise BadExperiment("--set: it changes the experiment, and there is none; add --experiment")
    chosen = None
    if experiment is not None:
        from core.config import find, with_settings

        chosen = with_settings(find(experiment), anchored(set_))
    with Catalog.open(data_folder) as catalog:
        record = take(catalog, file.expanduser(), experiment=chosen, name=name, told=talk)
    fields = ("id", "name", "run", "step", "method", "tasks", "network", "bytes", "sha256")
    if json:
        return emit({**{field: getattr(record, field) for field in fields}, "file": str(record.path)})
    return say(f"initialization {record.id} ({record.name}): {record.method} on {record.tasks}, {record.path}")
