"""The draft: edits, undo, differences, problems; no Qt."""

import pytest

from app.pages.setup.draft import Draft, Origin, from_json
from core.config import Experiment, presets


def fields_of(problems):
    return [problem.field for problem in problems if problem.blocking]


def test_it_begins_as_the_example_and_can_run():
    draft = Draft()
    assert draft.problems() == []
    assert draft.differences() == {}
    assert draft.title() == "sinusoid-maml"


def test_edits_of_one_key_are_one_step_of_undo_until_sealed():
    draft = Draft()
    for text in ("0", "0.", "0.5"):
        draft.set("inner.learning_rate", text)
    draft.seal()
    draft.set("inner.learning_rate", 0.7)
    draft.undo()
    assert draft.get("inner.learning_rate") == "0.5"
    draft.undo()
    assert draft.get("inner.learning_rate") == 0.01
    assert not draft.can_undo


def test_redo_brings_back_and_a_new_edit_forgets_it():
    draft = Draft()
    draft.set("inner.steps", 3)
    draft.undo()
    draft.redo()
    assert draft.get("inner.steps") == 3
    draft.undo()
    draft.set("inner.steps", 4)
    assert not draft.can_redo


def test_undo_covers_kinds_seeds_presets_and_reset():
    draft = Draft()
    draft.choose("method", "reptile")
    draft.set("seeds", 5)
    draft.reset()
    preset = presets()["glyphs-maml"].experiment.plain()
    draft.load(preset, Origin("glyphs-maml", "preset:glyphs-maml", {}))
    seen = []
    while draft.undo():
        seen.append((draft.kind("method"), draft.seeds))
    assert seen == [("maml", 5), ("reptile", 5), ("reptile", 1), ("maml", 1)]


def test_a_wrong_value_is_kept_and_named():
    draft = Draft()
    draft.set("inner.steps", "many")
    assert draft.get("inner.steps") == "many"
    assert draft.experiment() is None
    assert fields_of(draft.problems()) == ["inner.steps"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("inner.learning_rate", "abc"), ("tasks.shots", 0), ("seeds", 0), ("seeds", "two"), ("seed", -1),
        ("outer.meta_batch", ""), ("outer.minutes", "soon"), ("network.hidden", "a, b"), ("evaluation.tasks", 1),
        ("engine.device", "abacus"), ("subset.adapt", []), ("inner.steps", 0),
    ],
)  # fmt: skip
def test_each_bad_value_blocks_with_exactly_one_sentence(key, value):
    draft = Draft()
    draft.set(key, value)
    assert fields_of(draft.problems()) == [key]


def test_other_tasks_of_another_type_bring_a_network_that_fits():
    draft = Draft()
    note = draft.choose("tasks", "glyphs")
    assert "glyphs-maml" in note
    assert (draft.kind("network"), draft.get("tasks.shots"), draft.get("inner.learning_rate")) == (
        "conv-strided",
        1,
        2.0,
    )
    assert draft.problems() == []


def test_other_tasks_of_the_same_type_keep_the_rest():
    draft = Draft()
    draft.set("network.hidden", [8])
    assert draft.choose("tasks", "polynomial") == ""
    assert draft.get("network.hidden") == [8]


def test_differences_name_what_was():
    draft = Draft()
    draft.set("inner.steps", 5)
    draft.choose("method", "meta-sgd")
    assert draft.differences() == {"inner.steps": 1, "method.kind": "maml"}
    assert draft.title() == "meta-sgd on sinusoid"
    draft.reset()
    assert draft.differences() == {}


def test_loading_leaves_out_keys_that_no_setting_has():
    draft = Draft()
    dropped = draft.load({"inner": {"steps": 2, "stepz": 3}, "colour": "red"}, Origin("file", "/x/file.toml", {}))
    assert dropped == ["inner.stepz", "colour"]
    assert draft.get("inner.steps") == 2


def test_json_keeps_everything_even_what_is_wrong():
    draft = Draft()
    draft.set("inner.steps", "many")
    draft.set("seeds", 3)
    again = from_json(draft.to_json())
    assert (again.values, again.seeds, again.origin) == (draft.values, draft.seeds, draft.origin)
    assert again.problems() == draft.problems()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 9}', '{"version": 1, "values": 3, "origin": 4}', "null"])
def test_anything_else_is_no_draft(text):
    with pytest.raises(ValueError):  # noqa: PT011 - json has its own words
        from_json(text)


def test_every_preset_loads_without_a_problem_or_a_difference():
    for name, preset in presets().items():
        draft = Draft()
        assert draft.load(preset.experiment.plain(), Origin(name, f"preset:{name}", {})) == []
        lacking = {"tasks.path"} if preset.experiment.tasks.kind in ("images", "table") else set()
        assert {problem.field for problem in draft.problems() if problem.blocking} == lacking
        assert draft.differences() == {}
        assert draft.experiment() == preset.experiment


def test_the_nearest_preset_of_a_run_is_found():
    draft = Draft()
    values = presets()["glyphs-anil"].experiment.plain()
    draft.load(values | {"seed": 7}, Origin("run x", "abc", {}))
    assert draft.nearest_preset() == ("glyphs-anil", {"seed": 0})


def test_a_fresh_experiment_is_a_draft_too():
    draft = Draft()
    draft.load({}, Origin("nothing", "", {}))
    assert draft.experiment() == Experiment()


def test_own_data_of_a_known_kind_gets_a_network_that_fits():
    draft = Draft()
    note = draft.bring({"tasks.kind": "omniglot", "tasks.path": ".", "tasks.ways": 5})
    assert "network" in note
    assert (draft.kind("tasks"), draft.get("tasks.path"), draft.kind("network")) == ("omniglot", ".", "conv-strided")
    assert not [problem for problem in draft.problems() if problem.blocking]


def test_other_data_of_the_same_kind_keep_what_was_set():
    draft = Draft()
    draft.bring({"tasks.kind": "images", "tasks.path": ".", "tasks.ways": 5})
    draft.set("inner.steps", 7)
    draft.set("tasks.side", 48)
    assert draft.bring({"tasks.kind": "images", "tasks.path": "/", "tasks.ways": 3}) == ""
    assert (draft.get("inner.steps"), draft.get("tasks.side"), draft.get("tasks.ways")) == (7, 48, 3)
    assert draft.get("tasks.path") == "/"


def test_a_persons_own_table_brings_its_preset_along_although_it_is_regression_too():
    draft = Draft()
    note = draft.choose("tasks", "table")
    wanted = presets()["maml-table"].experiment
    assert "maml-table" in note
    assert (draft.experiment().inner, draft.experiment().subset) == (wanted.inner, wanted.subset)
    assert draft.experiment().tasks == wanted.tasks
