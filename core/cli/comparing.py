"""compare: runs beside a baseline, in pairs on the same test tasks."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core import transduction
from core.errors import CoreError

from .options import DataFolder, Json
from .output import emit, mean_text, say, table

if TYPE_CHECKING:
    from core.storage.catalog import Catalog
    from core.storage.records import EvaluationRecord, RunRecord


def add_to(app: typer.Typer) -> None:
    app.command(rich_help_panel="Look")(compare)


def compare(
    runs: Annotated[list[str], typer.Argument(metavar="RUN RUN...", help="Two or more; the first is the baseline.")],
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help="The numbers as a table.")] = None,
    figure: Annotated[Path | None, typer.Option(metavar="FILE", help="A figure: .svg, .pdf or .png.")] = None,
    data_folder: DataFolder = None,
    json: Json = False,
) -> None:
    """Compare runs: what differs in their settings, results by inner step, and differences paired by test task.

    --json: baseline (id), unlike (a sentence where some of them are transductive and others are not, else null), settings
    [{key, values}] (only what differs; engine.changes: what was changed on the way; one value a run), runs [{run, name,
    status, seconds, steps, transductive, transductive_because, evaluation, random_start {begins, loss, accuracy}, difference
    {loss, accuracy, tasks}, not_paired}], csv, figure. difference is run minus baseline: lists of {"mean", "half_width"} (95
    %) per inner step; not_paired says why there is none.
    """
    from core.storage.catalog import Catalog

    if len(runs) < 2:
        raise CoreError(f"compare takes two or more runs, found {len(runs)}; `headstart runs` lists them")
    with Catalog.open(data_folder, write=False) as catalog:
        records = [catalog.run(reference) for reference in runs]
        values = compared(catalog, records)
        values |= {"csv": _csv(csv, values), "figure": _figure(figure, catalog, records)}
    return emit(values) if json else _tell(values)


def compared(catalog: "Catalog", records: "list[RunRecord]") -> dict[str, Any]:
    from core.analysis.diff import changes, differences

    results = [catalog.evaluation(record.id) for record in records]
    different = differences([record.experiment for record in records])
    on_the_way = changes([record.engine for record in records])
    different += [on_the_way] if on_the_way else []
    return {
        "baseline": records[0].id,
        "unlike": transduction.unlike([(record.id, record.experiment) for record in records]) or None,
        "settings": [{"key": d.key, "values": list(d.values)} for d in different],
        "runs": [_compared(record, result, results[0]) for record, result in zip(records, results, strict=True)],
    }


def _compared(
    record: "RunRecord", result: "EvaluationRecord | None", base: "EvaluationRecord | None"
) -> dict[str, Any]:
    from core.analysis.comparison import why_not_paired

    from .results import evaluation_object, random_start_object

    values: dict[str, Any] = {
        "run": record.id,
        "name": record.name,
        "status": str(record.status),
        "steps": record.step,
        "seconds": record.seconds,
        **transduction.fields(record.experiment),
        "evaluation": None if result is None else evaluation_object(result),
        "random_start": random_start_object(record, result),
        "difference": None,
        "not_paired": None,
    }
    if result is None:
        return {**values, "not_paired": f"not evaluated ({record.status})"}
    reason = why_not_paired(result, base)
    if reason or base is None:
        return {**values, "not_paired": reason}
    return {**values, "difference": None if result is base else _difference(result, base)}


def _difference(result: "EvaluationRecord", base: "EvaluationRecord") -> dict[str, Any]:
    """Over the inner steps that both have."""
    from core.analysis.intervals import paired

    shared = min(result.curves.loss.shape[1], base.curves.loss.shape[1])
    found: dict[str, Any] = {}
    for name in ("loss", "accuracy"):
        ours, theirs = getattr(result.curves, name), getattr(base.curves, name)
        if ours is None or theirs is None:
            continue
        mean, half, n = paired(ours[:, :shared], theirs[:, :shared], base.curves.groups)
        found[name] = [{"mean": m, "half_width": h} for m, h in zip(mean.tolist(), half.tolist(), strict=True)]
        found["tasks"] = n
    return found


def _csv(path: Path | None, values: dict[str, Any]) -> str | None:
    """One row per run, quantity and inner step."""
    if path is None:
        return None
    from core.analysis.tables import to_csv
    from core.storage.files import atomic_write

    head = [
        "run",
        "name",
        "quantity",
        "inner_step",
        "mean",
        "half_width",
        "random_start",
        "difference",
        "difference_half_width",
    ]
    rows = [row for one in values["runs"] if one["evaluation"] for row in _rows(one)]
    atomic_write(path.expanduser(), to_csv(head, rows).encode())
    return str(path)


def _rows(one: dict[str, Any]) -> list[list[str]]:
    found: list[list[str]] = []
    for name in ("loss", "accuracy"):
        differences = (one["difference"] or {}).get(name, [])
        for step, entry in enumerate(one["evaluation"].get(name, [])):
            start = one["random_start"][name][step]["mean"]
            pair = differences[step] if step < len(differences) else {"mean": None, "half_width": None}
            numbers = [entry["mean"], entry["half_width"], start, pair["mean"], pair["half_width"]]
            found.append([one["run"], one["name"], name, str(step), *("" if n is None else repr(n) for n in numbers)])
    return found


def _figure(path: Path | None, catalog: "Catalog", records: "list[RunRecord]") -> str | None:
    if path is None:
        return None
    from core.analysis.figures import compare_figure

    return str(compare_figure(path.expanduser(), catalog, [record.id for record in records]))


def _tell(values: dict[str, Any]) -> None:
    runs = values["runs"]
    names = [f"{one['name']} ({one['run'][:4]})" for one in runs]
    if values["settings"]:
        rows = [[row["key"], *("-" if v is None else str(v) for v in row["values"])] for row in values["settings"]]
        table("settings that differ", ["key", *names], rows)
    for quantity in ("loss", "accuracy"):
        _tell_quantity(quantity, runs, names)
    if values["unlike"]:
        say(values["unlike"])
    for one, name in zip(runs, names, strict=True):
        if one["not_paired"]:
            say(f"{name}: no paired difference, {one['not_paired']}")
    for kind in ("csv", "figure"):
        if values[kind]:
            say(f"{kind}: {values[kind]}")


def _tell_quantity(quantity: str, runs: list[dict[str, Any]], names: list[str]) -> None:
    percent = quantity == "accuracy"
    columns: list[tuple[str, list[dict[str, Any]]]] = []
    for one, name in zip(runs, names, strict=True):
        columns.append((name, (one["evaluation"] or {}).get(quantity, [])))
        if (one["difference"] or {}).get(quantity):
            columns.append((f"{name} - baseline", one["difference"][quantity]))
    most = max((len(entries) for _, entries in columns), default=0)
    if not most:
        return
    rows = [
        [str(step), *(mean_text(e[step], percent) if step < len(e) else "-" for _, e in columns)]
        for step in range(most)
    ]
    table(f"{quantity} on the test tasks, mean +- 95 %", ["inner steps", *(name for name, _ in columns)], rows)
