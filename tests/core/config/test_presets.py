"""The presets that ship with the program."""

import tomllib

import pytest

from core.config import find, parse, presets, problems, to_text

NAMES = (
    "sinusoid-maml", "sinusoid-fomaml", "sinusoid-reptile", "sinusoid-meta-sgd", "glyphs-maml", "glyphs-anil", "glyphs-boil",
    "omniglot-maml", "life-expectancy-maml",
)  # fmt: skip

OWN_DATA = ("images", "table")


def test_the_presets_of_the_readme_are_there():
    assert set(NAMES) <= set(presets())


@pytest.mark.parametrize("name", presets())
def test_a_preset_can_start_and_says_what_it_is(name):
    preset = presets()[name]
    lacking = {"tasks.path"} if preset.experiment.tasks.kind in OWN_DATA else set()
    assert {problem.field for problem in problems(preset.experiment) if problem.blocking} == lacking
    assert preset.title
    assert len(preset.note) > 20
    assert preset.experiment.name == name
    assert find(name) == preset.experiment


@pytest.mark.parametrize("name", presets())
def test_a_preset_comes_back_from_its_own_text(name):
    experiment = presets()[name].experiment
    assert parse(tomllib.loads(to_text(experiment))) == experiment


def test_a_derived_preset_is_its_base_with_what_it_names_changed():
    base, derived = (presets()[name].experiment for name in ("glyphs-maml", "glyphs-anil"))
    assert derived.subset.adapt == ("head.*",)
    assert derived.inner.steps == 5
    assert (derived.tasks, derived.network, derived.outer) == (base.tasks, base.network, base.outer)
    first, second = (presets()[name].experiment for name in ("sinusoid-fomaml", "sinusoid-maml"))
    assert first.inner == second.inner.model_copy(update={"order": "first"})


def test_the_omniglot_preset_is_the_papers_setting():
    """Step 0.4 on a sum over shots is 2.0 on a mean over five ways; 60,000 steps of 32 tasks; Adam at 0.001."""
    seen = presets()["omniglot-maml"].experiment
    assert (seen.tasks.ways, seen.tasks.shots, seen.tasks.queries, seen.tasks.split) == (5, 1, 1, "vinyals")
    assert (seen.network.kind, seen.network.filters, seen.network.depth, seen.network.norm) == (
        "conv-strided",
        64,
        4,
        "batch",
    )
    assert (seen.inner.steps, seen.inner.learning_rate, seen.inner.evaluation_steps) == (1, 2.0, 3)
    assert (seen.outer.steps, seen.outer.meta_batch, seen.outer.learning_rate) == (60_000, 32, 0.001)
    assert seen.evaluation.tasks == 600
