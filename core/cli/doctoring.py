"""doctor: what is here, what is missing, and what to do about it. Works without torch."""

from pathlib import Path
from typing import Annotated

import typer

from .options import DataFolder, Json
from .output import emit, say, size, table

SHOWN = 10  # of the plans, the latest


Rescue = Annotated[bool, typer.Option("--rescue", help="Save what can be read of a damaged catalog; its file is kept.")]


def add_to(app: typer.Typer) -> None:
    app.command(rich_help_panel="Look")(doctor)


def doctor(data_folder: DataFolder = None, rescue: Rescue = False, json: Json = False) -> int:
    """Check versions, device, engine, data folder and catalog.

    --rescue: first save what can be read of a damaged catalog, and take in what lies in the data folder without a row; the
    damaged file is kept.

    --json: headstart, versions {package: version}, platform, device {kind, name, why_no_gpu}, engine {tiers, compiler, plans
    [{title, way, plan, trial}]},
    data_folder {path, exists, writable, free_bytes}, database {path, exists, bytes, schema, problems}, task_data
    [{kind, ready, note}], fonts, problems [sentences]. Exit code 2 where a problem keeps Headstart from working.
    """
    from core.storage.folders import default_folder

    if rescue:
        _rescue(default_folder(data_folder), json)
    from .examine import examine
    from .failures import INPUT, refuse

    found = examine(default_folder(data_folder))
    problems = found["problems"]
    if json:
        if problems:
            return refuse("; ".join(problems), INPUT, True, found)
        emit(found)
        return 0
    rows = [
        ["Headstart", found["headstart"]],
        *([name, version or "missing"] for name, version in found["versions"].items()),
    ]
    table("", ["package", "version"], rows)
    device, engine, folder, database = (found[part] for part in ("device", "engine", "data_folder", "database"))
    say(f"device: {device['name']}" + (f" ({device['why_no_gpu']})" if device["why_no_gpu"] else ""))
    say("engine: " + "; ".join(f"{tier} {note}" for tier, note in engine["tiers"].items()))
    say(f"compiler: {engine['compiler'] or 'none found'}")
    say(f"plans found by trial: {len(engine['plans']) or 'none yet'}")
    for found in engine["plans"][:SHOWN]:
        say(f"  {found['title']}: {found['way']}")
    say(
        f"data folder: {folder['path']}, {size(folder['free_bytes'])} free"
        + ("" if folder["exists"] else ", not made yet")
    )
    state = "no catalog yet" if not database["exists"] else f"schema {database['schema']}, {size(database['bytes'])}"
    say(f"catalog: {state}" + ("" if database["problems"] else ", no problem found"))
    say("task data:")
    for one in found["task_data"]:
        say(f"  {one['kind']}: {one['note']}")
    say(f"fonts for glyphs: {found['fonts']}")
    if problems:
        return refuse("; ".join(problems), INPUT, False)
    return 0


def _rescue(folder: Path, json: bool) -> None:
    """Raises FolderInUse and the like. A whole catalog is only looked at for files that no row knows."""
    from core.errors import DamagedCatalog, NotFound
    from core.storage.adopt import adopt, counted
    from core.storage.catalog import FILE, Catalog
    from core.storage.rescue import rescue

    if not (folder / FILE).exists() and not (folder / "runs").is_dir():
        raise NotFound(f"there is nothing to rescue in {folder}; name another --data-folder")
    try:
        with Catalog.open(folder) as catalog:
            if damage := catalog.integrity():
                raise DamagedCatalog("; ".join(damage))
            catalog.runs()
            taken = adopt(catalog)
        told = f"The catalog is whole. Taken in from files: {counted(taken.runs, taken.initializations)}."
    except DamagedCatalog:
        told = rescue(folder).sentence()
    if not json:
        say(told)
