"""The README's table "On your own tables": a learned initialization beside what one would otherwise do, on six real tables.

    python -m tests.benchmarks.own_tables ../shared/data/regression --data-folder DIR [--splits 20] [--write]

Each table is one `headstart worth table-few-tasks` (three rows of an unseen task seen); finished splits are kept below DIR, so that
the same command goes on. Prints the table as Markdown; --write puts the numbers into resources/measured/own-tables.json.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from core.config import find, with_settings
from core.splits import over_splits
from core.training.control import Control
from core.training.events import ignore

KEPT = Path(__file__).resolve().parents[2] / "resources" / "measured" / "own-tables.json"
TABLES = {
    "BodyWeight": ("Rat", "Time", "weight"),
    "ChickWeight": ("Chick", "Time", "weight"),
    "gapminder": ("country", "year", "lifeExp"),
    "parkinsons_updrs": ("subject#", "test_time", "motor_UPDRS"),
    "sleepstudy": ("Subject", "Days", "Reaction"),
    "Spruce": ("Tree", "days", "logSize"),
}
COLUMNS = {
    "random-start": "random start",
    "joint": "one network for all, fine-tuned",
    "pooled-line": "one linear model",
    "task-line": "a line per task",
    "shrunk-line": "curve + shrunk line",
}


def measured(name: str, tables: Path, folder: Path, splits: int) -> dict[str, Any]:
    task, column, target = TABLES[name]
    settings = [
        f"tasks.path={(tables / f'{name}.csv').resolve()}",
        f"tasks.task_column={task}",
        f'tasks.inputs=["{column}"]',
        f"tasks.target={target}",
    ]
    experiment = with_settings(find("table-few-tasks"), settings)
    found = over_splits(experiment, splits, folder / name, sink=ignore, control=Control(), told=lambda *_: None)
    return {key: value for key, value in found.items() if key not in ("each", "folder")}


def markdown(found: dict[str, dict[str, Any]]) -> str:
    """One row a table; of the difference to the shrunk line the mean over splits and its 95 % interval."""
    heads = [
        "table",
        "tasks",
        "splits",
        "learned initialization",
        *COLUMNS.values(),
        "learned minus curve + shrunk line",
    ]
    lines = [f"| {' | '.join(heads)} |", f"| --- |{' ---: |' * (len(heads) - 1)}"]
    for name, one in found.items():
        rows = {row["kind"]: row for row in one["alternatives"]}
        gap = rows["shrunk-line"]["difference"]
        cells = [
            name, str(one["tasks"]), str(one["splits"]), f"**{one['learned']['mean']:.3f}**",
            *(f"{rows[kind]['mean']:.3f}" for kind in COLUMNS), f"{gap['mean']:+.3f} ± {gap['half_width']:.3f}",
        ]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", type=Path)
    parser.add_argument("--data-folder", type=Path, required=True)
    parser.add_argument("--splits", type=int, default=20)
    parser.add_argument("--write", action="store_true")
    wanted = parser.parse_args()
    found = {name: measured(name, wanted.tables, wanted.data_folder, wanted.splits) for name in TABLES}
    if wanted.write:
        KEPT.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    print(markdown(found))


if __name__ == "__main__":
    main()
