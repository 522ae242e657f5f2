"""reproduce: recipes of published results, measured here; without a name, the table of what is known."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.errors import CoreError

from .failures import FAILED, INTERRUPTED, refuse
from .options import DataFolder, Json, Set
from .output import emit, say, table, talk

if TYPE_CHECKING:
    from core.recipes import Line, Recipe


def add_to(app: typer.Typer) -> None:
    app.command(rich_help_panel="Look")(reproduce)


def reproduce(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME ...]", help="Recipes to run; none: show the table.")
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Run every recipe.")] = False,
    row: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Only these rows. Repeatable.")] = None,
    full: Annotated[bool, typer.Option("--full", help="The papers' numbers of outer steps, however long.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Also rows that are measured already.")] = False,
    path: Annotated[
        list[str] | None,
        typer.Option(metavar="KIND=DIR", help="Where the pictures of a kind of tasks lie: omniglot=DIR."),
    ] = None,
    set_: Set = None,
    update_resources: Annotated[
        bool, typer.Option("--update-resources", help="In a checkout: write the results that ship with the program.")
    ] = False,
    data_folder: DataFolder = None,
    json: Json = False,
) -> int:
    """Measure published results again, and show them beside the papers' numbers.

    Every row is a run in the catalog. Rows that are measured already are left alone; a stop keeps what is done.
    --json: recipes [{name, title, paper, setting, metric, reference, deviations, rows [{method, after, published, measured,
    difference, budget, verdict, note, result}]}]; result holds all numbers, null where the row was not run.
    """
    from core.storage.folders import default_folder

    chosen = _recipes(names or [], all_)
    rows = tuple(row or ())
    _check_rows(chosen, rows)
    interrupted = False
    if names or all_:
        interrupted = _run(chosen, rows, full, again, _paths(path or []), tuple(set_ or ()), data_folder)
    folder = default_folder(data_folder)
    if update_resources:
        _ship(chosen, folder)
    found = {"recipes": [_object(recipe, folder) for recipe in chosen]}
    if interrupted:
        return refuse("interrupted; what was measured is kept, the same command goes on", INTERRUPTED, json, found)
    if json:
        emit(found)
    else:
        _tell(chosen, folder)
    failed = [r["method"] for one in found["recipes"] for r in one["rows"] if r["verdict"] == "failed"]
    if failed and (names or all_):
        talk(f"failed: {', '.join(failed)}")
        return FAILED
    return 0


def _recipes(names: list[str], all_: bool) -> "list[Recipe]":
    from core.recipes import recipes

    known = recipes()
    for name in names:
        if name not in known:
            raise CoreError(f"no recipe {name}; there are {', '.join(known)}")
    return [known[name] for name in names] if names and not all_ else list(known.values())


def _check_rows(chosen: "list[Recipe]", rows: tuple[str, ...]) -> None:
    there = [row.name for recipe in chosen for row in recipe.rows]
    for name in rows:
        if name not in there:
            raise CoreError(f"--row: no row {name}; there are {', '.join(dict.fromkeys(there))}")


def _paths(texts: list[str]) -> dict[str, Path]:
    from core.config import kinds

    known = [kind for kind, model in kinds("tasks").items() if "path" in model.model_fields]
    found = {}
    for text in texts:
        kind, equals, value = text.partition("=")
        if not equals or not value:
            raise CoreError(f"--path takes KIND=DIR, found {text!r}; for example --path omniglot=/data/omniglot")
        if kind not in known:
            raise CoreError(f"--path: no tasks {kind} with pictures on disk; there are {', '.join(known)}")
        found[kind] = Path(value).expanduser().absolute()
    return found


def _run(
    chosen: "list[Recipe]", rows: tuple[str, ...], full: bool, again: bool, paths: dict[str, Path],
    settings: tuple[str, ...], data_folder: Path | None,
) -> bool:  # fmt: skip
    """Whether it was interrupted."""
    from core.recipes.measure import reproduce as measure
    from core.storage.catalog import Catalog
    from core.training.control import Control

    from .progress import teller
    from .training import stopped_by_signals

    control = Control()
    with Catalog.open(data_folder) as catalog, stopped_by_signals(control):
        for recipe in chosen:
            with teller() as told:
                measure(
                    catalog, recipe, rows=rows, full=full, again=again, paths=paths, settings=settings,
                    say=lambda text: print(text, file=sys.stderr, flush=True), sink=told, control=control,
                )  # fmt: skip
            if control.stopping:
                return True
    return False


def _ship(chosen: "list[Recipe]", data_folder: Path) -> None:
    import resources
    from core.recipes import read_results, write_results

    target = Path(resources.__file__).parent / "recipes"
    if not (target.parent.parent / "pyproject.toml").is_file():
        raise CoreError("--update-resources writes into a checkout's resources/; this is an installed program")
    for recipe in chosen:
        if found := read_results(recipe.name, data_folder):
            write_results(recipe.name, found, target)


def _object(recipe: "Recipe", folder: Path) -> dict[str, Any]:
    from core.recipes import lines, read_results

    results = read_results(recipe.name, folder)
    rows = [
        {**line._asdict(), "result": results[line.method].model_dump(mode="json") if line.method in results else None}
        for line in lines(recipe, results)
    ]
    about = {key: getattr(recipe, key) for key in ("name", "title", "paper", "setting", "metric", "reference")}
    return {**about, "deviations": list(recipe.deviations), "unpublished": recipe.unpublished, "rows": rows}


def _tell(chosen: "list[Recipe]", folder: Path) -> None:
    from core.recipes import lines, read_results

    for recipe in chosen:
        say(f"{recipe.name}: {recipe.setting} ({recipe.paper})")
        if recipe.unpublished:
            say(recipe.unpublished)
        found = lines(recipe, read_results(recipe.name, folder))
        head = ["method", "after", "published", "measured", f"minus {recipe.reference}", "budget", "verdict"]
        table(recipe.title, head, [_cells(line) for line in found])
    say("Run one with: headstart reproduce NAME")


def _cells(line: "Line") -> list[str]:
    return [line.method, str(line.after), line.published, line.measured, line.difference, line.budget, line.outcome]
