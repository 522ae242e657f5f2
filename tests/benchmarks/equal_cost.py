"""The README's paragraph "At equal cost": where each method of the comparison stands once it has cost as much as MAML's whole run.

    python -m tests.benchmarks.equal_cost FOLDER [FOLDER] [--write]

FOLDER: the data folder in which `headstart reproduce every-method-narrow` (every-method-wide) ran; nothing is trained here.
What an outer step costs is read from the README's table (`headstart bench --methods`); the loss is the best of the run's
validations up to the step that this cost allows, on its 100 validation tasks. --write: into resources/measured/equal-cost.json.
"""

import argparse
import json
import math
import re
from pathlib import Path
from typing import Any

from core.recipes import recipes
from core.storage.catalog import Catalog

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "resources" / "measured" / "equal-cost.json"
LAWS = ("narrow", "wide")


def costs() -> dict[str, float]:
    """Outer step of a method as a multiple of MAML's, of the rows for which the README has one."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    table = text[text.index("| method | outer step, times MAML's |") :].split("\n\n")[0].splitlines()[2:]
    cells = ([cell.strip() for cell in re.split(r"\|", line.strip("|"))] for line in table)
    return {name: float(cost) for name, cost, *_ in cells if cost}


def measured(folder: Path, law: str) -> dict[str, dict[str, float]]:
    """By row: the last outer step that is allowed, and the loss there. Empty where the recipe did not run in that folder."""
    recipe, found = recipes()[f"every-method-{law}"], {}
    with Catalog.open(folder, write=False) as catalog:
        for run in reversed(catalog.runs()):
            name = run.name.removeprefix(f"every-method-{law}: ")
            row = next((row for row in recipe.rows if row.name == name), None)
            if name == run.name or row is None or name not in costs() or run.status != "finished":
                continue
            wanted = recipe.experiments(row)[0].outer.steps
            if run.total_steps != wanted:
                continue
            step = min(wanted, math.floor(wanted / costs()[name]))
            means = [(v.step, float(v.curves.loss[:, recipe.after(row)].mean())) for v in catalog.validations(run.id)]
            found[name] = {"step": step, "loss": round(min(loss for at, loss in means if at <= step), 3)}
    return {row.name: found[row.name] for row in recipe.rows if row.name in found}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    found: dict[str, Any] = {}
    for law in LAWS:
        for folder in chosen.folders:
            found.setdefault(law, {}).update(measured(folder, law))
    for law, rows in found.items():
        print(
            law,
            ", ".join(f"{name} {row['loss']:.2f}" for name, row in sorted(rows.items(), key=lambda x: x[1]["loss"])),
        )
    if chosen.write:
        KEPT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
