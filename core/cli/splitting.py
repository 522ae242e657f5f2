"""worth: is the learned initialization worth it, over many random splits of a person's tasks?"""

from pathlib import Path
from typing import Annotated, Any

import typer

from .options import DataFolder, Json, Set, anchored
from .output import duration, emit, number, say, table, talk


def add_to(app: typer.Typer) -> None:
    app.command(rich_help_panel="Train")(worth)


def worth(
    experiment: Annotated[str, typer.Argument(metavar="EXPERIMENT", help="A preset's name or a .toml file.")],
    set_: Set = None,
    splits: Annotated[int, typer.Option(metavar="N", min=2, max=1000, help="Random splits of the tasks.")] = 20,
    data_folder: DataFolder = None,
    json: Json = False,
) -> int:
    """Train on many random splits of your own tasks, beside what one would do without meta-learning.

    For tasks.kind table and images. Every split holds out other tasks (tasks.split_seed), the same for the learned
    initialization and for every alternative. A finished split is kept: the same command goes on after an interruption. --json:
    tasks, train, validation, test (how many there are), splits, metric, unit (RMSE / std: over the target's standard
    deviation), learned {mean, half_width, half_width_new}, alternatives [{kind, title, mean, half_width, half_width_new,
    difference {mean, half_width, half_width_new}, learned_better_in, learned_is_better}], best_alternative, helps, sentence,
    seconds, each (of every split), folder. half_width is over these splits (95 %), half_width_new what other tasks of the
    kind would do.
    """
    from core.config import find, with_settings
    from core.splits import over_splits
    from core.storage.folders import default_folder
    from core.training.control import Control
    from core.training.events import ignore

    from .training import stopped_by_signals

    wanted = with_settings(find(experiment), anchored(set_))
    control = Control()

    def told(split: int, one: dict[str, Any], kept: bool) -> None:
        best = min((v for v in one["alternatives"].values() if v is not None), default=None)
        how = "kept from before" if kept else duration(one["seconds"])
        if one["metric"] == "accuracy":
            best = max((v for v in one["alternatives"].values() if v is not None), default=None)
        talk(
            f"split {split + 1} of {splits}: {one['unit']} {number(one['learned'], 3)}, best alternative "
            f"{number(best, 3)} ({how})"
        )

    with stopped_by_signals(control):
        found = over_splits(wanted, splits, default_folder(data_folder), sink=ignore, control=control, told=told)
    if json:
        emit(found)
        return 0
    _tell(found)
    return 0


def _tell(found: dict[str, Any]) -> None:
    upward = found["metric"] == "accuracy"
    rows = [["the learned initialization", _text(found["learned"]), "", ""]]
    order = sorted(
        found["alternatives"], key=lambda row: float("inf") if row["mean"] is None else row["mean"], reverse=upward
    )
    for row in order:
        better = f"{row['learned_better_in']} of {found['splits']}"
        rows.append([row["title"], _text(row), _text(row["difference"], signed=True), better])
    heads = ["on held-out tasks", f"{found['unit']}, mean +- 95 %", "learned minus this", "learned is better in"]
    table("", heads, rows, right=heads[1:])
    say(found["sentence"])
    say(f"splits: {Path(found['folder'])}")


def _text(entry: dict[str, Any], signed: bool = False) -> str:
    mean, half = entry["mean"], entry["half_width"]
    if mean is None:
        return "ran away"
    return f"{mean:{'+' if signed else ''}.3f}" + ("" if half is None else f" +- {half:.3f}")
