"""Settings that do not go together, and what an experiment derives from its settings."""

import pytest

from core.config import Experiment, kinds, known_keys, presets, problems, with_settings
from core.config.methods import Maml

SINUSOID, GLYPHS = presets()["sinusoid-maml"].experiment, presets()["glyphs-maml"].experiment


def found(*pairs, experiment=SINUSOID):
    return {(p.field, p.blocking) for p in problems(with_settings(experiment, list(pairs)))}


@pytest.mark.parametrize(
    ("experiment", "pairs", "expected"),
    [
        (SINUSOID, ["network.kind=conv-strided"], ("network.kind", True)),
        (SINUSOID, ["network.head=shared"], ("network.head", True)),
        (SINUSOID, ["inner.steps=0"], ("inner.steps", True)),
        (SINUSOID, ["subset.adapt=[]"], ("subset.adapt", True)),
        (SINUSOID, ["method.kind=reptile"], ("inner.order", False)),
        (SINUSOID, ["tasks.train_shots=10"], ("tasks.train_shots", False)),
        (GLYPHS, ["network.head=shared", "method.kind=pooled"], ("network.head", True)),
        (GLYPHS, ["method.kind=reptile", "inner.order=first"], ("subset.adapt", False)),
        (SINUSOID, ["method.kind=reptile", "inner.order=first", 'subset.adapt=["head.*"]'], ("subset.adapt", False)),
    ],
)
def test_what_does_not_go_together_is_found(experiment, pairs, expected):
    assert found(*pairs, experiment=experiment) == {expected}


@pytest.mark.parametrize(
    ("experiment", "pairs"),
    [
        (SINUSOID, ["method.kind=pooled", "inner.steps=0"]),
        (SINUSOID, ["method.kind=pooled", "subset.adapt=[]"]),
        (SINUSOID, ["method.kind=reptile", "inner.order=first", "tasks.train_shots=10"]),
        (GLYPHS, ["network.kind=mlp"]),
        (GLYPHS, ["network.head=shared"]),
        (GLYPHS, ["method.kind=reptile", "inner.order=first", 'subset.adapt=["*"]']),
        (GLYPHS, ["method.kind=reptile", "inner.order=first", "network.norm=none"]),
    ],
)
def test_what_goes_together_has_no_problem(experiment, pairs):
    assert found(*pairs, experiment=experiment) == set()


def test_every_problem_names_a_key_that_there_is():
    keys = set(known_keys())
    for experiment in (SINUSOID, GLYPHS):
        for method in kinds("method"):
            for network in kinds("network"):
                pairs = [
                    f"method.kind={method}",
                    f"network.kind={network}",
                    "inner.steps=0",
                    "subset.adapt=[]",
                    "network.head=shared",
                ]
                assert {field for field, _ in found(*pairs, experiment=experiment)} <= keys


def test_every_field_has_a_sentence_and_a_title():
    models = [model for section in ("tasks", "network", "method") for model in kinds(section).values()]
    parts = [Experiment.model_fields[name].annotation for name in ("subset", "inner", "outer", "evaluation", "engine")]
    for model in [*models, *parts]:
        for name, field in model.model_fields.items():
            if name != "kind":
                assert field.description, f"{model.__name__}.{name}"
                assert field.title, f"{model.__name__}.{name}"


def test_settings_cannot_be_changed_in_place():
    with pytest.raises(ValueError, match="frozen"):
        SINUSOID.seed = 3


# what follows from the settings


def test_the_digest_leaves_out_the_name_alone():
    digest = SINUSOID.digest()
    assert with_settings(SINUSOID, ["name=another"]).digest() == digest
    for pair in ("seed=1", "inner.steps=2", "tasks.shots=6", "subset.freeze=['head.*']", "engine.precision=float64"):
        assert with_settings(SINUSOID, [pair]).digest() != digest


def test_the_digest_stays_when_a_version_brings_a_setting():
    class Later(Maml):
        what_is_new: int = 7

    experiment = Experiment(method=Maml())
    assert experiment.model_copy(update={"method": Later()}).digest() == experiment.digest()
    assert experiment.model_copy(update={"method": Later(what_is_new=8)}).digest() != experiment.digest()


def test_every_kind_has_a_digest_of_its_own():
    for section in ("tasks", "network", "method"):
        made = [Experiment().model_copy(update={section: model.model_construct()}) for model in kinds(section).values()]
        assert len({experiment.digest() for experiment in made}) == len(made)


@pytest.mark.parametrize(
    "pair", ["seed=9", "inner.steps=2", "method.kind=reptile", "tasks.train_shots=3", "network.hidden=[4]"]
)
def test_the_evaluation_tasks_are_named_by_what_evaluation_sees_alone(pair):
    assert with_settings(SINUSOID, [pair]).tasks.evaluation_key() == SINUSOID.tasks.evaluation_key()


@pytest.mark.parametrize("pair", ["tasks.shots=6", "tasks.queries=6", "tasks.noise=0.1", "tasks.kind=sinusoid-line"])
def test_other_evaluation_tasks_have_another_key(pair):
    assert with_settings(SINUSOID, [pair]).tasks.evaluation_key() != SINUSOID.tasks.evaluation_key()


def test_where_the_data_lies_does_not_change_the_evaluation_key():
    here, there = (
        with_settings(GLYPHS, ["tasks.kind=omniglot", f"tasks.path={path}"]).tasks.evaluation_key()
        for path in ("/a", "/b")
    )
    assert here == there


@pytest.mark.parametrize(
    ("steps", "best_after", "evaluation_steps", "expected"),
    [(1, "none", 10, 10), (5, "none", 3, 3), (5, 2, 10, 2), (1, 20, 10, 10), (1, 0, 10, 0)],
)
def test_the_best_is_picked_after_the_last_evaluation_step_unless_said_otherwise(
    steps, best_after, evaluation_steps, expected
):
    pairs = [
        f"inner.steps={steps}",
        f"evaluation.best_after={best_after}",
        f"inner.evaluation_steps={evaluation_steps}",
    ]
    assert with_settings(SINUSOID, pairs).best_after() == expected


@pytest.mark.parametrize(("steps", "validate", "save"), [(4000, 100, 400), (10, 1, 1), (1, 1, 1)])
def test_intervals_that_are_not_set_are_shares_of_the_run(steps, validate, save):
    pairs = ["evaluation.validate_every=none", "evaluation.checkpoint_every=none", f"outer.steps={steps}"]
    experiment = with_settings(SINUSOID, pairs)
    assert (experiment.validate_every(), experiment.checkpoint_every()) == (validate, save)
    experiment = with_settings(experiment, ["evaluation.validate_every=7", "evaluation.checkpoint_every=9"])
    assert (experiment.validate_every(), experiment.checkpoint_every()) == (7, 9)
