"""adapt: predictions for a person's own rows or pictures, from a few of them that are known."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import DataFolder, Initialization, Json
from .output import emit, number, say, table, talk

if TYPE_CHECKING:
    from core.use.adapting import Answer

SHOWN = 5


def add_to(app: typer.Typer) -> None:
    app.command(rich_help_panel="Use")(adapt)


def adapt(
    initialization: Initialization,
    support: Annotated[
        Path, typer.Option(metavar="PATH", help="Known examples: a table with its target, or a folder per class.")
    ],
    query: Annotated[
        Path, typer.Option(metavar="PATH", help="What is asked: a table (the target may be missing), or a flat folder.")
    ],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where the predictions go: .csv, .tsv, .parquet or .xlsx.")],
    steps: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="Inner steps; else those of its recipe.")
    ] = None,
    steps_table: Annotated[
        bool, typer.Option("--steps-table", help="Also write what was predicted after every step, as columns.")
    ] = False,
    data_folder: DataFolder = None,
    json: Json = False,
) -> None:
    """Adapt an initialization to a few known examples, and predict others.

    Tables have the columns of training, pictures are folders per class. FILE holds the query's rows or file names with the
    prediction: a class and the probability of each, or the target in its own units. --json: initialization, file, support and
    query {"path", "examples", "left_out"}, classes, steps, trained_steps, by_step (step, moved: how far it moved the
    predictions (of several targets moved_each {target: number}), support_loss; with targets in the query also loss and error
    (of several errors {target: number}) or accuracy), warnings, out, rows.
    """
    from core.storage.catalog import Catalog
    from core.use.answers import refuse_ending

    from .files import find

    target = out.expanduser()
    refuse_ending(target)
    with Catalog.open(data_folder, write=False) as catalog:
        record, path = find(catalog, initialization)
    from core.deploy import load
    from core.use.adapting import adapt as answer
    from core.use.answers import write

    found = answer(load(path), support, query, steps=steps, by_step=steps_table)
    write(found.table, target)
    for text in found.warnings:
        talk(f"headstart: {text}")
    if json:
        return emit(
            {
                "initialization": record.id if record else None,
                "file": str(path),
                "support": _told(support, found.support),
                "query": _told(query, found.query),
                "classes": list(found.support.class_names),
                "steps": found.trace.steps,
                "trained_steps": found.trained_steps,
                "by_step": found.by_step(),
                "warnings": list(found.warnings),
                "out": str(target),
                "rows": len(found.table),
            }
        )
    return _tell(found, target)


def _told(path: Path, examples: Any) -> dict[str, Any]:
    left_out = [{"what": one.what, "why": one.why} for one in examples.left_out]
    return {"path": str(path), "examples": len(examples.x), "left_out": left_out}


def _tell(found: "Answer", target: Path) -> None:
    for kind, examples in (("support", found.support), ("query", found.query)):
        for one in examples.left_out[:SHOWN]:
            talk(f"{kind}: {one.what} left out: {one.why}")
        if len(examples.left_out) > SHOWN:
            talk(f"{kind}: and {len(examples.left_out) - SHOWN} more left out")
    steps = found.by_step()
    keys = [key for key in ("moved", "support_loss", "loss", "error", "accuracy") if key in steps[-1]]
    heads = [{"moved": "prediction moved", "support_loss": "support loss"}.get(key, key) for key in keys]
    several = [(key, name) for key in ("moved_each", "errors") for name in steps[-1].get(key, ())]
    heads += [f"{name} moved" if key == "moved_each" else f"error of {name}" for key, name in several]
    picked = steps if len(steps) <= 12 else [*steps[:6], *steps[-5:]]
    rows = [
        [
            str(entry["step"]),
            *(number(entry[key]) for key in keys),
            *(number(entry[key][name]) for key, name in several),
        ]
        for entry in picked
    ]
    table("", ["step", *heads], rows, right=["step", *heads])
    say(f"{target}: {len(found.table)} predictions after {found.trace.steps} steps on {len(found.support.x)} examples")
