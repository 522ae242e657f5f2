"""Rows are runs of the catalog: measured once, in pairs with the reference, kept as they come."""

import pytest

from core.recipes import Recipe, Row, read_results
from core.recipes.measure import reproduce
from core.storage.catalog import Catalog
from core.training.control import Control

SHORT = ("outer.steps=4", "evaluation.tasks=8", "evaluation.validation_tasks=4", "engine.tier=eager")
RECIPE = Recipe(
    name="tiny", title="T", paper="P", setting="S", metric="loss", reference="MAML", minutes=1, set=SHORT,
    rows=(
        Row(name="Meta-SGD", preset="sinusoid-meta-sgd"),
        Row(name="MAML", preset="sinusoid-maml", full_steps=70000),
        Row(name="Halves", preset="sinusoid-maml", parts=(("seed=1",), ("seed=2",))),
    ),
)  # fmt: skip


@pytest.fixture
def catalog(tmp_path):
    with Catalog.open(tmp_path) as catalog:
        yield catalog


def test_every_row_is_measured_in_pairs_with_the_reference(catalog):
    found = reproduce(catalog, RECIPE)
    assert found.keys() == {"MAML", "Meta-SGD", "Halves"}
    assert read_results("tiny", catalog.folder) == found
    assert found["MAML"].not_paired == "the reference itself"
    assert found["Meta-SGD"].difference is not None
    ours, theirs = found["Meta-SGD"].loss[1].mean, found["MAML"].loss[10].mean
    assert found["Meta-SGD"].difference.mean == pytest.approx(ours - theirs, rel=1e-9)
    assert found["MAML"].reduced
    assert found["Halves"].tasks == 16
    assert "other test tasks" in found["Halves"].not_paired
    assert len(catalog.runs()) == 4
    assert {run.group for run in catalog.runs()} == {"recipe tiny"}


def test_what_is_measured_is_left_alone_unless_the_recipe_changed_or_it_is_asked_for(catalog):
    first = reproduce(catalog, RECIPE, rows=("MAML",))
    assert reproduce(catalog, RECIPE, rows=("MAML",)) == first
    assert len(catalog.runs()) == 1
    reproduce(catalog, RECIPE, rows=("MAML",), again=True)
    assert len(catalog.runs()) == 2
    changed = reproduce(catalog, RECIPE, rows=("MAML",), settings=("seed=5",))
    assert changed["MAML"].digest != first["MAML"].digest


def test_a_row_that_fails_is_kept_as_failed_and_the_next_one_begins(catalog, tmp_path):
    missing = Row(name="Missing", preset="omniglot-maml", set=(f"tasks.path={tmp_path}/nowhere",))
    broken = RECIPE.model_copy(update={"rows": (missing, RECIPE.row("MAML"))})
    found = reproduce(catalog, broken)
    assert found["Missing"].status == "failed"
    assert "nowhere" in found["Missing"].message
    assert found["MAML"].status == "measured"


def test_a_stop_keeps_what_is_done(catalog):
    control = Control()

    def stop_at_the_second(text):
        if "Meta-SGD" in text:
            control.stop()

    found = reproduce(catalog, RECIPE, say=stop_at_the_second, control=control)
    assert list(found) == ["MAML"]
    assert list(read_results("tiny", catalog.folder)) == ["MAML"]
