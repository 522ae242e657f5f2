"""The README's tables are the stored measurements: of own tables, and of all methods on the same tasks."""

import json
import re
from pathlib import Path

from core.recipes import read_results, recipes
from tests.benchmarks import equal_cost
from tests.benchmarks.own_tables import COLUMNS, KEPT, TABLES, markdown

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")


def test_the_readme_shows_what_was_measured() -> None:
    found = json.loads(KEPT.read_text(encoding="utf-8"))
    assert markdown({name: found[name] for name in TABLES}) in README
    for one in found.values():
        assert {row["kind"] for row in one["alternatives"]} == set(COLUMNS)
        assert one["unit"] == "RMSE / std"
        assert one["train"] + one["validation"] + one["test"] == one["tasks"]


def test_the_comparison_of_all_methods_is_what_the_recipes_measured(tmp_path: Path) -> None:
    """Loss and paired difference of every row, on the narrow and on the wide law."""
    table = README[README.index("| method | outer step, times MAML's |") :].split("\n\n")[0].splitlines()[2:]
    told = {name: cells for name, _, *cells in ([c.strip() for c in line.strip("|").split("|")] for line in table)}
    for place, law in ((0, "narrow"), (2, "wide")):
        recipe, found = recipes()[f"every-method-{law}"], read_results(f"every-method-{law}", tmp_path)
        assert [row.name for row in recipe.rows] == list(told)
        for row in recipe.rows:
            one, after = found[row.name], recipe.after(row)
            apart = "" if one.difference is None else _words(one.difference, "+")
            assert told[row.name][place : place + 2] == [_words(one.loss[after]), apart], f"{law}: {row.name}"


def test_the_comparison_names_as_ahead_what_is_ahead(tmp_path: Path) -> None:
    """On the wide law: exactly those whose whole interval lies below MAML."""
    found = read_results("every-method-wide", tmp_path)
    ahead = {
        name for name, one in found.items() if one.difference and one.difference.mean + one.difference.half_width < 0
    }
    said = re.search(r"small beside the spread: (.*?) are ahead with\s", README)
    assert said is not None
    assert {re.sub(r" \(.*", "", name) for name in ahead} == set(re.split(r", | and ", said[1]))


def test_the_order_at_equal_cost_is_what_was_read_off_the_runs() -> None:
    """Every row that has a cost, in order, and at the step that its cost allows."""
    found, costs = json.loads(equal_cost.KEPT.read_text(encoding="utf-8")), equal_cost.costs()
    for law in equal_cost.LAWS:
        rows, steps = (
            found[law],
            recipes()[f"every-method-{law}"].experiments(recipes()[f"every-method-{law}"].rows[0])[0].outer.steps,
        )
        assert rows.keys() == costs.keys()
        assert {name: row["step"] for name, row in rows.items()} == {
            name: min(steps, int(steps / cost)) for name, cost in costs.items()
        }
        said = re.search(rf"\*{law}:\* (.*?)[;.]\n", README, re.DOTALL)
        assert said is not None
        told = " ".join(said[1].split()).split(", ")
        assert told == [
            f"{name} {row['loss']:.2f}" for name, row in sorted(rows.items(), key=lambda each: each[1]["loss"])
        ]


def test_what_is_said_to_be_worth_its_cost_is_below_maml() -> None:
    found = json.loads(equal_cost.KEPT.read_text(encoding="utf-8"))
    ahead = [
        {name for name, row in found[law].items() if row["loss"] < found[law]["MAML"]["loss"]}
        for law in equal_cost.LAWS
    ]
    assert {"Meta-SGD", "CAVIA", "Reptile"} <= ahead[0] & ahead[1]
    assert "LEO" in ahead[0] - ahead[1]
    assert not {"MMAML", "iMAML", "Mixture", "HSML", "SCA (transductive)", "PLATIPUS"} & (ahead[0] | ahead[1])


def test_the_points_on_pictures_are_what_the_recipe_measured(tmp_path: Path) -> None:
    found = read_results("every-method-glyphs", tmp_path)
    told = re.findall(r"(Predicted rows|MTL|LEO|Reptile|ANIL) by (\d+\.\d) ± (\d+\.\d)", README)
    assert len(told) == 5
    for name, mean, half in told:
        entry = found[name].difference
        assert (f"{100 * entry.mean:.1f}", f"{100 * entry.half_width:.1f}") == (mean, half), name


def _words(entry, sign: str = "") -> str:
    return f"{entry.mean:{sign}.3f} ± {entry.half_width:.3f}".replace("-", "−")
