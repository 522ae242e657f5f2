"""The README's table of own tables is the stored measurement, and the measurement is of the tables that it names."""

import json
from pathlib import Path

from tests.benchmarks.own_tables import COLUMNS, KEPT, TABLES, markdown

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")


def test_the_readme_shows_what_was_measured() -> None:
    found = json.loads(KEPT.read_text(encoding="utf-8"))
    assert markdown({name: found[name] for name in TABLES}) in README
    for one in found.values():
        assert {row["kind"] for row in one["alternatives"]} == set(COLUMNS)
        assert one["unit"] == "RMSE / std"
        assert one["train"] + one["validation"] + one["test"] == one["tasks"]
