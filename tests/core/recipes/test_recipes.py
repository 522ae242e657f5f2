"""Recipes as they ship: every one can be read, every row can start, every published number can be measured."""

import pytest

from core.config import problems
from core.recipes import lines, markdown, read_results, recipes

ROWS = [pytest.param(recipe, row, id=f"{name}-{row.name}") for name, recipe in recipes().items() for row in recipe.rows]


@pytest.mark.parametrize(("recipe", "row"), ROWS)
def test_a_row_is_an_experiment_without_problems_that_measures_what_was_published(recipe, row):
    for experiment in recipe.experiments(row):
        assert not [p for p in problems(experiment) if p.blocking]
        assert experiment.tasks.task_type == ("classification" if recipe.metric == "accuracy" else "regression")
        steps = experiment.inner.evaluation_steps
        assert all(number.after <= steps for number in row.published)
        assert recipe.after(row) <= steps
        assert row.full_steps is None or experiment.outer.steps <= row.full_steps


@pytest.mark.parametrize(("recipe", "row"), ROWS)
def test_the_full_budget_is_the_papers(recipe, row):
    for experiment in recipe.experiments(row, full=True):
        assert row.full_steps is None or experiment.outer.steps == row.full_steps


@pytest.mark.parametrize("recipe", recipes().values(), ids=recipes())
def test_the_rows_of_a_recipe_have_one_setting_of_tasks_so_that_they_compare_in_pairs(recipe):
    keys = {e.tasks.evaluation_key() for row in recipe.rows if not row.parts for e in recipe.experiments(row)}
    counts = {e.evaluation.tasks for row in recipe.rows if not row.parts for e in recipe.experiments(row)}
    assert len(keys) == len(counts) == 1


@pytest.mark.parametrize("recipe", recipes().values(), ids=recipes())
def test_a_recipe_names_its_reference_and_no_row_twice(recipe):
    names = [row.name for row in recipe.rows]
    assert len(set(names)) == len(names)
    assert recipe.reference in names


@pytest.mark.parametrize("recipe", recipes().values(), ids=recipes())
def test_a_recipe_without_published_numbers_says_so(recipe):
    assert recipe.unpublished or any(row.published for row in recipe.rows)


@pytest.mark.parametrize("recipe", recipes().values(), ids=recipes())
def test_the_results_that_ship_are_of_rows_that_there_are_and_make_a_table(recipe):
    results = read_results(recipe.name)
    assert results.keys() <= {row.name for row in recipe.rows}
    shown = markdown(recipe, results)
    assert all(line.method in shown for line in lines(recipe, results))


def test_what_is_reduced_is_left_out_of_the_full_budget_and_comes_behind_a_rows_own_changes():
    recipe = recipes()["omniglot-5-way-1-shot"]
    row = recipe.row("MAML, max-pool network")
    here, whole = recipe.experiments(row)[0], recipe.experiments(row, full=True)[0]
    assert (here.outer.steps, here.outer.meta_batch, here.network.filters) == (800, 4, 16)
    assert (whole.outer.steps, whole.outer.meta_batch, whole.network.filters) == (60_000, 32, 64)
    assert here.network.kind == whole.network.kind == "conv-pooled", "a row's own reductions come last"


def test_every_row_of_a_comparison_of_pictures_has_the_same_budget():
    for name in ("omniglot-5-way-1-shot", "omniglot-20-way-1-shot", "every-method-glyphs"):
        recipe = recipes()[name]
        found = {
            (e.outer.steps, e.outer.meta_batch, e.network.filters, e.evaluation.tasks)
            for row in recipe.rows
            for e in recipe.experiments(row)
        }
        assert len(found) == 1, f"{name}: {found}"
