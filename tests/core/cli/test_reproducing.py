import pytest

from core.recipes import recipes

from .conftest import Type

SHORT = ("--set", "outer.steps=3", "--set", "evaluation.tasks=4", "--set", "evaluation.validation_tasks=4")


def test_without_a_name_the_table_is_shown_and_nothing_runs(type_: Type) -> None:
    found = type_("reproduce", "--json").json["recipes"]
    assert [one["name"] for one in found] == list(recipes())
    assert not type_("runs", "--json").json
    assert "sinusoid-5-shot" in type_("reproduce").out


def test_a_named_recipe_is_measured_and_kept(type_: Type) -> None:
    said = type_("reproduce", "sinusoid-5-shot", "--row", "MAML", *SHORT, "--set", "engine.tier=eager", "--json")
    assert said.code == 0
    (recipe,) = said.json["recipes"]
    rows = {row["method"]: row for row in recipe["rows"]}
    assert rows["MAML"]["measured"]
    assert rows["MAML"]["budget"].startswith("reduced: 3 of 70,000 outer steps")
    assert rows["MAML"]["result"]["runs"] == [run["run"] for run in type_("runs", "--json").json]
    later = next(one for one in type_("reproduce", "--json").json["recipes"] if one["name"] == "sinusoid-5-shot")
    assert later == recipe


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("no-such",), "no recipe no-such; there are"),
        (("sinusoid-5-shot", "--row", "Nobody"), "--row: no row Nobody; there are MAML"),
        (("sinusoid-5-shot", "--path", "omniglot"), "--path takes KIND=DIR"),
        (
            ("sinusoid-5-shot", "--path", "omniglott=/x"),
            "--path: no tasks omniglott with pictures on disk; there are omniglot",
        ),
        (("sinusoid-5-shot", "--row", "MAML", "--set", "outer.stepz=3"), "outer.stepz: no such key"),
    ],
)
def test_bad_input_is_one_line(type_: Type, words: tuple[str, ...], sentence: str) -> None:
    said = type_("reproduce", *words)
    assert said.code == 2
    assert sentence in said.err
    assert "Traceback" not in said.err
