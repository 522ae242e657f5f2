"""A run's numbers for other tools: one table (CSV, Parquet) with its settings beside it, or TensorBoard event files."""

import io
import math
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import BadFile
from core.storage.files import atomic_write, make_folder

if TYPE_CHECKING:
    from pandas import DataFrame

    from core.storage.catalog import Catalog
    from core.storage.records import RunRecord

TABLES = (".csv", ".parquet")
COLUMNS = ("series", "outer_step", "inner_step", "seconds", "loss", "accuracy", "tasks")


def export_series(catalog: "Catalog", run_id: str, target: Path) -> list[Path]:
    """What was written. .csv or .parquet: `table_of` the run, and its experiment file as NAME.toml; a name without an ending: a
    folder of TensorBoard event files. Raises BadFile for another ending, or a folder that holds something already."""
    run = catalog.run(run_id)
    if target.suffix in TABLES:
        return _table(catalog, run, target)
    if target.suffix:
        raise BadFile(
            f"{target.name}: choose a name that ends in .csv or .parquet, or a folder for TensorBoard (no ending)"
        )
    return _events(catalog, run, target)


def table_of(catalog: "Catalog", run: "RunRecord") -> "DataFrame":
    """Rows by series: "training" (the outer loss by outer step), "validation" (means over `tasks` fixed tasks, by outer and inner
    step), "test" and "random start" (at the end, by inner step). Seconds are those of training so far."""
    import pandas as pd

    series = catalog.series(run.id)
    training = {"outer_step": series.steps, "seconds": series.seconds, "loss": series.loss, "accuracy": series.accuracy}
    parts = [pd.DataFrame({"series": "training", **training})]
    for found in catalog.validations(run.id):
        parts.append(_curves("validation", found.curves, found.step, found.seconds))
    evaluation = catalog.evaluation(run.id)
    if evaluation is not None:
        parts.append(_curves("test", evaluation.curves, evaluation.step))
        parts.append(_curves("random start", evaluation.random_start, None))
    kinds = {"series": "string", "outer_step": "Int64", "inner_step": "Int64", "tasks": "Int64"}
    whole = pd.concat([part.reindex(columns=list(COLUMNS)).astype(kinds) for part in parts], ignore_index=True)
    return whole.astype({"seconds": "float64", "loss": "float64", "accuracy": "float64"})


def _curves(name: str, curves: Any, step: int | None, seconds: float | None = None) -> "DataFrame":
    import pandas as pd

    loss = curves.loss.mean(0)
    accuracy = None if curves.accuracy is None else curves.accuracy.mean(0)
    columns = {
        "inner_step": range(len(loss)),
        "seconds": seconds,
        "loss": loss,
        "accuracy": accuracy,
        "tasks": len(curves.loss),
    }
    return pd.DataFrame({"series": name, "outer_step": step, **columns})


def _table(catalog: "Catalog", run: "RunRecord", target: Path) -> list[Path]:
    from core.config import to_text

    frame, settings = table_of(catalog, run), target.with_suffix(".toml")
    if target.suffix == ".csv":
        content = frame.to_csv(index=False).encode()
    else:
        buffer = io.BytesIO()
        frame.to_parquet(buffer, index=False)
        content = buffer.getvalue()
    atomic_write(target, content)
    atomic_write(settings, to_text(run.experiment).encode())
    return [target, settings]


def _events(catalog: "Catalog", run: "RunRecord", target: Path) -> list[Path]:
    """Written beside, then moved: a folder that is there is whole."""
    if target.is_file() or (target.is_dir() and any(target.iterdir())):
        raise BadFile(f"{target} is there and not empty; choose a new folder (TensorBoard shows every folder as a run)")
    make_folder(target.parent)
    with tempfile.TemporaryDirectory(prefix=".headstart-", dir=target.parent) as place:
        _write_events(catalog, run, Path(place) / "events")
        if target.is_dir():
            target.rmdir()
        shutil.move(os.fspath(Path(place) / "events"), os.fspath(target))
    return sorted(target.iterdir())


def _write_events(catalog: "Catalog", run: "RunRecord", folder: Path) -> None:
    from tensorboardX import SummaryWriter

    from core.config import to_text

    begun = (run.started or run.created).timestamp()
    writer = SummaryWriter(os.fspath(folder))
    try:
        writer.add_text("settings", f"```toml\n{to_text(run.experiment)}\n```", 0, begun)
        rows: Any = table_of(catalog, run).itertuples()
        for row in rows:
            at = begun + (0.0 if math.isnan(row.seconds) else row.seconds)
            for metric in ("loss", "accuracy"):
                value = float(getattr(row, metric))
                if not math.isnan(value):
                    tag, step = _tag(row, metric)
                    writer.add_scalar(tag, value, step, at)
    finally:
        writer.close()


def _tag(row: Any, metric: str) -> tuple[str, int]:
    """Validation is a curve over outer steps for every inner step; tests are curves over inner steps."""
    if row.series == "training":
        return f"training/{metric}", int(row.outer_step)
    if row.series == "validation":
        return f"validation_{metric}/after_{int(row.inner_step)}_steps", int(row.outer_step)
    return f"{row.series.replace(' ', '_')}/{metric}", int(row.inner_step)
